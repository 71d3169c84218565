/* Checkpoints of a training: folders step-N that appear whole or not at all and carry their own
 * checksums. Written as step-N.tmp on the same file system, synced, renamed, the parent synced; the
 * two newest are kept, so that one that does not verify costs one interval and not the run.
 *
 * Thread: one at a time a folder. */
#pragma once

#include "model/tensor_file.h"

G_BEGIN_DECLS

/* `metadata` is key, value, …, NULL. An older checkpoint stays when this fails (disk full). */
gboolean medct_checkpoint_save(const char *folder, gint64 step, const MedctTensor *tensors,
                               guint n_tensors, const char *const *metadata, GError **error);

/* The newest that verifies; *damaged ← how many newer ones did not. NULL without an error when
 * there is none at all; with checkpoints of which none verifies: an error. */
MedctTensorFile *medct_checkpoint_load(const char *folder, guint *damaged, GError **error);

/* Removes all checkpoints and the folder, if nothing else is in it. */
void medct_checkpoint_remove_all(const char *folder);

G_END_DECLS
