#include "model/ctclip.h"
#include "model/pathologies.h"
#include "model/random_model.h"
#include "model/random_weights.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static MedctTensorFile *
make(const char *folder, guint64 seed, gboolean used_only)
{
  g_autoptr(GError) error = NULL;
  MedctConfig config;
  g_autofree char *path = g_build_filename(folder, "model.safetensors", NULL);
  g_assert_true(medct_config_named("mini", &config, NULL));
  medct_random_weights_write(path, &config, seed, used_only, &error);
  g_assert_no_error(error);
  MedctTensorFile *file = medct_tensor_file_open(path, &error);
  g_assert_no_error(error);
  return file;
}

/* Takes the model away; what is mapped stays readable. */
static void
remove_model(const char *folder)
{
  static const char *const made[] = {"model.safetensors", "config.json", "vocab.txt", "model.json"};
  for (gsize i = 0; i < G_N_ELEMENTS(made); i++) {
    g_autofree char *path = g_build_filename(folder, made[i], NULL);
    g_unlink(path);
  }
  g_rmdir(folder);
}

static void
test_is_a_checkpoint_of_its_configuration(void)
{
  g_autofree char *folder = g_dir_make_tmp("medct-random-XXXXXX", NULL);
  for (int used_only = 0; used_only < 2; used_only++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(MedctTensorFile) file = make(folder, 1, used_only);
    MedctConfig config;
    medct_config_from_tensors(file, NULL, 0, &config, &error);
    g_assert_no_error(error);
    g_assert_cmpint(config.text_heads, ==, 4);
    g_assert_cmpint(config.patch, ==, 20);
    g_assert_cmpint(config.image, ==, 80);
  }
  remove_model(folder);
}

static void
test_seed_decides(void)
{
  const char *name = "to_text_latent.weight";
  g_autofree char *folder = g_dir_make_tmp("medct-random-XXXXXX", NULL);
  g_autoptr(MedctTensorFile) a = make(folder, 1, FALSE), b = make(folder, 1, TRUE),
                             c = make(folder, 2, TRUE);
  const MedctTensor *x = medct_tensor_file_lookup(a, name), *y = medct_tensor_file_lookup(b, name),
                    *z = medct_tensor_file_lookup(c, name);
  gsize n = (gsize)x->n_elements * 4;
  g_assert_cmpmem(x->data, n, y->data, n);
  g_assert_cmpint(memcmp(x->data, z->data, n), !=, 0);
  remove_model(folder);
}

static void
test_spread(void)
{
  g_autofree char *folder = g_dir_make_tmp("medct-random-XXXXXX", NULL);
  g_autoptr(MedctTensorFile) file = make(folder, 3, FALSE);
  remove_model(folder);
  const MedctTensor *t = medct_tensor_file_lookup(file, "visual_transformer.vq._codebook.embed");
  const float *x = t->data;
  double sum = 0, square = 0;
  for (int64_t i = 0; i < t->n_elements; i++) {
    sum += x[i];
    square += (double)x[i] * x[i];
  }
  g_assert_cmpfloat(fabs(sum / (double)t->n_elements), <, 0.05);
  g_assert_cmpfloat(fabs(square / (double)t->n_elements - 1), <, 0.05);
}

static int
count_lines(const char *text)
{
  int n = 0;
  for (; *text; text++)
    n += *text == '\n';
  return n;
}

