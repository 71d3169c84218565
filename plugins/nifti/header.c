#include "plugins/nifti/header.h"
#include "plugins/nifti/geometry.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>
#include <nifti/nifti1.h>
#include <nifti/nifti2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_VOX_OFFSET ((int64_t)1 << 30)
#define MOST_SCALE     1e30 /* every product with a voxel stays finite */

/* ---- messages -----------------------------------------------------------------------------------
 */

void
nifti_warn(GArray *warnings, const char *code, const char *message)
{
  medct_warning warning = {.size = sizeof warning};
  g_strlcpy(warning.code, code, sizeof warning.code);
  g_strlcpy(warning.message, message, sizeof warning.message);
  g_array_append_val(warnings, warning);
}

bool
nifti_refuse(medct_error *error, int32_t code, const char *name, const char *field,
             const char *expected, const char *found, ...)
{
  char value[160];
  va_list args;
  va_start(args, found);
  vsnprintf(value, sizeof value, _(found), args);
  va_end(args);
  error->code = code;
  snprintf(error->message, sizeof error->message, _("%s: %s is %s, expected %s"), name, field,
           value, _(expected));
  return false;
}

/* ---- fields of either version -------------------------------------------------------------- */

/* The raw values, widened; nothing is believed yet. */
typedef struct {
  int64_t dim[8];
  double pixdim[8], slope, inter, vox_offset, quatern[3], qoffset[3], srow[12];
  int datatype, bitpix, qform_code, sform_code, units;
} Raw;

static double
number(const uint8_t *p, int bytes, gboolean is_float, gboolean swapped)
{
  uint8_t b[8];
  for (int i = 0; i < bytes; i++)
    b[i] = p[swapped ? bytes - 1 - i : i];
  if (is_float) {
    float f;
    double d;
    memcpy(&f, b, 4);
    memcpy(&d, b, bytes == 8 ? 8 : 4);
    return bytes == 8 ? d : f;
  }
  int16_t s;
  int32_t i;
  memcpy(&s, b, 2);
  memcpy(&i, b, 4);
  return bytes == 2 ? s : i;
}

static int64_t
whole(const uint8_t *p, gboolean swapped)
{
  uint64_t v;
  memcpy(&v, p, 8);
  return (int64_t)(swapped ? GUINT64_SWAP_LE_BE(v) : v);
}

#define AT1(field) (head + offsetof(struct nifti_1_header, field))
#define AT2(field) (head + offsetof(struct nifti_2_header, field))

static void
read_raw1(Raw *raw, const uint8_t *head, gboolean swapped)
{
  for (int i = 0; i < 8; i++) {
    raw->dim[i] = (int64_t)number(AT1(dim) + 2 * i, 2, FALSE, swapped);
    raw->pixdim[i] = number(AT1(pixdim) + 4 * i, 4, TRUE, swapped);
  }
  raw->datatype = (int)number(AT1(datatype), 2, FALSE, swapped);
  raw->bitpix = (int)number(AT1(bitpix), 2, FALSE, swapped);
  raw->slope = number(AT1(scl_slope), 4, TRUE, swapped);
  raw->inter = number(AT1(scl_inter), 4, TRUE, swapped);
  raw->vox_offset = number(AT1(vox_offset), 4, TRUE, swapped);
  raw->units = *AT1(xyzt_units) & 7;
  raw->qform_code = (int)number(AT1(qform_code), 2, FALSE, swapped);
  raw->sform_code = (int)number(AT1(sform_code), 2, FALSE, swapped);
  for (int i = 0; i < 3; i++) {
    raw->quatern[i] = number(AT1(quatern_b) + 4 * i, 4, TRUE, swapped);
    raw->qoffset[i] = number(AT1(qoffset_x) + 4 * i, 4, TRUE, swapped);
  }
  for (int i = 0; i < 12; i++)
    raw->srow[i] = number(AT1(srow_x) + 4 * i, 4, TRUE, swapped);
}

