/* The NIfTI reader through the plugin interface, on files made here: every type and byte order,
 * every refusal and warning, gzip in all its pieces, pairs, stopping. */
#include "tests/nifti-memory.h"

#include <math.h>

static const int small[3] = {3, 4, 5};
#define SMALL_VOXELS 60

static GByteArray *
int16_file(void)
{
  gint16 voxels[SMALL_VOXELS];
  for (int i = 0; i < SMALL_VOXELS; i++)
    voxels[i] = (gint16)(37 * i - 1000);
  return nifti_make(1, FALSE, 4, 16, small, voxels, sizeof voxels);
}

static void
assert_small(const MemoryRead *read)
{
  if (!read->done)
    g_test_message("%s", read->error.message);
  g_assert_true(read->done);
  for (guint i = 0; i < SMALL_VOXELS; i++)
    g_assert_cmpfloat(memory_hu(read, i), ==, 37.0 * i - 1000);
}

/* ---- types ---------------------------------------------------------------------------------- */

typedef struct {
  int code, bits;
  double low, high; /* kept exactly between these */
} Type;
static const Type types[] = {
    {2, 8, 0, 255},
    {4, 16, -32768, 32767},
    {8, 32, -16777216, 16777216},
    {16, 32, -16777216, 16777216},
    {64, 64, -16777216, 16777216},
    {256, 8, -128, 127},
    {512, 16, 0, 65535},
    {768, 32, 0, 16777216},
    {1024, 64, -16777216, 16777216},
    {1280, 64, 0, 16777216},
};

static void
put_voxel(guint8 *to, const Type *type, double value, gboolean swapped)
{
  if (type->code == 16 || type->code == 64)
    nifti_put_real(to, 0, value, (guint)type->bits / 8, swapped);
  else
    nifti_put_int(to, 0, (gint64)value, (guint)type->bits / 8, swapped);
}

static void
check_type(const Type *type, int version, gboolean swapped, double slope, double inter)
{
  const NiftiLayout *at = &nifti_layouts[version - 1];
  guint8 voxels[SMALL_VOXELS * 8] = {0};
  double value[SMALL_VOXELS];
  for (int i = 0; i < SMALL_VOXELS; i++) {
    value[i] = i == 0 ? type->low : i == 1 ? type->high : (i * 4) % 120 + (type->low < 0 ? -60 : 0);
    put_voxel(voxels + i * type->bits / 8, type, value[i], swapped);
  }
  g_autoptr(GByteArray) file = nifti_make(version, swapped, type->code, type->bits, small, voxels,
                                          (gsize)SMALL_VOXELS * (gsize)type->bits / 8);
  nifti_put_real(file->data, at->slope, slope, at->real, swapped);
  nifti_put_real(file->data, at->inter, inter, at->real, swapped);
  g_auto(MemoryRead) read = memory_read_bytes("a.nii", file->data, file->len);
  g_assert_true(read.done);
  g_assert_cmpuint(read.warnings->len, ==, 0);
  g_assert_cmpstr(read.header.format, ==, version == 1 ? "NIfTI-1" : "NIfTI-2");
  g_assert_cmpuint(read.header.voxel_type, ==,
                   type->bits <= 16 ? MEDCT_VOXELS_INT16 : MEDCT_VOXELS_FLOAT32);
  for (guint i = 0; i < SMALL_VOXELS; i++) {
    double hu = value[i] * (slope == 0 ? 1 : slope) + (slope == 0 ? 0 : inter);
    g_assert_cmpfloat_with_epsilon(memory_hu(&read, i), hu, fabs(hu) * 1e-7 + 1e-9);
  }
}

static void
test_types(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
    for (int version = 1; version <= 2; version++)
      for (int swapped = 0; swapped <= 1; swapped++) {
        check_type(&types[i], version, swapped, 1, 0);
        check_type(&types[i], version, swapped, 2.5, -1024);
        check_type(&types[i], version, swapped, -1, 0);
        check_type(&types[i], version, swapped, 0, 7);
      }
}

