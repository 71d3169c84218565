#include "model/adapter.h"
#include "model/adapter_config.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define QUERY  "text_transformer.encoder.layer.0.attention.self.query"
#define KEY    "text_transformer.encoder.layer.1.attention.self.key"
#define TO_Q   "visual_transformer.enc_spatial_transformer.layers.0.1.to_q"
#define PREFIX "base_model.model."

static char *folder;

/* ---- making adapters ----------------------------------------------------------------------- */

typedef struct {
  const char *key; /* after the prefix */
  int64_t rows, columns;
  float first; /* the first number; the others are 0.5 */
} Matrix;

static void
save_config(const char *json)
{
  g_autofree char *path = g_build_filename(folder, "adapter_config.json", NULL);
  g_assert_true(g_file_set_contents(path, json, -1, NULL));
}

static void
save_matrices(const Matrix *matrices, guint n, const char *const *metadata)
{
  g_autoptr(GPtrArray) owned = g_ptr_array_new_with_free_func(g_free);
  g_autofree MedctTensor *tensors = g_new0(MedctTensor, n + 1);
  g_autofree char *path = g_build_filename(folder, "adapter_model.safetensors", NULL);
  for (guint i = 0; i < n; i++) {
    int64_t size = matrices[i].rows * matrices[i].columns;
    float *data = g_new(float, size);
    char *name = g_strconcat(PREFIX, matrices[i].key, NULL);
    for (int64_t k = 0; k < size; k++)
      data[k] = k == 0 ? matrices[i].first : 0.5f;
    g_ptr_array_add(owned, data);
    g_ptr_array_add(owned, name);
    tensors[i] = (MedctTensor){.name = name,
                               .dtype = MEDCT_DTYPE_F32,
                               .n_dims = 2,
                               .shape = {matrices[i].rows, matrices[i].columns},
                               .n_elements = size,
                               .data = data};
  }
  g_autoptr(GError) error = NULL;
  medct_safetensors_write(path, tensors, n, metadata, &error);
  g_assert_no_error(error);
}

#define PAIR(module, rank, in, out)                                                                \
  {module ".lora_A.weight", rank, in, 0.5f},                                                       \
  {                                                                                                \
    module ".lora_B.weight", out, rank, 0.5f                                                       \
  }
#define CONFIG(more) "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 3" more "}"
#define QUERY_ONLY   CONFIG(", \"target_modules\": \"" QUERY "\"")

static const Matrix QUERY_PAIR[] = {PAIR(QUERY, 2, 48, 48)};

/* Opens and holds against the golden model; the refusal, or NULL. */
static char *
try(MedctAdapter **adapter)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *golden = g_test_build_filename(G_TEST_DIST, "golden", "mini.safetensors", NULL);
  g_autoptr(MedctTensorFile) base = medct_tensor_file_open(golden, &error);
  g_assert_no_error(error);
  g_autoptr(MedctAdapter) opened = medct_adapter_open(folder, &error);
  g_assert_true((opened == NULL) == (error != NULL));
  if (opened && medct_adapter_check(opened, base, &error) && adapter)
    *adapter = medct_adapter_ref(opened);
  return error ? g_strdup(error->message) : NULL;
}

static void
assert_refused(const char *const *words)
{
  g_autofree char *message = try(NULL);
  g_assert_nonnull(message);
  for (; *words; words++) {
    if (strstr(message, *words) == NULL)
      g_test_message("%s", message);
    g_assert_nonnull(strstr(message, *words));
  }
}

/* ---- what is right ------------------------------------------------------------------------- */

static void
test_golden(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", "mini_adapter", NULL);
  g_autofree char *golden = g_test_build_filename(G_TEST_DIST, "golden", "mini.safetensors", NULL);
  g_autoptr(MedctTensorFile) base = medct_tensor_file_open(golden, &error);
  g_autoptr(MedctAdapter) adapter = medct_adapter_open(path, &error);
  g_assert_no_error(error);
  g_assert_true(medct_adapter_check(adapter, base, &error));
  g_assert_cmpuint(medct_adapter_count(adapter), ==, 20);
  g_assert_cmpint(medct_adapter_parameters(adapter), ==, 7680);
  const MedctAdapterModule *m = medct_adapter_lookup(adapter, TO_Q);
  g_assert_cmpint(m->rank, ==, 3);
  g_assert_cmpint(m->in, ==, 64);
  g_assert_cmpint(m->out, ==, 64);
  g_assert_true(m->scale == 7.0f / 3.0f);
  g_assert_null(medct_adapter_lookup(adapter, TO_Q ".weight"));
  g_autofree char *sha256 = medct_adapter_sha256(adapter, &error);
  g_assert_cmpuint(strlen(sha256), ==, 64);
}

