/* LoRA made new, written and read again. */
#include "model/adapter_write.h"
#include "model/lora_new.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static char *folder;

static MedctConfig
mini(void)
{
  MedctConfig config;
  g_autoptr(GError) error = NULL;
  medct_config_named("mini", &config, &error);
  g_assert_no_error(error);
  return config;
}

static MedctLora *
make(const MedctLoraSpec *spec)
{
  MedctConfig config = mini();
  g_autoptr(GError) error = NULL;
  MedctLora *lora = medct_lora_new(&config, spec, &error);
  g_assert_no_error(error);
  return lora;
}

/* ranks and alphas that differ between encoders and between modules of one */
static const MedctLoraSpec MIXED = {
    .roles = {[MEDCT_LORA_SPATIAL_Q] = {2, 3},
              [MEDCT_LORA_TEMPORAL_KV] = {5, 2.5},
              [MEDCT_LORA_TEMPORAL_OUT] = {5, 10},
              [MEDCT_LORA_TEXT_QUERY] = {4, 8},
              [MEDCT_LORA_TEXT_VALUE] = {4, 8},
              [MEDCT_LORA_TEXT_OUTPUT] = {1, 8}},
    .rslora = TRUE,
    .dropout = 0.25,
    .trains_temperature = TRUE,
    .temperature = 1.25f,
    .seed = 7,
};

static void
test_new(void)
{
  g_autoptr(MedctLora) lora = make(&MIXED);
  g_autoptr(GError) error = NULL;
  g_assert_cmpuint(lora->n_modules, ==, 12);
  g_assert_true(medct_lora_check_trainable(lora, &error));
  const MedctLoraModule *m =
      medct_lora_lookup(lora, "visual_transformer.enc_temporal_transformer.layers.1.1.to_kv");
  g_assert_cmpint(m->module.rank, ==, 5);
  g_assert_cmpint(m->module.in, ==, 64);
  g_assert_cmpint(m->module.out, ==, 128);
  g_assert_cmpfloat_with_epsilon(m->module.scale, 2.5 / sqrt(5), 1e-6);
  double sum = 0, squares = 0, bound = 1 / sqrt(64.0);
  for (int i = 0; i < 5 * 64; i++) {
    g_assert_cmpfloat(fabs(m->module.A[i]), <=, bound);
    sum += m->module.A[i];
    squares += m->module.A[i] * m->module.A[i];
  }
  g_assert_cmpfloat_with_epsilon(sum / 320, 0, 0.02);
  g_assert_cmpfloat_with_epsilon(squares / 320, bound * bound / 3, 1e-3);
  for (int i = 0; i < 5 * 128; i++)
    g_assert_cmpfloat(m->module.B[i], ==, 0);
  g_assert_true(lora->temperature == lora->parameters + lora->n - 1);
  g_assert_cmpfloat(*lora->temperature, ==, 1.25f);
}

/* The budget of the paper's Full preset, spec §8. */
static void
test_budget(void)
{
  MedctConfig config;
  MedctLoraSpec spec = {0};
  g_autoptr(GError) error = NULL;
  medct_config_named("released", &config, &error);
  medct_lora_spec_set(&spec, 0, MEDCT_LORA_N_ROLES - 1, 16, 32);
  g_autoptr(MedctLora) lora = medct_lora_new(&config, &spec, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(lora->n, ==, 1507328);
}

/* Equal for a seed; a module's numbers do not depend on which others there are. */
static void
test_seed(void)
{
  MedctLoraSpec other = MIXED, fewer = {.roles = {[MEDCT_LORA_TEXT_QUERY] = {4, 8}}, .seed = 7};
  other.seed = 8;
  g_autoptr(MedctLora) a = make(&MIXED), b = make(&MIXED), c = make(&other), d = make(&fewer);
  g_assert_cmpmem(a->parameters, sizeof(float) * a->n, b->parameters, sizeof(float) * b->n);
  g_assert_cmpint(memcmp(a->parameters, c->parameters, sizeof(float) * a->n), !=, 0);
  const MedctLoraModule *m = medct_lora_lookup(a, d->modules[0].module.module);
  g_assert_cmpmem(a->parameters + m->at, sizeof(float) * m->n, d->parameters,
                  sizeof(float) * d->modules[0].n);
}

static void
test_refusals(void)
{
  static const struct {
    MedctLoraSpec spec;
    const char *word;
  } cases[] = {
      {{.dropout = 0}, "nothing"},
      {{.roles = {[MEDCT_LORA_TEXT_KEY] = {-1, 1}}}, "text.key"},
      {{.roles = {[MEDCT_LORA_TEXT_KEY] = {1025, 1}}}, "1025"},
      {{.roles = {[MEDCT_LORA_SPATIAL_KV] = {4, 0}}}, "spatial.to_kv"},
      {{.roles = {[MEDCT_LORA_SPATIAL_KV] = {4, NAN}}}, "alpha"},
      {{.roles = {[MEDCT_LORA_TEXT_KEY] = {4, 4}}, .dropout = 1}, "dropout"},
      {{.roles = {[MEDCT_LORA_TEXT_KEY] = {4, 4}}, .dropout = NAN}, "dropout"},
  };
  MedctConfig config = mini();
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(medct_lora_new(&config, &cases[i].spec, &error));
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT);
    g_assert_nonnull(strstr(error->message, cases[i].word));
  }
}