static void
read_raw2(Raw *raw, const uint8_t *head, gboolean swapped)
{
  for (int i = 0; i < 8; i++) {
    raw->dim[i] = whole(AT2(dim) + 8 * i, swapped);
    raw->pixdim[i] = number(AT2(pixdim) + 8 * i, 8, TRUE, swapped);
  }
  raw->datatype = (int)number(AT2(datatype), 2, FALSE, swapped);
  raw->bitpix = (int)number(AT2(bitpix), 2, FALSE, swapped);
  raw->slope = number(AT2(scl_slope), 8, TRUE, swapped);
  raw->inter = number(AT2(scl_inter), 8, TRUE, swapped);
  raw->vox_offset = (double)whole(AT2(vox_offset), swapped);
  raw->units = (int)number(AT2(xyzt_units), 4, FALSE, swapped) & 7;
  raw->qform_code = (int)number(AT2(qform_code), 4, FALSE, swapped);
  raw->sform_code = (int)number(AT2(sform_code), 4, FALSE, swapped);
  for (int i = 0; i < 3; i++) {
    raw->quatern[i] = number(AT2(quatern_b) + 8 * i, 8, TRUE, swapped);
    raw->qoffset[i] = number(AT2(qoffset_x) + 8 * i, 8, TRUE, swapped);
  }
  for (int i = 0; i < 12; i++)
    raw->srow[i] = number(AT2(srow_x) + 8 * i, 8, TRUE, swapped);
}

/* ---- checks -------------------------------------------------------------------------------- */

int
nifti_header_size(const uint8_t *tainted)
{
  uint32_t size, swapped;
  memcpy(&size, tainted, 4);
  swapped = GUINT32_SWAP_LE_BE(size);
  if (size == 348 || swapped == 348)
    return 348;
  return size == 540 || swapped == 540 ? 540 : 0;
}

static bool
check_magic(NiftiHeader *h, const uint8_t *head, const char *name, medct_error *error)
{
  const uint8_t *magic = h->version == 1 ? AT1(magic) : AT2(magic);
  char one[4] = {'n', '+', (char)('0' + h->version), 0}, two[4] = {'n', 'i', one[2], 0};
  h->pair = memcmp(magic, two, 4) == 0;
  bool ok = h->pair || memcmp(magic, one, 4) == 0;
  if (h->version == 2)
    ok = ok && memcmp(magic + 4, "\r\n\032\n", 4) == 0;
  if (ok)
    return true;
  g_autofree char *shown =
      g_strescape((const char *)(char[5]){(char)magic[0], (char)magic[1], (char)magic[2], 0}, NULL);
  return nifti_refuse(
      error, MEDCT_PLUGIN_FORMAT, name, "magic",
      "n+1, ni1, n+2 or ni2 (an Analyze 7.5 file must be converted to NIfTI first: it "
      "does not say which side is left)",
      "\"%s\"", shown);
}

static bool
check_dims(NiftiHeader *h, const Raw *raw, const char *name, medct_error *error)
{
  int n = raw->dim[0] >= 1 && raw->dim[0] <= 7 ? (int)raw->dim[0] : 0;
  int64_t total = h->bytes;
  if (n == 0)
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, name, "dim[0]", "1 to 7", "%" PRId64,
                        raw->dim[0]);
  h->n_volumes = 1;
  for (int i = 0; i < 3; i++)
    h->dims[i] = 1;
  for (int i = 1; i <= n; i++) {
    char field[8];
    snprintf(field, sizeof field, "dim[%d]", i);
    if (raw->dim[i] <= 0)
      return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, name, field, "at least 1", "%" PRId64,
                          raw->dim[i]);
    if (raw->dim[i] > ((int64_t)1 << 46) / total)
      return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, name, N_("the product of dim"),
                          "under 64 TiB of voxels", N_("larger"));
    total *= raw->dim[i];
    if (i <= 3)
      h->dims[i - 1] = raw->dim[i];
    else
      h->n_volumes *= raw->dim[i];
  }
  if (h->n_volumes > 1)
    nifti_warn(h->warnings, "first-volume-only",
               "The file holds several volumes; only the first is used.");
  return true;
}

static int
bytes_of(int datatype)
{
  static const struct {
    int code, bytes;
  } known[] = {{DT_UINT8, 1},  {DT_INT8, 1},    {DT_INT16, 2},   {DT_UINT16, 2}, {DT_INT32, 4},
               {DT_UINT32, 4}, {DT_FLOAT32, 4}, {DT_FLOAT64, 8}, {DT_INT64, 8},  {DT_UINT64, 8}};
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
    if (known[i].code == datatype)
      return known[i].bytes;
  return 0;
}

