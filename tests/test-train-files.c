/* What a training keeps in files beside its checkpoints: prefixes of volumes, records; and the
 * order that needs no file. */
#include "model/batch_order.h"
#include "model/prefix_cache.h"
#include "plugins/train-records.h"
#include "tests/test-home.h"
#include <math.h>
#include <string.h>
#include <utime.h>

enum { N = 256 };
#define ENTRY (88 + sizeof(float) * N) /* bytes of a file */

static char *
cache_folder(void)
{
  return g_build_filename(g_get_user_cache_dir(), "medct", "prefixes", NULL);
}

static guint
count_files(void)
{
  g_autofree char *folder = cache_folder();
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  guint n = 0;
  while (dir && g_dir_read_name(dir))
    n++;
  return n;
}

/* As if all files had been used long ago. */
static void
age_files(void)
{
  g_autofree char *folder = cache_folder();
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  const char *name;
  const struct utimbuf old = {1, 1};
  while ((name = g_dir_read_name(dir))) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    utime(path, &old);
  }
}

static void
fill(float *x, float value)
{
  for (int i = 0; i < N; i++)
    x[i] = value + (float)i;
}

static void
test_prefix_round_trip(void)
{
  float in[N], out[N];
  g_autoptr(MedctPrefixCache) cache = medct_prefix_cache_new("weights", "layer 4", 1 << 20);
  g_autoptr(MedctPrefixCache) other = medct_prefix_cache_new("weights", "layer 3", 1 << 20);
  fill(in, 1);
  g_assert_false(medct_prefix_cache_load(cache, "volume", out, N));
  medct_prefix_cache_store(cache, "volume", in, N);
  g_assert_true(medct_prefix_cache_load(cache, "volume", out, N));
  g_assert_cmpmem(in, sizeof in, out, sizeof out);
  g_assert_false(medct_prefix_cache_load(cache, "volume", out, N - 1));
  g_assert_false(medct_prefix_cache_load(cache, "another", out, N));
  g_assert_false(medct_prefix_cache_load(other, "volume", out, N));
  guint before = count_files();
  medct_prefix_cache_store(cache, "", in, N);
  g_assert_cmpuint(count_files(), ==, before);
}

static void
test_prefix_damage(void)
{
  float in[N], out[N];
  g_autoptr(MedctPrefixCache) cache = medct_prefix_cache_new("damage", "latent", 1 << 20);
  fill(in, 2);
  medct_prefix_cache_store(cache, "volume", in, N);
  g_autofree char *folder = cache_folder();
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name(dir))) {
    g_autofree char *path = g_build_filename(folder, name, NULL), *bytes = NULL;
    gsize n = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
    bytes[n - 5] ^= 4;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
  }
  g_assert_false(medct_prefix_cache_load(cache, "volume", out, N));
}

/* The limit holds; what an earlier run used goes first, what this one used stays. */
static void
test_prefix_limit(void)
{
  float x[N];
  g_autoptr(MedctPrefixCache) earlier = medct_prefix_cache_new("limit", "latent", 10 * ENTRY);
  fill(x, 3);
  for (int i = 0; i < 4; i++) {
    g_autofree char *identity = g_strdup_printf("old %d", i);
    medct_prefix_cache_store(earlier, identity, x, N);
  }
  age_files();
  g_autoptr(MedctPrefixCache) cache = medct_prefix_cache_new("limit", "latent", 3 * ENTRY);
  for (int i = 0; i < 5; i++) {
    g_autofree char *identity = g_strdup_printf("new %d", i);
    medct_prefix_cache_store(cache, identity, x, N);
  }
  g_assert_cmpuint(count_files(), ==, 3);
  g_assert_true(medct_prefix_cache_load(cache, "new 0", x, N));
  g_assert_true(medct_prefix_cache_load(cache, "new 2", x, N));
  g_assert_false(medct_prefix_cache_load(cache, "new 4", x, N));
  g_assert_false(medct_prefix_cache_load(cache, "old 0", x, N));
}

