/* A cohort in the folders of CT-RATE (data set card):
 *   multi_abnormality_labels/{train,valid}_predicted_labels.csv   VolumeName, findings…
 *   radiology_text_reports/{train,validation}_reports.csv   VolumeName, Findings_EN, Impressions_EN
 *   metadata/{train,validation}_metadata.csv                VolumeName, RescaleSlope, XYSpacing, …
 *   {train,valid}[_fixed]/train_1/train_1_a/train_1_a_1.nii.gz
 * at the folder's top or in its dataset/. Its "valid" is the validation split; it has no test. */
#include "model/cohort_private.h"
#include <string.h>

typedef struct {
  MedctSplit split;
  const char *prefix; /* of folders, label tables and volume names */
  const char *other;  /* of the other tables */
} Part;

static const Part parts[] = {
    {MEDCT_SPLIT_TRAIN, "train", "train"},
    {MEDCT_SPLIT_VALIDATION, "valid", "validation"},
};

/* ROOT/FOLDER/PREFIX_SUFFIX, with either prefix; NULL when there is none. The caller frees. */
static char *
find_table(const char *root, const Part *part, const char *folder, const char *suffix)
{
  for (int i = 0; i < 2; i++) {
    g_autofree char *name = g_strconcat(i ? part->prefix : part->other, suffix, NULL);
    g_autofree char *path = g_build_filename(root, folder, name, NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
      return g_steal_pointer(&path);
  }
  return NULL;
}

static char *
without_suffix(const char *name)
{
  return g_strndup(name, strlen(name) - (g_str_has_suffix(name, ".nii.gz") ? 7 : 0));
}

/* "train_1_a_2.nii.gz" → n underscores kept: 1 "train_1", 2 "train_1_a"; NULL for other names. */
static char *
name_up_to(const char *name, int underscores)
{
  const char *end = name;
  for (int i = 0; i <= underscores; i++) {
    end = strchr(i ? end + 1 : end, '_');
    if (end == NULL)
      return NULL;
  }
  return g_strndup(name, (gsize)(end - name));
}

/* Where a volume lies: in the data set's own folders, corrected or not, or flat in one. */
static char *
find_volume(const char *root, const Part *part, const char *name)
{
  g_autofree char *patient = name_up_to(name, 1);
  g_autofree char *scan = name_up_to(name, 2);
  g_autofree char *fixed = g_strconcat(part->prefix, "_fixed", NULL);
  const char *const tops[] = {part->prefix, fixed};
  char *path = NULL;
  for (gsize i = 0; i < 2 * G_N_ELEMENTS(tops); i++) {
    gboolean flat = i % 2;
    g_free(path);
    path = flat || !scan ? g_build_filename(root, tops[i / 2], name, NULL)
                         : g_build_filename(root, tops[i / 2], patient, scan, name, NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
      return path;
  }
  g_free(path);
  return scan ? g_build_filename(root, part->prefix, patient, scan, name, NULL)
              : g_build_filename(root, part->prefix, name, NULL);
}

/* Spec §5: findings and impression without a separator, without quotes and brackets. */
static void
append_report(GString *report, const char *text)
{
  if (g_str_equal(text, "Not given."))
    return;
  for (; *text; text++)
    if (!strchr("\"'()", *text))
      g_string_append_c(report, *text);
}

typedef struct {
  MedctCsv *csv;   /* or NULL */
  GHashTable *row; /* volume's name without suffix → row + 1; owned keys */
  guint findings, impression;
} Reports;

static void
reports_clear(Reports *reports)
{
  medct_csv_free(reports->csv);
  g_clear_pointer(&reports->row, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reports, reports_clear)

static gboolean
load_reports(Reports *reports, const char *path, GError **error)
{
  guint name;
  reports->row = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  if (path == NULL)
    return TRUE;
  reports->csv = medct_csv_load(path, error);
  if (reports->csv == NULL || !medct_csv_need_column(reports->csv, "VolumeName", &name, error) ||
      !medct_csv_need_column(reports->csv, "Findings_EN", &reports->findings, error) ||
      !medct_csv_need_column(reports->csv, "Impressions_EN", &reports->impression, error))
    return FALSE;
  for (guint n = 0; n < medct_csv_n_rows(reports->csv); n++) {
    const char *volume = medct_csv_cell(reports->csv, n, name);
    if (g_hash_table_insert(reports->row, without_suffix(volume), GUINT_TO_POINTER(n + 1)))
      continue;
    medct_error_file(error, MEDCT_ERROR_MISMATCH, path,
                     "line %u: %s stands a second time, expected one report a volume",
                     medct_csv_line(reports->csv, n), volume);
    return FALSE;
  }
  return TRUE;
}

/* The report of a volume, which is then taken out of the table; the caller frees. */
static char *
take_report(Reports *reports, const char *volume)
{
  g_autofree char *key = without_suffix(volume);
  guint n = GPOINTER_TO_UINT(g_hash_table_lookup(reports->row, key));
  GString *report = g_string_new(NULL);
  if (n > 0) {
    append_report(report, medct_csv_cell(reports->csv, n - 1, reports->findings));
    append_report(report, medct_csv_cell(reports->csv, n - 1, reports->impression));
    g_hash_table_remove(reports->row, key);
  }
  return g_string_free(report, FALSE);
}

/* What is left in the table of reports belongs to no volume of the labels. */
static void
note_unmatched(MedctCohort *cohort, const Reports *reports)
{
  GHashTableIter iter;
  gpointer name, row;
  g_hash_table_iter_init(&iter, reports->row);
  while (g_hash_table_iter_next(&iter, &name, &row))
    medct_cohort_add_problem(
        cohort, MEDCT_COHORT_UNMATCHED, 0, 0, name,
        g_strdup_printf("%s has a report (line %u) and no labels", (char *)name,
                        medct_csv_line(reports->csv, GPOINTER_TO_UINT(row) - 1)));
}

/* The first label table names the classes; the second must have the same. */
static gboolean
take_columns(MedctCohort *cohort, const MedctCsv *csv, const char *path, guint *name,
             GError **error)
{
  if (!medct_csv_need_column(csv, "VolumeName", name, error))
    return FALSE;
  guint n = medct_csv_n_columns(csv), class = 0;
  g_autofree gboolean *is_class = g_new(gboolean, n);
  for (guint column = 0; column < n; column++)
    is_class[column] = column != *name;
  if (cohort->classes->len == 0)
    return medct_cohort_take_classes(cohort, csv, is_class, error);
  gboolean same = n == cohort->classes->len + 1;
  for (guint column = 0; same && column < n; column++)
    if (is_class[column])
      same = g_str_equal(medct_csv_name(csv, column), medct_cohort_class(cohort, class ++));
  if (!same)
    medct_error_file(error, MEDCT_ERROR_MISMATCH, path,
                     "its findings are not those of the training table, expected the same columns "
                     "in the same order");
  return same;
}

static gboolean
read_row(MedctCohort *cohort, const Part *part, const MedctCsv *csv, guint n, guint name_column,
         Reports *reports, const char *metadata, GError **error)
{
  const char *volume = medct_csv_cell(csv, n, name_column);
  gint8 labels[MEDCT_COHORT_MAX_CLASSES];
  gsize n_labels = 0;
  for (guint column = 0; column < medct_csv_n_columns(csv); column++)
    if (column != name_column &&
        !medct_cohort_parse_label(csv, cohort->name, n, column, &labels[n_labels++], error))
      return FALSE;
  if (strchr(volume, '/')) {
    medct_error_file(error, MEDCT_ERROR_FORMAT, cohort->name,
                     "line %u: the VolumeName has a slash, expected a file's name",
                     medct_csv_line(csv, n));
    return FALSE;
  }
  g_autofree char *path = find_volume(cohort->folder, part, volume);
  g_autofree char *patient = name_up_to(volume, 1);
  g_autofree char *report = take_report(reports, volume);
  MedctCohortRow row = {
      .volume = volume,
      .path = path,
      .patient = patient ? patient : volume,
      .split = part->split,
      .report = report,
      .metadata = metadata,
      .line = medct_csv_line(csv, n),
  };
  return medct_cohort_add_row(cohort, &row, labels, error);
}

static gboolean
read_part(MedctCohort *cohort, const Part *part, GError **error)
{
  const char *root = cohort->folder;
  g_autofree char *labels =
      find_table(root, part, "multi_abnormality_labels", "_predicted_labels.csv");
  if (labels == NULL)
    return TRUE;
  g_autofree char *texts = find_table(root, part, "radiology_text_reports", "_reports.csv");
  g_autofree char *metadata = find_table(root, part, "metadata", "_metadata.csv");
  g_autoptr(MedctCsv) csv = medct_csv_load(labels, error);
  g_auto(Reports) reports = {0};
  guint name;
  if (csv == NULL || !take_columns(cohort, csv, labels, &name, error) ||
      !load_reports(&reports, texts, error))
    return FALSE;
  for (guint n = 0; n < medct_csv_n_rows(csv); n++)
    if (!read_row(cohort, part, csv, n, name, &reports, metadata, error))
      return FALSE;
  note_unmatched(cohort, &reports);
  return TRUE;
}

MedctCohort *
medct_cohort_read_ct_rate(const char *folder, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename(folder, NULL);
  g_autofree char *inner = g_build_filename(absolute, "dataset", NULL);
  g_autofree char *labels = g_build_filename(absolute, "multi_abnormality_labels", NULL);
  gboolean top = g_file_test(labels, G_FILE_TEST_IS_DIR);
  g_autoptr(MedctCohort) cohort = medct_cohort_new(folder, top ? absolute : inner);
  for (gsize n = 0; n < G_N_ELEMENTS(parts); n++)
    if (!read_part(cohort, &parts[n], error))
      return NULL;
  if (cohort->classes->len == 0) {
    medct_error_file(error, MEDCT_ERROR_FORMAT, folder,
                     "no labels are in this folder, expected CT-RATE's multi_abnormality_labels/"
                     "train_predicted_labels.csv; a cohort of your own is a CSV file");
    return NULL;
  }
  medct_cohort_finish(cohort);
  return g_steal_pointer(&cohort);
}
