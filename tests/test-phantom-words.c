/* Labels as often as published, and reports that say what the labels say. Draws no voxels. */
#include "phantom/findings.h"
#include "phantom/report.h"
#include <math.h>
#include <string.h>

enum { DRAWS = 40000, N = MEDCT_N_PATHOLOGIES };

typedef struct {
  double each[N], pair[N][N], mean, none;
} Counts;

static void
count_labels(const MedctLabelModel *model, Counts *counts)
{
  for (guint64 n = 0; n < DRAWS; n++) {
    MedctLabels labels = medct_label_model_draw(model, 99, n);
    int here = 0;
    for (int i = 0; i < N; i++) {
      here += labels.grade[i] > 0;
      counts->each[i] += labels.grade[i] > 0 ? 1.0 / DRAWS : 0;
      for (int j = 0; j < N; j++)
        counts->pair[i][j] += labels.grade[i] > 0 && labels.grade[j] > 0 ? 1.0 / DRAWS : 0;
    }
    counts->mean += (double)here / DRAWS;
    counts->none += here == 0 ? 1.0 / DRAWS : 0;
  }
}

/* Prevalences of the public label files; some of the pairs, P(second | first). */
static const double published[N] = {0.1234, 0.2837, 0.1126, 0.0724, 0.255,  0.1432,
                                    0.2592, 0.1935, 0.2601, 0.4535, 0.3695, 0.267,
                                    0.121,  0.0772, 0.1055, 0.1764, 0.1004, 0.0794};
static const struct {
  MedctFinding first, second;
  double share;
} pairs[] = {
    {MEDCT_FINDING_CORONARY_CALCIFICATION, MEDCT_FINDING_ARTERIAL_CALCIFICATION, 0.857},
    {MEDCT_FINDING_CONSOLIDATION, MEDCT_FINDING_OPACITY, 0.713},
    {MEDCT_FINDING_SEPTAL_THICKENING, MEDCT_FINDING_OPACITY, 0.698},
    {MEDCT_FINDING_PLEURAL_EFFUSION, MEDCT_FINDING_ATELECTASIS, 0.592},
    {MEDCT_FINDING_BRONCHIECTASIS, MEDCT_FINDING_PERIBRONCHIAL_THICKENING, 0.383},
    {MEDCT_FINDING_EMPHYSEMA, MEDCT_FINDING_MOSAIC, 0.046},
    {MEDCT_FINDING_CARDIOMEGALY, MEDCT_FINDING_BRONCHIECTASIS, 0.072},
    {MEDCT_FINDING_MOSAIC, MEDCT_FINDING_CARDIOMEGALY, 0.382},
};

static void
test_prevalence(void)
{
  MedctSite site = medct_site_a();
  g_autoptr(MedctLabelModel) model = medct_label_model_new(&site);
  Counts counts = {0};
  count_labels(model, &counts);
  for (int i = 0; i < N; i++)
    g_assert_cmpfloat_with_epsilon(counts.each[i], published[i], 0.01);
  for (gsize n = 0; n < G_N_ELEMENTS(pairs); n++) {
    double share = counts.pair[pairs[n].first][pairs[n].second] / counts.each[pairs[n].first];
    g_test_message("%s | %s: %.3f, published %.3f", medct_pathology_name(pairs[n].second),
                   medct_pathology_name(pairs[n].first), share, pairs[n].share);
    g_assert_cmpfloat_with_epsilon(share, pairs[n].share, 0.04);
  }
  g_test_message("%.3f labels a volume, %.3f with none", counts.mean, counts.none);
  g_assert_cmpfloat_with_epsilon(counts.mean, 3.453, 0.1);
  g_assert_cmpfloat_with_epsilon(counts.none, 0.111, 0.035);
}

static void
test_prevalence_of_b(void)
{
  MedctSite site = medct_site_a();
  g_autoptr(GError) error = NULL;
  g_assert_true(medct_site_set(&site, "prevalence=B", &error));
  g_autoptr(MedctLabelModel) model = medct_label_model_new(&site);
  double odds = published[MEDCT_FINDING_PLEURAL_EFFUSION] /
                (1 - published[MEDCT_FINDING_PLEURAL_EFFUSION]) * 1.8;
  Counts counts = {0};
  count_labels(model, &counts);
  g_assert_cmpfloat_with_epsilon(counts.each[MEDCT_FINDING_PLEURAL_EFFUSION], odds / (1 + odds),
                                 0.01);
  g_assert_false(medct_site_set(&site, "noise=C", &error));
  g_assert_nonnull(strstr(error->message, "lookalikes"));
}

/* ---- reports ------------------------------------------------------------------------------- */

