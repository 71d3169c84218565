/* Adapters added up, swapped, merged into the weights and taken out again; the commands for it. */
#include "model/adapter_combine.h"
#include "model/adapter_merge.h"
#include "model/adapter_write.h"
#include "model/ctclip.h"
#include "model/lora_new.h"
#include "tests/program.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static char *folder, *model_path, *adapter_path;

static char *
in_folder(const char *name)
{
  return g_build_filename(folder, name, NULL);
}

static MedctModel *
open_model(const char *path)
{
  g_autoptr(GError) error = NULL;
  MedctModel *model = medct_model_open(path, &error);
  g_assert_no_error(error);
  return model;
}

static MedctAdapter *
open_all(const char *text)
{
  g_autoptr(GError) error = NULL;
  MedctAdapter *adapter = medct_adapter_open_all(text, &error);
  g_assert_no_error(error);
  return adapter;
}

/* A made-up adapter that does something, on other modules than the golden one or on the same. */
static void
write_adapter(const char *path, const MedctConfig *config, const MedctLoraSpec *spec)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctLora) lora = medct_lora_new(config, spec, &error);
  g_assert_no_error(error);
  for (gsize i = 0; i < lora->n - (lora->temperature != NULL); i++)
    lora->parameters[i] += 0.02f * (float)((int)(i % 7) - 3);
  g_assert_true(medct_adapter_write(path, lora, NULL, NULL, &error));
}

/* ---- what a model says: v of a volume and u of two sentences, and the scale */

typedef struct {
  float v[32], u[64];
  double scale;
} Latents;

static Latents
latents(MedctModel *model)
{
  static const int32_t a[] = {2, 17, 40, 33, 3}, b[] = {2, 9, 77, 12, 150, 101, 3};
  const MedctSentence sentences[] = {{a, 5}, {b, 7}};
  const MedctConfig *c = medct_model_config(model);
  g_autoptr(GError) error = NULL;
  g_autofree float *volume = g_new(float, (gsize)10 * c->image * c->image);
  Latents l;
  for (int i = 0; i < 10 * c->image * c->image; i++)
    volume[i] = sinf((float)i * 0.37f);
  g_assert_cmpint(c->latent, ==, 32);
  g_autoptr(MedctEncoding) encoding = medct_model_encode_volume(model, volume, 10, NULL, &error);
  g_assert_no_error(error);
  memcpy(l.v, medct_encoding_latent(encoding), sizeof l.v);
  g_assert_true(medct_model_encode_ids(model, sentences, 2, l.u, &error));
  l.scale = medct_model_temperature(model);
  return l;
}

static double
distance(const Latents *a, const Latents *b)
{
  double worst = fabs(a->scale - b->scale) / a->scale;
  for (int i = 0; i < 32; i++)
    worst = fmax(worst, fabs((double)a->v[i] - b->v[i]));
  for (int i = 0; i < 64; i++)
    worst = fmax(worst, fabs((double)a->u[i] - b->u[i]));
  return worst;
}

static Latents
adapted(MedctModel *model, MedctAdapter *adapter)
{
  g_autoptr(GError) error = NULL;
  g_assert_true(medct_model_set_adapter(model, adapter, &error));
  return latents(model);
}

/* ---- adding up ----------------------------------------------------------------------------- */

/* Half and half of one adapter is that adapter; once and minus once is none. */
static void
test_weights(void)
{
  g_autoptr(MedctModel) model = open_model(model_path);
  g_autofree char *halves = g_strdup_printf("%s:0.5\n%s:0.5", adapter_path, adapter_path);
  g_autofree char *nothing = g_strdup_printf("%s\n%s:-1", adapter_path, adapter_path);
  g_autofree char *half = g_strdup_printf("%s:.5", adapter_path);
  g_autoptr(MedctAdapter) one = open_all(adapter_path), two = open_all(halves);
  g_autoptr(MedctAdapter) none = open_all(nothing), weak = open_all(half);
  Latents base = latents(model), whole = adapted(model, one), sum = adapted(model, two);
  Latents zero = adapted(model, none), between = adapted(model, weak);
  g_assert_cmpfloat(distance(&base, &whole), >, 1e-3);
  g_assert_cmpfloat(distance(&whole, &sum), <, 1e-5);
  g_assert_cmpfloat(distance(&base, &zero), <, 1e-5);
  g_assert_cmpfloat(distance(&base, &between), >, 1e-4);
  g_assert_cmpfloat(distance(&whole, &between), >, 1e-4);
  g_assert_cmpuint(medct_adapter_part_count(one), ==, 1);
  g_assert_cmpuint(medct_adapter_part_count(two), ==, 2);
  g_assert_cmpint(medct_adapter_lookup(two, medct_adapter_get(one, 0)->module)->rank, ==, 6);
}

