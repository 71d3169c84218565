#include "app/answers.h"
#include <math.h>

static void
clear(gpointer data)
{
  MedctAnswer *answer = data;
  g_clear_pointer(&answer->pair, medct_prompt_free);
  g_free(answer->share);
}

MedctAnswer *
medct_answer_ref(MedctAnswer *answer)
{
  return g_atomic_rc_box_acquire(answer);
}

void
medct_answer_unref(MedctAnswer *answer)
{
  g_atomic_rc_box_release_full(answer, clear);
}

static MedctPrompt *
copy_pair(const MedctPrompt *pair)
{
  MedctPrompt *copy = g_new0(MedctPrompt, 1);
  copy->name = g_strdup(pair->name);
  copy->prompt = g_strdup(pair->prompt);
  copy->against = g_strdup(pair->against);
  return copy;
}

/* The share of u₊ − u₋, times the scale: cells add up to the logit (spec §7). */
static gboolean
add_share(MedctAnswer *answer, MedctBackend *backend, MedctStudyEncoding *encoding,
          const float *latents, const MedctMonitor *monitor, GError **error)
{
  const medct_model_info *info = medct_backend_info(backend);
  const medct_encoding_info *grid = medct_study_encoding_info(encoding);
  g_autofree float *u = g_new(float, info->latent);
  for (guint d = 0; d < info->latent; d++)
    u[d] = latents[d] - latents[info->latent + d];
  answer->n_cells = (gsize)grid->grid[0] * grid->grid[1] * grid->grid[2];
  answer->share = g_new0(float, MAX(answer->n_cells, 1));
  if (!medct_backend_share(backend, encoding, u, answer->share, monitor, error))
    return FALSE;
  for (gsize n = 0; n < answer->n_cells; n++) {
    answer->share[n] *= (float)info->scale;
    *(answer->share[n] > 0 ? &answer->share_for : &answer->share_against) +=
        (double)answer->share[n];
  }
  return TRUE;
}

MedctAnswer *
medct_answer_new(MedctBackend *backend, MedctStudyEncoding *encoding, const MedctPrompt *pair,
                 const float *latents, gboolean with_share, const MedctMonitor *monitor,
                 GError **error)
{
  float cosine[2];
  g_autoptr(MedctAnswer) answer = g_atomic_rc_box_new0(MedctAnswer);
  answer->pair = copy_pair(pair);
  if (!medct_backend_score(backend, encoding, latents, 2, cosine, error) ||
      (with_share && !add_share(answer, backend, encoding, latents, monitor, error)))
    return NULL;
  answer->cosine_for = (double)cosine[0];
  answer->cosine_against = (double)cosine[1];
  double logit = medct_backend_info(backend)->scale * (answer->cosine_for - answer->cosine_against);
  answer->probability = 1 / (1 + exp(-logit));
  return g_steal_pointer(&answer);
}
