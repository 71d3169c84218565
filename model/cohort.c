/* What a cohort is, however it was read. */
#include "model/cohort.h"
#include "model/cohort_private.h"
#include <glib/gi18n.h>
#include <string.h>

const char *
medct_split_name(MedctSplit split)
{
  static const char *const names[MEDCT_N_SPLITS] = {"", "train", "validation", "test"};
  g_return_val_if_fail(split < MEDCT_N_SPLITS, "");
  return names[split];
}

gboolean
medct_split_parse(const char *text, MedctSplit *split)
{
  static const struct {
    const char *name;
    MedctSplit split;
  } names[] = {
      {"", MEDCT_SPLIT_NONE},          {"train", MEDCT_SPLIT_TRAIN},
      {"test", MEDCT_SPLIT_TEST},      {"validation", MEDCT_SPLIT_VALIDATION},
      {"val", MEDCT_SPLIT_VALIDATION}, {"valid", MEDCT_SPLIT_VALIDATION},
      {"dev", MEDCT_SPLIT_VALIDATION},
  };
  for (gsize n = 0; n < G_N_ELEMENTS(names); n++)
    if (g_ascii_strcasecmp(text, names[n].name) == 0) {
      *split = names[n].split;
      return TRUE;
    }
  return FALSE;
}

static void
problem_free(gpointer data)
{
  MedctCohortProblem *problem = data;
  g_free(problem->name);
  g_free(problem->message);
  g_free(problem);
}

MedctCohort *
medct_cohort_new(const char *path, const char *folder)
{
  MedctCohort *cohort = g_atomic_rc_box_new0(MedctCohort);
  cohort->name = g_path_get_basename(path);
  cohort->folder = g_strdup(folder);
  cohort->classes = g_ptr_array_new_with_free_func(g_free);
  cohort->rows = g_array_new(FALSE, FALSE, sizeof(MedctCohortRow));
  cohort->labels = g_array_new(FALSE, FALSE, sizeof(gint8));
  cohort->patients = g_array_new(FALSE, FALSE, sizeof(guint));
  cohort->problems = g_ptr_array_new_with_free_func(problem_free);
  cohort->text = g_string_chunk_new(1 << 16);
  return cohort;
}

MedctCohort *
medct_cohort_ref(MedctCohort *cohort)
{
  return g_atomic_rc_box_acquire(cohort);
}

static void
clear(gpointer data)
{
  MedctCohort *cohort = data;
  g_free(cohort->name);
  g_free(cohort->folder);
  g_ptr_array_unref(cohort->classes);
  g_array_unref(cohort->rows);
  g_array_unref(cohort->labels);
  g_array_unref(cohort->patients);
  g_ptr_array_unref(cohort->problems);
  g_string_chunk_free(cohort->text);
}

void
medct_cohort_unref(MedctCohort *cohort)
{
  if (cohort)
    g_atomic_rc_box_release_full(cohort, clear);
}

/* ---- making one ---------------------------------------------------------------------------- */

static gboolean
has_control_characters(const char *text)
{
  for (; *text; text++)
    if (g_ascii_iscntrl(*text))
      return TRUE;
  return FALSE;
}

static gboolean
check_row(const MedctCohort *cohort, const MedctCohortRow *row, GError **error)
{
  const char *field = NULL, *found = NULL;
  if (row->volume[0] == 0)
    field = "volume", found = "empty";
  else if (has_control_characters(row->volume))
    field = "volume", found = "text with control characters";
  else if (row->patient[0] == 0)
    field = "patient", found = "empty";
  else if (has_control_characters(row->patient))
    field = "patient", found = "text with control characters";
  if (field) {
    g_autofree char *where = g_strdup_printf("line %u, %s", row->line, field);
    medct_error_field(error, MEDCT_ERROR_FORMAT, cohort->name, where,
                      row->volume[0] ? _("a pseudonym, one for each person") : _("a file's path"),
                      "%s", found);
    return FALSE;
  }
  if (cohort->rows->len < MEDCT_COHORT_MAX_ROWS)
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_UNSUPPORTED, cohort->name,
                   "it has more than %d rows; split it into several cohorts",
                   MEDCT_COHORT_MAX_ROWS);
  return FALSE;
}

