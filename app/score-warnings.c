/* All that makes a study's scores doubtful, in the same words wherever it is said. */
#include "app/score.h"

static void
warning_free(gpointer data)
{
  MedctWarning *warning = data;
  g_free(warning->code);
  g_free(warning->message);
  g_free(warning);
}

static void
add(GPtrArray *warnings, const char *code, const char *message)
{
  MedctWarning *warning = g_new0(MedctWarning, 1);
  *warning = (MedctWarning){g_strdup(code), g_strdup(message)};
  g_ptr_array_add(warnings, warning);
}

GPtrArray *
medct_study_score_warnings(const MedctScorer *scorer, const MedctStudyScore *study)
{
  enum { BODY_ENOUGH = 95 }; /* percent */
  GPtrArray *warnings = g_ptr_array_new_with_free_func(warning_free);
  for (guint i = 0; i < medct_volume_n_warnings(study->volume); i++) {
    const MedctWarning *warning = medct_volume_warning(study->volume, i);
    add(warnings, warning->code, warning->message);
  }
  for (guint i = 0; i < medct_backend_n_warnings(scorer->backend); i++) {
    const MedctWarning *warning = medct_backend_warning(scorer->backend, i);
    add(warnings, warning->code, warning->message);
  }
  double inside = medct_study_encoding_info(study->encoding)->inside;
  if (inside >= 0 && inside * 100 < BODY_ENOUGH) {
    g_autofree char *text = g_strdup_printf(
        "The model sees %.0f %% of the body. Trust these scores less.", 100 * inside);
    add(warnings, "body-outside-field", text);
  }
  return warnings;
}
