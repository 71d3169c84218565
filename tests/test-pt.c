#include "model/tensor_file.h"
#include <isa-l/crc.h>
#include <string.h>

/* ---- a zip of stored entries, as torch.save writes it -------------------------------------------
 */

typedef struct {
  GByteArray *bytes, *directory;
  guint n;
} Zip;

static void
put(GByteArray *to, guint64 value, guint n)
{
  for (guint i = 0; i < n; i++, value >>= 8)
    g_byte_array_append(to, (const guint8[]){(guint8)value}, 1);
}

static void
zip_add(Zip *zip, const char *name, const char *local_name, const void *data, gsize n)
{
  guint32 crc = crc32_gzip_refl(0, data, n), at = zip->bytes->len;
  for (int central = 0; central < 2; central++) {
    GByteArray *to = central ? zip->directory : zip->bytes;
    const char *shown = central ? name : local_name;
    put(to, central ? 0x02014b50 : 0x04034b50, 4);
    put(to, 0, central ? 12 : 10);
    put(to, crc, 4);
    put(to, n, 4);
    put(to, n, 4);
    put(to, strlen(shown), 2);
    put(to, 0, central ? 12 : 2);
    if (central)
      put(to, at, 4);
    g_byte_array_append(to, (const guint8 *)shown, (guint)strlen(shown));
  }
  g_byte_array_append(zip->bytes, data, (guint)n);
  zip->n++;
}

static char *
zip_save(Zip *zip)
{
  guint at = zip->bytes->len, length = zip->directory->len;
  g_byte_array_append(zip->bytes, zip->directory->data, length);
  put(zip->bytes, 0x06054b50, 4);
  put(zip->bytes, 0, 4);
  put(zip->bytes, zip->n, 2);
  put(zip->bytes, zip->n, 2);
  put(zip->bytes, length, 4);
  put(zip->bytes, at, 4);
  put(zip->bytes, 0, 2);
  g_autofree char *folder = g_dir_make_tmp("medct-pt-XXXXXX", NULL);
  char *path = g_build_filename(folder, "weights.pt", NULL);
  g_assert_true(g_file_set_contents(path, (char *)zip->bytes->data, zip->bytes->len, NULL));
  g_byte_array_unref(zip->bytes);
  g_byte_array_unref(zip->directory);
  return path;
}

static Zip
zip_new(void)
{
  return (Zip){g_byte_array_new(), g_byte_array_new(), 0};
}

/* A file of one pickle and one storage "0" of six floats (0 … 5), or, with `swap`, big-endian. */
static char *
save_pickle(const char *pickle, gsize n, gboolean swap)
{
  Zip zip = zip_new();
  guint8 data[24];
  for (int i = 0; i < 6; i++) {
    float value = (float)i;
    memcpy(data + 4 * i, &value, 4);
    if (swap) {
      guint32 bits;
      memcpy(&bits, data + 4 * i, 4);
      bits = GUINT32_SWAP_LE_BE(bits);
      memcpy(data + 4 * i, &bits, 4);
    }
  }
  zip_add(&zip, "a/data.pkl", "a/data.pkl", pickle, n);
  if (swap)
    zip_add(&zip, "a/byteorder", "a/byteorder", "big", 3);
  zip_add(&zip, "a/data/0", "a/data/0", data, sizeof data);
  return zip_save(&zip);
}

#define STORAGE                                                                                    \
  "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0"                                               \
  "0X\3\0\0\0cpuK\6tQ"
#define TENSOR(offset, shape, stride)                                                              \
  "\x80\2}X\1\0\0\0wctorch._utils\n_rebuild_tensor_v2\n(" STORAGE "K" offset shape stride          \
  "\x89}tRs."
#define SAVE(pickle, swap) save_pickle(pickle, sizeof(pickle) - 1, swap)

static void
expect_refusal(char *path, const char *words)
{
  g_autofree char *owned = path;
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(owned, &error);
  g_assert_null(file);
  g_assert_nonnull(error);
  if (strstr(error->message, words) == NULL)
    g_error("\"%s\" does not say \"%s\"", error->message, words);
}

/* ---- golden files -------------------------------------------------------------------------------
 */

