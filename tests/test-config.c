#include "model/ctclip.h"
#include "model/summary.h"
#include "model/widen.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define T "text_transformer."
#define V "visual_transformer."

static char *folder;

/* ---- bent copies of the golden weights ----------------------------------------------------------
 */

typedef void (*Bend)(MedctTensor *tensor, gboolean *keep);

static void
as_they_are(MedctTensor *tensor, gboolean *keep)
{
}

static char *
golden_path(void)
{
  return g_test_build_filename(G_TEST_DIST, "golden", "mini.safetensors", NULL);
}

/* The golden tensors after `bend`, with these metadata (may be NULL). */
static char *
bent_copy(Bend bend, const char *const *metadata)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *golden = golden_path();
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(golden, &error);
  g_assert_no_error(error);
  g_autoptr(GArray) tensors = g_array_new(FALSE, FALSE, sizeof(MedctTensor));
  for (guint i = 0; i < medct_tensor_file_count(file); i++) {
    MedctTensor tensor = *medct_tensor_file_get(file, i);
    gboolean keep = TRUE;
    bend(&tensor, &keep);
    tensor.n_elements = 1;
    for (int axis = 0; axis < tensor.n_dims; axis++)
      tensor.n_elements *= tensor.shape[axis];
    if (keep)
      g_array_append_val(tensors, tensor);
  }
  char *path = g_build_filename(folder, "bent.safetensors", NULL);
  medct_safetensors_write(path, (const MedctTensor *)(void *)tensors->data, tensors->len, metadata,
                          &error);
  g_assert_no_error(error);
  return path;
}

static const char *const HEADS[] = {"text_heads", "4", NULL};

/* The message of a refusal, or NULL. */
static char *
find(const char *path, const char *json, MedctConfig *config)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(path, &error);
  g_assert_no_error(error);
  g_autofree char *json_path = g_build_filename(folder, "config.json", NULL);
  if (json)
    g_assert_true(g_file_set_contents(json_path, json, -1, NULL));
  gboolean ok = medct_config_from_tensors(file, json ? json_path : NULL, 0, config, &error);
  g_unlink(json_path);
  g_assert_true(ok == (error == NULL));
  return error ? g_strdup(error->message) : NULL;
}

static void
assert_refused(Bend bend, const char *const *metadata, const char *json, const char *const *words)
{
  MedctConfig config;
  g_autofree char *path = bent_copy(bend, metadata);
  g_autofree char *message = find(path, json, &config);
  g_assert_nonnull(message);
  for (; *words; words++) {
    if (strstr(message, *words) == NULL)
      g_test_message("%s", message);
    g_assert_nonnull(strstr(message, *words));
  }
}

/* ---- sizes --------------------------------------------------------------------------------- */

static void
test_mini(void)
{
  MedctConfig named, found;
  g_autofree char *path = golden_path();
  g_autofree char *message = find(path, NULL, &found);
  g_assert_cmpstr(message, ==, NULL);
  g_assert_true(medct_config_named("mini", &named, NULL));
  /* Input fields are not in the tensors: CT-CLIP's. */
  g_assert_cmpint(found.frames, ==, 240);
  g_assert_cmpfloat(found.spacing_mm[0], ==, 1.5);
  found.frames = named.frames;
  memcpy(found.spacing_mm, named.spacing_mm, sizeof found.spacing_mm);
  g_assert_cmpmem(&found, sizeof found, &named, sizeof named);
}

/* Spec §1, from the sizes alone. */
static void
test_released_parameters(void)
{
  MedctConfig config;
  g_assert_true(medct_config_named("released", &config, NULL));
  g_autoptr(GPtrArray) specs = medct_config_tensor_specs(&config);
  int64_t text = 0, vision = 0, all = 0;
  for (guint i = 0; i < specs->len; i++) {
    const MedctTensorSpec *spec = specs->pdata[i];
    int64_t n = 1;
    for (int axis = 0; axis < spec->n_dims; axis++)
      n *= spec->shape[axis];
    if (strstr(spec->name, "_codebook.") || g_str_has_suffix(spec->name, ".beta"))
      continue;
    all += n;
    text += g_str_has_prefix(spec->name, T) ? n : 0;
    vision += g_str_has_prefix(spec->name, V) ? n : 0;
  }
  g_assert_cmpint(text, ==, 109482240);
  g_assert_cmpint(vision, ==, 25890200);
  g_assert_cmpint(all, ==, 438148761);
}

