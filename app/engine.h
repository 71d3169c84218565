/* The window's way to readers and models: every call runs on a worker and ends on the main thread.
 * Thread: main. Callbacks are GAsyncReadyCallback; finish with the matching function. */
#pragma once

#include "app/answers.h"
#include "app/job.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* A model that is loaded, with its adapter if it has one and the 36 sentences of the findings
 * encoded once. Base and adapted model are two of these. Immutable but for the lock. */
typedef struct {
  MedctBackend *backend;
  GMutex calls;   /* held for a text or a share: an instance takes one at a time */
  float *latents; /* [2 · MEDCT_N_PATHOLOGIES][latent]: present, absent, present, … */
  double thresholds[MEDCT_N_PATHOLOGIES]; /* NaN: the card gives none */
  char *path, *adapter;                   /* adapter NULL: the base model */
} MedctLoadedModel;

MedctLoadedModel *medct_loaded_model_ref(MedctLoadedModel *model);
void medct_loaded_model_unref(MedctLoadedModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctLoadedModel, medct_loaded_model_unref)

/* What is known of one study under one model. Immutable. */
typedef struct {
  MedctLoadedModel *model;
  MedctStudyEncoding *encoding;
  MedctAnswer *answers[MEDCT_N_PATHOLOGIES]; /* with their maps */
} MedctScoredStudy;

MedctScoredStudy *medct_scored_study_ref(MedctScoredStudy *scored);
void medct_scored_study_unref(MedctScoredStudy *scored);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctScoredStudy, medct_scored_study_unref)

/* Keeps the program from ending before the task has: a worker that still runs while libraries are
 * taken down crashes in them. Every task of the window's calls it before it starts. */
void medct_engine_hold_program(GTask *task);

/* Called on the worker while a volume loads. */
typedef struct {
  MedctSlabReady ready;
  void *data;
} MedctSlabListener;

void medct_engine_open(MedctHost *host, const char *path, MedctJob *job, MedctSlabListener listener,
                       GAsyncReadyCallback done, gpointer data);
MedctVolume *medct_engine_open_finish(GAsyncResult *result, GError **error);

/* adapter NULL: the base model. */
void medct_engine_load_model(MedctHost *host, const char *path, const char *adapter, MedctJob *job,
                             GAsyncReadyCallback done, gpointer data);
MedctLoadedModel *medct_engine_load_model_finish(GAsyncResult *result, GError **error);

/* One at a time per model. Ends with the findings' maps, so that the first question finds
 * everything warm. */
void medct_engine_score(MedctLoadedModel *model, MedctVolume *volume, MedctJob *job,
                        GAsyncReadyCallback done, gpointer data);
MedctScoredStudy *medct_engine_score_finish(GAsyncResult *result, GError **error);

/* Puts every pair (MedctPrompt) to the model, and to the adapted one if there is one. May run
 * beside medct_engine_score. The result holds, pair by pair, the answer of `scored` and then that
 * of `adapted` where it is not NULL. `pairs` must not change meanwhile. */
void medct_engine_ask(MedctScoredStudy *scored, MedctScoredStudy *adapted, GPtrArray *pairs,
                      gboolean with_share, MedctJob *job, GAsyncReadyCallback done, gpointer data);
GPtrArray *medct_engine_ask_finish(GAsyncResult *result, GError **error); /* of MedctAnswer */

G_END_DECLS