static bool
check_datatype(NiftiHeader *h, const Raw *raw, const char *name, medct_error *error)
{
  h->datatype = raw->datatype;
  h->bytes = bytes_of(raw->datatype);
  if (h->bytes == 0)
    return nifti_refuse(error, MEDCT_PLUGIN_UNSUPPORTED, name, "datatype",
                        "an integer or float type (2, 4, 8, 16, 64, 256, 512, 768, 1024, 1280)",
                        "%d%s", raw->datatype,
                        raw->datatype == DT_RGB24       ? _(" (RGB colour)")
                        : raw->datatype == DT_COMPLEX64 ? _(" (complex)")
                                                        : "");
  if (raw->bitpix != 8 * h->bytes)
    nifti_warn(h->warnings, "bitpix-mismatch",
               "bitpix contradicts datatype; the datatype was believed.");
  return true;
}

static bool
check_scale(NiftiHeader *h, const Raw *raw, const char *name, medct_error *error)
{
  if (!(fabs(raw->slope) < MOST_SCALE))
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, name, "scl_slope",
                        "a finite number (0 for unscaled)", "%g", raw->slope);
  h->slope = raw->slope != 0 ? raw->slope : 1;
  h->inter = raw->slope != 0 ? raw->inter : 0;
  if (!(fabs(h->inter) < MOST_SCALE))
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, name, "scl_inter", "a finite number", "%g",
                        h->inter);
  return true;
}

static bool
check_offset(NiftiHeader *h, const Raw *raw, const char *name, medct_error *error)
{
  double least = h->pair ? 0 : h->version == 1 ? 352 : 544;
  g_autofree char *expected =
      g_strdup_printf("a whole number from %g to %g", least, (double)MAX_VOX_OFFSET);
  if (!(raw->vox_offset >= least && raw->vox_offset <= (double)MAX_VOX_OFFSET) ||
      raw->vox_offset != floor(raw->vox_offset))
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, name, "vox_offset", expected, "%g",
                        raw->vox_offset);
  h->vox_offset = (int64_t)raw->vox_offset;
  return true;
}

static void
place_geometry(NiftiHeader *h, const Raw *raw)
{
  NiftiGeometry geometry = {.qform_code = raw->qform_code,
                            .sform_code = raw->sform_code,
                            .qfac = raw->pixdim[0],
                            .units = raw->units};
  for (int i = 0; i < 3; i++) {
    geometry.dims[i] = h->dims[i];
    geometry.pixdim[i] = i < raw->dim[0] || raw->pixdim[i + 1] > 0 ? raw->pixdim[i + 1] : 1;
    geometry.quatern[i] = raw->quatern[i];
    geometry.qoffset[i] = raw->qoffset[i];
  }
  memcpy(geometry.srow, raw->srow, sizeof geometry.srow);
  nifti_geometry_solve(&geometry, h->warnings);
  memcpy(h->spacing_mm, geometry.spacing_mm, sizeof h->spacing_mm);
  memcpy(h->affine, geometry.affine, sizeof h->affine);
  h->spacing_known = geometry.spacing_known;
  h->orientation_known = geometry.orientation_known;
}

bool
nifti_header_parse(NiftiHeader *h, const uint8_t *head, uint64_t n, const char *name,
                   medct_error *error)
{
  Raw raw;
  memset(h, 0, sizeof *h);
  h->warnings = g_array_new(FALSE, TRUE, sizeof(medct_warning));
  int size = n >= 4 ? nifti_header_size(head) : 0;
  if (n < 348)
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, name, N_("the file"),
                        "a header of 348 or 540 bytes", N_("only %" PRIu64 " bytes long"), n);
  if (size == 0 || n < (uint64_t)size) {
    uint32_t found;
    memcpy(&found, head, 4);
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, name, "sizeof_hdr",
                        "348 (NIfTI-1) or 540 (NIfTI-2)", "%u", found);
  }
  h->version = size == 348 ? 1 : 2;
  uint32_t stored;
  memcpy(&stored, head, 4);
  h->swapped = stored != (uint32_t)size;
  (h->version == 1 ? read_raw1 : read_raw2)(&raw, head, h->swapped);
  if (!check_magic(h, head, name, error) || !check_datatype(h, &raw, name, error) ||
      !check_dims(h, &raw, name, error) || !check_scale(h, &raw, name, error) ||
      !check_offset(h, &raw, name, error))
    return false;
  place_geometry(h, &raw);
  return true;
}

void
nifti_header_clear(NiftiHeader *header)
{
  g_clear_pointer(&header->warnings, g_array_unref);
}
