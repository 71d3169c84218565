/* Kept encodings: what was packed comes back, and nothing that was bent or is another model's. */
#include "model/random_weights.h"
#include "plugins/ctclip/stored.h"
#include "tests/test-home.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  MedctModel *model;
  MedctEncoding *encoding;
} Fixture;

static MedctModel *
make_model(const char *name, guint64 seed)
{
  g_autofree char *path = g_build_filename(g_get_tmp_dir(), name, NULL);
  g_autoptr(GError) error = NULL;
  MedctConfig config;
  g_assert_true(medct_config_named("mini", &config, &error));
  g_assert_true(medct_random_weights_write(path, &config, seed, TRUE, &error));
  MedctModel *model = medct_model_open(path, &error);
  g_assert_no_error(error);
  g_unlink(path);
  return model;
}

static void
set_up(Fixture *fixture, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  fixture->model = make_model("medct-stored.safetensors", 7);
  const MedctConfig *config = medct_model_config(fixture->model);
  int t = config->frames / config->temporal_patch, side = config->image / config->patch;
  g_autofree int32_t *codes = g_new(int32_t, t * side * side);
  g_autofree float *v = g_new0(float, config->latent);
  for (int i = 0; i < t * side * side; i++)
    codes[i] = i * 37 % config->codebook;
  v[config->latent - 1] = 1;
  fixture->encoding = medct_encoding_from_codes(fixture->model, codes, t, side, side, v, &error);
  g_assert_no_error(error);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  medct_encoding_free(fixture->encoding);
  medct_model_unref(fixture->model);
}

static void
test_comes_back(Fixture *fixture, gconstpointer data)
{
  const MedctConfig *config = medct_model_config(fixture->model);
  g_autoptr(GByteArray) bytes = medct_stored_pack(config, fixture->encoding, 0.75);
  g_autoptr(GError) error = NULL;
  double inside = 0;
  g_autoptr(MedctEncoding) back =
      medct_stored_unpack(fixture->model, bytes->data, bytes->len, &inside, &error);
  g_assert_no_error(error);
  int t, h, w;
  medct_encoding_grid(back, &t, &h, &w);
  g_assert_cmpfloat(inside, ==, 0.75);
  g_assert_cmpmem(medct_encoding_codes(back), sizeof(int32_t) * (gsize)(t * h * w),
                  medct_encoding_codes(fixture->encoding), sizeof(int32_t) * (gsize)(t * h * w));
  g_assert_cmpmem(medct_encoding_latent(back), sizeof(float) * (gsize)config->latent,
                  medct_encoding_latent(fixture->encoding), sizeof(float) * (gsize)config->latent);
}

static void
test_refuses_bent_bytes(Fixture *fixture, gconstpointer data)
{
  const MedctConfig *config = medct_model_config(fixture->model);
  g_autoptr(GByteArray) bytes = medct_stored_pack(config, fixture->encoding, 0.75);
  double inside = 0;
  for (guint i = 0; i < bytes->len; i++) {
    g_autoptr(GError) error = NULL;
    bytes->data[i] ^= 0x10;
    g_assert_null(medct_stored_unpack(fixture->model, bytes->data, bytes->len, &inside, &error));
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
    bytes->data[i] ^= 0x10;
    g_assert_null(medct_stored_unpack(fixture->model, bytes->data, i, &inside, NULL));
  }
}

int
main(int argc, char **argv)
{
  char *home = test_home_make();
  g_test_init(&argc, &argv, NULL);
  g_test_add("/stored-encoding/back", Fixture, NULL, set_up, test_comes_back, tear_down);
  g_test_add("/stored-encoding/bent", Fixture, NULL, set_up, test_refuses_bent_bytes, tear_down);
  int status = g_test_run();
  test_home_remove(home);
  return status;
}
