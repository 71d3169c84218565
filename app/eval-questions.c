/* Findings that an evaluation asks for in free text. */
#include "app/eval.h"
#include <string.h>

static gboolean
is_class(const MedctCohort *cohort, const char *name)
{
  for (guint c = 0; c < medct_cohort_n_classes(cohort); c++)
    if (strcmp(medct_cohort_class(cohort, c), name) == 0)
      return TRUE;
  return FALSE;
}

MedctEvalQuestion *
medct_eval_question_new(const char *text, const MedctCohort *cohort, GError **error)
{
  g_auto(GStrv) parts = g_strsplit(text, "=", 2);
  if (!parts[0] || !parts[1] || !is_class(cohort, parts[0])) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                "--ask is \"%s\", expected FINDING=SENTENCE with a finding of the cohort, such as "
                "\"%s=There is one.\"",
                text, medct_cohort_n_classes(cohort) ? medct_cohort_class(cohort, 0) : "Emphysema");
    return NULL;
  }
  g_autoptr(MedctPrompt) asked = medct_prompt_parse(parts[1], error);
  if (!asked)
    return NULL;
  MedctEvalQuestion *question = g_new0(MedctEvalQuestion, 1);
  question->finding = g_strdup(parts[0]);
  question->asked = g_steal_pointer(&asked);
  return question;
}

void
medct_eval_question_free(MedctEvalQuestion *question)
{
  if (question == NULL)
    return;
  g_free(question->finding);
  medct_prompt_free(question->asked);
  g_free(question);
}
