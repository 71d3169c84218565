/* What fine-tuning learns from, as the caller has it: labelled volumes that are fetched when they
 * are needed. Everything is the caller's and lives as long as the training. Thread: items are only
 * read; load() is called on the training's thread, one at a time. */
#pragma once

#include "model/error.h"
#include "model/monitor.h"
#include <stdint.h>

G_BEGIN_DECLS

typedef struct {
  const char *name;     /* for messages; a file name, no path */
  const char *identity; /* SHA-256 over all that decides the voxels; "": nothing is kept of it */
  const char *patient;  /* volumes of one patient are drawn together by the bootstrap */
  const char *report;   /* "" without */
  const int8_t *labels; /* [n_classes]: 1 present, 0 absent, any other value unknown */
  gboolean validation;  /* else training */
} MedctTrainItem;

typedef struct {
  guint n_classes, n_items;
  const char *const *classes;  /* [n_classes] names of findings */
  const MedctTrainItem *items; /* [n_items] */
  /* The model's tensor [frames, image, image] of an item; the training frees it (g_free). */
  float *(*load)(void *user_data, guint item, const MedctMonitor *monitor, GError **error);
  void *user_data;
} MedctTrainSet;

/* Refuses a set without training volumes, without a known label (or, for `reports`, without two
 * reports), with empty or doubled class names. */
gboolean medct_train_set_check(const MedctTrainSet *set, gboolean reports, GError **error);
/* Hash over names, labels, splits and identities: the same set or not. */
void medct_train_set_sha256(const MedctTrainSet *set, char hex[65]);

G_END_DECLS
