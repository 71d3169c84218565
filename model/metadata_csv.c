#include "model/metadata_csv.h"
#include "model/csv.h"
#include "model/plausibility.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

typedef struct {
  double spacing_mm[3]; /* i, j, k */
  double slope, intercept;
} Row;

gboolean
medct_rescale_parse(const char *text, MedctRescale *rescale, GError **error)
{
  static const char *const names[] = {"auto", "raw", "hu"};
  for (gsize n = 0; n < G_N_ELEMENTS(names); n++)
    if (g_str_equal(text, names[n])) {
      *rescale = (MedctRescale)n;
      return TRUE;
    }
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
              _("rescale is \"%s\", expected auto, raw or hu"), text);
  return FALSE;
}

/* ---- the row ------------------------------------------------------------------------------- */

static char *
without_suffix(const char *name)
{
  static const char *const suffixes[] = {".nii.gz", ".nii"};
  for (gsize n = 0; n < G_N_ELEMENTS(suffixes); n++)
    if (g_str_has_suffix(name, suffixes[n]))
      return g_strndup(name, strlen(name) - strlen(suffixes[n]));
  return g_strdup(name);
}

static gboolean
find_row(const MedctCsv *csv, const char *path, const char *name, guint *row, GError **error)
{
  guint column, n_found = 0;
  g_autofree char *wanted = without_suffix(name);
  if (!medct_csv_need_column(csv, "VolumeName", &column, error))
    return FALSE;
  for (guint n = 0; n < medct_csv_n_rows(csv); n++) {
    g_autofree char *found = without_suffix(medct_csv_cell(csv, n, column));
    if (!g_str_equal(found, wanted))
      continue;
    if (n_found++ == 1) {
      medct_error_file(error, MEDCT_ERROR_FORMAT, path,
                       "line %u: %s stands a second time, expected one row a volume",
                       medct_csv_line(csv, n), name);
      return FALSE;
    }
    *row = n;
  }
  if (n_found == 0)
    medct_error_file(error, MEDCT_ERROR_MISMATCH, path,
                     "no row has the VolumeName %s; is this the table that goes with the volume?",
                     name);
  return n_found == 1;
}

/* The first number of "0.7" or "[0.7, 0.7]". */
static gboolean
parse_first_number(const char *text, double *value)
{
  char *end = NULL;
  while (*text == '[' || *text == ' ')
    text++;
  *value = g_ascii_strtod(text, &end);
  return end != text && isfinite(*value) && (*end == 0 || strchr(",] ", *end));
}

static gboolean
read_number(const MedctCsv *csv, const char *path, guint row, const char *name, gboolean spacing,
            double *value, GError **error)
{
  guint column;
  if (!medct_csv_need_column(csv, name, &column, error))
    return FALSE;
  const char *text = medct_csv_cell(csv, row, column);
  if (parse_first_number(text, value) && (!spacing || *value > 0))
    return TRUE;
  g_autofree char *field = g_strdup_printf("line %u: %s", medct_csv_line(csv, row), name);
  medct_error_field(error, MEDCT_ERROR_FORMAT, path, field,
                    spacing ? _("a spacing above 0 mm") : _("a number"), "\"%.40s\"", text);
  return FALSE;
}

static gboolean
read_row(const char *path, const char *name, gboolean with_rescale, Row *r, GError **error)
{
  guint row = 0;
  g_autoptr(MedctCsv) csv = medct_csv_load(path, error);
  *r = (Row){.slope = 1};
  if (csv == NULL || !find_row(csv, path, name, &row, error) ||
      !read_number(csv, path, row, "XYSpacing", TRUE, &r->spacing_mm[0], error) ||
      !read_number(csv, path, row, "ZSpacing", TRUE, &r->spacing_mm[2], error))
    return FALSE;
  r->spacing_mm[1] = r->spacing_mm[0];
  if (!with_rescale)
    return TRUE;
  if (!read_number(csv, path, row, "RescaleSlope", FALSE, &r->slope, error) ||
      !read_number(csv, path, row, "RescaleIntercept", FALSE, &r->intercept, error))
    return FALSE;
  if (r->slope == 0)
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, "RescaleSlope", "other than 0", "0");
  return r->slope != 0;
}

/* ---- raw or HU ----------------------------------------------------------------------------- */

/* How much a histogram looks like a chest: share of air and lung times share of soft tissue. Under
 * the wrong reading one of the two is empty, whatever the padding. */
static double
likeness(const MedctVolumeStatistics *s, double slope, double intercept)
{
  uint64_t air = 0, soft = 0;
  for (int bin = 0; bin < 256; bin++) {
    double hu = slope * (-1536 + 16 * bin + 8) + intercept;
    if (hu >= -1120 && hu < -800)
      air += s->histogram[bin];
    if (hu >= -160 && hu < 160)
      soft += s->histogram[bin];
  }
  double n = (double)MAX(s->n_finite, 1);
  return (double)air / n * ((double)soft / n);
}

typedef enum { RAW, HU, UNSURE } Verdict;

static Verdict
judge(const MedctVolume *volume, const Row *row, MedctRescale rescale)
{
  if (rescale != MEDCT_RESCALE_AUTO)
    return rescale == MEDCT_RESCALE_RAW ? RAW : HU;
  const MedctVolumeStatistics *s = medct_volume_statistics(volume);
  double hu = likeness(s, 1, 0), raw = likeness(s, row->slope, row->intercept);
  if (MAX(hu, raw) < 1e-4)
    return UNSURE;
  return raw > hu ? RAW : HU;
}

static void
say_choice(MedctVolume *volume, const char *path, const Row *row, Verdict verdict,
           MedctRescale rescale)
{
  static const char *const codes[] = {"metadata-raw", "metadata-hu", "metadata-unsure"};
  g_autofree char *table = g_path_get_basename(path);
  const char *why = rescale == MEDCT_RESCALE_AUTO ? "by their histogram" : "as requested";
  g_autofree char *choice = NULL;
  if (verdict == RAW)
    choice = g_strdup_printf("The voxels were taken as raw values (%s): slope %g and intercept %g "
                             "were applied.",
                             why, row->slope, row->intercept);
  else if (verdict == HU)
    choice = g_strdup_printf("The voxels were taken as HU (%s): the table's slope and intercept "
                             "were left out.",
                             why);
  else
    choice = g_strdup("Whether the voxels are raw or HU does not show in their histogram; they "
                      "were taken as HU. Say raw or hu to decide.");
  g_autofree char *message =
      g_strdup_printf("Spacing %g × %g × %g mm is from %s. %s", row->spacing_mm[0],
                      row->spacing_mm[1], row->spacing_mm[2], table, choice);
  medct_volume_add_warning(volume, codes[verdict], message);
}

MedctVolume *
medct_metadata_csv_apply(MedctVolume *volume, const char *path, MedctRescale rescale,
                         GError **error)
{
  const MedctVolumeHeader *h = medct_volume_get_header(volume);
  Row row;
  if (!read_row(path, h->name, rescale != MEDCT_RESCALE_HU, &row, error))
    return NULL;
  Verdict verdict = judge(volume, &row, rescale);
  double slope = row.slope * h->hu_slope, intercept = row.slope * h->hu_intercept + row.intercept;
  MedctVolume *other = medct_volume_with_metadata(
      volume, row.spacing_mm, verdict == RAW ? &slope : NULL, verdict == RAW ? &intercept : NULL);
  medct_volume_check_plausibility(other);
  say_choice(other, path, &row, verdict, rescale);
  return other;
}