gboolean
medct_cohort_add_row(MedctCohort *cohort, const MedctCohortRow *row, const gint8 *labels,
                     GError **error)
{
  if (!check_row(cohort, row, error))
    return FALSE;
  MedctCohortRow own = *row;
  g_autofree char *path =
      row->path ? g_strdup(row->path) : g_canonicalize_filename(row->volume, cohort->folder);
  own.volume = g_string_chunk_insert(cohort->text, row->volume);
  own.path = g_string_chunk_insert(cohort->text, path);
  own.patient = g_string_chunk_insert_const(cohort->text, row->patient);
  own.report = g_string_chunk_insert(cohort->text, row->report);
  own.metadata = row->metadata ? g_string_chunk_insert_const(cohort->text, row->metadata) : NULL;
  g_array_append_val(cohort->rows, own);
  g_array_append_vals(cohort->labels, labels, cohort->classes->len);
  return TRUE;
}

void
medct_cohort_add_problem(MedctCohort *cohort, MedctCohortFault fault, guint row, guint other,
                         const char *name, char *message)
{
  MedctCohortProblem *problem = g_new(MedctCohortProblem, 1);
  *problem = (MedctCohortProblem){fault, row, other, g_strdup(name), message};
  g_ptr_array_add(cohort->problems, problem);
}

/* The first row of each patient and of each volume; a row that disagrees is a problem. */
void
medct_cohort_finish(MedctCohort *cohort)
{
  g_autoptr(GHashTable) patients = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GHashTable) volumes = g_hash_table_new(g_str_hash, g_str_equal);
  g_array_set_size(cohort->patients, cohort->rows->len);
  for (guint n = 0; n < cohort->rows->len; n++) {
    const MedctCohortRow *row = medct_cohort_row(cohort, n);
    gpointer first = NULL;
    if (g_hash_table_lookup_extended(volumes, row->path, NULL, &first)) {
      guint other = GPOINTER_TO_UINT(first);
      medct_cohort_add_problem(cohort, MEDCT_COHORT_DUPLICATE, n, other, row->volume,
                               g_strdup_printf("%s stands twice, in lines %u and %u", row->volume,
                                               medct_cohort_row(cohort, other)->line, row->line));
    } else {
      g_hash_table_insert(volumes, (gpointer)row->path, GUINT_TO_POINTER(n));
    }
    guint number = cohort->n_patients;
    if (g_hash_table_lookup_extended(patients, row->patient, NULL, &first)) {
      guint other = GPOINTER_TO_UINT(first);
      const MedctCohortRow *theirs = medct_cohort_row(cohort, other);
      number = g_array_index(cohort->patients, guint, other);
      if (theirs->split != row->split)
        medct_cohort_add_problem(
            cohort, MEDCT_COHORT_TWO_SPLITS, n, other, row->patient,
            g_strdup_printf("%s is in %s and %s, lines %u and %u: give both the same split",
                            row->patient, medct_split_name(theirs->split),
                            medct_split_name(row->split), theirs->line, row->line));
    } else {
      g_hash_table_insert(patients, (gpointer)row->patient, GUINT_TO_POINTER(n));
      cohort->n_patients++;
    }
    g_array_index(cohort->patients, guint, n) = number;
  }
}

/* ---- reading it ---------------------------------------------------------------------------- */

static gboolean
refuse_problems(const MedctCohort *cohort, GError **error)
{
  enum { SHOWN = 8 };
  g_autoptr(GString) list = g_string_new(NULL);
  guint n = cohort->problems->len;
  for (guint i = 0; i < MIN(n, SHOWN); i++)
    g_string_append_printf(list, "%s%s", i ? "; " : "", medct_cohort_problem(cohort, i)->message);
  if (n > SHOWN)
    g_string_append_printf(list, "; and %u more (medct cohort check lists them)", n - SHOWN);
  if (n > 0)
    medct_error_file(error, MEDCT_ERROR_MISMATCH, cohort->name, "%s", list->str);
  return n == 0;
}