static void
test_vocabulary(void)
{
  const int sizes[] = {5, 60, 200, 3000};
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_autofree char *text = medct_random_vocabulary(sizes[i]);
    g_assert_cmpint(count_lines(text), ==, sizes[i]);
    g_assert_true(g_str_has_prefix(text, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"));
  }
}

/* Every word of the standard prompts is one piece, any other ASCII text is spelled, none [UNK]. */
static void
assert_known(MedctTokenizer *tokenizer, const char *text, guint n_pieces)
{
  g_autoptr(GArray) ids = medct_tokenizer_encode(tokenizer, text, -1, 512, NULL);
  for (guint i = 0; i < ids->len; i++)
    g_assert_cmpint(g_array_index(ids, int32_t, i), !=, 1);
  if (n_pieces > 0)
    g_assert_cmpuint(ids->len, ==, n_pieces + 2);
}

static void
test_folder_is_a_model(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *parent = g_dir_make_tmp("medct-random-XXXXXX", NULL);
  g_autofree char *folder = g_build_filename(parent, "new", "model", NULL);
  MedctConfig config;
  g_assert_true(medct_config_named("mini", &config, NULL));
  medct_random_model_write(folder, "Tiny", &config, 7, FALSE, &error);
  g_assert_no_error(error);
  g_autoptr(MedctModel) model = medct_model_open(folder, &error);
  g_assert_no_error(error);
  g_assert_cmpmem(medct_model_config(model), sizeof config, &config, sizeof config);
  MedctTokenizer *tokenizer = medct_model_tokenizer(model);
  g_assert_cmpint(medct_tokenizer_size(tokenizer), ==, config.text_vocab);
  for (guint i = 0; i < MEDCT_N_PATHOLOGIES; i++)
    for (int present = 0; present < 2; present++) {
      const char *name = medct_pathology_name(i);
      g_autofree char *prompt = medct_pathology_prompt(name, present);
      g_auto(GStrv) words = g_strsplit(prompt, " ", -1);
      assert_known(tokenizer, prompt, g_strv_length(words) + 1);
    }
  assert_known(tokenizer, "Xylophone (42%) & zebra-like?", 0);

  const char *texts[] = {"Lung nodule is present.", "Lung nodule is not present."};
  float latents[2][32];
  medct_model_encode_texts(model, texts, 2, latents[0], &error);
  g_assert_no_error(error);
  double norm = 0, distance = 0;
  for (int i = 0; i < 32; i++) {
    norm += (double)latents[0][i] * latents[0][i];
    distance += fabs((double)latents[0][i] - latents[1][i]);
  }
  g_assert_cmpfloat(fabs(norm - 1), <, 1e-5);
  g_assert_cmpfloat(distance, >, 1e-3);
  remove_model(folder);
  g_autofree char *between = g_path_get_dirname(folder);
  g_rmdir(between);
  g_rmdir(parent);
}

typedef struct {
  int looks, stop_at; /* −1: never */
} Watch;

static bool
watched(void *data)
{
  Watch *watch = data;
  return watch->looks++ >= watch->stop_at && watch->stop_at >= 0;
}

/* Sentences can be stopped at every look, a few in every layer; what was stopped leaves nothing
 * behind. */
static void
test_sentences_are_stopped(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp("medct-random-XXXXXX", NULL);
  MedctConfig config;
  g_assert_true(medct_config_named("mini", &config, NULL));
  medct_random_model_write(folder, "Tiny", &config, 7, FALSE, &error);
  g_assert_no_error(error);
  g_autoptr(MedctModel) model = medct_model_open(folder, &error), fresh = NULL;
  const char *texts[] = {"Lung nodule is present.", "Lung nodule is not present."};
  float latents[2][32], again[2][32];
  Watch watch = {0, -1};
  MedctMonitor monitor = {watched, NULL, &watch};
  g_assert_true(medct_model_encode_texts_watched(model, texts, 2, latents[0], &monitor, &error));
  int looks = watch.looks;
  g_assert_cmpint(looks, >=, 5 * config.text_layers);
  fresh = medct_model_open(folder, &error);
  int stops = 0;
  for (int stop_at = 0; stop_at < looks; stop_at++, stops++) {
    watch = (Watch){0, stop_at};
    if (medct_model_encode_texts_watched(fresh, texts, 2, again[0], &monitor, &error))
      break; /* packed meanwhile, it looks less often */
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
    g_assert_cmpint(watch.looks, <=, stop_at + 3);
    g_clear_error(&error);
  }
  g_assert_cmpint(stops, >=, 5 * config.text_layers);
  g_assert_true(medct_model_encode_texts(fresh, texts, 2, again[0], &error));
  g_assert_cmpmem(again, sizeof again, latents, sizeof latents);
  remove_model(folder);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/random-weights/sentences-are-stopped", test_sentences_are_stopped);
  g_test_add_func("/random-weights/checkpoint", test_is_a_checkpoint_of_its_configuration);
  g_test_add_func("/random-weights/seed", test_seed_decides);
  g_test_add_func("/random-weights/spread", test_spread);
  g_test_add_func("/random-weights/vocabulary", test_vocabulary);
  g_test_add_func("/random-weights/folder", test_folder_is_a_model);
  return g_test_run();
}
