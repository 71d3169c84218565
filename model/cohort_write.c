#include "model/cohort_write.h"
#include "model/atomic_file.h"
#include "model/cohort_private.h"
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

static void
append_cell(GString *text, const char *cell, gboolean first)
{
  g_autofree char *quoted = medct_csv_quote(cell);
  g_string_append_printf(text, "%s%s", first ? "" : ",", quoted);
}

/* "b/c.nii.gz" for /a/b/c.nii.gz in /a; the whole path for one outside. A name that a spreadsheet
 * would compute gets "./" instead of the quote, which would make it another file. The caller frees.
 */
static char *
volume_from(const char *path, const char *folder)
{
  gsize n = strlen(folder);
  if (!g_str_has_prefix(path, folder) || path[n] != '/')
    return g_strdup(path);
  const char *name = path + n + 1;
  return strchr("=+-@", *name) ? g_strconcat("./", name, NULL) : g_strdup(name);
}

static void
append_header(GString *text, const MedctCohort *cohort)
{
  g_string_append(text, "volume,patient,split");
  for (guint c = 0; c < cohort->classes->len; c++)
    append_cell(text, cohort->classes->pdata[c], FALSE);
  g_string_append(text, ",report\n");
}

static void
append_row(GString *text, const MedctCohort *cohort, guint n, const char *folder)
{
  const MedctCohortRow *row = medct_cohort_row(cohort, n);
  const gint8 *labels = (const gint8 *)cohort->labels->data + (gsize)n * cohort->classes->len;
  g_autofree char *volume = volume_from(row->path, folder);
  append_cell(text, volume, TRUE);
  append_cell(text, row->patient, FALSE);
  append_cell(text, medct_split_name(row->split), FALSE);
  for (guint c = 0; c < cohort->classes->len; c++)
    g_string_append(text, labels[c] > 0 ? ",1" : labels[c] == 0 ? ",0" : ",");
  append_cell(text, row->report, FALSE);
  g_string_append_c(text, '\n');
}

gboolean
medct_cohort_save(const MedctCohort *cohort, const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename(path, NULL);
  g_autofree char *folder = g_path_get_dirname(absolute);
  g_autoptr(GString) text = g_string_new(NULL);
  append_header(text, cohort);
  for (guint n = 0; n < cohort->rows->len; n++)
    append_row(text, cohort, n, folder);
  return medct_atomic_file_save(path, text->str, text->len, error);
}

MedctCohort *
medct_cohort_new_empty(const char *path, const char *const *classes, guint n_classes)
{
  g_autofree char *absolute = g_canonicalize_filename(path, NULL);
  g_autofree char *folder = g_path_get_dirname(absolute);
  MedctCohort *cohort = medct_cohort_new(path, folder);
  for (guint c = 0; c < n_classes; c++)
    g_ptr_array_add(cohort->classes, g_strdup(classes[c]));
  return cohort;
}

/* The cohort's labels in its own order: from `labels` by name, the rest unknown. */
static gboolean
order_labels(const MedctCohort *cohort, const char *const *classes, const gint8 *labels,
             guint n_classes, gint8 *ordered, GError **error)
{
  memset(ordered, MEDCT_LABEL_UNKNOWN, cohort->classes->len);
  for (guint c = 0; c < n_classes; c++) {
    guint at = 0;
    if (!g_ptr_array_find_with_equal_func(cohort->classes, classes[c], g_str_equal, &at)) {
      medct_error_file(error, MEDCT_ERROR_MISMATCH, cohort->name,
                       "it has no column \"%s\"; add the column or choose another cohort",
                       classes[c]);
      return FALSE;
    }
    ordered[at] = labels[c];
  }
  return TRUE;
}

static MedctCohort *
load_or_make(const char *path, const char *const *classes, guint n_classes, GError **error)
{
  if (g_file_test(path, G_FILE_TEST_EXISTS))
    return medct_cohort_read_csv(path, error);
  return medct_cohort_new_empty(path, classes, n_classes);
}

/* The row of a volume; the number of rows when there is none. */
static guint
find_row(const MedctCohort *cohort, const char *volume)
{
  guint at = 0;
  while (at < cohort->rows->len && !g_str_equal(medct_cohort_row(cohort, at)->path, volume))
    at++;
  return at;
}

/* A study that is labelled again stays in its patient and keeps what the caller leaves out. */
static void
replace_row(MedctCohort *cohort, guint n, const MedctCohortRow *row, const gint8 *labels)
{
  MedctCohortRow *own = &g_array_index(cohort->rows, MedctCohortRow, n);
  own->patient = g_string_chunk_insert(cohort->text, row->patient);
  own->split = row->split;
  if (row->report[0])
    own->report = g_string_chunk_insert(cohort->text, row->report);
  memcpy(cohort->labels->data + (gsize)n * cohort->classes->len, labels, cohort->classes->len);
}

gboolean
medct_cohort_put_row(const char *path, const MedctCohortRow *row, const char *const *classes,
                     const gint8 *labels, guint n_classes, GError **error)
{
  g_autoptr(MedctCohort) cohort = load_or_make(path, classes, n_classes, error);
  gint8 ordered[MEDCT_COHORT_MAX_CLASSES];
  if (!cohort || !order_labels(cohort, classes, labels, n_classes, ordered, error))
    return FALSE;
  guint at = find_row(cohort, row->path);
  if (at < cohort->rows->len)
    replace_row(cohort, at, row, ordered);
  else if (!medct_cohort_add_row(cohort, row, ordered, error))
    return FALSE;
  for (guint n = 0; n < cohort->rows->len; n++) {
    const MedctCohortRow *other = medct_cohort_row(cohort, n);
    if (!g_str_equal(other->patient, row->patient) || other->split == row->split)
      continue;
    medct_error_file(error, MEDCT_ERROR_MISMATCH, cohort->name,
                     "this patient is in %s already, expected the same split for every volume of "
                     "one person",
                     other->split ? medct_split_name(other->split) : _("no split"));
    return FALSE;
  }
  return medct_cohort_save(cohort, path, error);
}

gboolean
medct_cohort_get_row(const char *path, const char *volume, const char *const *classes,
                     guint n_classes, gint8 *labels, char **patient, MedctSplit *split,
                     GError **error)
{
  g_autoptr(MedctCohort) cohort = medct_cohort_read_csv(path, error);
  if (cohort == NULL)
    return FALSE;
  guint at = find_row(cohort, volume);
  if (at == cohort->rows->len)
    return FALSE;
  const gint8 *own = (const gint8 *)cohort->labels->data + (gsize)at * cohort->classes->len;
  for (guint c = 0; c < n_classes; c++) {
    guint place = 0;
    gboolean has =
        g_ptr_array_find_with_equal_func(cohort->classes, classes[c], g_str_equal, &place);
    labels[c] = has ? own[place] : MEDCT_LABEL_UNKNOWN;
  }
  *patient = g_strdup(medct_cohort_row(cohort, at)->patient);
  *split = medct_cohort_row(cohort, at)->split;
  return TRUE;
}
