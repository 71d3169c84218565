/* One encoded volume: codes, image latent, and the basis of the score share (spec §4.8–§4.9, §7).
 */
#include "model/ctclip_private.h"
#include "model/image_latent.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

struct _MedctEncoding {
  int T, H, W, latent;
  int32_t *codes; /* [T·H·W] */
  float *margins; /* [T·H·W] or NULL */
  float *v;       /* [latent], unit norm */
  GMutex mutex;
  float *basis; /* S [T·H·W][latent], Σ S = v; made on first use */
};

static MedctEncoding *
new_encoding(const MedctModel *model, int T, int H, int W)
{
  MedctEncoding *encoding = g_new0(MedctEncoding, 1);
  g_mutex_init(&encoding->mutex);
  encoding->T = T;
  encoding->H = H;
  encoding->W = W;
  encoding->latent = model->config.latent;
  encoding->codes = g_new(int32_t, (gsize)T * H * W);
  encoding->v = g_new(float, encoding->latent);
  return encoding;
}

void
medct_encoding_free(MedctEncoding *encoding)
{
  if (encoding == NULL)
    return;
  g_mutex_clear(&encoding->mutex);
  g_free(encoding->codes);
  g_free(encoding->margins);
  g_free(encoding->v);
  g_aligned_free(encoding->basis);
  g_free(encoding);
}

void
medct_encoding_grid(const MedctEncoding *encoding, int *t, int *h, int *w)
{
  *t = encoding->T;
  *h = encoding->H;
  *w = encoding->W;
}

const int32_t *
medct_encoding_codes(const MedctEncoding *encoding)
{
  return encoding->codes;
}

const float *
medct_encoding_margins(const MedctEncoding *encoding)
{
  return encoding->margins;
}

const float *
medct_encoding_latent(const MedctEncoding *encoding)
{
  return encoding->v;
}

/* ---- encoding a volume --------------------------------------------------------------------------
 */

static const float *
visual_projection(const MedctModel *model)
{
  return medct_tensor_file_lookup(model->weights, "to_visual_latent.weight")->data;
}

static bool
project(MedctModel *model, MedctEncoding *e, const MedctMonitor *monitor)
{
  const MedctImageLatent head = {visual_projection(model),
                                 medct_quantiser_codebook(model->quantiser),
                                 e->T,
                                 e->H * e->W,
                                 model->config.dim,
                                 e->latent};
  g_autofree float *pooled = g_new(float, (gsize)head.cells *head.D);
  double norm;
  return medct_image_latent(e->v, &norm, pooled, &head, e->codes, NULL, medct_model_pool(model),
                            monitor);
}

MedctEncoding *
medct_model_encode_volume(MedctModel *model, const float *tensor, int frames,
                          const MedctMonitor *monitor, GError **error)
{
  const MedctConfig *c = &model->config;
  const float *tokens =
      medct_vision_encode(model->vision, medct_model_pool(model), tensor, frames, monitor, error);
  if (tokens == NULL)
    return NULL;
  int grid = c->image / c->patch, T = frames / c->temporal_patch, n = T * grid * grid;
  g_autoptr(MedctEncoding) encoding = new_encoding(model, T, grid, grid);
  if (model->trace)
    encoding->margins = g_new(float, n);
  if (!medct_quantiser_run(model->quantiser, medct_model_pool(model), encoding->codes,
                           encoding->margins, tokens, n, monitor) ||
      !project(model, encoding, monitor)) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("encoding was cancelled"));
    return NULL;
  }
  if (!medct_tensor_file_check(model->weights, error))
    return NULL;
  return g_steal_pointer(&encoding);
}

static gboolean
check_stored(const MedctModel *model, const int32_t *codes, int t, int h, int w,
             const float *latent, GError **error)
{
  int grid = model->config.image / model->config.patch;
  gboolean ok = t >= 1 && t <= 100000 && h == grid && w == grid;
  for (int i = 0; ok && i < t * h * w; i++)
    ok = codes[i] >= 0 && codes[i] < model->config.codebook;
  for (int i = 0; ok && i < model->config.latent; i++)
    ok = isfinite(latent[i]);
  if (!ok)
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_MISMATCH,
                _("the stored encoding is not of this model"));
  return ok;
}