/* Raw values beyond float32's 24 bits, brought back by the intercept: the HU are exact. */
static void
test_wide_types_keep_hu(void)
{
  gint32 voxels[SMALL_VOXELS];
  for (int i = 0; i < SMALL_VOXELS; i++)
    voxels[i] = (1 << 30) + 37 * i - 1000;
  g_autoptr(GByteArray) file = nifti_make(2, FALSE, 8, 32, small, voxels, sizeof voxels);
  nifti_put_real(file->data, nifti_layouts[1].inter, -(1 << 30), 8, FALSE);
  g_auto(MemoryRead) read = memory_read_bytes("a.nii", file->data, file->len);
  assert_small(&read);
}

/* ---- refusals and warnings: one field changed ----------------------------------------------- */

typedef struct {
  guint at, size; /* size 0: a float32 */
  double value;
  const char *says; /* in the refusal, or the warning's code */
} Change;

static void
apply(GByteArray *file, const Change *change)
{
  if (change->size == 0)
    nifti_put_real(file->data, change->at, change->value, 4, FALSE);
  else
    nifti_put_int(file->data, change->at, (gint64)change->value, change->size, FALSE);
}

static void
test_refusals(void)
{
  static const Change changes[] = {
      {0, 4, 347, "sizeof_hdr"},
      {344, 4, 0x64636261, "magic"},
      {344, 4, 0, "Analyze"},
      {40, 2, 0, "dim[0]"},
      {40, 2, -5, "dim[0]"},
      {40, 2, 8, "dim[0]"},
      {42, 2, 0, "dim[1]"},
      {44, 2, -4, "dim[2]"},
      {46, 2, 0, "dim[3]"},
      {46, 2, 6, "as long as"},
      {46, 2, 32767, "as long as"},
      {108, 0, NAN, "vox_offset"},
      {108, 0, INFINITY, "vox_"},
      {108, 0, -1, "vox_offset"},
      {108, 0, 351, "vox_offset"},
      {108, 0, 352.5, "vox_offset"},
      {108, 0, 353, "as long as"},
      {108, 0, 1e12, "vox_offset"},
      {70, 2, 999, "datatype"},
      {70, 2, 1, "datatype"},
      {70, 2, 32, "complex"},
      {70, 2, 128, "RGB"},
      {70, 2, 1536, "datatype"},
      {70, 2, 1792, "datatype"},
      {70, 2, 2304, "datatype"},
      {112, 0, NAN, "scl_slope"},
      {112, 0, INFINITY, "scl_slope"},
      {116, 0, NAN, "scl_inter"},
      {116, 0, -INFINITY, "scl_inter"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
    g_autoptr(GByteArray) file = int16_file();
    apply(file, &changes[i]);
    g_auto(MemoryRead) read = memory_read_bytes("scan.nii", file->data, file->len);
    g_test_message("%s", read.error.message);
    g_assert_false(read.opened);
    g_assert_true(g_str_has_prefix(read.error.message, "scan.nii: "));
    g_assert_nonnull(strstr(read.error.message, changes[i].says));
  }
}

static void
test_warnings(void)
{
  static const Change changes[] = {
      {72, 2, 64, "bitpix-mismatch"},     {80, 0, 0, "pixdim-invalid"},
      {84, 0, NAN, "pixdim-invalid"},     {88, 0, -3, "pixdim-invalid"},
      {254, 2, 0, "orientation-unknown"}, {280, 0, NAN, "orientation-unknown"},
      {300, 0, 0, "orientation-unknown"}, {252, 2, 1, "qform-sform-differ"},
      {80, 0, 1.5, "spacing-differs"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
    g_autoptr(GByteArray) file = int16_file();
    apply(file, &changes[i]);
    if (changes[i].at == 252) /* a quarter turn */
      nifti_put_real(file->data, 264, sqrt(0.5), 4, FALSE);
    g_auto(MemoryRead) read = memory_read_bytes("scan.nii", file->data, file->len);
    assert_small(&read);
    g_assert_true(memory_warned(&read, changes[i].says));
    g_assert_cmpuint(read.warnings->len, ==, 1);
    const char *code = changes[i].says;
    g_assert_cmpuint(read.header.spacing_known, ==, strcmp(code, "pixdim-invalid") != 0);
    g_assert_cmpuint(read.header.orientation_known, ==, strcmp(code, "orientation-unknown") != 0);
  }
}

static void
test_cut_short(void)
{
  g_autoptr(GByteArray) file = int16_file();
  for (guint n = 0; n < file->len; n++) {
    g_auto(MemoryRead) read = memory_read_bytes("scan.nii", file->data, n);
    g_assert_false(read.opened);
    g_assert_cmpint(read.error.code, !=, 0);
  }
  static const guint8 more[16] = {0};
  g_byte_array_append(file, more, sizeof more);
  g_auto(MemoryRead) read = memory_read_bytes("scan.nii", file->data, file->len);
  assert_small(&read);
  g_assert_true(memory_warned(&read, "trailing-bytes"));
}

static void
test_extensions(void)
{
  static const struct {
    gint32 size;
    gboolean good;
  } cases[] = {{16, FALSE}, {32, TRUE},  {0, FALSE},          {8, FALSE},
               {24, FALSE}, {48, FALSE}, {G_MININT32, FALSE}, {G_MAXINT32 - 15, FALSE}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GByteArray) file = int16_file();
    guint8 extension[32] = {0};
    nifti_put_int(extension, 0, cases[i].size, 4, FALSE);
    g_autoptr(GByteArray) longer = g_byte_array_new();
    g_byte_array_append(longer, file->data, 352);
    g_byte_array_append(longer, extension, sizeof extension);
    g_byte_array_append(longer, file->data + 352, file->len - 352);
    longer->data[348] = 1;
    nifti_put_real(longer->data, 108, 384, 4, FALSE);
    g_auto(MemoryRead) read = memory_read_bytes("scan.nii", longer->data, longer->len);
    g_assert_cmpint(read.done, ==, cases[i].good);
    if (!cases[i].good)
      g_assert_nonnull(strstr(read.error.message, "extension"));
  }
}

static void
test_dimensions(void)
{
  g_autoptr(GByteArray) file = int16_file();
  nifti_put_int(file->data, 40, 4, 2, FALSE); /* 3 × 4 × 1 × 5 */
  nifti_put_int(file->data, 46, 1, 2, FALSE);
  nifti_put_int(file->data, 48, 5, 2, FALSE);
  g_auto(MemoryRead) four = memory_read_bytes("scan.nii", file->data, file->len);
  g_assert_true(four.done && memory_warned(&four, "first-volume-only"));
  g_assert_cmpuint(four.header.dims[2], ==, 1);
  nifti_put_int(file->data, 40, 2, 2, FALSE);
  nifti_put_int(file->data, 46, 0, 2, FALSE);
  g_auto(MemoryRead) two = memory_read_bytes("scan.nii", file->data, 352 + 24);
  g_assert_true(two.done);
  g_assert_cmpuint(two.header.dims[2], ==, 1);
}

/* ---- gzip ----------------------------------------------------------------------------------- */

static MemoryRead
read_in_pieces(GByteArray *gz, gsize piece, guint slices)
{
  MemoryFile file = {"scan.nii.gz", gz->data, gz->len};
  return memory_read((MemoryHost){.files = &file,
                                  .n_files = 1,
                                  .most_per_read = piece,
                                  .slices_per_read = slices,
                                  .polls_before_cancel = -1});
}

static GByteArray *
two_members(const GByteArray *file, guint split)
{
  GByteArray *gz = gzip_bytes(file->data, split);
  g_autoptr(GByteArray) second = gzip_bytes(file->data + split, file->len - split);
  g_byte_array_append(gz, second->data, second->len);
  return gz;
}

static void
test_gzip_members(void)
{
  g_autoptr(GByteArray) file = int16_file();
  for (guint split = 0; split <= file->len; split += 5)
    for (gsize piece = 2; piece <= 41; piece += 13) {
      g_autoptr(GByteArray) gz = two_members(file, split);
      g_auto(MemoryRead) read = read_in_pieces(gz, piece, 2);
      if (!read.done)
        g_test_message("split %u, pieces of %zu", split, piece);
      assert_small(&read);
      g_assert_cmpuint(read.warnings->len, ==, 0);
    }
}

static void
test_gzip_damage(void)
{
  g_autoptr(GByteArray) file = int16_file();
  g_autoptr(GByteArray) gz = gzip_bytes(file->data, file->len);
  for (guint n = 0; n < gz->len; n++) {
    g_auto(MemoryRead) read = memory_read_bytes("scan.nii.gz", gz->data, n);
    g_assert_false(read.done);
  }
  for (guint i = 10; i < gz->len; i++) { /* the first ten say only who wrote it, and when */
    if (i == gz->len - 9)                /* its last bits mean nothing */
      continue;
    gz->data[i] ^= 0x10;
    g_auto(MemoryRead) read = memory_read_bytes("scan.nii.gz", gz->data, gz->len);
    if (read.done)
      g_test_message("byte %u of %u", i, gz->len);
    g_assert_false(read.done);
    gz->data[i] ^= 0x10;
  }
  g_byte_array_append(gz, (const guint8 *)"garbage", 7);
  g_auto(MemoryRead) read = memory_read_bytes("scan.nii.gz", gz->data, gz->len);
  g_assert_false(read.done);
  g_assert_nonnull(strstr(read.error.message, "gzip"));
}

/* Long runs come out of the decompressor long after the last input byte went in. */
static void
test_gzip_constant(void)
{
  const int dims[3] = {64, 64, 200};
  g_autofree guint8 *voxels = g_malloc0(64 * 64 * 200 * 2);
  g_autoptr(GByteArray) file = nifti_make(1, FALSE, 4, 16, dims, voxels, 64 * 64 * 200 * 2);
  g_autoptr(GByteArray) gz = gzip_bytes(file->data, file->len);
  for (guint slices = 1; slices <= 200; slices = slices * 3 + 1)
    for (gsize piece = 2; piece < 3000; piece = piece * 7) {
      g_auto(MemoryRead) read = read_in_pieces(gz, piece, slices);
      if (!read.done)
        g_test_message("%u slices, pieces of %zu: %s", slices, piece, read.error.message);
      g_assert_true(read.done);
    }
}

/* What a header cannot justify is refused, before memory is taken for it where that can be told. */
static void
test_gzip_bomb(void)
{
  gsize n = 32 << 20;
  g_autofree guint8 *zeros = g_malloc0(n);
  g_autoptr(GByteArray) file = int16_file();
  g_byte_array_append(file, zeros, (guint)n);
  g_autoptr(GByteArray) more = gzip_bytes(file->data, file->len);
  g_auto(MemoryRead) longer = memory_read_bytes("scan.nii.gz", more->data, more->len);
  g_assert_true(longer.opened && !longer.done);
  for (guint i = 42; i < 48; i += 2)
    nifti_put_int(file->data, i, 2000, 2, FALSE);
  g_autoptr(GByteArray) less = gzip_bytes(file->data, file->len);
  g_auto(MemoryRead) claims = memory_read_bytes("scan.nii.gz", less->data, less->len);
  g_assert_false(claims.opened);
}

/* ---- pairs ---------------------------------------------------------------------------------- */

static MemoryRead
read_pair(const char *first, GByteArray *header, const char *second, GByteArray *image)
{
  MemoryFile files[2] = {{first, header->data, header->len},
                         {second, image ? image->data : NULL, image ? image->len : 0}};
  return memory_read((MemoryHost){
      .files = files, .n_files = image ? 2 : 1, .most_per_read = 9, .polls_before_cancel = -1});
}

static void
test_pairs(void)
{
  g_autoptr(GByteArray) file = int16_file();
  g_autoptr(GByteArray) image = g_byte_array_new(), header = g_byte_array_new();
  memcpy(file->data + 344, "ni1", 4);
  nifti_put_real(file->data, 108, 0, 4, FALSE);
  g_byte_array_append(header, file->data, 348);
  g_byte_array_append(image, file->data + 352, file->len - 352);
  g_autoptr(GByteArray) header_gz = gzip_bytes(header->data, header->len);
  g_autoptr(GByteArray) image_gz = gzip_bytes(image->data, image->len);
  g_auto(MemoryRead) plain = read_pair("a.hdr", header, "a.img", image);
  g_auto(MemoryRead) by_image = read_pair("a.img", image, "a.hdr", header);
  g_auto(MemoryRead) gz = read_pair("a.hdr.gz", header_gz, "a.img.gz", image_gz);
  g_auto(MemoryRead) gz_by_image = read_pair("a.img.gz", image_gz, "a.hdr.gz", header_gz);
  g_auto(MemoryRead) mixed = read_pair("a.hdr", header, "a.img.gz", image_gz);
  g_auto(MemoryRead) upper = read_pair("A.HDR", header, "A.IMG", image);
  assert_small(&plain);
  assert_small(&by_image);
  assert_small(&gz);
  assert_small(&gz_by_image);
  assert_small(&mixed);
  assert_small(&upper);
  g_auto(MemoryRead) alone = read_pair("a.hdr", header, "", NULL);
  g_assert_false(alone.opened);
  g_assert_nonnull(strstr(alone.error.message, ".img"));
  g_auto(MemoryRead) headless = read_pair("a.img", image, "", NULL);
  g_assert_false(headless.opened);
  g_auto(MemoryRead) lonely = read_pair("a.nii", header, "", NULL);
  g_assert_false(lonely.opened);
  g_byte_array_set_size(image, image->len - 1);
  g_auto(MemoryRead) cut = read_pair("a.hdr", header, "a.img", image);
  g_assert_false(cut.opened);
  header_gz->data[header_gz->len - 8] ^= 1; /* its checksum counts too */
  g_auto(MemoryRead) bent = read_pair("a.hdr.gz", header_gz, "a.img.gz", image_gz);
  g_assert_false(bent.opened);
}

/* ---- the interface -------------------------------------------------------------------------- */

static void
test_geometry(void)
{
  g_autoptr(GByteArray) file = int16_file();
  nifti_put_int(file->data, 254, 0, 2, FALSE); /* qform only, half a turn about z */
  nifti_put_int(file->data, 252, 1, 2, FALSE);
  nifti_put_real(file->data, 264, 1, 4, FALSE);
  nifti_put_real(file->data, 268, 10, 4, FALSE);
  nifti_put_real(file->data, 76, -1, 4, FALSE); /* and z mirrored */
  g_auto(MemoryRead) read = memory_read_bytes("a.nii", file->data, file->len);
  const double expected[16] = {-1, 0, 0, 10, 0, -2, 0, 0, 0, 0, -3, 0, 0, 0, 0, 1};
  for (int i = 0; i < 16; i++)
    g_assert_cmpfloat_with_epsilon(read.header.affine[i], expected[i], 1e-6);
  for (int a = 0; a < 3; a++)
    g_assert_cmpfloat(read.header.spacing_mm[a], ==, a + 1);
}

static void
test_units(void)
{
  static const struct {
    int code;
    double factor;
    const char *warning;
  } cases[] = {{1, 0.001, "units-converted"},
               {3, 1000, "units-converted"},
               {1, 1, "units-ignored"},
               {3, 1, "units-ignored"},
               {2, 1, NULL},
               {0, 1, NULL}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GByteArray) file = int16_file();
    file->data[123] = (guint8)cases[i].code;
    for (guint a = 0; a < 3; a++) {
      nifti_put_real(file->data, 80 + 4 * a, (a + 1) * cases[i].factor, 4, FALSE);
      nifti_put_real(file->data, 280 + 20 * a, (a + 1) * cases[i].factor, 4, FALSE);
    }
    g_auto(MemoryRead) read = memory_read_bytes("a.nii", file->data, file->len);
    assert_small(&read);
    g_assert_cmpuint(read.warnings->len, ==, cases[i].warning ? 1 : 0);
    g_assert_true(!cases[i].warning || memory_warned(&read, cases[i].warning));
    for (int a = 0; a < 3; a++) {
      g_assert_cmpfloat_with_epsilon(read.header.spacing_mm[a], a + 1, 1e-6);
      g_assert_cmpfloat_with_epsilon(read.header.affine[5 * a], a + 1, 1e-6);
    }
  }
}

