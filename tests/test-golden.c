/* golden-check on every golden set, at every instruction set, and on bent copies, which must fail.
 */
#include "model/tensor_file.h"
#include <glib/gstdio.h>
#include <math.h>

static char *
golden_file(const char *name)
{
  char *path = g_test_build_filename(G_TEST_DIST, "golden", name, NULL);
  const char *shared = g_getenv("MEDCT_SHARED");
  if (!g_file_test(path, G_FILE_TEST_EXISTS) && shared) {
    g_free(path);
    path = g_build_filename(shared, "golden", name, NULL);
  }
  if (!g_file_test(path, G_FILE_TEST_EXISTS))
    g_clear_pointer(&path, g_free);
  return path;
}

/* The exit status of golden-check; its table is shown when it is not `expected`. */
static void
run_check(int expected, const char *cpu, const char *weights, const char *forward,
          const char *adapter, const char *train)
{
  const char *argv[] = {g_getenv("GOLDEN_CHECK"),
                        "--weights",
                        weights,
                        "--forward",
                        forward,
                        adapter ? "--adapter" : NULL,
                        adapter,
                        train ? "--train" : NULL,
                        train,
                        NULL};
  g_auto(GStrv) env = g_get_environ();
  g_autofree char *out = NULL, *err = NULL;
  g_autoptr(GError) error = NULL;
  int status = 0, code = 0;
  g_assert_nonnull(argv[0]);
  if (cpu)
    env = g_environ_setenv(env, "MEDCT_CPU", cpu, TRUE);
  g_spawn_sync(NULL, (char **)argv, env, G_SPAWN_DEFAULT, NULL, NULL, &out, &err, &status, &error);
  g_assert_no_error(error);
  if (!g_spawn_check_wait_status(status, &error)) {
    g_assert_error(error, G_SPAWN_EXIT_ERROR, error->code);
    code = error->code;
  }
  if (code != expected)
    g_test_message("%s%s", out, err);
  g_assert_cmpint(code, ==, expected);
}

static const struct {
  const char *name, *cpu, *weights, *forward, *adapter;
} SETS[] = {
    {"safetensors", NULL, "mini.safetensors", "mini_forward.safetensors", NULL},
    {"pt", NULL, "mini_repacked.pt", "mini_forward.safetensors", NULL},
    {"wrapped-pt", NULL, "mini_wrapped_repacked.pt", "mini_forward.safetensors", NULL},
    {"adapter", NULL, "mini.safetensors", "mini_adapter_forward.safetensors", "mini_adapter"},
    {"plain", "plain", "mini.safetensors", "mini_forward.safetensors", NULL},
    {"naive", "naive", "mini.safetensors", "mini_forward.safetensors", NULL},
    {"avx2", "avx2", "mini.safetensors", "mini_forward.safetensors", NULL},
    {"avx512", "avx512", "mini.safetensors", "mini_forward.safetensors", NULL},
};

static void
test_set(gconstpointer data)
{
  guint i = GPOINTER_TO_UINT(data);
  g_autofree char *weights = golden_file(SETS[i].weights);
  g_autofree char *forward = golden_file(SETS[i].forward);
  g_autofree char *adapter = SETS[i].adapter ? golden_file(SETS[i].adapter) : NULL;
  if (!weights || !forward || (SETS[i].adapter && !adapter)) {
    g_test_skip("its golden files are not here");
    return;
  }
  run_check(0, SETS[i].cpu, weights, forward, adapter, NULL);
}

/* The base forward outputs are not those of the model with the adapter. */
static void
test_adapter_matters(void)
{
  g_autofree char *weights = golden_file("mini.safetensors");
  g_autofree char *forward = golden_file("mini_forward.safetensors");
  g_autofree char *adapter = golden_file("mini_adapter");
  run_check(1, NULL, weights, forward, adapter, NULL);
}

/* Moves one number of the tensor by a thousandth of its largest value, or one integer by one. */
static void *
bent_data(const MedctTensor *t)
{
  gsize bytes = medct_dtype_bytes(t->dtype) * (gsize)t->n_elements;
  void *copy = g_memdup2(t->data, bytes);
  if (t->dtype == MEDCT_DTYPE_I64) {
    int64_t *x = copy;
    x[1] = x[1] > 0 ? x[1] - 1 : 1;
    return copy;
  }
  float *x = copy, top = 0;
  for (int64_t i = 0; i < t->n_elements; i++)
    top = fmaxf(top, fabsf(x[i]));
  gboolean is_latent = g_str_has_suffix(t->name, "latent");
  x[t->n_elements / 2] += top * (is_latent ? 0.05f : g_str_equal(t->name, "volume") ? 1.0f : 2e-3f);
  return copy;
}