static void
test_base_hash_and_path(void)
{
  const char *metadata[] = {"base_sha256", "00ff", NULL};
  g_autoptr(MedctAdapter) adapter = NULL;
  save_config(CONFIG(", \"target_modules\": \"" QUERY
                     "\", \"base_model_name_or_path\": \"https://192.0.2.1/../../etc/passwd\""));
  save_matrices(QUERY_PAIR, 2, metadata);
  g_autofree char *message = try(&adapter);
  g_assert_cmpstr(message, ==, NULL);
  g_assert_cmpstr(medct_adapter_base_sha256(adapter), ==, "00ff");
  save_matrices(QUERY_PAIR, 2, NULL);
  g_autoptr(MedctAdapter) without = NULL;
  g_autofree char *none = try(&without);
  g_assert_null(none);
  g_assert_null(medct_adapter_base_sha256(without));
}

static void
test_temperature(void)
{
  const char *metadata[] = {"temperature", "1.5", NULL};
  static const char *const wrong[] = {"", "warm", "1.5x", "nan", "21", "-1e9"};
  g_autoptr(MedctAdapter) adapter = NULL;
  float temperature = 0;
  save_config(QUERY_ONLY);
  save_matrices(QUERY_PAIR, 2, metadata);
  g_autofree char *message = try(&adapter);
  g_assert_null(message);
  g_assert_true(medct_adapter_temperature(adapter, &temperature));
  g_assert_cmpfloat(temperature, ==, 1.5f);
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    metadata[1] = wrong[i];
    save_matrices(QUERY_PAIR, 2, metadata);
    assert_refused((const char *[]){"temperature", "adapter_model.safetensors", NULL});
  }
}

static void
assert_module(const char *json, const char *module, int rank, double scale)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(folder, "adapter_config.json", NULL);
  save_config(json);
  MedctAdapterConfig *config = medct_adapter_config_load(path, &error);
  g_assert_no_error(error);
  int found_rank;
  double alpha;
  medct_adapter_config_module(config, module, &found_rank, &alpha);
  double found_scale = medct_adapter_scale(alpha, found_rank, medct_adapter_config_rslora(config));
  g_assert_cmpint(found_rank, ==, rank);
  g_assert_cmpfloat(fabs(found_scale - scale), <, 1e-15);
  medct_adapter_config_free(config);
}

static void
test_patterns(void)
{
#define PATTERNS(ranks, alphas)                                                                    \
  CONFIG(", \"target_modules\": [\"query\"], \"rank_pattern\": {" ranks                            \
         "}, \"alpha_pattern\": {" alphas "}")
  assert_module(PATTERNS("", ""), QUERY, 2, 1.5);
  assert_module(PATTERNS("\"query\": 8", ""), QUERY, 8, 3.0 / 8);
  assert_module(PATTERNS("\"query\": 8", "\"query\": 20"), QUERY, 8, 2.5);
  assert_module(PATTERNS("\"query\": 8", "\"query\": 20"), KEY, 2, 1.5);
  /* The first in file order that matches wins, not the longest and not the last. */
  assert_module(PATTERNS("\".*\": 4, \"query\": 8", ""), QUERY, 4, 0.75);
  assert_module(PATTERNS("\"self.query\": 16, \"query\": 8", ""), QUERY, 16, 3.0 / 16);
  /* Expressions of whole path components from the end. */
  assert_module(PATTERNS("\"uery\": 8", ""), QUERY, 2, 1.5);
  assert_module(PATTERNS("\"self\": 8", ""), QUERY, 2, 1.5);
  assert_module(PATTERNS("\"layer\\\\.[01]\\\\.attention\\\\.self\\\\.(query|key)\": 6", ""), KEY,
                6, 0.5);
  assert_module(PATTERNS("\"^text.*query\": 8", ""), QUERY, 8, 3.0 / 8);
  /* rsLoRA: α/√r, pattern or not. */
#define RS ", \"use_rslora\": true, \"target_modules\": [\"query\"]"
  assert_module(CONFIG(RS), QUERY, 2, 3 / sqrt(2));
  assert_module(CONFIG(RS ", \"rank_pattern\": {\"query\": 9}"), QUERY, 9, 1);
#undef RS
#undef PATTERNS
}

static void
assert_targets(const char *targets, const char *module, gboolean expected)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(folder, "adapter_config.json", NULL);
  g_autofree char *json = g_strdup_printf(CONFIG(", \"target_modules\": %s"), targets);
  save_config(json);
  MedctAdapterConfig *config = medct_adapter_config_load(path, &error);
  g_assert_no_error(error);
  g_assert_true(medct_adapter_config_targets(config, module) == expected);
  medct_adapter_config_free(config);
}

