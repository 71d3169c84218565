#include "model/tensor_file.h"
#include "model/widen.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

static char *folder;

static char *
save(const char *header, gsize n_header, guint64 stated, const void *data, gsize n_data)
{
  char *path = g_build_filename(folder, "w.safetensors", NULL);
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  stated = GUINT64_TO_LE(stated);
  g_byte_array_append(bytes, (guint8 *)&stated, 8);
  g_byte_array_append(bytes, (const guint8 *)header, (guint)n_header);
  g_byte_array_append(bytes, data, (guint)n_data);
  g_assert_true(g_file_set_contents(path, (char *)bytes->data, bytes->len, NULL));
  return path;
}

static MedctTensorFile *
open_bytes(const char *header, const void *data, gsize n_data, char **message)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = save(header, strlen(header), strlen(header), data, n_data);
  MedctTensorFile *file = medct_tensor_file_open(path, &error);
  *message = error ? g_strdup(error->message) : NULL;
  g_assert_true((file == NULL) == (error != NULL));
  return file;
}

static const float NUMBERS[6] = {0, 1, 2, 3, 4, 5};

#define A23 "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}"

static void
test_reads(void)
{
  g_autofree char *message = NULL;
  g_autoptr(MedctTensorFile) file =
      open_bytes("{\"__metadata__\":{\"k\":\"v\"},"
                 "\"b\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[20,24]},"
                 "\"empty\":{\"dtype\":\"F32\",\"shape\":[4,0,2],\"data_offsets\":[20,20]},"
                 "\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,20]}}   ",
                 NUMBERS, 24, &message);
  g_assert_cmpstr(message, ==, NULL);
  g_assert_cmpuint(medct_tensor_file_count(file), ==, 3);
  const MedctTensor *a = medct_tensor_file_lookup(file, "a");
  g_assert_cmpmem(a->data, 20, NUMBERS, 20);
  const MedctTensor *b = medct_tensor_file_lookup(file, "b");
  g_assert_cmpint(b->n_dims, ==, 0);
  g_assert_cmpint(b->n_elements, ==, 1);
  g_assert_cmpfloat(*(const float *)b->data, ==, 5);
  g_assert_cmpint(medct_tensor_file_lookup(file, "empty")->n_elements, ==, 0);
  g_assert_cmpstr(medct_tensor_file_metadata(file, "k"), ==, "v");
  g_assert_null(medct_tensor_file_lookup(file, "__metadata__"));
}

/* A one-byte tensor first and a header of odd length: the floats are at no multiple of 4. */
static void
test_misaligned_data(void)
{
  guint8 data[25] = {1};
  memcpy(data + 1, NUMBERS, 24);
  for (int pad = 0; pad < 4; pad++) {
    g_autofree char *message = NULL;
    g_autofree char *header =
        g_strdup_printf("{\"flag\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[0,1]},"
                        "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[1,25]}}%*s",
                        pad, "");
    g_autoptr(MedctTensorFile) file = open_bytes(header, data, sizeof data, &message);
    g_assert_cmpstr(message, ==, NULL);
    const MedctTensor *a = medct_tensor_file_lookup(file, "a");
    g_assert_cmpuint((guintptr)a->data % 4, ==, 0);
    g_assert_cmpmem(a->data, 24, NUMBERS, 24);
  }
}

static void
test_refusals(void)
{
#define ONE(dtype, shape, offsets)                                                                 \
  "{\"a\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
  static const char *const headers[][2] = {
      {"[]", "header"},
      {" {" A23 "}", "header"},
      {"{" A23, "JSON"},
      {"{" A23 "," A23 "}", "twice"},
      {"{\"__metadata__\":{\"k\":1}," A23 "}", "__metadata__"},
      {"{\"__metadata__\":[]," A23 "}", "__metadata__"},
      {"{\"a\":[]}", "a is"},
      {ONE("\"F33\"", "[2,3]", "[0,24]"), "F33"},
      {ONE("32", "[2,3]", "[0,24]"), "dtype"},
      {"{\"a\":{\"shape\":[2,3],\"data_offsets\":[0,24]}}", "dtype"},
      {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,24]}}", "shape"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3]}}", "data_offsets"},
      {ONE("\"F32\"", "[2,-3]", "[0,24]"), "shape"},
      {ONE("\"F32\"", "[2,3.0]", "[0,24]"), "shape"},
      {ONE("\"F32\"", "[\"6\"]", "[0,24]"), "shape"},
      {ONE("\"F32\"", "[1,1,1,1,1,1,1,2,3]", "[0,24]"), "shape"},
      /* 2⁶³ and, wrapped to 64 bits, exactly 24 bytes */
      {ONE("\"F32\"", "[4294967296,4294967296]", "[0,24]"), "shape"},
      {ONE("\"F32\"", "[6148914691236517206,3]", "[0,24]"), "shape"},
      {ONE("\"F32\"", "[9223372036854775807]", "[0,24]"), "shape"},
      {ONE("\"F32\"", "[2,3]", "[0]"), "data_offsets"},
      {ONE("\"F32\"", "[2,3]", "[24,0]"), "data_offsets"},
      {ONE("\"F32\"", "[2,3]", "[-1,23]"), "data_offsets"},
      {ONE("\"F32\"", "[2,3]", "[0,20]"), "bytes"},
      {ONE("\"F64\"", "[2,3]", "[0,24]"), "bytes"},
      {ONE("\"F32\"", "[5]", "[0,20]"), "the data"},
      {ONE("\"F32\"", "[5]", "[4,24]"), "hole"},
      {ONE("\"F32\"", "[7]", "[0,28]"), "end"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
       "\"b\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[12,24]}}",
       "hole"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]},"
       "\"b\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[8,24]}}",
       "overlap"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[0,24]},"
       "\"b\":{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[0,24]}}",
       "overlap"},
      {"{}", "the data"},
  };