static void
test_equals_safetensors(gconstpointer name)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *a = g_test_build_filename(G_TEST_DIST, "golden", "mini.safetensors", NULL);
  g_autofree char *b = g_test_build_filename(G_TEST_DIST, "golden", name, NULL);
  g_autoptr(MedctTensorFile) expected = medct_tensor_file_open(a, &error);
  g_assert_no_error(error);
  g_autoptr(MedctTensorFile) found = medct_tensor_file_open(b, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(medct_tensor_file_count(expected), >, 100);
  for (guint i = 0; i < medct_tensor_file_count(expected); i++) {
    const MedctTensor *x = medct_tensor_file_get(expected, i);
    const MedctTensor *y = medct_tensor_file_lookup(found, x->name);
    g_assert_nonnull(y);
    g_assert_cmpint(x->dtype, ==, y->dtype);
    g_assert_cmpmem(x->shape, (gsize)x->n_dims * 8, y->shape, (gsize)y->n_dims * 8);
    if (memcmp(x->data, y->data, (gsize)x->n_elements * 4) != 0)
      g_error("%s differs", x->name);
  }
}

/* Names, types and shapes only: see golden/README.md for why not the values. */
static void
test_shared_structure(gconstpointer name)
{
  const char *shared = g_getenv("MEDCT_SHARED");
  g_autofree char *a = g_test_build_filename(G_TEST_DIST, "golden", "mini.safetensors", NULL);
  g_autofree char *b = shared ? g_build_filename(shared, "golden", name, NULL) : NULL;
  if (b == NULL || !g_file_test(b, G_FILE_TEST_EXISTS)) {
    g_test_skip("the shared golden files are not here");
    return;
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctTensorFile) expected = medct_tensor_file_open(a, NULL);
  g_autoptr(MedctTensorFile) found = medct_tensor_file_open(b, &error);
  g_assert_no_error(error);
  for (guint i = 0; i < medct_tensor_file_count(expected); i++) {
    const MedctTensor *x = medct_tensor_file_get(expected, i);
    const MedctTensor *y = medct_tensor_file_lookup(found, x->name);
    g_assert_nonnull(y);
    g_assert_cmpint(x->dtype, ==, y->dtype);
    g_assert_cmpmem(x->shape, (gsize)x->n_dims * 8, y->shape, (gsize)y->n_dims * 8);
  }
}

static void
test_damaged(void)
{
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", "mini_repacked.pt", NULL);
  g_autofree char *bytes = NULL;
  gsize n;
  g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
  g_autofree char *folder = g_dir_make_tmp("medct-pt-XXXXXX", NULL);
  char *copy = g_build_filename(folder, "bent.pt", NULL);
  bytes[n / 2] ^= 1;
  g_assert_true(g_file_set_contents(copy, bytes, (gssize)n, NULL));
  expect_refusal(g_strdup(copy), "CRC-32");
  g_assert_true(g_file_set_contents(copy, bytes, (gssize)n - 100, NULL));
  expect_refusal(copy, "cut short");
}

/* ---- made files ---------------------------------------------------------------------------- */

static void
test_strides_and_byte_order(void)
{
  for (int swap = 0; swap < 2; swap++) {
    g_autoptr(GError) error = NULL;
    /* [3, 2] with strides (1, 3): the transpose of [2, 3] */
    g_autofree char *path = SAVE(TENSOR("\0", "K\3K\2\x86", "K\1K\3\x86"), swap);
    g_autoptr(MedctTensorFile) file = medct_tensor_file_open(path, &error);
    g_assert_no_error(error);
    const MedctTensor *w = medct_tensor_file_lookup(file, "w");
    const float expected[] = {0, 3, 1, 4, 2, 5};
    g_assert_cmpmem(w->data, 24, expected, 24);
  }
}