/* Words that give a finding away, in the reports of either site. */
static const char *const words[N] = {
    "medical material|catheter|pacemaker|sternotomy|nasogastric|prosthetic|device|hardware|lines "
    "or",
    "arterial wall|aortic wall|calcific plaques in the wall|aortic atherosclerosis|"
    "aortic calcification|thoracic aorta",
    "cardiomegaly|heart is|heart size|enlarged heart|cardiac enlargement|heart normal in size",
    "pericardial|pericardium",
    "coronary|coronaries",
    "hiatal|hiatus|intrathoracic stomach",
    "lymphadenopathy|lymph node|adenopathy|nodes",
    "emphysema|lucencies|bullae",
    "atelecta|volume loss|collapse",
    "nodule|nodular",
    "ground-glass|lung opacity|ggo|hazy",
    "fibrotic|scar",
    "pleural|hydrothorax",
    "mosaic|air trapping|patchwork",
    "peribronchial|bronchial wall|bronchial cuffing",
    "consolidat|airspace|infiltrat",
    "bronchiecta|dilated bronchi|ectatic airways|airway calibre",
    "septal|septa |kerley|reticul",
};
static const char *const denials = "\\b(no|not|without|normal|unremarkable|clear|thin)\\b";

static gboolean
matches(const char *pattern, const char *text)
{
  return g_regex_match_simple(pattern, text, G_REGEX_CASELESS, 0);
}

/* A finding is there where a sentence names it and denies nothing. */
static gboolean
says(char *const *sentences, int finding)
{
  for (int n = 0; sentences[n]; n++)
    if (matches(words[finding], sentences[n]) && !matches(denials, sentences[n]))
      return TRUE;
  return FALSE;
}

static void
check_report(const MedctSite *site, const MedctLabelModel *model, guint64 index, GString *all)
{
  MedctPatient patient;
  medct_patient_draw(&patient, site, 5, index);
  MedctLabels labels = medct_label_model_draw(model, 5, index);
  g_autoptr(GArray) objects = g_array_new(FALSE, TRUE, sizeof(MedctObject));
  for (int n = 0; n < N; n++) {
    MedctObject object = {n, labels.grade[n], "thing", "right upper lobe", -1, 12};
    if (n == MEDCT_FINDING_MEDICAL_MATERIAL)
      object.name = "port catheter";
    if (n == MEDCT_FINDING_NODULE)
      object.name = "calcified nodule";
    if (labels.grade[n] > 0)
      g_array_append_val(objects, object);
  }
  g_autofree char *report = medct_phantom_report(objects, &labels, &patient, site);
  g_assert_true(g_str_has_suffix(report, "."));
  g_assert_null(strpbrk(report, "{}\n"));
  g_auto(GStrv) sentences = g_strsplit(report, ". ", -1);
  for (int n = 0; n < N; n++)
    if (says(sentences, n) != (labels.grade[n] > 0))
      g_error("%s is%s there: %s", medct_pathology_name((guint)n),
              labels.grade[n] > 0 ? "" : " not", report);
  g_string_append(all, report);
}

static void
test_reports(gconstpointer data)
{
  MedctSite site = *(const char *)data == 'B' ? medct_site_b() : medct_site_a();
  g_autoptr(MedctLabelModel) model = medct_label_model_new(&site);
  g_autoptr(GString) all = g_string_new(NULL);
  for (guint64 n = 0; n < 400; n++)
    check_report(&site, model, n, all);
  /* each site has words that the other has not */
  g_assert_cmpint(strstr(all->str, "GGO") != NULL, ==, *(const char *)data == 'B');
  g_assert_cmpint(strstr(all->str, "ground-glass") != NULL, ==, *(const char *)data == 'A');
}

static void
test_findings_typed(void)
{
  MedctLabels labels;
  g_autoptr(GError) error = NULL;
  g_assert_true(medct_labels_parse("nodule:3, pleural-effusion,Emphysema:1", &labels, &error));
  g_assert_cmpint(labels.grade[MEDCT_FINDING_NODULE], ==, 3);
  g_assert_cmpint(labels.grade[MEDCT_FINDING_PLEURAL_EFFUSION], ==, 2);
  g_assert_cmpint(labels.grade[MEDCT_FINDING_EMPHYSEMA], ==, 1);
  g_assert_cmpint(labels.grade[MEDCT_FINDING_MOSAIC], ==, 0);
  static const char *const wrong[] = {"effusion", "measles", "nodule:4", "nodule:", "", "nodule,,"};
  for (gsize n = 0; n < G_N_ELEMENTS(wrong); n++) {
    g_clear_error(&error);
    g_assert_false(medct_labels_parse(wrong[n], &labels, &error));
    g_assert_nonnull(strstr(error->message, "lung-nodule"));
  }
}

/* The findings' numbers are those of the pathologies' names. */
static void
test_names(void)
{
  g_assert_cmpstr(medct_pathology_name(MEDCT_FINDING_NODULE), ==, "Lung nodule");
  g_assert_cmpstr(medct_pathology_name(MEDCT_FINDING_MOSAIC), ==, "Mosaic attenuation pattern");
  g_assert_cmpstr(medct_pathology_name(MEDCT_FINDING_SEPTAL_THICKENING), ==,
                  "Interlobular septal thickening");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/phantom-words/names", test_names);
  g_test_add_func("/phantom-words/prevalence", test_prevalence);
  g_test_add_func("/phantom-words/prevalence-of-b", test_prevalence_of_b);
  g_test_add_data_func("/phantom-words/reports/a", "A", test_reports);
  g_test_add_data_func("/phantom-words/reports/b", "B", test_reports);
  g_test_add_func("/phantom-words/findings-typed", test_findings_typed);
  return g_test_run();
}
