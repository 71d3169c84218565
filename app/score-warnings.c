/* All that makes a study's scores doubtful, in the same words wherever it is said. */
#include "app/score.h"
#include "model/body_inside.h"

static void
add(GPtrArray *warnings, const MedctWarning *warning)
{
  g_ptr_array_add(warnings, medct_warning_new(warning->code, warning->message));
}

void
medct_field_warnings(GPtrArray *warnings, const MedctVolume *volume,
                     const medct_encoding_info *info, gboolean translated)
{
  double padding = medct_field_padding(volume, info->grid, info->grid_to_ras);
  if (medct_body_is_cut(info->inside)) {
    g_autofree char *text =
        g_strdup_printf(translated ? _(MEDCT_BODY_IS_CUT) : MEDCT_BODY_IS_CUT, 100 * info->inside);
    g_ptr_array_add(warnings, medct_warning_new("body-outside-field", text));
  }
  if (medct_is_mostly_padding(padding)) {
    g_autofree char *text =
        g_strdup_printf(translated ? _(MEDCT_MOSTLY_PADDING) : MEDCT_MOSTLY_PADDING, 100 * padding);
    g_ptr_array_add(warnings, medct_warning_new("mostly-padding", text));
  }
}

GPtrArray *
medct_study_score_warnings(const MedctScorer *scorer, const MedctStudyScore *study)
{
  GPtrArray *warnings = g_ptr_array_new_with_free_func(medct_warning_free);
  for (guint i = 0; i < medct_volume_n_warnings(study->volume); i++)
    add(warnings, medct_volume_warning(study->volume, i));
  for (guint i = 0; i < medct_backend_n_warnings(scorer->backend); i++)
    add(warnings, medct_backend_warning(scorer->backend, i));
  medct_field_warnings(warnings, study->volume, medct_study_encoding_info(study->encoding), FALSE);
  return warnings;
}
