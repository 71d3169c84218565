#include "model/pathologies.h"

static void
check_pair(const char *typed, const char *prompt, const char *against)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctPrompt) pair = medct_prompt_new(typed, NULL, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(pair->prompt, ==, prompt);
  g_assert_cmpstr(pair->against, ==, against);
}

static void
test_names_and_their_sentences(void)
{
  g_autofree char *present = medct_pathology_prompt(medct_pathology_name(0), TRUE);
  g_autofree char *absent = medct_pathology_prompt(medct_pathology_name(17), FALSE);
  g_assert_cmpstr(present, ==, "Medical material is present.");
  g_assert_cmpstr(absent, ==, "Interlobular septal thickening is not present.");
  g_assert_cmpstr(medct_pathology_name(12), ==, "Pleural effusion");
}

static void
test_sentences_keep_their_words(void)
{
  const char *const both[][2] = {
      {"There is a pleural effusion.", "There is no pleural effusion."},
      {"There is an effusion.", "There is no effusion."},
      {"There are nodules.", "There are no nodules."},
      {"Emphysema is present.", "Emphysema is not present."},
      {"The heart is enlarged.", "The heart is not enlarged."},
      {"The scan shows emphysema.", "The scan does not show emphysema."},
      {"There is evidence of edema.", "There is no evidence of edema."},
  };
  for (gsize n = 0; n < G_N_ELEMENTS(both); n++) {
    check_pair(both[n][0], both[n][0], both[n][1]);
    check_pair(both[n][1], both[n][1], both[n][0]);
  }
  check_pair("There is consolidation.", "There is consolidation.", "There is no consolidation.");
}

/* Sentences whose denial is not the mirror of their assertion. */
static void
test_denials(void)
{
  const char *const one_way[][2] = {
      {"No nodule is seen.", "Nodule is seen."},
      {"no pleural effusions are seen", "Pleural effusions are seen"},
      {"The scan shows no emphysema.", "The scan shows emphysema."},
      {"The patient has no effusion.", "The patient has effusion."},
      {"There is not a nodule.", "There is a nodule."},
      {"There is no nodule that is not calcified.", "There is a nodule that is not calcified."},
  };
  for (gsize n = 0; n < G_N_ELEMENTS(one_way); n++)
    check_pair(one_way[n][0], one_way[n][0], one_way[n][1]);
  check_pair("Nodules are seen.", "Nodules are seen.", "Nodules are not seen.");
}

static void
test_questions_become_sentences(void)
{
  check_pair("Is there a nodule?", "There is a nodule.", "There is no nodule.");
  check_pair("are there nodules ?", "There are nodules.", "There are no nodules.");
  check_pair("Is there no nodule?", "There is no nodule.", "There is a nodule.");
}

static void
test_findings_become_sentences(void)
{
  check_pair("large right pleural effusion", "Large right pleural effusion is present.",
             "Large right pleural effusion is not present.");
  check_pair("  no pleural effusion. ", "Pleural effusion is not present.",
             "Pleural effusion is present.");
  check_pair("No evidence of nodules", "Nodules is not present.", "Nodules is present.");
  check_pair("Normal", "Normal is present.", "Normal is not present.");
  check_pair("nodule", "Nodule is present.", "Nodule is not present.");
}

static void
test_refuses_what_is_no_prompt(void)
{
  g_autofree char *overlong = g_strnfill(5000, 'x');
  const char *const bad[] = {"", "   ", ".", "no ", "\xff\xfe", overlong};
  for (gsize n = 0; n < G_N_ELEMENTS(bad); n++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(MedctPrompt) pair = medct_prompt_new(bad[n], NULL, &error);
    g_assert_null(pair);
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT);
  }
}

static void
test_templates(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctPrompt) pair =
      medct_prompt_from_label("Emphysema", "There is %s.", "There is no %s.", &error);
  g_assert_no_error(error);
  g_assert_cmpstr(pair->against, ==, "There is no Emphysema.");
  const char *const bad[] = {"There is.", "%s and %s", "%d"};
  for (gsize n = 0; n < G_N_ELEMENTS(bad); n++) {
    g_autoptr(GError) refused = NULL;
    g_assert_null(medct_prompt_from_label("X", bad[n], NULL, &refused));
    g_assert_error(refused, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/pathologies/names", test_names_and_their_sentences);
  g_test_add_func("/pathologies/sentences", test_sentences_keep_their_words);
  g_test_add_func("/pathologies/denials", test_denials);
  g_test_add_func("/pathologies/questions", test_questions_become_sentences);
  g_test_add_func("/pathologies/findings", test_findings_become_sentences);
  g_test_add_func("/pathologies/refusals", test_refuses_what_is_no_prompt);
  g_test_add_func("/pathologies/templates", test_templates);
  return g_test_run();
}