static void
assert_same(const MedctLora *a, const MedctLora *b)
{
  g_assert_cmpuint(a->n_modules, ==, b->n_modules);
  g_assert_cmpmem(a->parameters, sizeof(float) * a->n, b->parameters, sizeof(float) * b->n);
  g_assert_cmpint(a->rslora, ==, b->rslora);
  g_assert_cmpfloat(a->dropout, ==, b->dropout);
  g_assert_true((a->temperature == NULL) == (b->temperature == NULL));
  for (guint i = 0; i < a->n_modules; i++) {
    const MedctAdapterModule *x = &a->modules[i].module, *y = &b->modules[i].module;
    g_assert_cmpstr(x->module, ==, y->module);
    g_assert_cmpint(x->rank, ==, y->rank);
    g_assert_cmpfloat(x->alpha, ==, y->alpha);
    g_assert_cmpfloat(x->scale, ==, y->scale);
  }
}

static void
round_trip(const MedctLora *lora)
{
  g_autofree char *golden = g_test_build_filename(G_TEST_DIST, "golden", "mini.safetensors", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctTensorFile) base = medct_tensor_file_open(golden, &error);
  g_assert_true(medct_adapter_write(folder, lora, "mini", "00ff", &error));
  g_autoptr(MedctAdapter) read = medct_adapter_open(folder, &error);
  g_assert_no_error(error);
  g_assert_true(medct_adapter_check(read, base, &error));
  g_assert_cmpstr(medct_adapter_base_sha256(read), ==, "00ff");
  g_autoptr(MedctLora) again = medct_lora_from_adapter(read);
  assert_same(lora, again);
}

static void
test_round_trip(void)
{
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", "mini_adapter", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctAdapter) golden = medct_adapter_open(path, &error);
  g_autoptr(MedctLora) from_golden = medct_lora_from_adapter(golden), mixed = make(&MIXED);
  for (gsize i = 0; i < mixed->n; i++)
    mixed->parameters[i] += 1e-3f * (float)i;
  round_trip(mixed);
  round_trip(from_golden);
}

static void
test_unwritable(void)
{
  g_autofree char *file = g_build_filename(folder, "file", NULL);
  g_autofree char *inside = g_build_filename(file, "adapter", NULL);
  g_autoptr(MedctLora) lora = make(&MIXED);
  g_autoptr(GError) error = NULL;
  g_assert_true(g_file_set_contents(file, "", 0, NULL));
  g_assert_false(medct_adapter_write(inside, lora, NULL, NULL, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
  g_unlink(file);
}

/* PEFT itself reads what we wrote, and we read what it writes from that. */
static void
test_peft(void)
{
  g_autofree char *script = g_test_build_filename(G_TEST_DIST, "tools", "peft-round-trip.py", NULL);
  g_autofree char *golden = g_test_build_filename(G_TEST_DIST, "golden", "mini.safetensors", NULL);
  g_autofree char *back = g_build_filename(folder, "back", NULL);
  g_autofree char *out = NULL;
  g_autoptr(MedctLora) lora = make(&MIXED);
  g_autoptr(GError) error = NULL;
  int status = 0;
  const char *argv[] = {"python3", script, golden, folder, back, NULL};
  for (gsize i = 0; i < lora->n; i++)
    lora->parameters[i] += 1e-3f * (float)i;
  g_assert_true(medct_adapter_write(folder, lora, "mini", NULL, &error));
  if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, &status,
                    NULL) ||
      WEXITSTATUS(status) == 77) {
    g_test_skip("Hugging Face PEFT is not installed for python3");
    return;
  }
  g_assert_cmpint(status, ==, 0);
  g_autoptr(MedctAdapter) read = medct_adapter_open(back, &error);
  g_assert_no_error(error);
  g_autoptr(MedctLora) again = medct_lora_from_adapter(read);
  lora->temperature = NULL; /* PEFT keeps no metadata */
  lora->n--;
  assert_same(lora, again);
}

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

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  folder = g_dir_make_tmp("medct-lora-XXXXXX", NULL);
  g_test_add_func("/lora/new", test_new);
  g_test_add_func("/lora/budget", test_budget);
  g_test_add_func("/lora/seed", test_seed);
  g_test_add_func("/lora/refusals", test_refusals);
  g_test_add_func("/lora/round-trip", test_round_trip);
  g_test_add_func("/lora/unwritable", test_unwritable);
  g_test_add_func("/lora/peft", test_peft);
  int status = g_test_run();
  remove_all(folder);
  g_free(folder);
  return status;
}
