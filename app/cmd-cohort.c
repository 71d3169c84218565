/* medct cohort check and medct cohort split. */
#include "app/cohort-check.h"
#include "app/commands.h"
#include "app/json-out.h"
#include "app/output-place.h"
#include "model/cohort_write.h"
#include <math.h>
#include <string.h>

/* ---- check --------------------------------------------------------------------------------- */

typedef struct {
  guint n, total;
  gint64 start_us;
} Reading;

static void
reading_progress(void *data, double fraction, const char *stage)
{
  const Reading *reading = data;
  double done = (reading->n + fraction) / reading->total;
  double left = (double)(g_get_monotonic_time() - reading->start_us) / 1e6 * (1 / done - 1);
  g_autofree char *text =
      done > 0.02
          ? g_strdup_printf("volume %u of %u, %.0f s left", reading->n + 1, reading->total, left)
          : g_strdup_printf("volume %u of %u", reading->n + 1, reading->total);
  medct_monitor_progress(medct_cli_monitor(), done, text);
}

static bool
reading_cancelled(void *data)
{
  return medct_monitor_cancelled(medct_cli_monitor());
}

static gboolean
read_volumes(MedctCohortCheck *check, GError **error)
{
  g_autoptr(MedctHost) host = medct_host_new();
  Reading reading = {.total = medct_cohort_n_rows(check->cohort),
                     .start_us = g_get_monotonic_time()};
  MedctMonitor monitor = {reading_cancelled, reading_progress, &reading};
  for (; reading.n < reading.total; reading.n++) {
    MedctCohortVolume result;
    if (check->volumes[reading.n].missing)
      continue;
    if (!medct_cohort_check_read(host, medct_cohort_row(check->cohort, reading.n), &monitor,
                                 &result)) {
      g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, "stopped");
      return FALSE;
    }
    medct_cohort_check_take(check, reading.n, &result);
  }
  medct_cli_clear_progress();
  return TRUE;
}

typedef struct {
  guint rows[MEDCT_N_SPLITS], patients[MEDCT_N_SPLITS];
} Splits;

static Splits
count_splits(const MedctCohort *cohort)
{
  Splits splits = {0};
  g_autofree gboolean *seen = g_new0(gboolean, medct_cohort_n_patients(cohort));
  for (guint n = 0; n < medct_cohort_n_rows(cohort); n++) {
    MedctSplit split = medct_cohort_row(cohort, n)->split;
    guint patient = medct_cohort_patient(cohort, n);
    splits.rows[split]++;
    splits.patients[split] += !seen[patient];
    seen[patient] = TRUE;
  }
  return splits;
}

static const char *
split_key(int split)
{
  return split == MEDCT_SPLIT_NONE ? "none" : medct_split_name((MedctSplit)split);
}

static void
add_prevalence(JsonBuilder *b, const MedctCohort *cohort, guint c)
{
  guint present = 0, absent = 0;
  json_builder_begin_object(b);
  medct_json_add_string(b, "name", medct_cohort_class(cohort, c));
  for (int split = 0; split < MEDCT_N_SPLITS; split++) {
    MedctLabelCounts counts = medct_cohort_count(cohort, (MedctSplit)split, c);
    medct_json_begin_object(b, split_key(split));
    medct_json_add_int(b, "present", counts.present);
    medct_json_add_int(b, "absent", counts.absent);
    medct_json_add_int(b, "unknown", counts.unknown);
    json_builder_end_object(b);
    present += counts.present;
    absent += counts.absent;
  }
  medct_json_add_number(b, "prevalence",
                        present + absent ? (double)present / (present + absent) : NAN);
  json_builder_end_object(b);
}

static void
add_finding(JsonBuilder *b, const MedctCohortCheck *check, const MedctCohortFinding *finding)
{
  json_builder_begin_object(b);
  medct_json_add_string(b, "level", finding->level == MEDCT_FINDING_ERROR ? "error" : "warning");
  medct_json_add_string(b, "code", finding->code);
  json_builder_set_member_name(b, "line");
  if (finding->row == MEDCT_NO_ROW)
    json_builder_add_null_value(b);
  else
    json_builder_add_int_value(b, medct_cohort_row(check->cohort, finding->row)->line);
  medct_json_add_string(b, "title", finding->title);
  medct_json_add_string(b, "detail", finding->detail);
  json_builder_end_object(b);
}