static void
add_stranger(MedctTensor *tensor, gboolean *keep)
{
  if (g_str_equal(tensor->name, V "to_pixels.0.bias"))
    tensor->name = "classifier.bias";
}

static void
test_summary(void)
{
  MedctConfig config;
  MedctSummary summary;
  g_autofree char *path = bent_copy(add_stranger, HEADS);
  g_autofree char *message = find(path, NULL, &config);
  g_assert_cmpstr(message, ==, NULL);
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(path, NULL);
  medct_summary_count(file, &config, &summary);
  g_assert_cmpuint(summary.n_unknown, ==, 1);
  g_assert_cmpint(summary.temperature, ==, 1);
  g_assert_cmpint(summary.projections, ==, 32 * 48 + 32 * 16 * 64);
  g_assert_cmpint(summary.extra, ==, summary.projections);
  g_assert_cmpint(summary.parameters, ==, 926309 - 4000); /* less the stranger's */
}

static void
test_named_file(void)
{
  MedctConfig config;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(folder, "sizes.json", NULL);
  g_assert_true(g_file_set_contents(path, "{\"dim\": 96, \"frames\": 20}", -1, NULL));
  g_assert_true(medct_config_named(path, &config, &error));
  g_assert_cmpint(config.dim, ==, 96);
  g_assert_cmpint(config.ff_inner, ==, 256);
  g_assert_cmpint(config.frames, ==, 20);
  g_assert_cmpint(config.latent, ==, 512);
  static const char *const wrong[] = {"[1]", "{\"dim\": \"96\"}", "{\"image\": 90}",
                                      "{\"frames\": 15}", "{\"text_heads\": 7}"};
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_assert_true(g_file_set_contents(path, wrong[i], -1, NULL));
    g_assert_false(medct_config_named(path, &config, NULL));
  }
  g_assert_false(medct_config_named("median", &config, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
}

/* ---- what does not fit --------------------------------------------------------------------- */

static void
drop_two_bend_one(MedctTensor *tensor, gboolean *keep)
{
  if (g_str_equal(tensor->name, T "encoder.layer.1.attention.self.key.weight") ||
      g_str_equal(tensor->name, V "enc_temporal_transformer.norm_out.gamma"))
    *keep = FALSE;
  if (g_str_equal(tensor->name, V "spatial_rel_pos_bias.net.2.weight"))
    tensor->shape[0]--;
}

static void
test_missing_and_misshapen_are_listed(void)
{
  assert_refused(drop_two_bend_one, HEADS, NULL,
                 (const char *[]){"3 of the tensors",
                                  T "encoder.layer.1.attention.self.key.weight (missing)",
                                  V "enc_temporal_transformer.norm_out.gamma (missing)",
                                  V "spatial_rel_pos_bias.net.2.weight (wrong shape)",
                                  "bent.safetensors", NULL});
}

static void
make_whole_numbers(MedctTensor *tensor, gboolean *keep)
{
  if (g_str_equal(tensor->name, "temperature"))
    tensor->dtype = MEDCT_DTYPE_I32;
}

static void
drop_decider(MedctTensor *tensor, gboolean *keep)
{
  *keep = !g_str_equal(tensor->name, V "vq._codebook.embed");
}

static void
drop_unused(MedctTensor *tensor, gboolean *keep)
{
  *keep = strstr(tensor->name, "to_pixels") == NULL && strstr(tensor->name, "_extra") == NULL &&
          strstr(tensor->name, "pooler") == NULL && strstr(tensor->name, "null_kv") == NULL;
}

static void
test_kinds_of_misfit(void)
{
  assert_refused(make_whole_numbers, HEADS, NULL,
                 (const char *[]){"temperature (not floating point)", NULL});
  assert_refused(drop_decider, HEADS, NULL, (const char *[]){"_codebook.embed", "missing", NULL});
  MedctConfig config;
  g_autofree char *path = bent_copy(drop_unused, HEADS);
  g_autofree char *message = find(path, NULL, &config);
  g_assert_cmpstr(message, ==, NULL);
}

static float v1_projection[2097152];

static void
make_v1_columns(MedctTensor *tensor, gboolean *keep)
{
  if (g_str_equal(tensor->name, "to_visual_latent.weight"))
    *tensor = (MedctTensor){.name = tensor->name,
                            .dtype = MEDCT_DTYPE_F32,
                            .n_dims = 2,
                            .shape = {1, 2097152},
                            .data = v1_projection};
}

static void
make_v1_patches(MedctTensor *tensor, gboolean *keep)
{
  if (g_str_equal(tensor->name, V "to_patch_emb.2.weight"))
    tensor->shape[0] = 16, tensor->shape[1] = 13500;
}

static void
test_v1_is_named(void)
{
  const char *words[] = {"v1", "CT-CLIP_v2.pt", NULL};
  assert_refused(make_v1_columns, HEADS, NULL, words);
  assert_refused(make_v1_patches, HEADS, NULL, words);
}

/* ---- heads and input ----------------------------------------------------------------------- */

static void
test_text_heads(void)
{
  static const struct {
    const char *metadata, *json;
    int heads; /* 0: refused; a hidden size of 48 gives no default */
  } cases[] = {
      {"4", NULL, 4},
      {"3", "{\"text_heads\": 4}", 3},
      {NULL, "{\"text_heads\": 6}", 6},
      {NULL, "{\"num_attention_heads\": 12}", 12},
      {NULL, "{}", 0},
      {NULL, NULL, 0},
      {"5", NULL, 0},
      {"-4", NULL, 0},
      {"four", NULL, 0},
      {NULL, "{\"text_heads\": 5}", 0},
      {NULL, "{\"text_heads\": \"4\"}", 0},
      {NULL, "{\"text_heads\": 0}", 0},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    MedctConfig config;
    const char *metadata[] = {"text_heads", cases[i].metadata, NULL};
    g_autofree char *path = bent_copy(as_they_are, cases[i].metadata ? metadata : NULL);
    g_autofree char *message = find(path, cases[i].json, &config);
    if (cases[i].heads > 0)
      g_assert_cmpint(config.text_heads, ==, cases[i].heads);
    else
      g_assert_nonnull(strstr(message, "heads"));
  }
}

static void
test_input(void)
{
  MedctConfig config;
  g_autofree char *path = golden_path();
  g_autofree char *message =
      find(path,
           "{\"input\": {\"spacing_mm\": [3, 2.5, 2], \"frames\": 50, \"image\": 80, "
           "\"clip_hu\": [-900, 500.5]}}",
           &config);
  g_assert_cmpstr(message, ==, NULL);
  g_assert_cmpint(config.frames, ==, 50);
  g_assert_cmpfloat(config.spacing_mm[2], ==, 2);
  g_assert_cmpfloat(config.clip_hu[1], ==, 500.5);
  static const char *const wrong[][2] = {
      {"[]", "object"},
      {"{\"input\": []}", "input"},
      {"{\"input\": {\"spacing_mm\": [1, 1]}}", "spacing_mm"},
      {"{\"input\": {\"spacing_mm\": [1, 1, \"1\"]}}", "spacing_mm"},
      {"{\"input\": {\"spacing_mm\": [1, 1, 0]}}", "spacing_mm"},
      {"{\"input\": {\"spacing_mm\": [1, 1, 1e999]}}", "spacing_mm"},
      {"{\"input\": {\"clip_hu\": [5, 5]}}", "clip_hu"},
      {"{\"input\": {\"frames\": 0}}", "frames"},
      {"{\"input\": {\"frames\": 10.5}}", "frames"},
      {"{\"input\": {\"image\": 81}}", "image"},
      {"{\"input\": {\"frames\": 55}}", "frames"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autofree char *refusal = find(path, wrong[i][0], &config);
    if (refusal == NULL || strstr(refusal, wrong[i][1]) == NULL)
      g_test_message("%s: %s", wrong[i][0], refusal);
    g_assert_nonnull(refusal);
    g_assert_nonnull(strstr(refusal, wrong[i][1]));
  }
}

/* ---- other float types --------------------------------------------------------------------- */

static GPtrArray *made; /* data of tensors narrowed for a test */

static void
narrow(MedctTensor *tensor, MedctDtype dtype)
{
  if (tensor->dtype != MEDCT_DTYPE_F32)
    return;
  const float *x = tensor->data;
  gsize width = medct_dtype_bytes(dtype);
  guint8 *y = g_malloc0((gsize)MAX(tensor->n_elements, 1) * width);
  g_ptr_array_add(made, y);
  for (int64_t i = 0; i < tensor->n_elements; i++) {
    double wide = x[i];
    if (dtype == MEDCT_DTYPE_F64)
      memcpy(y + (gsize)i * 8, &wide, 8);
    else
      memcpy(y + (gsize)i * 2, (const char *)&x[i] + (G_BYTE_ORDER == G_LITTLE_ENDIAN ? 2 : 0), 2);
  }
  tensor->data = y;
  tensor->dtype = dtype;
}

static void
to_f64(MedctTensor *tensor, gboolean *keep)
{
  narrow(tensor, MEDCT_DTYPE_F64);
}

static void
to_bf16(MedctTensor *tensor, gboolean *keep)
{
  narrow(tensor, MEDCT_DTYPE_BF16);
}

static void
encode(const char *path, float latent[32])
{
  static const int32_t ids[] = {2, 17, 42, 99, 3};
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctModel) model = medct_model_open(path, &error);
  g_assert_no_error(error);
  medct_model_encode_ids(model, &(MedctSentence){ids, G_N_ELEMENTS(ids)}, 1, latent, &error);
  g_assert_no_error(error);
}

static void
test_other_floats(void)
{
  float reference[32], wide[32], narrowed[32];
  double distance = 0;
  made = g_ptr_array_new_with_free_func(g_free);
  g_autofree char *golden = golden_path();
  encode(golden, reference);
  g_autofree char *f64 = bent_copy(to_f64, HEADS);
  encode(f64, wide);
  g_assert_cmpmem(wide, sizeof wide, reference, sizeof reference);
  g_autofree char *bf16 = bent_copy(to_bf16, HEADS);
  encode(bf16, narrowed);
  for (int i = 0; i < 32; i++)
    distance += ((double)narrowed[i] - reference[i]) * ((double)narrowed[i] - reference[i]);
  g_assert_cmpfloat(sqrt(distance), <, 0.1);
  g_assert_cmpfloat(sqrt(distance), >, 0);
  g_ptr_array_unref(made);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  folder = g_dir_make_tmp("medct-config-XXXXXX", NULL);
  g_test_add_func("/config/mini", test_mini);
  g_test_add_func("/config/released", test_released_parameters);
  g_test_add_func("/config/summary", test_summary);
  g_test_add_func("/config/named", test_named_file);
  g_test_add_func("/config/listed", test_missing_and_misshapen_are_listed);
  g_test_add_func("/config/misfit", test_kinds_of_misfit);
  g_test_add_func("/config/v1", test_v1_is_named);
  g_test_add_func("/config/text-heads", test_text_heads);
  g_test_add_func("/config/input", test_input);
  g_test_add_func("/config/floats", test_other_floats);
  int status = g_test_run();
  static const char *const written[] = {"bent.safetensors", "config.json", "sizes.json"};
  for (gsize i = 0; i < G_N_ELEMENTS(written); i++) {
    g_autofree char *path = g_build_filename(folder, written[i], NULL);
    g_unlink(path);
  }
  g_rmdir(folder);
  g_free(folder);
  return status;
}