MedctEncoding *
medct_encoding_from_codes(MedctModel *model, const int32_t *codes, int t, int h, int w,
                          const float *latent, GError **error)
{
  if (!check_stored(model, codes, t, h, w, latent, error))
    return NULL;
  MedctEncoding *encoding = new_encoding(model, t, h, w);
  memcpy(encoding->codes, codes, sizeof(int32_t) * (gsize)t * h * w);
  memcpy(encoding->v, latent, sizeof(float) * (gsize)encoding->latent);
  return encoding;
}

/* ---- score share --------------------------------------------------------------------------- */

typedef struct {
  const MedctModel *model;
  MedctEncoding *encoding;
  float *basis;
  float *gathered; /* threads · [T, D] */
  float *products; /* threads · [T, latent] */
} BasisPass;

/* For the cell i of the h·w grid: S(t, i) = Wᵥ(i)·embed(code(t, i)). Equal codes along t are
 * multiplied once. */
static void
basis_cell(int i, int worker, void *data)
{
  BasisPass *pass = data;
  const MedctEncoding *e = pass->encoding;
  int D = pass->model->config.dim, HW = e->H * e->W, T = e->T, L = e->latent, n = 0;
  const float *codebook = medct_quantiser_codebook(pass->model->quantiser);
  float *gathered = pass->gathered + (gsize)worker * T * D;
  float *products = pass->products + (gsize)worker * T * L;
  g_autofree int *row = g_new(int, T);
  for (int t = 0; t < T; t++) {
    int same = 0;
    while (same < t && e->codes[same * HW + i] != e->codes[t * HW + i])
      same++;
    row[t] = same < t ? row[same] : n++;
    if (same == t)
      memcpy(gathered + (gsize)row[t] * D, codebook + (gsize)e->codes[t * HW + i] * D,
             sizeof(float) * D);
  }
  medct_product(products, L, gathered, D, visual_projection(pass->model) + (gsize)i * D, HW * D,
                TRUE, 1, 0, n, L, D);
  for (int t = 0; t < T; t++)
    memcpy(pass->basis + ((gsize)t * HW + i) * L, products + (gsize)row[t] * L, sizeof(float) * L);
}

/* ‖Σ S‖ is T·‖Wᵥ·pooled‖: dividing by it makes Σ S = v. */
static void
scale_basis(float *basis, gsize n, int L)
{
  g_autofree double *sum = g_new0(double, L);
  double norm = 0;
  for (gsize i = 0; i < n; i++)
    for (int l = 0; l < L; l++)
      sum[l] += basis[i * L + l];
  for (int l = 0; l < L; l++)
    norm += sum[l] * sum[l];
  float inv = (float)(1 / fmax(sqrt(norm), 1e-12));
  for (gsize i = 0; i < n * L; i++)
    basis[i] *= inv;
}

static bool
make_basis(MedctModel *model, MedctEncoding *e, const MedctMonitor *monitor)
{
  gsize n = (gsize)e->T * e->H * e->W, threads = medct_pool_threads(medct_model_pool(model));
  g_autofree float *gathered = g_new(float, threads * e->T * model->config.dim);
  g_autofree float *products = g_new(float, threads * e->T * e->latent);
  float *basis = g_aligned_alloc(n * e->latent, sizeof(float), 64);
  BasisPass pass = {model, e, basis, gathered, products};
  if (!medct_pool_run(medct_model_pool(model), e->H * e->W, basis_cell, &pass, monitor, 0, 1,
                      "score share")) {
    g_aligned_free(basis);
    return false;
  }
  scale_basis(basis, n, e->latent);
  e->basis = basis;
  return true;
}

gboolean
medct_encoding_share(MedctModel *model, MedctEncoding *encoding, const float *u, float *share,
                     const MedctMonitor *monitor, GError **error)
{
  g_mutex_lock(&encoding->mutex);
  gboolean ready = encoding->basis || make_basis(model, encoding, monitor);
  g_mutex_unlock(&encoding->mutex);
  if (!ready) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("the map was cancelled"));
    return FALSE;
  }
  int n = encoding->T * encoding->H * encoding->W;
  /* Alone: a few milliseconds, in which the workers of volumes may be busy or behind. */
  medct_kernels()->skinny(share, n, u, encoding->basis, 1, encoding->latent, n);
  return medct_tensor_file_check(model->weights, error);
}