#undef ONE
  for (gsize i = 0; i < G_N_ELEMENTS(headers); i++) {
    g_autofree char *message = NULL;
    g_autoptr(MedctTensorFile) file = open_bytes(headers[i][0], NUMBERS, 24, &message);
    if (message == NULL || strstr(message, headers[i][1]) == NULL)
      g_test_message("%s: %s", headers[i][0], message);
    g_assert_null(file);
    g_assert_nonnull(message);
    g_assert_nonnull(strstr(message, headers[i][1]));
    g_assert_nonnull(strstr(message, "w.safetensors"));
  }
}

static void
test_header_lengths(void)
{
  static const char header[] = "{" A23 "}";
  gsize n = strlen(header);
  const guint64 stated[] = {0,         n - 1,       n + 1,           n + 25,
                            100000001, G_MAXUINT64, G_MAXUINT64 - 7, G_MAXINT64};
  for (gsize i = 0; i < G_N_ELEMENTS(stated); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = save(header, n, stated[i], NUMBERS, 24);
    g_autoptr(MedctTensorFile) file = medct_tensor_file_open(path, &error);
    g_assert_null(file);
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
  }
}

static void
test_short_files(void)
{
  static const char header[] = "{" A23 "}";
  gsize whole = 8 + strlen(header) + 24;
  for (gsize n = 0; n < whole; n++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = save(header, strlen(header), strlen(header), NUMBERS, 24);
    g_assert_cmpint(truncate(path, (off_t)n), ==, 0);
    g_autoptr(MedctTensorFile) file = medct_tensor_file_open(path, &error);
    g_assert_null(file);
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
  }
}

static void
test_deep_json(void)
{
  g_autoptr(GString) header = g_string_new("{\"a\":");
  for (int i = 0; i < 100000; i++)
    g_string_append_c(header, '[');
  g_autofree char *message = NULL;
  g_autoptr(MedctTensorFile) file = open_bytes(header->str, NUMBERS, 24, &message);
  g_assert_null(file);
  g_assert_nonnull(strstr(message, "64 levels"));
}

/* Two pages of data; the second is cut off while it is mapped: zeros and an error, no SIGBUS. */
static void
test_file_that_shrinks(void)
{
  enum { N = 16384 };
  g_autofree float *data = g_new(float, N);
  for (int i = 0; i < N; i++)
    data[i] = 1;
  static const char text[] =
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[16384],\"data_offsets\":[0,65536]}}";
  g_autofree char *header = g_strdup_printf("%-88s", text); /* aligned, so it is used in place */
  g_autoptr(GError) error = NULL;
  g_autofree char *path = save(header, strlen(header), strlen(header), data, N * 4);
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(path, &error);
  g_assert_no_error(error);
  g_assert_true(medct_tensor_file_check(file, &error));
  g_assert_cmpint(truncate(path, 4096), ==, 0);
  const float *mapped = medct_tensor_file_lookup(file, "a")->data;
  double sum = 0;
  for (int i = 0; i < N; i++)
    sum += mapped[i];
  g_assert_cmpfloat(sum, <, N / 2);
  g_assert_false(medct_tensor_file_check(file, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
  g_assert_nonnull(strstr(error->message, "shorter"));
}

static void
test_not_files(void)
{
  static const struct {
    const char *text, *hint;
  } mistakes[] = {{"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs"},
                  {"<!doctype html><title>Sign in</title>", "web page"},
                  {"\n <HTML><body>", "web page"},
                  {"\x80\x02\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.", "legacy"},
                  {"hello, this is text", "neither"}};
  for (gsize i = 0; i < G_N_ELEMENTS(mistakes); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, "w.safetensors", NULL);
    g_assert_true(g_file_set_contents(path, mistakes[i].text, -1, NULL));
    g_autoptr(MedctTensorFile) file = medct_tensor_file_open(path, &error);
    g_assert_null(file);
    if (strstr(error->message, mistakes[i].hint) == NULL)
      g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, mistakes[i].hint));
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(folder, &error);
  g_assert_null(file);
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
}