MedctCohort *
medct_cohort_inspect(const char *path, GError **error)
{
  gboolean folder = g_file_test(path, G_FILE_TEST_IS_DIR);
  return folder ? medct_cohort_read_ct_rate(path, error) : medct_cohort_read_csv(path, error);
}

MedctCohort *
medct_cohort_load(const char *path, GError **error)
{
  g_autoptr(MedctCohort) cohort = medct_cohort_inspect(path, error);
  return cohort && refuse_problems(cohort, error) ? g_steal_pointer(&cohort) : NULL;
}

guint
medct_cohort_n_rows(const MedctCohort *cohort)
{
  return cohort->rows->len;
}

const MedctCohortRow *
medct_cohort_row(const MedctCohort *cohort, guint row)
{
  g_return_val_if_fail(row < cohort->rows->len, NULL);
  return &g_array_index(cohort->rows, MedctCohortRow, row);
}

guint
medct_cohort_n_classes(const MedctCohort *cohort)
{
  return cohort->classes->len;
}

const char *
medct_cohort_class(const MedctCohort *cohort, guint index)
{
  g_return_val_if_fail(index < cohort->classes->len, NULL);
  return cohort->classes->pdata[index];
}

guint
medct_cohort_n_problems(const MedctCohort *cohort)
{
  return cohort->problems->len;
}

const MedctCohortProblem *
medct_cohort_problem(const MedctCohort *cohort, guint index)
{
  g_return_val_if_fail(index < cohort->problems->len, NULL);
  return cohort->problems->pdata[index];
}

guint
medct_cohort_patient(const MedctCohort *cohort, guint row)
{
  g_return_val_if_fail(row < cohort->patients->len, 0);
  return g_array_index(cohort->patients, guint, row);
}

guint
medct_cohort_n_patients(const MedctCohort *cohort)
{
  return cohort->n_patients;
}

static const gint8 *
row_labels(const MedctCohort *cohort, guint row)
{
  return (const gint8 *)cohort->labels->data + (gsize)row * cohort->classes->len;
}

const gint8 *
medct_cohort_labels(const MedctCohort *cohort, guint row)
{
  gboolean test = medct_cohort_row(cohort, row)->split == MEDCT_SPLIT_TEST;
  return test ? NULL : row_labels(cohort, row);
}

const gint8 *
medct_cohort_test_labels(const MedctCohort *cohort, guint row)
{
  gboolean test = medct_cohort_row(cohort, row)->split == MEDCT_SPLIT_TEST;
  return test ? row_labels(cohort, row) : NULL;
}

char *
medct_cohort_describe(const MedctCohort *cohort, guint row, guint *n_unknown)
{
  const gint8 *labels = row_labels(cohort, row);
  GString *text = g_string_new(NULL);
  *n_unknown = 0;
  for (guint c = 0; c < cohort->classes->len; c++) {
    *n_unknown += labels[c] < 0;
    if (labels[c] > 0)
      g_string_append_printf(text, "%s%s", text->len ? ", " : "",
                             (const char *)cohort->classes->pdata[c]);
  }
  return g_string_free(text, FALSE);
}

MedctLabelCounts
medct_cohort_count(const MedctCohort *cohort, MedctSplit split, guint index)
{
  MedctLabelCounts counts = {0};
  for (guint n = 0; n < cohort->rows->len; n++) {
    if (medct_cohort_row(cohort, n)->split != split)
      continue;
    gint8 label = row_labels(cohort, n)[index];
    *(label > 0 ? &counts.present : label == 0 ? &counts.absent : &counts.unknown) += 1;
  }
  return counts;
}