static void
print_json(const MedctCohortCheck *check)
{
  const MedctCohort *cohort = check->cohort;
  Splits splits = count_splits(cohort);
  g_autoptr(JsonBuilder) b = json_builder_new();
  json_builder_begin_object(b);
  medct_json_add_int(b, "volumes", medct_cohort_n_rows(cohort));
  medct_json_add_int(b, "patients", medct_cohort_n_patients(cohort));
  medct_json_begin_object(b, "splits");
  for (int split = 0; split < MEDCT_N_SPLITS; split++) {
    medct_json_begin_object(b, split_key(split));
    medct_json_add_int(b, "volumes", splits.rows[split]);
    medct_json_add_int(b, "patients", splits.patients[split]);
    json_builder_end_object(b);
  }
  json_builder_end_object(b);
  medct_json_add_int(b, "errors", check->n_errors);
  medct_json_add_int(b, "warnings", check->n_warnings);
  medct_json_begin_array(b, "problems");
  for (guint i = 0; i < check->findings->len; i++)
    add_finding(b, check, check->findings->pdata[i]);
  json_builder_end_array(b);
  medct_json_begin_array(b, "prevalence");
  for (guint c = 0; c < medct_cohort_n_classes(cohort); c++)
    add_prevalence(b, cohort, c);
  json_builder_end_array(b);
  json_builder_end_object(b);
  medct_json_print(b, TRUE);
}

static void
print_prevalence(const MedctCohort *cohort)
{
  enum { WIDTH = 34 };
  g_print("\n%-*s  present  share    train  validation    test  unknown\n", WIDTH, "finding");
  for (guint c = 0; c < medct_cohort_n_classes(cohort); c++) {
    MedctLabelCounts counts[MEDCT_N_SPLITS], all = {0};
    for (int split = 0; split < MEDCT_N_SPLITS; split++) {
      counts[split] = medct_cohort_count(cohort, (MedctSplit)split, c);
      all.present += counts[split].present;
      all.absent += counts[split].absent;
      all.unknown += counts[split].unknown;
    }
    const char *name = medct_cohort_class(cohort, c);
    g_autofree char *cut = g_utf8_substring(name, 0, MIN(g_utf8_strlen(name, -1), WIDTH));
    guint known = all.present + all.absent;
    g_autofree char *share =
        known ? g_strdup_printf("%.1f %%", 100.0 * all.present / known) : g_strdup("—");
    g_print("%s%*s  %7u %*s%s  %7u %11u %7u  %7u\n", cut, WIDTH - (int)g_utf8_strlen(cut, -1), "",
            all.present, 6 - (int)g_utf8_strlen(share, -1), "", share,
            counts[MEDCT_SPLIT_TRAIN].present, counts[MEDCT_SPLIT_VALIDATION].present,
            counts[MEDCT_SPLIT_TEST].present, all.unknown);
  }
}

static void
print_text(const MedctCohortCheck *check)
{
  enum { SHOWN = 40 };
  const MedctCohort *cohort = check->cohort;
  Splits splits = count_splits(cohort);
  g_print("%u volumes of %u patients", medct_cohort_n_rows(cohort),
          medct_cohort_n_patients(cohort));
  const char *separator = ":";
  for (int split = 0; split < MEDCT_N_SPLITS; split++) {
    if (splits.rows[split] == 0)
      continue;
    g_print("%s %s %u (%u patients)", separator, split ? split_key(split) : "no split",
            splits.rows[split], splits.patients[split]);
    separator = ",";
  }
  g_print("\n%u errors, %u warnings\n", check->n_errors, check->n_warnings);
  for (guint i = 0; i < MIN(check->findings->len, SHOWN); i++) {
    const MedctCohortFinding *finding = check->findings->pdata[i];
    g_print("  %s  %s (%s)\n", finding->level == MEDCT_FINDING_ERROR ? "error  " : "warning",
            finding->title, finding->detail);
  }
  if (check->findings->len > SHOWN)
    g_print("  … and %u more; --json lists all\n", check->findings->len - SHOWN);
  print_prevalence(cohort);
}

static int
run_check(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  const char *path = medct_invocation_arguments(invocation)[0];
  g_autoptr(MedctCohort) cohort = medct_cohort_inspect(path, &error);
  if (!cohort)
    return medct_command_fail(invocation, error);
  g_autoptr(MedctCohortCheck) check = medct_cohort_check_new(cohort);
  if (!medct_invocation_flag(invocation, "table-only") && !read_volumes(check, &error))
    return medct_command_fail(invocation, error);
  if (medct_invocation_flag(invocation, "json"))
    print_json(check);
  else
    print_text(check);
  return check->n_errors > 0;
}

static const MedctOption check_options[] = {
    {"table-only", 0, NULL, FALSE, NULL,
     "Looks whether the volumes are there and does not read them."},
    {"json", 'j', NULL, FALSE, NULL, "Prints JSON."},
    {NULL},
};

