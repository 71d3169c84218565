/* The window's way to readers and models: every call runs on a worker and ends on the main thread.
 * Thread: main. Callbacks are GAsyncReadyCallback; finish with the matching function. */
#pragma once

#include "app/job.h"
#include "model/pathologies.h"
#include "plugins/host.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* A model that is loaded, with the 36 sentences of the findings encoded once. Immutable. */
typedef struct {
  MedctBackend *backend;
  float *latents; /* [2 · MEDCT_N_PATHOLOGIES][latent]: present, absent, present, … */
  double thresholds[MEDCT_N_PATHOLOGIES]; /* NaN: the card gives none */
  char *path;
} MedctLoadedModel;

MedctLoadedModel *medct_loaded_model_ref(MedctLoadedModel *model);
void medct_loaded_model_unref(MedctLoadedModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctLoadedModel, medct_loaded_model_unref)

/* What is known of one study under one model. Immutable. */
typedef struct {
  MedctLoadedModel *model;
  MedctStudyEncoding *encoding;
  double probability[MEDCT_N_PATHOLOGIES];
} MedctScoredStudy;

MedctScoredStudy *medct_scored_study_ref(MedctScoredStudy *scored);
void medct_scored_study_unref(MedctScoredStudy *scored);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctScoredStudy, medct_scored_study_unref)

/* One sentence's answer. `share` [grid t·h·w] in score units. */
typedef struct {
  MedctPrompt *pair;
  int finding; /* −1: typed */
  double probability, cosine_for, cosine_against, share_for, share_against;
  float *share;
} MedctAnswer;

void medct_answer_free(MedctAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctAnswer, medct_answer_free)

/* Called on the worker while a volume loads. */
typedef struct {
  MedctSlabReady ready;
  void *data;
} MedctSlabListener;

void medct_engine_open(MedctHost *host, const char *path, MedctJob *job, MedctSlabListener listener,
                       GAsyncReadyCallback done, gpointer data);
MedctVolume *medct_engine_open_finish(GAsyncResult *result, GError **error);

void medct_engine_load_model(MedctHost *host, const char *path, MedctJob *job,
                             GAsyncReadyCallback done, gpointer data);
MedctLoadedModel *medct_engine_load_model_finish(GAsyncResult *result, GError **error);

/* One at a time. */
void medct_engine_score(MedctLoadedModel *model, MedctVolume *volume, MedctJob *job,
                        GAsyncReadyCallback done, gpointer data);
MedctScoredStudy *medct_engine_score_finish(GAsyncResult *result, GError **error);

/* One at a time. `typed` NULL: the finding's own sentences. May run beside medct_engine_score. */
void medct_engine_ask(MedctScoredStudy *scored, int finding, const char *typed,
                      GAsyncReadyCallback done, gpointer data);
MedctAnswer *medct_engine_ask_finish(GAsyncResult *result, GError **error);

G_END_DECLS
