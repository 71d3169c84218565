/* Scoring one study: encode once, then a dot product a prompt. */
#include "app/score.h"
#include <math.h>

static gboolean
encode_findings(MedctScorer *scorer, GError **error)
{
  guint n = 2 * scorer->findings->len;
  g_autofree const char **texts = g_new(const char *, n);
  for (guint i = 0; i < scorer->findings->len; i++) {
    const MedctFinding *finding = scorer->findings->pdata[i];
    texts[2 * i] = finding->prompt;
    texts[2 * i + 1] = finding->negation;
  }
  scorer->latents = g_new0(float, (gsize)n *medct_backend_info(scorer->backend)->latent);
  return medct_backend_encode_texts(scorer->backend, texts, n, scorer->latents, NULL, error);
}

MedctScorer *
medct_scorer_new(MedctBackend *backend, GPtrArray *findings, GError **error)
{
  g_autoptr(MedctScorer) scorer = g_new0(MedctScorer, 1);
  scorer->backend = medct_backend_ref(backend);
  scorer->findings = findings;
  return encode_findings(scorer, error) ? g_steal_pointer(&scorer) : NULL;
}

void
medct_scorer_free(MedctScorer *scorer)
{
  medct_backend_unref(scorer->backend);
  g_ptr_array_unref(scorer->findings);
  g_free(scorer->latents);
  g_free(scorer);
}

static void
fill_score(MedctFindingScore *score, const float cosine[2], double scale)
{
  for (int side = 0; side < 2; side++) {
    score->cosine[side] = cosine[side];
    score->similarity[side] = scale * cosine[side];
  }
  score->probability = 1 / (1 + exp(score->similarity[1] - score->similarity[0]));
}

MedctStudyScore *
medct_scorer_score(const MedctScorer *scorer, MedctVolume *volume, MedctStudyEncoding *encoding,
                   GError **error)
{
  guint n = scorer->findings->len;
  g_autofree float *cosine = g_new0(float, 2 * n);
  if (!medct_backend_score(scorer->backend, encoding, scorer->latents, 2 * n, cosine, error))
    return NULL;
  MedctStudyScore *study = g_new0(MedctStudyScore, 1);
  study->volume = volume;
  study->encoding = encoding;
  study->n = n;
  study->scores = g_new0(MedctFindingScore, n);
  for (guint i = 0; i < n; i++)
    fill_score(&study->scores[i], cosine + 2 * i, medct_backend_info(scorer->backend)->scale);
  return study;
}

MedctStudyScore *
medct_scorer_run(const MedctScorer *scorer, MedctVolume *volume, const MedctMonitor *monitor,
                 GError **error)
{
  MedctEncodeRequest request = {scorer->flags, scorer->no_cache};
  g_autoptr(MedctStudyEncoding) encoding =
      medct_backend_encode(scorer->backend, volume, &request, monitor, error);
  if (!encoding)
    return NULL;
  MedctStudyScore *study = medct_scorer_score(scorer, volume, encoding, error);
  if (study)
    (void)g_steal_pointer(&encoding);
  return study;
}

void
medct_study_score_free(MedctStudyScore *study)
{
  for (guint i = 0; i < study->n; i++) {
    g_free(study->scores[i].grid_map);
    g_free(study->scores[i].smooth_map);
  }
  g_free(study->scores);
  medct_study_encoding_unref(study->encoding);
  medct_volume_unref(study->volume);
  g_free(study);
}