static void
test_refusals(void)
{
  expect_refusal(SAVE("\x80\2cos\nsystem\n(X\2\0\0\0idtR.", FALSE), "os.system");
  expect_refusal(SAVE("\x80\2"
                      "U\2id.",
                      FALSE),
                 "opcode 0x55");
  expect_refusal(SAVE("\x80\2NK\1K\2s.", FALSE), "no dictionary");
  expect_refusal(SAVE("\x80\2}", FALSE), "STOP");
  expect_refusal(SAVE("\x80\2.", FALSE), "runs empty");
  expect_refusal(SAVE("\x80\2h\7.", FALSE), "memo");
  expect_refusal(SAVE("\x80\2(N0", FALSE), "opcode 0x30");
  expect_refusal(SAVE(TENSOR("\1", "K\3K\2\x86", "K\2K\1\x86"), FALSE), "outside its storage");
  expect_refusal(SAVE(TENSOR("\0", "K\7\x85", "K\0\x85"), FALSE), "more elements");
  expect_refusal(SAVE("\x80\2}(X\5\0\0\0state}X\x0c\0\0\0param_groups]u.", FALSE), "optimiser");
}

static void
test_zip_refusals(void)
{
  Zip twice = zip_new(), lying = zip_new();
  zip_add(&twice, "a/data.pkl", "a/data.pkl", "N.", 2);
  zip_add(&twice, "b/data.pkl", "b/data.pkl", "N.", 2);
  expect_refusal(zip_save(&twice), "two data.pkl");
  zip_add(&lying, "a/data.pkl", "a/dota.pkl", "N.", 2);
  expect_refusal(zip_save(&lying), "named differently");
}

#define ENTRY(key, storage)                                                                        \
  "X" key "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\n" storage "\nX\1\0\0\0"    \
  "0X\3\0\0\0cpuK\6tQK\0K\6\x85K\1\x85\x89}tRs"

static void
test_lipro(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = SAVE("\x80\2}" ENTRY("\x0f\0\0\0trained_model.w", "FloatStorage")
                                   ENTRY("\x0f\0\0\0classifier.bias", "FloatStorage") ".",
                               FALSE);
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(path, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(medct_tensor_file_count(file), ==, 1);
  g_assert_nonnull(medct_tensor_file_lookup(file, "w"));
  g_assert_nonnull(strstr(medct_tensor_file_warnings(file)[0], "classifier is ignored"));
  g_assert_null(medct_tensor_file_warnings(file)[1]);
}

static void
test_prefix_and_half(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = SAVE("\x80\2}" ENTRY("\x08\0\0\0module.w", "BFloat16Storage") ".", FALSE);
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(path, &error);
  g_assert_no_error(error);
  g_assert_cmpint(medct_tensor_file_lookup(file, "w")->dtype, ==, MEDCT_DTYPE_BF16);
  expect_refusal(SAVE("\x80\2}" ENTRY("\x08\0\0\0module.w", "FloatStorage")
                          ENTRY("\1\0\0\0w", "FloatStorage") ".",
                      FALSE),
                 "twice");
  expect_refusal(SAVE("\x80\2}" ENTRY("\1\0\0\0w", "DoubleStorage") ".", FALSE), "cut short");
  expect_refusal(SAVE("\x80\2}" ENTRY("\1\0\0\0w", "EvilStorage") ".", FALSE), "EvilStorage");
}

/* Where the only entry says how it is stored: 8 is deflated. */
static void
test_compressed(void)
{
  Zip zip = zip_new();
  zip_add(&zip, "a/data.pkl", "a/data.pkl", "N.", 2);
  gsize central = zip.bytes->len;
  char *path = zip_save(&zip);
  g_autofree char *bytes = NULL;
  gsize n;
  g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
  bytes[8] = bytes[central + 10] = 8;
  g_assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
  expect_refusal(path, "compressed");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_data_func("/pt/mini", "mini_repacked.pt", test_equals_safetensors);
  g_test_add_data_func("/pt/mini-wrapped", "mini_wrapped_repacked.pt", test_equals_safetensors);
  g_test_add_data_func("/pt/shared/mini", "mini.pt", test_shared_structure);
  g_test_add_data_func("/pt/shared/mini-wrapped", "mini_wrapped.pt", test_shared_structure);
  g_test_add_func("/pt/damaged", test_damaged);
  g_test_add_func("/pt/strides-and-byte-order", test_strides_and_byte_order);
  g_test_add_func("/pt/refusals", test_refusals);
  g_test_add_func("/pt/zip-refusals", test_zip_refusals);
  g_test_add_func("/pt/lipro", test_lipro);
  g_test_add_func("/pt/prefix-and-half", test_prefix_and_half);
  g_test_add_func("/pt/compressed", test_compressed);
  return g_test_run();
}