static void
test_cancel(void)
{
  const int dims[3] = {256, 256, 200};
  gsize n = 256 * 256 * 200 * 2;
  g_autofree guint8 *voxels = g_malloc(n);
  for (gsize i = 0; i < n; i++)
    voxels[i] = (guint8)((i * 2654435761u) >> 13);
  g_autoptr(GByteArray) file = nifti_make(1, FALSE, 4, 16, dims, voxels, n);
  g_autoptr(GByteArray) gz = gzip_bytes(file->data, file->len);
  for (int polls = 0; polls < 6; polls++) {
    MemoryFile memory = {"a.nii.gz", gz->data, gz->len};
    g_auto(MemoryRead) read =
        memory_read((MemoryHost){.files = &memory, .n_files = 1, .polls_before_cancel = polls});
    g_assert_false(read.done);
    g_assert_cmpint(read.error.code, ==, MEDCT_PLUGIN_CANCELLED);
  }
}

static void
test_all_nan(void)
{
  float voxels[SMALL_VOXELS];
  for (int i = 0; i < SMALL_VOXELS; i++)
    voxels[i] = NAN;
  g_autoptr(GByteArray) file = nifti_make(1, FALSE, 16, 32, small, voxels, sizeof voxels);
  g_auto(MemoryRead) read = memory_read_bytes("a.nii", file->data, file->len);
  g_assert_true(read.done && memory_warned(&read, "all-nan"));
  nifti_put_real(file->data, 352 + 4 * 59, -1000, 4, FALSE);
  g_auto(MemoryRead) one = memory_read_bytes("a.nii", file->data, file->len);
  g_assert_true(one.done && !memory_warned(&one, "all-nan"));
}

