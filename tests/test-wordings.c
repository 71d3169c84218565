/* Wordings of a finding: each pathology has several, all pairs oppose, the sense is kept. */
#include "model/wordings.h"
#include <string.h>

static GPtrArray *
wordings_of(const char *typed, int finding)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctPrompt) pair = medct_prompt_new(typed, NULL, &error);
  g_assert_no_error(error);
  return medct_wordings_new(pair, finding);
}

static gboolean
has(const GPtrArray *pairs, const char *prompt, const char *against)
{
  for (guint n = 0; n < pairs->len; n++) {
    const MedctPrompt *pair = pairs->pdata[n];
    if (g_str_equal(pair->prompt, prompt) && g_str_equal(pair->against, against))
      return TRUE;
  }
  return FALSE;
}

static void
test_findings(void)
{
  for (guint finding = 0; finding < MEDCT_N_PATHOLOGIES; finding++) {
    g_autoptr(MedctPrompt) own =
        medct_prompt_from_label(medct_pathology_name(finding), NULL, NULL, NULL);
    g_autoptr(GPtrArray) pairs = medct_wordings_new(own, (int)finding);
    const MedctPrompt *first = pairs->pdata[0];
    g_assert_cmpuint(pairs->len, >=, 6);
    g_assert_cmpuint(pairs->len, <=, 12);
    g_assert_cmpstr(first->prompt, ==, own->prompt);
    for (guint n = 0; n < pairs->len; n++) {
      const MedctPrompt *pair = pairs->pdata[n];
      g_assert_false(medct_wordings_denies(pair->prompt));
      g_assert_true(medct_wordings_denies(pair->against));
      g_assert_true(g_ascii_isupper(pair->prompt[0]) && g_ascii_isupper(pair->against[0]));
      g_assert_null(strchr(pair->prompt, '{'));
      g_assert_true(g_str_has_suffix(pair->against, "."));
      for (guint m = 0; m < n; m++)
        g_assert_cmpstr(((MedctPrompt *)pairs->pdata[m])->prompt, !=, pair->prompt);
    }
  }
}

static void
test_grammar(void)
{
  g_autoptr(GPtrArray) heart = wordings_of("Cardiomegaly", 2);
  g_assert_true(has(heart, "Cardiomegaly is present.", "Cardiomegaly is not present."));
  g_assert_true(has(heart, "There is cardiomegaly.", "There is no cardiomegaly."));
  g_assert_true(has(heart, "There is an enlarged heart.", "There is no enlarged heart."));
  g_assert_true(has(heart, "The heart is enlarged.", "The heart is not enlarged."));
  g_autoptr(GPtrArray) nodes = wordings_of("Lymphadenopathy", 6);
  g_assert_true(
      has(nodes, "There are enlarged lymph nodes.", "There are no enlarged lymph nodes."));
  g_assert_true(
      has(nodes, "Enlarged lymph nodes are present.", "Enlarged lymph nodes are not present."));
}

static void
test_free_text(void)
{
  g_autoptr(GPtrArray) noun = wordings_of("There is a small pleural effusion.", -1);
  g_assert_true(
      has(noun, "There is a small pleural effusion.", "There is no small pleural effusion."));
  g_assert_true(has(noun, "The CT shows a small pleural effusion.",
                    "The CT shows no small pleural effusion."));
  g_assert_true(has(noun, "Small pleural effusion is seen.", "No small pleural effusion is seen."));
  g_assert_cmpuint(noun->len, ==, 5);
  g_autoptr(GPtrArray) pathology = wordings_of("There is a lung nodule.", -1);
  g_assert_true(has(pathology, "There is a pulmonary nodule.", "There is no pulmonary nodule."));
  g_autoptr(GPtrArray) sentence = wordings_of("The trachea is narrowed.", -1);
  g_assert_true(has(sentence, "The CT shows that the trachea is narrowed.",
                    "The CT shows that the trachea is not narrowed."));
  g_assert_cmpuint(sentence->len, ==, 5);
}

static void
test_denial(void)
{
  g_autoptr(GPtrArray) pairs = wordings_of("no rib fracture", -1);
  g_assert_true(has(pairs, "Rib fracture is not present.", "Rib fracture is present."));
  g_assert_true(has(pairs, "There is no rib fracture.", "There is rib fracture."));
  for (guint n = 0; n < pairs->len; n++)
    g_assert_true(medct_wordings_denies(((MedctPrompt *)pairs->pdata[n])->prompt));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/wordings/findings", test_findings);
  g_test_add_func("/wordings/grammar", test_grammar);
  g_test_add_func("/wordings/free-text", test_free_text);
  g_test_add_func("/wordings/denial", test_denial);
  return g_test_run();
}