const MedctCommand medct_command_cohort_check = {
    .name = "cohort check",
    .arguments = "COHORT",
    .min_arguments = 1,
    .max_arguments = 1,
    .summary = "find what is wrong with a cohort",
    .description =
        "A cohort is a CSV file with the columns volume, patient, split (train, validation, test "
        "or empty), one for each finding (1 present, 0 absent, empty or −1 unknown) and report, "
        "which may be missing. A relative volume is looked for beside the CSV. A folder laid out "
        "as CT-RATE is, with its label, report and metadata tables, is a cohort too; its valid "
        "part is the validation split.\n\n"
        "Errors: volumes that are missing, unreadable or listed twice, patients in two splits. "
        "Warnings: volumes whose input check warns, findings without a positive in a split, "
        "volumes in no split. Then how often each finding is present. The exit status is 1 when "
        "there are errors.\n\n"
        "Every volume is read, which takes as long as opening each once; --table-only does not.",
    .options = check_options,
    .examples = "medct cohort check cohort.csv\n  errors, warnings, prevalence\n"
                "medct cohort check ct-rate/ --table-only --json\n  the tables alone, as JSON",
    .run = run_check,
};

/* ---- split --------------------------------------------------------------------------------- */

static gboolean
read_shares(const MedctInvocation *invocation, double shares[3], GError **error)
{
  const char *text = medct_invocation_value(invocation, "shares");
  g_auto(GStrv) parts = g_strsplit(text ? text : "70,15,15", ",", -1);
  double sum = 0;
  gboolean ok = g_strv_length(parts) == 3;
  for (int i = 0; ok && i < 3; i++) {
    char *end = NULL;
    shares[i] = g_ascii_strtod(parts[i], &end);
    ok = end != parts[i] && *end == 0 && isfinite(shares[i]) && shares[i] >= 0;
    sum += shares[i];
  }
  if (!ok || !(sum > 0) || !isfinite(sum)) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                "--shares is \"%s\", expected three numbers such as 70,15,15", text);
    return FALSE;
  }
  for (int i = 0; i < 3; i++)
    shares[i] /= sum;
  return TRUE;
}

static gboolean
check_out(const char *out, gboolean force, GError **error)
{
  static const char *const none[] = {NULL}; /* --force may replace the cohort that is read */
  if (!g_file_test(out, G_FILE_TEST_EXISTS) || force)
    return medct_output_check_file(out, none, error);
  medct_error_file(error, MEDCT_ERROR_ARGUMENT, out,
                   "it is there already; --force replaces it. Splitting again after training lets "
                   "test patients into training");
  return FALSE;
}

static int
run_split(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  const char *out = medct_invocation_needed(invocation, "out", &error);
  double shares[3];
  guint64 seed = 0;
  if (!out || !read_shares(invocation, shares, &error) ||
      !medct_invocation_seed(invocation, &seed, &error))
    return medct_command_misused(invocation, error);
  if (!check_out(out, medct_invocation_flag(invocation, "force"), &error))
    return medct_command_fail(invocation, error);
  const char *path = medct_invocation_arguments(invocation)[0];
  g_autoptr(MedctCohort) cohort = medct_cohort_inspect(path, &error);
  g_autoptr(MedctCohort) split = NULL;
  if (!cohort || !(split = medct_cohort_split(cohort, shares, seed, &error)) ||
      !medct_cohort_save(split, out, &error))
    return medct_command_fail(invocation, error);
  Splits counts = count_splits(split);
  for (int part = MEDCT_SPLIT_TRAIN; part <= MEDCT_SPLIT_TEST; part++)
    g_print("%-10s  %u volumes of %u patients\n", split_key(part), counts.rows[part],
            counts.patients[part]);
  return 0;
}

static const MedctOption split_options[] = {
    {"out", 'o', "CSV", FALSE, NULL, "The cohort to write. Required."},
    {"shares", 0, "A,B,C", FALSE, NULL,
     "Parts of the patients for train, validation and test; 70,15,15 by default."},
    {"seed", 0, "N", FALSE, NULL, "The same seed gives the same splits; 0 by default."},
    {"force", 'f', NULL, FALSE, NULL, "Replaces a file that is there."},
    {NULL},
};

const MedctCommand medct_command_cohort_split = {
    .name = "cohort split",
    .arguments = "COHORT",
    .min_arguments = 1,
    .max_arguments = 1,
    .summary = "split a cohort by patient",
    .description =
        "Puts every patient with all volumes into train, validation or test, so that each finding "
        "is spread over the three as evenly as the shares allow, rare findings first. Splits that "
        "the cohort has already are replaced. The order of the rows does not matter; the seed and "
        "the patients' names do.\n\n"
        "Volumes are written relative to the new file where they lie below its folder. The file "
        "appears whole or not at all.",
    .options = split_options,
    .examples = "medct cohort split all.csv --out cohort.csv\n  70, 15 and 15 %\n"
                "medct cohort split ct-rate/ -o cohort.csv --shares 80,10,10 --seed 7\n"
                "  CT-RATE's tables as one CSV, split anew",
    .run = run_split,
};
