/* The NIfTI reader on files that others wrote (../shared/ct/nifti): each voxel against a decoder
 * that shares nothing with it, affines against the manifest, what must be refused, what is warned
 * of. Skipped where the folder is absent. */
#include "tests/nifti-memory.h"

#include "model/volume.h"
#include <json-glib/json-glib.h>
#include <math.h>

static char *folder; /* NULL: absent */

#define NEED_FOLDER()                                                                              \
  if (folder == NULL) {                                                                            \
    g_test_skip("shared/ct/nifti is not here");                                                    \
    return;                                                                                        \
  }

/* ---- files ---------------------------------------------------------------------------------- */

/* bytes as on disk; plain: through zlib where they are gzip. */
typedef struct {
  char *bytes, *name;
  gsize n;
} File;

static void
file_clear(File *file)
{
  g_free(file->bytes);
  g_free(file->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(File, file_clear)

static File
load(const char *relative)
{
  File file = {0};
  g_autofree char *path = g_build_filename(folder, relative, NULL);
  g_autoptr(GError) error = NULL;
  g_file_get_contents(path, &file.bytes, &file.n, &error);
  g_assert_no_error(error);
  file.name = g_path_get_basename(path);
  return file;
}

static GByteArray *
load_plain(const char *relative)
{
  if (strstr(relative, "multimember")) /* GIO stops after the first */
    relative = "synthetic/ras_int16.nii.gz";
  g_autofree char *path = g_build_filename(folder, relative, NULL);
  g_autoptr(GFile) file = g_file_new_for_path(path);
  g_autoptr(GInputStream) input = G_INPUT_STREAM(g_file_read(file, NULL, NULL));
  g_assert_nonnull(input);
  g_auto(File) raw = load(relative);
  if (raw.n > 2 && (guint8)raw.bytes[0] == 0x1f) {
    g_autoptr(GZlibDecompressor) zlib = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
    g_autoptr(GInputStream) packed = g_steal_pointer(&input);
    input = g_converter_input_stream_new(packed, G_CONVERTER(zlib));
  }
  GByteArray *out = g_byte_array_new();
  guint8 block[65536];
  gssize n;
  while ((n = g_input_stream_read(input, block, sizeof block, NULL, NULL)) > 0)
    g_byte_array_append(out, block, (guint)n);
  return out;
}

static MemoryRead
read_file(const char *relative, const char *partner)
{
  g_auto(File) first = load(relative);
  g_auto(File) second = partner ? load(partner) : (File){0};
  MemoryFile files[2] = {{first.name, (guint8 *)first.bytes, first.n},
                         {second.name, (guint8 *)second.bytes, second.n}};
  gint64 start = g_get_monotonic_time();
  MemoryRead read = memory_read((MemoryHost){
      .files = files, .n_files = partner ? 2 : 1, .slices_per_read = 3, .polls_before_cancel = -1});
  g_assert_cmpint(g_get_monotonic_time() - start, <, 5 * G_USEC_PER_SEC);
  if (!read.done)
    g_test_message("%s", read.error.message);
  return read;
}

/* ---- the other decoder ---------------------------------------------------------------------- */

static gint64
get_int(const guint8 *p, guint size, gboolean swapped)
{
  guint64 bits = 0;
  for (guint i = 0; i < size; i++)
    bits |= (guint64)p[swapped ? size - 1 - i : i] << 8 * i;
  return (gint64)(bits << (64 - 8 * size)) >> (64 - 8 * size);
}

static double
get_real(const guint8 *p, guint size, gboolean swapped)
{
  gint64 bits = get_int(p, size, swapped);
  gint32 half = (gint32)bits;
  float narrow;
  double wide;
  memcpy(&narrow, &half, 4);
  memcpy(&wide, &bits, 8);
  return size == 4 ? narrow : wide;
}

static double
get_voxel(const guint8 *p, int datatype, gboolean swapped)
{
  switch (datatype) {
  case 2:
    return *p;
  case 256:
    return (gint8)*p;
  case 4:
    return (double)get_int(p, 2, swapped);
  case 512:
    return (guint16)get_int(p, 2, swapped);
  case 8:
    return (double)get_int(p, 4, swapped);
  case 768:
    return (guint32)get_int(p, 4, swapped);
  case 1024:
    return (double)get_int(p, 8, swapped);
  case 1280:
    return (double)(guint64)get_int(p, 8, swapped);
  default:
    return get_real(p, datatype == 16 ? 4 : 8, swapped);
  }
}

static void
compare_voxels(const MemoryRead *read, const GByteArray *header, const GByteArray *image)
{
  const guint8 *h = header->data;
  gboolean swapped = h[0] == 0;
  const NiftiLayout *at = &nifti_layouts[get_int(h, 4, swapped) == 348 ? 0 : 1];
  int datatype = (int)get_int(h + at->datatype, 2, swapped);
  guint width = datatype == 2 || datatype == 256                     ? 1
                : datatype == 4 || datatype == 512                   ? 2
                : datatype == 8 || datatype == 768 || datatype == 16 ? 4
                                                                     : 8;
  double slope = get_real(h + at->slope, at->real, swapped);
  double inter = get_real(h + at->inter, at->real, swapped);
  guint64 offset = at->header == 348 ? (guint64)get_real(h + at->offset, 4, swapped)
                                     : (guint64)get_int(h + at->offset, 8, swapped);
  guint64 n = read->header.dims[0] * read->header.dims[1] * read->header.dims[2];
  g_assert_cmpuint(offset + n * width, <=, image->len);
  for (guint64 i = 0; i < n; i++) {
    double raw = get_voxel(image->data + offset + i * width, datatype, swapped);
    double hu = slope == 0 ? raw : raw * slope + inter, got = memory_hu(read, i);
    if (isfinite(hu) ? !(fabs(got - hu) <= 1e-6 * fabs(hu) + 1e-9)
                     : !(isnan(hu) ? isnan(got) : got == hu))
      g_error("voxel %" G_GUINT64_FORMAT " is %g, expected %g", i, got, hu);
  }
  for (guint a = 0; a < 3; a++) {
    guint64 size = (guint64)get_int(h + at->dim + (a + 1) * at->dim_size, at->dim_size, swapped);
    g_assert_cmpuint(read->header.dims[a], ==, a < h[at->dim] + h[at->dim + 1] ? size : 1);
    double mm = get_real(h + at->pixdim + (a + 1) * at->real, at->real, swapped);
    if (read->header.spacing_known)
      g_assert_cmpfloat(read->header.spacing_mm[a], ==, mm);
  }
}

/* ---- the manifest --------------------------------------------------------------------------- */

static void
compare_affine(const MemoryRead *read, JsonObject *entry)
{
  if (!json_object_has_member(entry, "affine"))
    return;
  JsonArray *rows = json_object_get_array_member(entry, "affine");
  for (guint r = 0; r < 4; r++)
    for (guint c = 0; c < 4; c++)
      g_assert_cmpfloat_with_epsilon(
          read->header.affine[4 * r + c],
          json_array_get_double_element(json_array_get_array_element(rows, r), c),
          1e-3); /* libnifti rounds small quaternions to exact turns */
}

static void
test_manifest(void)
{
  NEED_FOLDER();
  g_autoptr(JsonParser) parser = json_parser_new();
  g_autofree char *path = g_build_filename(folder, "synthetic_manifest.json", NULL);
  g_assert_true(json_parser_load_from_file(parser, path, NULL));
  JsonObject *manifest = json_node_get_object(json_parser_get_root(parser));
  g_autoptr(GList) names = json_object_get_members(manifest);
  guint n_read = 0;
  for (GList *item = names; item; item = item->next) {
    const char *name = item->data;
    JsonObject *entry = json_object_get_object_member(manifest, name);
    if (json_object_has_member(entry, "bad") || strchr(name, '/') ||
        g_str_has_prefix(name, "complex64") || g_str_has_prefix(name, "rgb24"))
      continue;
    g_autofree char *relative = g_build_filename("synthetic", name, NULL);
    g_test_message("%s", name);
    g_auto(MemoryRead) read = read_file(relative, NULL);
    g_assert_true(read.done);
    g_autoptr(GByteArray) plain = load_plain(relative);
    compare_voxels(&read, plain, plain);
    if (g_str_has_prefix(name, "no_forms"))
      g_assert_true(!read.header.orientation_known && memory_warned(&read, "orientation-unknown"));
    else
      compare_affine(&read, entry);
    n_read++;
  }
  g_assert_cmpuint(n_read, >=, 70);
}

typedef struct {
  const char *name;
  const char *refusal; /* what the message must say; NULL: opened */
  const char *warning; /* the only one; NULL: none */
} Expected;

static const Expected synthetic[] = {
    {"bad_empty.nii", "empty", NULL},
    {"bad_short_header.nii", "200 bytes", NULL},
    {"bad_trunc_data.nii", "852", NULL},
    {"bad_magic.nii", "magic", NULL},
    {"bad_sizeof_hdr.nii", "sizeof_hdr", NULL},
    {"bad_dim0_zero.nii", "dim[0] is 0", NULL},
    {"bad_dim0_9.nii", "dim[0] is 9", NULL},
    {"bad_dim_neg.nii", "dim[1] is -12", NULL},
    {"bad_dim_zero.nii", "dim[3] is 0", NULL},
    {"bad_dim_huge.nii", "dim", NULL},
    {"bad_datatype.nii", "datatype is 999", NULL},
    {"bad_bitpix.nii", NULL, "bitpix-mismatch"},
    {"bad_voxoffset_neg.nii", "vox_offset is -352", NULL},
    {"bad_voxoffset_huge.nii", "vox_offset", NULL},
    {"bad_voxoffset_nan.nii", "vox_offset is nan", NULL},
    {"odd_pixdim_zero.nii", NULL, "pixdim-invalid"},
    {"bad_sform_singular.nii", NULL, "orientation-unknown"},
    {"bad_sform_nan.nii", NULL, "orientation-unknown"},
    {"odd_slope_nan.nii", "scl_slope is nan", NULL},
    {"odd_slope_zero.nii", NULL, NULL},
    {"bad_gz_trunc.nii.gz", "cut short", NULL},
    {"bad_gz_crc.nii.gz", "checksum", NULL},
    {"bad_gz_tail_garbage.nii.gz", "follows the gzip data", NULL},
    {"odd_gz_multimember.nii.gz", NULL, NULL},
    {"odd_not_gz_but_named.nii.gz", NULL, NULL},
    {"odd_gz_but_named.nii", NULL, NULL},
    {"bad_random.nii.gz", "sizeof_hdr", NULL},
    {"bad_html.nii.gz", "web page", NULL},
    {"bad_lfs_pointer.nii.gz", "git lfs pull", NULL},
    {"bad_gz_bomb.nii.gz", "needed", NULL},
    {"complex64.nii.gz", "complex", NULL},
    {"rgb24.nii.gz", "RGB", NULL},
    {"fourd_3vol.nii.gz", NULL, "first-volume-only"},
    {"q_s_disagree.nii.gz", NULL, "qform-sform-differ"},
    {"shear_sform_only.nii.gz", NULL, NULL},
    {"oblique20.nii.gz", NULL, NULL},
    {"dim5_singleton.nii.gz", NULL, NULL},
    {"pair.hdr", "pair", NULL}, /* without its .img */
};

static void
check_expected(const char *sub, const Expected *expected)
{
  g_autofree char *relative = g_build_filename(sub, expected->name, NULL);
  g_auto(MemoryRead) read = read_file(relative, NULL);
  g_test_message("%s: %s", expected->name, read.done ? "opened" : read.error.message);
  g_assert_cmpint(read.done, ==, expected->refusal == NULL);
  if (expected->refusal) {
    g_assert_nonnull(strstr(read.error.message, expected->refusal));
    g_assert_true(g_str_has_prefix(read.error.message, expected->name));
    return;
  }
  g_assert_cmpuint(read.warnings->len, ==, expected->warning ? 1 : 0);
  if (expected->warning)
    g_assert_true(memory_warned(&read, expected->warning));
  g_autoptr(GByteArray) plain = load_plain(relative);
  compare_voxels(&read, plain, plain);
}

static void
test_expected(void)
{
  NEED_FOLDER();
  for (gsize i = 0; i < G_N_ELEMENTS(synthetic); i++)
    check_expected("synthetic", &synthetic[i]);
}

/* ---- other people's files ------------------------------------------------------------------- */

static const Expected nibabel[] = {
    {"analyze.hdr", "Analyze", NULL},
    {"anatomical.nii", NULL, NULL},
    {"example4d.nii.gz", NULL, "first-volume-only"},
    {"example_nifti2.nii.gz", NULL, "first-volume-only"},
    {"functional.nii", NULL, "first-volume-only"},
    {"nifti1.hdr", ".img", NULL},
    {"nifti2.hdr", ".img", NULL},
    {"reoriented_anat_moved.nii", NULL, NULL},
    {"resampled_anat_moved.nii", NULL, NULL},
    {"someones_anatomy.nii.gz", NULL, NULL},
    {"someones_epi.nii.gz", NULL, NULL},
    {"standard.nii.gz", NULL, NULL},
};

static const Expected reader_js[] = {
    {"5D_small.nii", NULL, "first-volume-only"},
    {"5D_zeros.nii.gz", NULL, "first-volume-only"},
    {"avg152T1_LR_nifti.nii", NULL, NULL},
    {"avg152T1_LR_nifti.nii.gz", NULL, NULL},
    {"avg152T1_LR_nifti2.nii.gz", NULL, NULL},
    {"big.nii.gz", NULL, NULL},
    {"little.nii.gz", NULL, NULL},
    {"not-nifti.nii", "sizeof_hdr", NULL},
    {"with_extension.nii.gz", NULL, NULL},
};

static void
test_foreign(void)
{
  NEED_FOLDER();
  for (gsize i = 0; i < G_N_ELEMENTS(nibabel); i++)
    check_expected("nibabel", &nibabel[i]);
  for (gsize i = 0; i < G_N_ELEMENTS(reader_js); i++)
    check_expected("reader_js", &reader_js[i]);
}

static void
test_pairs(void)
{
  NEED_FOLDER();
  static const char *const pairs[][2] = {
      {"synthetic/pair.hdr", "synthetic/pair.img"},
      {"reader_js/air.hdr.gz", "reader_js/air.img.gz"},
      {"reader_js/air2.hdr.gz", "reader_js/air2.img.gz"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
    g_auto(MemoryRead) read = read_file(pairs[i][0], pairs[i][1]);
    g_auto(MemoryRead) by_image = read_file(pairs[i][1], pairs[i][0]);
    g_assert_true(read.done && by_image.done);
    g_autoptr(GByteArray) header = load_plain(pairs[i][0]), image = load_plain(pairs[i][1]);
    compare_voxels(&read, header, image);
    compare_voxels(&by_image, header, image);
  }
}

/* ---- 48 orientations ------------------------------------------------------------------------ */

static MedctVolume *
as_volume(MemoryRead *read)
{
  const medct_volume_header *h = &read->header;
  MedctVolumeHeader header = {.voxel_type = (MedctVoxelType)h->voxel_type,
                              .hu_slope = h->hu_slope,
                              .hu_intercept = h->hu_intercept,
                              .orientation_known = h->orientation_known,
                              .spacing_known = h->spacing_known};
  for (int a = 0; a < 3; a++)
    header.dims[a] = (gint64)h->dims[a];
  memcpy(header.spacing_mm, h->spacing_mm, sizeof header.spacing_mm);
  memcpy(header.affine, h->affine, sizeof header.affine);
  g_autoptr(GError) error = NULL;
  MedctVolume *volume = medct_volume_new(&header, g_steal_pointer(&read->voxels), g_free, &error);
  g_assert_no_error(error);
  return volume;
}

/* Array index of the voxel that lies at `at`, counted toward Left, Posterior, Superior. */
static void
array_index(const MedctVolume *volume, const gint64 at[3], gint64 index[3])
{
  MedctAxes axes = medct_volume_axes(volume);
  const MedctVolumeHeader *h = medct_volume_get_header(volume);
  for (int p = 0; p < 3; p++) {
    int a = axes.axis[p];
    index[a] = axes.flip[p] ? h->dims[a] - 1 - at[p] : at[p];
  }
}

static void
compare_oriented(const MedctVolume *one, const MedctVolume *other)
{
  const double *m = medct_volume_get_header(one)->affine;
  const double *w = medct_volume_get_header(other)->affine;
  gint64 at[3], i[3], j[3];
  for (at[0] = 0; at[0] < 12; at[0]++)
    for (at[1] = 0; at[1] < 10; at[1]++)
      for (at[2] = 0; at[2] < 8; at[2]++) {
        array_index(one, at, i);
        array_index(other, at, j);
        g_assert_cmpfloat(medct_volume_hu(one, i[0], i[1], i[2]), ==,
                          medct_volume_hu(other, j[0], j[1], j[2]));
        for (int r = 0; r < 3; r++) {
          double p = m[4 * r + 3], q = w[4 * r + 3];
          for (int a = 0; a < 3; a++) {
            p += m[4 * r + a] * (double)i[a];
            q += w[4 * r + a] * (double)j[a];
          }
          g_assert_cmpfloat_with_epsilon(p, q, 0.02); /* some lie there by a rounded quaternion */
        }
      }
}

static void
test_orientations(void)
{
  NEED_FOLDER();
  static const char sides[3][3] = {"RL", "AP", "SI"};
  static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                   {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  g_auto(MemoryRead) read = read_file("synthetic/ras_int16.nii.gz", NULL);
  g_autoptr(MedctVolume) reference = as_volume(&read);
  for (int n = 0; n < 48; n++) {
    char letters[4] = {0}, found[4];
    for (int a = 0; a < 3; a++)
      letters[a] = sides[orders[n / 8][a]][n >> a & 1];
    g_autofree char *name = g_strdup_printf("synthetic/orient_%s.nii", letters);
    g_auto(MemoryRead) turned = read_file(name, NULL);
    g_assert_true(turned.done);
    g_autoptr(MedctVolume) volume = as_volume(&turned);
    medct_volume_orientation(volume, found);
    g_assert_cmpstr(found, ==, letters);
    compare_oriented(reference, volume);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  const char *shared = g_getenv("MEDCT_SHARED");
  folder = shared ? g_build_filename(shared, "ct", "nifti", NULL) : NULL;
  if (folder && !g_file_test(folder, G_FILE_TEST_IS_DIR))
    g_clear_pointer(&folder, g_free);
  g_test_add_func("/nifti-files/manifest", test_manifest);
  g_test_add_func("/nifti-files/expected", test_expected);
  g_test_add_func("/nifti-files/foreign", test_foreign);
  g_test_add_func("/nifti-files/pairs", test_pairs);
  g_test_add_func("/nifti-files/orientations", test_orientations);
  int status = g_test_run();
  g_free(folder);
  return status;
}
