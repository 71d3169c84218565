#include "app/cohort-check.h"
#include "model/metadata_csv.h"
#include <glib/gi18n.h>
#include <string.h>

static void
finding_free(gpointer data)
{
  MedctCohortFinding *finding = data;
  g_free(finding->title);
  g_free(finding->detail);
  g_free(finding);
}

/* Takes the two strings; errors stand before warnings. */
static void
add(MedctCohortCheck *check, MedctFindingLevel level, const char *code, guint row, char *title,
    char *detail)
{
  MedctCohortFinding *finding = g_new(MedctCohortFinding, 1);
  *finding = (MedctCohortFinding){level, code, row, title, detail};
  gboolean is_error = level == MEDCT_FINDING_ERROR;
  g_ptr_array_insert(check->findings, is_error ? (gint)check->n_errors : -1, finding);
  *(is_error ? &check->n_errors : &check->n_warnings) += 1;
}

/* The worst of what is said about a volume stays. */
static void
mark(MedctCohortCheck *check, guint row, MedctFindingLevel level, const char *code,
     const char *text)
{
  MedctCohortVolume *volume = &check->volumes[row];
  if (level < volume->level || (level == volume->level && *volume->code))
    return;
  volume->level = level;
  volume->code = code;
  g_free(volume->text);
  volume->text = g_strdup(text);
}

static void
check_problems(MedctCohortCheck *check)
{
  static const char *const codes[] = {"duplicate", "two-splits", "unmatched"};
  for (guint i = 0; i < medct_cohort_n_problems(check->cohort); i++) {
    const MedctCohortProblem *problem = medct_cohort_problem(check->cohort, i);
    const char *code = codes[problem->fault];
    const MedctCohortRow *row = medct_cohort_row(check->cohort, problem->row);
    const MedctCohortRow *other = medct_cohort_row(check->cohort, problem->other);
    char *title, *detail;
    if (problem->fault == MEDCT_COHORT_TWO_SPLITS) {
      title = g_strdup_printf(_("%s is in %s and %s"), problem->name,
                              medct_split_name(other->split), medct_split_name(row->split));
      detail =
          g_strdup_printf(_("lines %u and %u: give both the same split"), other->line, row->line);
    } else if (problem->fault == MEDCT_COHORT_DUPLICATE) {
      title = g_strdup_printf(_("%s stands twice"), problem->name);
      detail = g_strdup_printf(_("lines %u and %u: remove one"), other->line, row->line);
    } else {
      title = g_strdup_printf(_("%s has no labels"), problem->name);
      detail = g_strdup(_("it has a report: add its labels or remove the report"));
    }
    gboolean has_row = problem->fault != MEDCT_COHORT_UNMATCHED;
    add(check, MEDCT_FINDING_ERROR, code, has_row ? problem->row : MEDCT_NO_ROW, title, detail);
    if (!has_row)
      continue;
    const char *text =
        problem->fault == MEDCT_COHORT_DUPLICATE ? _("stands twice") : _("patient in two splits");
    mark(check, problem->row, MEDCT_FINDING_ERROR, code, text);
    mark(check, problem->other, MEDCT_FINDING_ERROR, code, text);
  }
}

/* Also where the row has an error of its own already: both want mending. */
static void
add_volume_finding(MedctCohortCheck *check, guint row, MedctFindingLevel level, const char *code,
                   const char *text)
{
  const MedctCohortRow *r = medct_cohort_row(check->cohort, row);
  g_autofree char *name = g_path_get_basename(r->volume);
  add(check, level, code, row, g_strdup_printf("%s: %s", name, text),
      g_strdup_printf(_("line %u of the table"), r->line));
  mark(check, row, level, code, text);
}

static void
check_files(MedctCohortCheck *check)
{
  for (guint n = 0; n < medct_cohort_n_rows(check->cohort); n++) {
    if (g_file_test(medct_cohort_row(check->cohort, n)->path, G_FILE_TEST_EXISTS))
      continue;
    check->volumes[n].missing = TRUE;
    add_volume_finding(check, n, MEDCT_FINDING_ERROR, "not-found", _("file not found"));
  }
}

/* "train, validation" where the class has no positive; the caller frees. */
static char *
splits_without(const MedctCohort *cohort, guint c, const guint *n_rows)
{
  GString *names = g_string_new(NULL);
  for (int split = MEDCT_SPLIT_TRAIN; split <= MEDCT_SPLIT_TEST; split++)
    if (n_rows[split] > 0 && medct_cohort_count(cohort, (MedctSplit)split, c).present == 0)
      g_string_append_printf(names, "%s%s", names->len ? ", " : "",
                             medct_split_name((MedctSplit)split));
  return g_string_free(names, FALSE);
}

static void
check_class(MedctCohortCheck *check, guint c, const guint *n_rows)
{
  g_autofree char *names = splits_without(check->cohort, c, n_rows);
  if (*names == 0)
    return;
  gboolean train = g_str_has_prefix(names, "train");
  add(check, MEDCT_FINDING_WARNING, "no-positives", MEDCT_NO_ROW,
      g_strdup(medct_cohort_class(check->cohort, c)),
      g_strdup_printf(train ? _("no positive in %s: it cannot be learnt")
                            : _("no positive in %s: no AUROC for it there"),
                      names));
}

