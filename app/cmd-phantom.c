/* medct phantom: made-up chest CTs with labels, reports and boxes. */
#include "app/commands.h"
#include "app/output-place.h"
#include "phantom/cohort-files.h"
#include "phantom/orientation.h"
#include <string.h>

/* "1", or "0.75x0.75x1.5". */
static gboolean
parse_spacing(const char *text, double spacing[3], GError **error)
{
  g_auto(GStrv) parts = g_strsplit(text ? text : "1", "x", -1);
  guint n = g_strv_length(parts);
  gboolean good = n == 1 || n == 3;
  for (guint axis = 0; axis < 3 && good; axis++) {
    const char *part = parts[n == 1 ? 0 : axis];
    char *end = NULL;
    spacing[axis] = g_ascii_strtod(part, &end);
    good = end != part && *end == 0 && spacing[axis] >= 0.5 && spacing[axis] <= 20;
  }
  if (!good)
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                "--spacing is \"%s\", expected mm from 0.5 to 20, one number or XxYxZ", text);
  return good;
}

static gboolean
parse_site(const MedctInvocation *invocation, MedctCohortOptions *options, GError **error)
{
  const char *site = medct_invocation_value(invocation, "site");
  options->site_name = site ? site : "A";
  options->phantom.site = options->site_name[0] == 'B' ? medct_site_b() : medct_site_a();
  const char *const *factors = medct_invocation_values(invocation, "factor");
  for (; *factors; factors++)
    if (!medct_site_set(&options->phantom.site, *factors, error))
      return FALSE;
  return TRUE;
}

static gboolean
parse_numbers(const MedctInvocation *invocation, MedctCohortOptions *options, int *threads,
              GError **error)
{
  guint count = 1, seed = 1, first = 0, n = 0;
  if (!medct_invocation_count(invocation, "count", 1, 100000, &count, error) ||
      !medct_invocation_count(invocation, "seed", 0, 999999999, &seed, error) ||
      !medct_invocation_count(invocation, "first", 0, 99999, &first, error) ||
      !medct_invocation_count(invocation, "threads", 0, 256, &n, error))
    return FALSE;
  options->count = count;
  options->phantom.seed = seed;
  options->first = first;
  *threads = (int)n;
  return TRUE;
}

static gboolean
parse_orientation(const MedctInvocation *invocation, MedctCohortOptions *options, GError **error)
{
  const char *letters = medct_invocation_value(invocation, "orientation");
  MedctOrientation checked;
  if (letters == NULL || strcmp(letters, "mixed") == 0)
    return TRUE;
  options->orientation = letters;
  return medct_orientation_parse(letters, &checked, error);
}

/* Labels that somebody gave, or that volumes drawn before belong to. */
static gboolean
check_folder(const char *folder, gboolean force, GError **error)
{
  g_autofree char *cohort = g_build_filename(folder, "cohort.csv", NULL);
  if (force || !g_file_test(cohort, G_FILE_TEST_EXISTS))
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_ARGUMENT, cohort,
                   "it is there already: choose another --out; --force replaces it");
  return FALSE;
}

static int
run_phantom(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  MedctCohortOptions options = {.split = medct_invocation_value(invocation, "split")};
  MedctLabels findings;
  int threads = 0;
  const char *out = medct_invocation_value(invocation, "out"),
             *asked = medct_invocation_value(invocation, "findings");
  if (out == NULL)
    g_set_error_literal(&error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                        "--out is missing, expected the folder to write into");
  if (out == NULL ||
      !parse_spacing(medct_invocation_value(invocation, "spacing"), options.phantom.spacing,
                     &error) ||
      !parse_site(invocation, &options, &error) ||
      !parse_numbers(invocation, &options, &threads, &error) ||
      !parse_orientation(invocation, &options, &error) ||
      (asked != NULL && !medct_labels_parse(asked, &findings, &error)))
    return medct_command_misused(invocation, error);
  if (!medct_output_check_folder(out, &error) ||
      !check_folder(out, medct_invocation_flag(invocation, "force"), &error))
    return medct_command_fail(invocation, error);
  options.phantom.findings = asked ? &findings : NULL;
  MedctPool *pool = medct_pool_new(threads);
  gboolean done = medct_cohort_files_write(out, &options, pool, medct_cli_monitor(), &error);
  medct_pool_free(pool);
  medct_cli_clear_progress();
  return done ? 0 : medct_command_fail(invocation, error);
}

static const MedctOption options[] = {
    {"out", 'o', "DIR", FALSE, NULL, "The folder to write into; made when missing. Required."},
    {"count", 'n', "N", FALSE, NULL, "How many patients; 1 by default."},
    {"seed", 's', "S", FALSE, NULL, "Another seed, other patients; 1 by default."},
    {"first", 0, "N", FALSE, NULL, "The first patient's number; 0 by default."},
    {"site", 0, "SITE", FALSE, "A|B", "Which of the two made-up hospitals; A by default."},
    {"factor", 0, "NAME=SITE", TRUE, NULL,
     "Take one factor from the other site: noise=B. The names: noise, kernel, thickness, hu, "
     "contrast, inspiration, fat, scale, centre, arms, position, prevalence, lookalikes, wording."},
    {"spacing", 0, "MM", FALSE, NULL,
     "Voxel size, 0.5 to 20 mm, one number or XxYxZ; 1 by default."},
    {"findings", 0, "LIST", FALSE, NULL,
     "none, or names with a grade from 1 to 3: nodule:3,pleural-effusion. By default each "
     "patient's "
     "are drawn as often as in CT-RATE."},
    {"orientation", 0, "LPS", FALSE, NULL,
     "Directions of the stored axes; mixed, the default, varies them by patient."},
    {"split", 0, "NAME", FALSE, "train|validation|test",
     "The split of all; by default all three, 70 to 15 to 15, by patient."},
    {"force", 'f', NULL, FALSE, NULL, "Replaces a cohort that is there."},
    {"threads", 0, "N", FALSE, NULL, "Threads; as many as processors by default."},
    {NULL},
};

const MedctCommand medct_command_phantom = {
    .name = "phantom",
    .arguments = "",
    .min_arguments = 0,
    .max_arguments = 0,
    .summary = "make up chest CTs with findings, labels, reports and boxes",
    .description =
        "Draws SYNTHETIC chest CTs: nobody's anatomy, for trying out, teaching and testing. The "
        "same options give the same bytes on any number of threads.\n\n"
        "The folder gets a .nii.gz a patient; cohort.csv with volume, patient, split, the 18 "
        "labels and the report; grades.csv with 0 absent to 3 severe; boxes.csv with a line for "
        "each drawn object, in voxels and in millimetres.\n\n"
        "Sites A and B differ in patients, scanners, how patients lie and how reports are worded; "
        "--factor switches single differences.",
    .options = options,
    .examples = "medct phantom --out chest --findings nodule:2,emphysema\n  One chest at 1 mm\n"
                "medct phantom -o train -n 500 --spacing 3.75 --seed 7\n  A small cohort\n"
                "medct phantom -o shifted -n 200 --factor position=B --factor scale=B\n"
                "  Site A but for two factors",
    .run = run_phantom,
};
