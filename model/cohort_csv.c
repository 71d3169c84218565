/* A cohort as one CSV. */
#include "model/cohort_private.h"
#include <glib/gi18n.h>
#include <string.h>

gboolean
medct_cohort_parse_label(const MedctCsv *csv, const char *what, guint row, guint column,
                         gint8 *label, GError **error)
{
  static const struct {
    const char *text;
    gint8 label;
  } known[] = {{"0", 0}, {"1", 1}, {"", -1}, {"-1", -1}, {"0.0", 0}, {"1.0", 1}, {"-1.0", -1}};
  const char *cell = medct_csv_cell(csv, row, column);
  for (gsize n = 0; n < G_N_ELEMENTS(known); n++)
    if (g_str_equal(cell, known[n].text)) {
      *label = known[n].label;
      return TRUE;
    }
  g_autofree char *where =
      g_strdup_printf("line %u, %.80s", medct_csv_line(csv, row), medct_csv_name(csv, column));
  medct_error_field(error, MEDCT_ERROR_FORMAT, what, where,
                    "1 for present, 0 for absent, empty or −1 for unknown", "\"%.40s\"", cell);
  return FALSE;
}

gboolean
medct_cohort_take_classes(MedctCohort *cohort, const MedctCsv *csv, const gboolean *column_is_class,
                          GError **error)
{
  for (guint column = 0; column < medct_csv_n_columns(csv); column++) {
    if (!column_is_class[column])
      continue;
    const char *name = medct_csv_name(csv, column);
    if (*name == 0 || strlen(name) > 200) {
      medct_error_file(error, MEDCT_ERROR_FORMAT, cohort->name,
                       "column %u is %s, expected the name of a finding", column + 1,
                       *name ? _("longer than 200 bytes") : _("without a name"));
      return FALSE;
    }
    g_ptr_array_add(cohort->classes, g_strdup(name));
  }
  guint n = cohort->classes->len;
  if (n > 0 && n <= MEDCT_COHORT_MAX_CLASSES)
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_FORMAT, cohort->name,
                   "it has %u columns of labels, expected 1 to %d besides volume, patient, split "
                   "and report",
                   n, MEDCT_COHORT_MAX_CLASSES);
  return FALSE;
}

typedef struct {
  guint volume, patient, split;
  int report; /* −1 without one */
} Columns;

static gboolean
find_columns(MedctCohort *cohort, const MedctCsv *csv, Columns *columns, GError **error)
{
  if (!medct_csv_need_column(csv, "volume", &columns->volume, error) ||
      !medct_csv_need_column(csv, "patient", &columns->patient, error) ||
      !medct_csv_need_column(csv, "split", &columns->split, error))
    return FALSE;
  columns->report = medct_csv_find_column(csv, "report");
  guint n = medct_csv_n_columns(csv);
  g_autofree gboolean *is_class = g_new(gboolean, n);
  for (guint column = 0; column < n; column++)
    is_class[column] = column != columns->volume && column != columns->patient &&
                       column != columns->split && (int)column != columns->report;
  return medct_cohort_take_classes(cohort, csv, is_class, error);
}

static gboolean
read_labels(const MedctCohort *cohort, const MedctCsv *csv, const Columns *columns, guint row,
            gint8 *labels, GError **error)
{
  for (guint column = 0; column < medct_csv_n_columns(csv); column++) {
    if (column == columns->volume || column == columns->patient || column == columns->split ||
        (int)column == columns->report)
      continue;
    if (!medct_cohort_parse_label(csv, cohort->name, row, column, labels++, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_row(MedctCohort *cohort, const MedctCsv *csv, const Columns *columns, guint n, GError **error)
{
  MedctCohortRow row = {
      .volume = medct_csv_cell(csv, n, columns->volume),
      .patient = medct_csv_cell(csv, n, columns->patient),
      .report = columns->report < 0 ? "" : medct_csv_cell(csv, n, (guint)columns->report),
      .line = medct_csv_line(csv, n),
  };
  const char *split = medct_csv_cell(csv, n, columns->split);
  if (!medct_split_parse(split, &row.split)) {
    g_autofree char *where = g_strdup_printf("line %u, split", row.line);
    medct_error_field(error, MEDCT_ERROR_FORMAT, cohort->name, where,
                      "train, validation, test or empty", "\"%.40s\"", split);
    return FALSE;
  }
  gint8 labels[MEDCT_COHORT_MAX_CLASSES];
  return read_labels(cohort, csv, columns, n, labels, error) &&
         medct_cohort_add_row(cohort, &row, labels, error);
}

MedctCohort *
medct_cohort_read_csv(const char *path, GError **error)
{
  g_autoptr(MedctCsv) csv = medct_csv_load(path, error);
  if (csv == NULL)
    return NULL;
  g_autofree char *absolute = g_canonicalize_filename(path, NULL);
  g_autofree char *folder = g_path_get_dirname(absolute);
  g_autoptr(MedctCohort) cohort = medct_cohort_new(path, folder);
  Columns columns;
  if (!find_columns(cohort, csv, &columns, error))
    return NULL;
  for (guint n = 0; n < medct_csv_n_rows(csv); n++)
    if (!read_row(cohort, csv, &columns, n, error))
      return NULL;
  medct_cohort_finish(cohort);
  return g_steal_pointer(&cohort);
}
