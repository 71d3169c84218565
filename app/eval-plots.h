/* The curves of an evaluation as pictures. */
#pragma once

#include "app/eval.h"

G_BEGIN_DECLS

/* roc, precision-recall and reliability, each as .png and .svg, one panel a finding, in `folder`,
 * which is made when missing. Base dashed grey, adapter blue with its band; without an adapter the
 * model is the blue one. */
gboolean medct_eval_report_plot(const MedctEvalReport *report, const char *folder, GError **error);

G_END_DECLS
