/* How long a training that has been set up will take. For fine_tune*.c only. */
#pragma once

#include "model/fine_tune_private.h"

G_BEGIN_DECLS

/* *seconds of the whole run with so many threads (≤ 0: all), about; nothing kept from earlier runs
 * is counted on, and no early stop. Takes a second or two at the released size. Leaves `t` with
 * gradients that mean nothing. */
gboolean medct_fine_tune_pace(MedctTraining *t, int threads, double *seconds, GError **error);

G_END_DECLS
