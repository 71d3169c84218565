/* Between the validator's files: what one check works with, inside its process. */
#pragma once

#include "plugins/check.h"
#include "plugins/discovery.h"

G_BEGIN_DECLS

typedef struct {
  const MedctCheckTarget *target;
  const medct_plugin_entry *entry;
  double scan_seconds; /* loading, init */
  GString *message;
} MedctCheck;

typedef MedctCheckState (*MedctCheckRun)(MedctCheck *check);

MedctCheckState medct_check_fail(MedctCheck *check, const char *format, ...) G_GNUC_PRINTF(2, 3);
MedctCheckState medct_check_skip(MedctCheck *check, const char *why);

/* A host that watches: cancels when told to, and counts calls from a wrong thread. */
typedef struct {
  MedctInstanceHost base;
  const void *(*get_extension)(const medct_host *host, const char *id); /* base's own */
  const medct_host_thread_check *thread_check;
  gint64 cancel_at;  /* monotonic µs; 0: never */
  gint asked;        /* atomic: how often is_cancelled was asked */
  gint wrong_thread; /* atomic */
} MedctCheckHost;
void medct_check_host_init(MedctCheckHost *host);

/* Paths that are no model, ended by NULL; and what is wrong with how one was refused (static text),
 * NULL: nothing. */
extern const char *const medct_check_no_models[];
const char *medct_check_judge_refusal(guint confidence, gboolean loaded, const medct_error *said);

/* A ball of soft tissue in air: voxels [side³], HU, radius in voxels. The view borrows them. */
void medct_check_fill_ball(gint16 *voxels, int side, int radius);
medct_volume_view medct_check_cube(const gint16 *voxels, int side, double mm);

MedctCheckState medct_check_hostile_streams(MedctCheck *check);
MedctCheckState medct_check_reader_sample(MedctCheck *check);
MedctCheckState medct_check_threads(MedctCheck *check);
MedctCheckState medct_check_backend_refuses(MedctCheck *check);
MedctCheckState medct_check_cancel(MedctCheck *check);
MedctCheckState medct_check_trainer_refuses(MedctCheck *check);
MedctCheckState medct_check_trainer_cancel(MedctCheck *check);

G_END_DECLS
