/* What `medct score` works with: findings to ask for, a scorer that holds model and text latents
 * for many volumes, and one study's scores. Used by cmd-score.c and by reports.
 * Thread: the one that runs the command. */
#pragma once

#include "model/pathologies.h"
#include "plugins/host.h"

G_BEGIN_DECLS

/* A statement and its negation. Owned by the list that it is in. */
typedef struct {
  char *name;       /* "Emphysema", or a free prompt itself */
  char *prompt;     /* "Emphysema is present." */
  char *negation;   /* "Emphysema is not present." */
  double threshold; /* of the probability, from the model card; NaN without */
} MedctFinding;

GPtrArray *medct_findings_new(void); /* of MedctFinding */
void medct_findings_add_pathologies(GPtrArray *findings);
/* "TEXT", negated by rule, or "TEXT | NEGATION". */
gboolean medct_findings_add_prompt(GPtrArray *findings, const char *text, GError **error);
void medct_findings_add_pair(GPtrArray *findings, const MedctPrompt *pair);
/* One prompt a line; empty lines and lines that start with # are skipped. */
gboolean medct_findings_add_prompt_file(GPtrArray *findings, const char *path, GError **error);
/* One name a line, put into the "P is present." template; or a CT-RATE label CSV, whose columns
 * after the first are the names. */
gboolean medct_findings_add_label_file(GPtrArray *findings, const char *path, GError **error);
/* Thresholds from the model folder's model.json, where it has them. */
gboolean medct_findings_read_card(GPtrArray *findings, const char *model, GError **error);

typedef struct {
  MedctBackend *backend;
  GPtrArray *findings; /* of MedctFinding */
  float *latents;      /* [2·findings][info.latent]: prompt, negation, prompt, … */
  guint32 flags;       /* MEDCT_ENCODE_… */
  gboolean no_cache;
  const char *metadata; /* name of the table that describes the volumes, or NULL */
} MedctScorer;

/* Takes `findings`; encodes all texts together. */
MedctScorer *medct_scorer_new(MedctBackend *backend, GPtrArray *findings, GError **error);
void medct_scorer_free(MedctScorer *scorer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctScorer, medct_scorer_free)

typedef struct {
  double cosine[2];            /* prompt, negation */
  double similarity[2];        /* info.scale · cosine */
  double probability;          /* softmax over the two similarities, first entry */
  char *grid_map, *smooth_map; /* file names inside the map folder, or NULL */
} MedctFindingScore;

typedef struct {
  MedctVolume *volume;
  MedctStudyEncoding *encoding;
  guint n;
  MedctFindingScore *scores; /* [n], in the scorer's order */
} MedctStudyScore;

/* Scores what is encoded already; takes `volume` and `encoding` on success only. */
MedctStudyScore *medct_scorer_score(const MedctScorer *scorer, MedctVolume *volume,
                                    MedctStudyEncoding *encoding, GError **error);
/* Encodes first. Takes `volume` on success only. */
MedctStudyScore *medct_scorer_run(const MedctScorer *scorer, MedctVolume *volume,
                                  const MedctMonitor *monitor, GError **error);
void medct_study_score_free(MedctStudyScore *study);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctStudyScore, medct_study_score_free)

/* Writes two NIfTI maps a finding into `folder`, named STEM-NN-finding.nii.gz (in the study's own
 * geometry) and …-grid.nii.gz (one voxel a cell): the share of u₊ − u₋ (spec §7). */
gboolean medct_study_score_write_maps(const MedctScorer *scorer, MedctStudyScore *study,
                                      const char *folder, const char *stem,
                                      const MedctMonitor *monitor, GError **error);

/* All that makes the scores doubtful, of MedctWarning: the input's, the model's, and how much of
 * the body it sees. The caller unrefs. */
GPtrArray *medct_study_score_warnings(const MedctScorer *scorer, const MedctStudyScore *study);

/* Adds what is doubtful about how study and model's field fit, of MedctWarning; `translated`: for
 * the window. */
void medct_field_warnings(GPtrArray *warnings, const MedctVolume *volume,
                          const medct_encoding_info *info, gboolean translated);

/* One line of JSON without the newline; caller frees. `volume` names the study. `base`: the same
 * findings without the adapter, or NULL. */
char *medct_study_score_json(const MedctScorer *scorer, const MedctStudyScore *study,
                             const char *volume, const MedctStudyScore *base);
char *medct_study_error_json(const char *name, const GError *error);
/* A ranked table for people. */
void medct_study_score_print(const MedctScorer *scorer, const MedctStudyScore *study);

G_END_DECLS