static void
check_splits(MedctCohortCheck *check)
{
  guint n_rows[MEDCT_N_SPLITS] = {0};
  for (guint n = 0; n < medct_cohort_n_rows(check->cohort); n++)
    n_rows[medct_cohort_row(check->cohort, n)->split]++;
  if (n_rows[MEDCT_SPLIT_NONE] > 0)
    add(check, MEDCT_FINDING_WARNING, "no-split", MEDCT_NO_ROW,
        g_strdup_printf(g_dngettext(NULL, "%u volume is in no split", "%u volumes are in no split",
                                    n_rows[MEDCT_SPLIT_NONE]),
                        n_rows[MEDCT_SPLIT_NONE]),
        g_strdup(_("split the cohort by patient")));
  for (int split = MEDCT_SPLIT_TRAIN; split <= MEDCT_SPLIT_TEST; split++)
    if (n_rows[split] == 0 && n_rows[MEDCT_SPLIT_NONE] == 0)
      add(check, MEDCT_FINDING_WARNING, "empty-split", MEDCT_NO_ROW,
          g_strdup_printf(_("No volume is in %s"), medct_split_name((MedctSplit)split)),
          g_strdup(_("split the cohort by patient")));
  for (guint c = 0; c < medct_cohort_n_classes(check->cohort); c++)
    check_class(check, c, n_rows);
}

MedctCohortCheck *
medct_cohort_check_new(MedctCohort *cohort)
{
  MedctCohortCheck *check = g_new0(MedctCohortCheck, 1);
  guint n_rows = medct_cohort_n_rows(cohort);
  check->cohort = medct_cohort_ref(cohort);
  check->findings = g_ptr_array_new_with_free_func(finding_free);
  check->volumes = g_new0(MedctCohortVolume, n_rows);
  for (guint n = 0; n < n_rows; n++) {
    check->volumes[n].code = "";
    check->volumes[n].text = g_strdup(_("not read yet"));
  }
  check_problems(check);
  check_files(check);
  check_splits(check);
  return check;
}

void
medct_cohort_check_free(MedctCohortCheck *check)
{
  if (check == NULL)
    return;
  for (guint n = 0; n < medct_cohort_n_rows(check->cohort); n++)
    g_free(check->volumes[n].text);
  g_free(check->volumes);
  g_ptr_array_unref(check->findings);
  medct_cohort_unref(check->cohort);
  g_free(check);
}

MedctVolume *
medct_cohort_open_volume(MedctHost *host, const MedctCohortRow *row, const MedctMonitor *monitor,
                         GError **error)
{
  g_autoptr(MedctVolume) volume =
      medct_host_open_volume(host, row->path, monitor, NULL, NULL, error);
  if (volume == NULL || row->metadata == NULL)
    return g_steal_pointer(&volume);
  return medct_metadata_csv_apply(volume, row->metadata, MEDCT_RESCALE_AUTO, error);
}

gboolean
medct_cohort_check_read(MedctHost *host, const MedctCohortRow *row, const MedctMonitor *monitor,
                        MedctCohortVolume *result)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctVolume) volume = medct_cohort_open_volume(host, row, monitor, &error);
  if (g_error_matches(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED))
    return FALSE;
  *result = (MedctCohortVolume){.was_read = TRUE, .code = ""};
  if (volume == NULL) {
    result->level = MEDCT_FINDING_ERROR;
    result->code = "unreadable";
    const char *colon = strstr(error->message, ": "); /* the row names the file already */
    result->text = g_strdup(colon ? colon + 2 : error->message);
    return TRUE;
  }
  const MedctVolumeHeader *header = medct_volume_get_header(volume);
  memcpy(result->spacing_mm, header->spacing_mm, sizeof result->spacing_mm);
  for (guint i = 0; i < medct_volume_n_warnings(volume); i++) {
    const MedctWarning *warning = medct_volume_warning(volume, i);
    if (g_str_equal(warning->code, "metadata-hu") || g_str_equal(warning->code, "metadata-raw"))
      continue; /* says what was done, not what is wrong */
    result->level = MEDCT_FINDING_WARNING;
    result->code = "input-warning";
    result->text = g_strdup(warning->message);
    return TRUE;
  }
  result->text = g_strdup(_("ready"));
  return TRUE;
}

void
medct_cohort_check_take(MedctCohortCheck *check, guint row, MedctCohortVolume *result)
{
  MedctCohortVolume *volume = &check->volumes[row];
  memcpy(volume->spacing_mm, result->spacing_mm, sizeof volume->spacing_mm);
  volume->was_read = TRUE;
  if (result->level > MEDCT_FINDING_NOTE)
    add_volume_finding(check, row, result->level, result->code, result->text);
  else if (volume->level == MEDCT_FINDING_NOTE) {
    g_free(volume->text);
    volume->text = g_steal_pointer(&result->text);
  }
  g_clear_pointer(&result->text, g_free);
}
