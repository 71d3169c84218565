/* records.jsonl: a training's records, one JSON object a line, for people's own charts and for the
 * window's. A step: step, epoch, loss, lr, grad_norm, seconds. An evaluation: step, epoch,
 * val_loss, val_auroc, interval [low, high], classes {name: AUROC or null}, best, seconds.
 *
 * Thread: the training's. */
#pragma once

#include "model/error.h"
#include "plugins/medct-plugin.h"

G_BEGIN_DECLS

typedef struct _MedctTrainRecords MedctTrainRecords;

/* Of the folder's records.jsonl; nothing is opened yet. `classes` [n_classes] are borrowed. */
MedctTrainRecords *medct_train_records_new(const char *folder, const char *const *classes,
                                           guint n_classes);
void medct_train_records_free(MedctTrainRecords *records);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctTrainRecords, medct_train_records_free)

/* The record of a start keeps the lines up to its step and drops what a killed run did after its
 * last checkpoint. Steps and evaluations are appended; other kinds write nothing. */
gboolean medct_train_records_add(MedctTrainRecords *records, const medct_train_record *record,
                                 GError **error);

G_END_DECLS