/* Different modules and ranks; and back to the base without opening it again. */
static void
test_swap(void)
{
  g_autoptr(MedctModel) model = open_model(model_path);
  g_autofree char *other = in_folder("other"),
                  *both = g_strdup_printf("%s\n%s:2", adapter_path, other);
  g_autoptr(MedctAdapter) all = open_all(both), one = open_all(adapter_path);
  Latents base = latents(model), sum = adapted(model, all), alone = adapted(model, one);
  Latents again = adapted(model, NULL), sum_again = adapted(model, all);
  g_assert_cmpfloat(distance(&base, &again), ==, 0);
  g_assert_cmpfloat(distance(&sum, &sum_again), ==, 0);
  g_assert_cmpfloat(distance(&sum, &alone), >, 1e-3);
  /* twice the way from the base's temperature to 2.5 */
  g_assert_cmpfloat_with_epsilon(log(sum.scale), 2 * 2.5 - log(base.scale), 1e-5);
}

static void
test_refusals(void)
{
  static const struct {
    const char *after, *word;
  } cases[] = {{":eleven", "eleven"},
               {":11", "11"},
               {":nan", "nan"},
               {":", "weight"},
               {"/nothing", "adapter_config.json"}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *text = g_strconcat(adapter_path, cases[i].after, NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(medct_adapter_open_all(text, &error));
    g_assert_nonnull(strstr(error->message, cases[i].word));
  }
}

/* One that does not fit is named, also among others. */
static void
test_misfit(void)
{
  MedctConfig wide;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = in_folder("wide"), *both = g_strdup_printf("%s\n%s", adapter_path, path);
  medct_config_named("mini", &wide, &error);
  wide.text_hidden = 64;
  write_adapter(path, &wide, &(MedctLoraSpec){.roles = {[MEDCT_LORA_TEXT_KEY] = {2, 2}}});
  g_assert_null(medct_adapter_open_all(both, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_MISMATCH);
  g_assert_nonnull(strstr(error->message, "attention.self.key"));
  g_clear_error(&error);
  g_autoptr(MedctModel) model = open_model(model_path);
  g_autoptr(MedctAdapter) alone = open_all(path);
  g_assert_false(medct_model_set_adapter(model, alone, &error));
  g_assert_nonnull(strstr(error->message, "layer.0.attention.self.key"));
  g_assert_nonnull(strstr(error->message, "layer.1.attention.self.key"));
}

/* ---- merging, by the commands --------------------------------------------------------------- */

static void
assert_ran(Outcome outcome)
{
  g_assert_cmpstr(outcome.err, ==, "");
  g_assert_cmpint(outcome.status, ==, 0);
  outcome_clear(&outcome);
}

static void
assert_restored(const char *before, const char *after)
{
  g_autofree char *a = g_build_filename(before, "model.safetensors", NULL);
  g_autofree char *b = g_build_filename(after, "model.safetensors", NULL);
  g_autoptr(MedctTensorFile) x = medct_tensor_file_open(a, NULL),
                             y = medct_tensor_file_open(b, NULL);
  g_assert_cmpuint(medct_tensor_file_count(x), ==, medct_tensor_file_count(y));
  for (guint i = 0; i < medct_tensor_file_count(x); i++) {
    const MedctTensor *s = medct_tensor_file_get(x, i), *t = medct_tensor_file_get(y, i);
    g_assert_cmpstr(s->name, ==, t->name);
    for (int64_t k = 0; s->dtype == MEDCT_DTYPE_F32 && k < s->n_elements; k++)
      g_assert_cmpfloat(fabsf(((const float *)s->data)[k] - ((const float *)t->data)[k]), <, 2e-7);
  }
  g_assert_null(medct_tensor_file_metadata(y, "merged_adapters"));
}

static void
test_merge(void)
{
  g_autofree char *other = in_folder("other"), *second = g_strconcat(other, ":-0.5", NULL);
  g_autofree char *merged = in_folder("merged"), *back = in_folder("back");
  g_autofree char *both = g_strdup_printf("%s\n%s", adapter_path, second);
  assert_ran(
      run("adapter", "merge", model_path, "-a", adapter_path, "-a", second, "-o", merged, NULL));
  g_autoptr(MedctModel) base = open_model(model_path), fixed = open_model(merged);
  g_autoptr(MedctAdapter) all = open_all(both);
  Latents unmerged = adapted(base, all), inside = latents(fixed);
  g_assert_cmpfloat(distance(&unmerged, &inside), <, 1e-5);
  g_assert_nonnull(medct_model_tokenizer(fixed));
  /* twice, and out again in another way than in, are refused */
  g_auto(Outcome) twice = run("adapter", "merge", merged, "-a", other, "-o", back, NULL);
  g_assert_cmpint(twice.status, ==, 1);
  assert_contains(twice.err, "merged_adapters");
  g_auto(Outcome) wrong = run("adapter", "unmerge", merged, "-a", adapter_path, "-o", back, NULL);
  g_assert_cmpint(wrong.status, ==, 1);
  assert_contains(wrong.err, "merged_adapters");
  assert_ran(run("adapter", "unmerge", merged, "-a", adapter_path, "-a", second, "-o", back, NULL));
  assert_restored(model_path, back);
}

static void
test_new(void)
{
  g_autofree char *path = in_folder("new"), *again = in_folder("again");
  g_autoptr(GError) error = NULL;
  assert_ran(run("adapter", "new", "-m", model_path, "-o", path, "-r", "4", "-p", "text", "-s", "3",
                 NULL));
  g_autoptr(MedctAdapter) adapter = open_all(path);
  g_autoptr(MedctModel) model = open_model(model_path);
  Latents base = latents(model), same = adapted(model, adapter);
  g_assert_cmpfloat(distance(&base, &same), ==, 0);
  g_assert_cmpuint(medct_adapter_count(adapter), ==, 8);
  g_assert_cmpint(medct_adapter_get(adapter, 0)->rank, ==, 4);
  g_assert_cmpfloat(medct_adapter_get(adapter, 0)->alpha, ==, 8);
  assert_ran(run("adapter", "new", "-m", model_path, "-o", again, "-r", "4", "-p", "text", "-s",
                 "3", NULL));
  g_autoptr(MedctAdapter) equal = open_all(again);
  g_autofree char *a = medct_adapter_sha256(adapter, &error),
                  *b = medct_adapter_sha256(equal, &error);
  g_assert_cmpstr(a, ==, b);
  g_auto(Outcome) told = run("model", "info", model_path, "-a", path, NULL);
  assert_contains(told.out, "rank        4\n");
  assert_contains(told.out, "scale       2\n");
  g_autofree char *other = in_folder("other");
  g_auto(Outcome) json = run("model", "info", model_path, "-a", other, "--json", NULL);
  assert_contains(json.out, "\"ranks\":[2,5]");
  assert_contains(json.out, "\"rslora\":true");
  g_auto(Outcome) missing = run("adapter", "new", "-o", path, NULL);
  g_assert_cmpint(missing.status, ==, 2);
  assert_contains(missing.err, "--model");
}

/* ---- */

static void
remove_all(const char *path)
{
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  for (const char *name; dir && (name = g_dir_read_name(dir));) {
    g_autofree char *inside = g_build_filename(path, name, NULL);
    remove_all(inside);
  }
  g_remove(path);
}

static void
make_files(void)
{
  MedctConfig config;
  g_autofree char *other = in_folder("other");
  MedctLoraSpec spec = {
      .roles = {[MEDCT_LORA_TEMPORAL_KV] = {5, 10}, [MEDCT_LORA_TEXT_KEY] = {2, 3}},
      .rslora = TRUE,
      .trains_temperature = TRUE,
      .temperature = 2.5f};
  medct_config_named("mini", &config, NULL);
  model_path = in_folder("model");
  adapter_path = g_test_build_filename(G_TEST_DIST, "golden", "mini_adapter", NULL);
  assert_ran(run("model", "random", "--out", model_path, "--seed", "5", NULL));
  write_adapter(other, &config, &spec);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  folder = g_dir_make_tmp("medct-merge-XXXXXX", NULL);
  make_files();
  g_test_add_func("/merge/weights", test_weights);
  g_test_add_func("/merge/swap", test_swap);
  g_test_add_func("/merge/refusals", test_refusals);
  g_test_add_func("/merge/misfit", test_misfit);
  g_test_add_func("/merge/merge", test_merge);
  g_test_add_func("/merge/new", test_new);
  int status = g_test_run();
  remove_all(folder);
  g_free(folder);
  g_free(model_path);
  g_free(adapter_path);
  return status;
}
