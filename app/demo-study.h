/* What a newcomer can open without a file of their own: a made-up chest with five findings, drawn
 * once and kept in the user's cache, and the demo model where it is installed. Thread: main; the
 * chest is drawn on a worker. */
#pragma once

#include "app/job.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* Some seconds the first time. A chest that is begun is drawn to its end, whatever becomes of the
 * job. */
void medct_demo_study_make(MedctJob *job, GAsyncReadyCallback done, gpointer data);
char *medct_demo_study_make_finish(GAsyncResult *result, GError **error); /* path; free it */

/* The demo model's folder; NULL: it is not installed. The caller frees. */
char *medct_demo_model_folder(void);

G_END_DECLS