static void
test_interface(void)
{
  g_assert_null(medct_nifti_entry.get_factory("medct.unknown/1"));
  const medct_factory *factory = medct_nifti_entry.get_factory(MEDCT_VOLUME_READER);
  g_assert_null(factory->create(NULL, "unknown"));
  g_assert_null(factory->descriptor(factory->count()));
  const medct_volume_reader *reader = factory->create(NULL, factory->descriptor(0)->id);
  medct_error error = {.size = sizeof error};
  g_assert_true(reader->init(reader, &error));
  gint16 voxel;
  g_assert_false(reader->read(reader, 0, 1, &voxel, &error));
  g_assert_cmpint(error.code, ==, MEDCT_PLUGIN_ARGUMENT);
  g_autoptr(GByteArray) file = int16_file();
  g_assert_cmpuint(reader->probe(reader, "a.nii", file->data, file->len, file->len), >, 80);
  g_assert_cmpuint(reader->probe(reader, "a.nii", file->data, 0, 0), >, 0);
  g_assert_cmpuint(reader->probe(reader, "a.txt", (const guint8 *)"hello", 5, 5), ==, 0);
  reader->close(reader);
  reader->destroy(reader);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/nifti/types", test_types);
  g_test_add_func("/nifti/wide-types-keep-hu", test_wide_types_keep_hu);
  g_test_add_func("/nifti/refusals", test_refusals);
  g_test_add_func("/nifti/warnings", test_warnings);
  g_test_add_func("/nifti/cut-short", test_cut_short);
  g_test_add_func("/nifti/extensions", test_extensions);
  g_test_add_func("/nifti/dimensions", test_dimensions);
  g_test_add_func("/nifti/gzip/members", test_gzip_members);
  g_test_add_func("/nifti/gzip/damage", test_gzip_damage);
  g_test_add_func("/nifti/gzip/constant", test_gzip_constant);
  g_test_add_func("/nifti/gzip/bomb", test_gzip_bomb);
  g_test_add_func("/nifti/pairs", test_pairs);
  g_test_add_func("/nifti/geometry", test_geometry);
  g_test_add_func("/nifti/units", test_units);
  g_test_add_func("/nifti/cancel", test_cancel);
  g_test_add_func("/nifti/all-nan", test_all_nan);
  g_test_add_func("/nifti/interface", test_interface);
  return g_test_run();
}
