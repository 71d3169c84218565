#include "model/random_weights.h"
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
}

static void
test_spread(void)
{
  g_autofree char *folder = g_dir_make_tmp("medct-random-XXXXXX", NULL);
  g_autoptr(MedctTensorFile) file = make(folder, 3, FALSE);
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

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/random-weights/checkpoint", test_is_a_checkpoint_of_its_configuration);
  g_test_add_func("/random-weights/seed", test_seed_decides);
  g_test_add_func("/random-weights/spread", test_spread);
  return g_test_run();
}