static void
test_targets(void)
{
  assert_targets("[\"query\", \"key\"]", QUERY, TRUE);
  assert_targets("[\"query\", \"key\"]", TO_Q, FALSE);
  assert_targets("[\"uery\"]", QUERY, FALSE);
  assert_targets("[\"self.query\"]", QUERY, TRUE);
  assert_targets("[\"" QUERY "\"]", QUERY, TRUE);
  /* In a list, names are no expressions; a string is one and must match as a whole. */
  assert_targets("[\".*query\"]", QUERY, FALSE);
  assert_targets("\".*query\"", QUERY, TRUE);
  assert_targets("\"query\"", QUERY, FALSE);
  assert_targets("\".*(query|key)\"", KEY, TRUE);
  assert_targets("\"text|.*to_q\"", QUERY, FALSE);
  /* A bare "dense" also hits what has no attention in its name. */
  assert_targets("[\"dense\"]", "text_transformer.encoder.layer.0.intermediate.dense", TRUE);
  assert_targets("[\"dense\"]", "text_transformer.pooler.dense", TRUE);
}

/* An expression of exponential cost ends soon, and matches nothing. */
static void
test_hostile_expression(void)
{
  gint64 start = g_get_monotonic_time();
  assert_targets("\"(([a-z._0-9]+)+)+!\"", QUERY, FALSE);
  g_assert_cmpint(g_get_monotonic_time() - start, <, G_USEC_PER_SEC);
}

/* ---- what is refused ----------------------------------------------------------------------- */

static void
test_config_refusals(void)
{
#define TARGET ", \"target_modules\": [\"query\"]"
  static const char *const configs[][2] = {
      {"[]", "object"},
      {"{\"r\": 2, \"lora_alpha\": 3" TARGET "}", "peft_type"},
      {"{\"peft_type\": \"LOHA\", \"r\": 2, \"lora_alpha\": 3" TARGET "}", "LOHA"},
      {"{\"peft_type\": \"LORA\", \"r\": 0, \"lora_alpha\": 3" TARGET "}", "r is 0"},
      {"{\"peft_type\": \"LORA\", \"r\": -2, \"lora_alpha\": 3" TARGET "}", "r is -2"},
      {"{\"peft_type\": \"LORA\", \"r\": 2.5, \"lora_alpha\": 3" TARGET "}", "r is 2.5"},
      {"{\"peft_type\": \"LORA\", \"lora_alpha\": 3" TARGET "}", "r is missing"},
      {"{\"peft_type\": \"LORA\", \"r\": 2" TARGET "}", "lora_alpha is missing"},
      {"{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": NaN" TARGET "}", "JSON"},
      {"{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": \"3\"" TARGET "}", "lora_alpha"},
      {CONFIG(TARGET ", \"use_dora\": true"), "use_dora"},
      {CONFIG(TARGET ", \"lora_bias\": true"), "lora_bias"},
      {CONFIG(TARGET ", \"modules_to_save\": [\"to_text_latent\"]"), "modules_to_save"},
      {CONFIG(TARGET ", \"fan_in_fan_out\": true"), "fan_in_fan_out"},
      {CONFIG(TARGET ", \"exclude_modules\": [\"key\"]"), "exclude_modules"},
      {CONFIG(TARGET ", \"layers_to_transform\": 0"), "layers_to_transform"},
      {CONFIG(TARGET ", \"bias\": \"all\""), "bias"},
      {CONFIG(TARGET ", \"lora_dropout\": 1"), "lora_dropout"},
      {CONFIG(TARGET ", \"lora_dropout\": -0.5"), "lora_dropout"},
      {CONFIG(""), "target_modules"},
      {CONFIG(", \"target_modules\": []"), "target_modules"},
      {CONFIG(", \"target_modules\": [3]"), "target_modules"},
      {CONFIG(", \"target_modules\": \"(\""), "target_modules"},
      {CONFIG(TARGET ", \"rank_pattern\": [1]"), "rank_pattern"},
      {CONFIG(TARGET ", \"rank_pattern\": {\"query\": 0}"), "rank_pattern"},
      {CONFIG(TARGET ", \"rank_pattern\": {\"query\": 1.5}"), "rank_pattern"},
      {CONFIG(TARGET ", \"rank_pattern\": {\"(\": 2}"), "rank_pattern"},
      {CONFIG(TARGET ", \"alpha_pattern\": {\"query\": \"3\"}"), "query"},
  };
#undef TARGET
  save_matrices(QUERY_PAIR, 2, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(configs); i++) {
    save_config(configs[i][0]);
    assert_refused((const char *[]){configs[i][1], "adapter_config.json", NULL});
  }
}