/* ---- records ------------------------------------------------------------------------------- */

static medct_train_record
step_record(guint64 step)
{
  return (medct_train_record){.size = sizeof(medct_train_record),
                              .kind = MEDCT_TRAIN_STEP,
                              .step = step,
                              .epoch = 1,
                              .loss = 0.5,
                              .lr = NAN,
                              .grad_norm = 2,
                              .seconds = 0.25};
}

static void
test_records(void)
{
  static const char *const classes[] = {"Lung \"nodule\"", "Emphysema"};
  const double auroc[] = {0.75, NAN};
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp("medct-records-XXXXXX", NULL), *text = NULL;
  g_autofree char *path = g_build_filename(folder, "records.jsonl", NULL);
  g_assert_true(g_file_set_contents(path,
                                    "{\"step\":1,\"loss\":1}\n{\"step\":2,\"loss\":1}\n"
                                    "{\"step\":3,\"loss\":1}\n{\"step\":2,\"lo",
                                    -1, NULL));
  g_autoptr(MedctTrainRecords) records = medct_train_records_new(folder, classes, 2);
  medct_train_record start = {.kind = MEDCT_TRAIN_STARTED, .step = 2};
  medct_train_record step = step_record(3);
  medct_train_record saved = {.kind = MEDCT_TRAIN_SAVED, .step = 3};
  medct_train_record evaluation = {.kind = MEDCT_TRAIN_EVALUATION,
                                   .step = 3,
                                   .epoch = 1,
                                   .val_loss = 0.25,
                                   .val_auroc = 0.75,
                                   .auroc_low = 0.5,
                                   .auroc_high = 1,
                                   .class_auroc = auroc,
                                   .n_classes = 2,
                                   .best = 1,
                                   .seconds = 1};
  const medct_train_record *const all[] = {&start, &step, &saved, &evaluation};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    g_assert_true(medct_train_records_add(records, all[i], &error));
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_assert_cmpstr(text, ==,
                  "{\"step\":1,\"loss\":1}\n{\"step\":2,\"loss\":1}\n"
                  "{\"step\":3,\"epoch\":1,\"loss\":0.5,\"lr\":null,\"grad_norm\":2.0,"
                  "\"seconds\":0.25}\n"
                  "{\"step\":3,\"epoch\":1,\"val_loss\":0.25,\"val_auroc\":0.75,"
                  "\"interval\":[0.5,1.0],\"classes\":{\"Lung \\\"nodule\\\"\":0.75,"
                  "\"Emphysema\":null},\"best\":true,\"seconds\":1.0}\n");
  test_home_remove(g_steal_pointer(&folder));
}

/* ---- order --------------------------------------------------------------------------------- */

static void
test_order(void)
{
  guint one[N], again[N], other[N];
  gboolean seen[N] = {FALSE};
  medct_batch_order(one, N, 5, 3);
  medct_batch_order(again, N, 5, 3);
  g_assert_cmpmem(one, sizeof one, again, sizeof again);
  for (int i = 0; i < N; i++) {
    g_assert_cmpuint(one[i], <, N);
    g_assert_false(seen[one[i]]);
    seen[one[i]] = TRUE;
  }
  medct_batch_order(other, N, 5, 4);
  g_assert_true(memcmp(one, other, sizeof one) != 0);
  medct_batch_order(other, N, 6, 3);
  g_assert_true(memcmp(one, other, sizeof one) != 0);
  medct_batch_order(other, 1, 6, 3);
  g_assert_cmpuint(other[0], ==, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  char *home = test_home_make();
  g_test_add_func("/train-files/prefix/round-trip", test_prefix_round_trip);
  g_test_add_func("/train-files/prefix/damage", test_prefix_damage);
  g_test_add_func("/train-files/prefix/limit", test_prefix_limit);
  g_test_add_func("/train-files/records", test_records);
  g_test_add_func("/train-files/order", test_order);
  int status = g_test_run();
  test_home_remove(home);
  return status;
}