static void
write_bent(const char *path, const MedctTensorFile *file, const char *name)
{
  static const char *const keys[] = {"text_heads", "lr",    "weight_decay",
                                     "clip_norm",  "steps", "objective"};
  guint n = medct_tensor_file_count(file);
  g_autofree MedctTensor *tensors = g_new(MedctTensor, n);
  g_autofree void *bent = NULL;
  const char *metadata[2 * G_N_ELEMENTS(keys) + 1] = {NULL};
  for (guint i = 0, at = 0; i < G_N_ELEMENTS(keys); i++)
    if (medct_tensor_file_metadata(file, keys[i])) {
      metadata[at++] = keys[i];
      metadata[at++] = medct_tensor_file_metadata(file, keys[i]);
    }
  g_autoptr(GError) error = NULL;
  for (guint i = 0; i < n; i++) {
    tensors[i] = *medct_tensor_file_get(file, i);
    if (g_str_equal(tensors[i].name, name))
      tensors[i].data = bent = bent_data(&tensors[i]);
  }
  g_assert_nonnull(bent);
  medct_safetensors_write(path, tensors, n, metadata, &error);
  g_assert_no_error(error);
}

static void
test_bent(gconstpointer data)
{
  const char *name = data;
  g_autofree char *weights = golden_file("mini.safetensors");
  g_autofree char *forward = golden_file("mini_forward.safetensors");
  g_autofree char *folder = g_dir_make_tmp("medct-bent-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "bent.safetensors", NULL);
  g_autoptr(GError) error = NULL;
  gboolean is_weight = strstr(name, "transformer.") && !g_str_has_prefix(name, "trace.");
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(is_weight ? weights : forward, &error);
  g_assert_no_error(error);
  write_bent(path, file, name);
  run_check(1, NULL, is_weight ? path : weights, is_weight ? forward : path, NULL, NULL);
  g_unlink(path);
  g_rmdir(folder);
}

/* Losses, gradients and steps, from either forward file. */
static void
test_train(gconstpointer forward_name)
{
  g_autofree char *weights = golden_file("mini.safetensors");
  g_autofree char *forward = golden_file(forward_name);
  g_autofree char *adapter = golden_file("mini_adapter");
  g_autofree char *train = golden_file("mini_train.safetensors");
  run_check(0, NULL, weights, forward, adapter, train);
}

static void
test_bent_train(gconstpointer name)
{
  g_autofree char *weights = golden_file("mini.safetensors");
  g_autofree char *forward = golden_file("mini_adapter_forward.safetensors");
  g_autofree char *adapter = golden_file("mini_adapter");
  g_autofree char *train = golden_file("mini_train.safetensors");
  g_autofree char *folder = g_dir_make_tmp("medct-bent-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "bent.safetensors", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(train, &error);
  g_assert_no_error(error);
  write_bent(path, file, name);
  run_check(1, NULL, weights, forward, adapter, path);
  g_unlink(path);
  g_rmdir(folder);
}

static const char *const BENT_TRAIN[] = {
    "adamw.final.text_transformer.encoder.layer.0.attention.self.query.lora_B",
    "adamw.losses",
    "bce.grad.text_transformer.encoder.layer.0.attention.self.value.lora_A",
    "clip.loss",
    "labels",
    "vocab.grad.visual_transformer.enc_spatial_transformer.layers.0.1.to_kv.lora_A",
};

static const char *const BENT[] = {
    "codes",
    "image_latent",
    "present_probability",
    "prompt_ids",
    "prompt_mask",
    "score_share",
    "similarity",
    "text_latent",
    "trace.patch",
    "trace.position_bias",
    "trace.pre_vq",
    "trace.text.0",
    "trace.text.1",
    "trace.visual_transformer.enc_spatial_transformer.0",
    "trace.visual_transformer.enc_temporal_transformer.0",
    "volume",
    "visual_transformer.enc_temporal_transformer.norm_out.gamma",
    "visual_transformer.enc_spatial_transformer.layers.1.1.k_scale",
    "text_transformer.encoder.layer.1.output.LayerNorm.bias",
};

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(SETS); i++) {
    g_autofree char *path = g_strdup_printf("/golden/%s", SETS[i].name);
    g_test_add_data_func(path, GUINT_TO_POINTER(i), test_set);
  }
  g_test_add_func("/golden/adapter-matters", test_adapter_matters);
  for (guint i = 0; i < G_N_ELEMENTS(BENT); i++) {
    g_autofree char *path = g_strdup_printf("/golden/bent/%s", BENT[i]);
    g_test_add_data_func(path, BENT[i], test_bent);
  }
  g_test_add_data_func("/golden/train", "mini_adapter_forward.safetensors", test_train);
  g_test_add_data_func("/golden/train-base-forward", "mini_forward.safetensors", test_train);
  for (guint i = 0; i < G_N_ELEMENTS(BENT_TRAIN); i++) {
    g_autofree char *path = g_strdup_printf("/golden/bent-train/%s", BENT_TRAIN[i]);
    g_test_add_data_func(path, BENT_TRAIN[i], test_bent_train);
  }
  return g_test_run();
}