static void
test_weight_refusals(void)
{
  static const struct {
    Matrix matrices[4];
    const char *words[4];
  } cases[] = {
      {{{QUERY ".lora_A.weight", 2, 48, 0}}, {QUERY ".lora_A.weight", "without its lora_B"}},
      {{{QUERY ".lora_B.weight", 48, 2, 0}}, {QUERY ".lora_B.weight", "without its lora_A"}},
      {{PAIR(QUERY, 3, 48, 48)}, {QUERY, "rank 2", "3"}},
      {{PAIR(QUERY, 3, 48, 48), PAIR(KEY, 4, 48, 48)},
       {QUERY " (rank 2, found 3", KEY " (rank 2, found 4"}},
      {{{QUERY ".lora_A.weight", 2, 48, 0}, {QUERY ".lora_B.weight", 48, 3, 0}}, {"rank 2"}},
      {{{QUERY ".lora_A.weight", 2, 48, NAN}, {QUERY ".lora_B.weight", 48, 2, 0}},
       {QUERY ".lora_A.weight", "NaN"}},
      {{{QUERY ".lora_A.weight", 2, 48, 0}, {QUERY ".lora_B.weight", 48, 2, INFINITY}},
       {QUERY ".lora_B.weight", "infinite"}},
      {{PAIR(QUERY, 2, 48, 48), {QUERY ".lora_magnitude_vector", 1, 48, 0}},
       {"lora_magnitude_vector", "not a LoRA matrix"}},
      {{PAIR(QUERY, 2, 48, 48), PAIR("text_transformer.encoder.layer.7.nothing", 2, 48, 48)},
       {"layer.7.nothing", "no such layer"}},
      {{PAIR(QUERY, 2, 47, 48)}, {QUERY, "another size"}},
      {{PAIR(QUERY, 2, 48, 49)}, {QUERY, "another size"}},
      {{PAIR("text_transformer.embeddings.LayerNorm", 2, 48, 48)}, {"LayerNorm", "no such layer"}},
  };
  save_config(QUERY_ONLY);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    guint n = 0;
    while (n < 4 && cases[i].matrices[n].key)
      n++;
    save_matrices(cases[i].matrices, n, NULL);
    assert_refused(cases[i].words);
  }
}

static void
test_missing_pairs_are_listed(void)
{
  save_config(CONFIG(", \"target_modules\": [\"query\", \"to_q\"]"));
  save_matrices(QUERY_PAIR, 2, NULL);
  assert_refused((const char *[]){"text_transformer.encoder.layer.1.attention.self.query",
                                  TO_Q " (targeted", "mini.safetensors", NULL});
}

static void
test_missing_files(void)
{
  g_autofree char *weights = g_build_filename(folder, "adapter_model.safetensors", NULL);
  g_autofree char *config = g_build_filename(folder, "adapter_config.json", NULL);
  save_config(QUERY_ONLY);
  g_unlink(weights);
  assert_refused((const char *[]){"adapter_model.safetensors", NULL});
  save_matrices(QUERY_PAIR, 2, NULL);
  g_unlink(config);
  assert_refused((const char *[]){"adapter_config.json", NULL});
}

static void
clear_folder(void)
{
  static const char *const made[] = {"adapter_config.json", "adapter_model.safetensors"};
  for (gsize i = 0; i < G_N_ELEMENTS(made); i++) {
    g_autofree char *path = g_build_filename(folder, made[i], NULL);
    g_unlink(path);
  }
  g_rmdir(folder);
  g_free(folder);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  folder = g_dir_make_tmp("medct-adapter-XXXXXX", NULL);
  g_test_add_func("/adapter/golden", test_golden);
  g_test_add_func("/adapter/base", test_base_hash_and_path);
  g_test_add_func("/adapter/temperature", test_temperature);
  g_test_add_func("/adapter/patterns", test_patterns);
  g_test_add_func("/adapter/targets", test_targets);
  g_test_add_func("/adapter/hostile-expression", test_hostile_expression);
  g_test_add_func("/adapter/config-refusals", test_config_refusals);
  g_test_add_func("/adapter/weight-refusals", test_weight_refusals);
  g_test_add_func("/adapter/missing-pairs", test_missing_pairs_are_listed);
  g_test_add_func("/adapter/missing-files", test_missing_files);
  int status = g_test_run();
  clear_folder();
  return status;
}