/* Exact values by hand: one, minus two, the smallest denormal, the largest, infinity, NaN. */
static void
test_widening(void)
{
  static const guint16 half[8] = {0x3C00, 0xC000, 0x0001, 0x7BFF, 0x7C00, 0x7E00, 0x8000, 0x83FF};
  static const float expected[8] = {1, -2, 0x1p-24f, 65504, INFINITY, NAN, -0.0f, -1023 * 0x1p-24f};
  static const guint16 brain[2] = {0x3FC0, 0xC2F7};
  static const double wide[1] = {0.1};
  guint8 data[28];
  memcpy(data, wide, 8);
  memcpy(data + 8, half, 16);
  memcpy(data + 24, brain, 4);
  g_autofree char *message = NULL;
  g_autoptr(MedctTensorFile) file =
      open_bytes("{\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                 "\"h\":{\"dtype\":\"F16\",\"shape\":[8],\"data_offsets\":[8,24]},"
                 "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[24,28]}}",
                 data, sizeof data, &message);
  g_assert_cmpstr(message, ==, NULL);
  static const char *const names[] = {"d", "h", "b", "absent"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    g_assert_true(medct_tensor_file_widen(file, names[i], NULL));
  const MedctTensor *h = medct_tensor_file_lookup(file, "h");
  const float *x = h->data;
  g_assert_cmpint(h->dtype, ==, MEDCT_DTYPE_F32);
  for (int i = 0; i < 8; i++)
    g_assert_true(isnan(expected[i])
                      ? isnan(x[i])
                      : x[i] == expected[i] && !signbit(x[i]) == !signbit(expected[i]));
  x = medct_tensor_file_lookup(file, "b")->data;
  g_assert_true(x[0] == 1.5f && x[1] == -123.5f);
  g_assert_true(*(const float *)medct_tensor_file_lookup(file, "d")->data == 0.1f);
}

static void
test_writes_what_it_reads(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(folder, "out.safetensors", NULL);
  const MedctTensor tensors[] = {
      {.name = "näme \"quoted\"",
       .dtype = MEDCT_DTYPE_F32,
       .n_dims = 2,
       .shape = {2, 3},
       .n_elements = 6,
       .data = NUMBERS},
      {.name = "none", .dtype = MEDCT_DTYPE_I64, .n_dims = 1, .shape = {0}, .data = NUMBERS},
      {.name = "scalar", .dtype = MEDCT_DTYPE_U8, .n_elements = 1, .data = "\7"}};
  const char *metadata[] = {"note", "line\nbreak", NULL};
  medct_safetensors_write(path, tensors, 3, metadata, &error);
  g_assert_no_error(error);
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(path, &error);
  g_assert_no_error(error);
  g_assert_cmpmem(medct_tensor_file_lookup(file, tensors[0].name)->data, 24, NUMBERS, 24);
  g_assert_cmpint(medct_tensor_file_lookup(file, "none")->n_elements, ==, 0);
  g_assert_cmpint(*(const guint8 *)medct_tensor_file_lookup(file, "scalar")->data, ==, 7);
  g_assert_cmpstr(medct_tensor_file_metadata(file, "note"), ==, "line\nbreak");
  g_assert_false(medct_safetensors_write("/nonexistent/x.safetensors", tensors, 3, NULL, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  folder = g_dir_make_tmp("medct-safetensors-XXXXXX", NULL);
  g_test_add_func("/safetensors/reads", test_reads);
  g_test_add_func("/safetensors/misaligned", test_misaligned_data);
  g_test_add_func("/safetensors/refusals", test_refusals);
  g_test_add_func("/safetensors/header-lengths", test_header_lengths);
  g_test_add_func("/safetensors/short", test_short_files);
  g_test_add_func("/safetensors/deep-json", test_deep_json);
  g_test_add_func("/safetensors/shrinks", test_file_that_shrinks);
  g_test_add_func("/safetensors/mistakes", test_not_files);
  g_test_add_func("/safetensors/widening", test_widening);
  g_test_add_func("/safetensors/writes", test_writes_what_it_reads);
  int status = g_test_run();
  static const char *const made[] = {"w.safetensors", "out.safetensors"};
  for (gsize i = 0; i < G_N_ELEMENTS(made); i++) {
    g_autofree char *path = g_build_filename(folder, made[i], NULL);
    g_unlink(path);
  }
  g_rmdir(folder);
  g_free(folder);
  return status;
}
