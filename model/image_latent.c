#include "model/image_latent.h"
#include "model/backward_ops.h"
#include "model/matmul.h"
#include <math.h>
#include <string.h>

typedef struct {
  const MedctImageLatent *head;
  const float *pooled; /* [cells·D] */
  const float *dz;     /* [latent] */
  float *out;          /* [latent] forward, [cells][T][D] backward */
  float *dprojection;
} Pass;

static void
project_row(int item, int worker, void *data)
{
  Pass *p = data;
  gsize columns = (gsize)p->head->cells * p->head->D;
  p->out[item] =
      medct_kernels()->dot(p->head->projection + item * columns, p->pooled, (int64_t)columns);
}

bool
medct_image_latent(float *v, double *norm, float *pooled, const MedctImageLatent *head,
                   const int32_t *codes, const float *tokens, MedctPool *pool,
                   const MedctMonitor *monitor)
{
  gsize D = head->D;
  Pass pass = {.head = head, .pooled = pooled, .out = v};
  memset(pooled, 0, sizeof(float) * head->cells * D);
  for (int t = 0; t < head->T; t++)
    for (int i = 0; i < head->cells; i++) {
      gsize token = (gsize)t * head->cells + i;
      medct_kernels()->add(pooled + i * D,
                           codes ? head->codebook + (gsize)codes[token] * D : tokens + token * D,
                           head->D);
    }
  for (gsize i = 0; i < head->cells * D; i++)
    pooled[i] /= (float)head->T;
  if (!medct_pool_run(pool, head->latent, project_row, &pass, monitor, 0.98, 1, "projection"))
    return false;
  double sum = 0;
  for (int i = 0; i < head->latent; i++)
    sum += (double)v[i] * v[i];
  *norm = sqrt(sum);
  for (int i = 0; i < head->latent; i++)
    v[i] = (float)(v[i] / fmax(*norm, 1e-12));
  return true;
}

/* z = Wᵥ·pooled, pooled(i) = mean over t of token(t, i): every token of cell i gets the same. */
static void
cell_backward(int i, int worker, void *data)
{
  Pass *p = data;
  const MedctImageLatent *head = p->head;
  int D = head->D;
  float *first = p->out + (gsize)i * head->T * D;
  medct_product(first, D, p->dz, head->latent, head->projection + (gsize)i * D, head->cells * D,
                FALSE, 1 / (float)head->T, 0, 1, D, head->latent);
  for (int t = 1; t < head->T; t++)
    memcpy(first + (gsize)t * D, first, sizeof(float) * D);
}

/* dWᵥ = dz·pooledᵀ */
static void
projection_backward(int item, int worker, void *data)
{
  Pass *p = data;
  gsize columns = (gsize)p->head->cells * p->head->D;
  float *row = p->dprojection + item * columns, dz = p->dz[item];
  for (gsize i = 0; i < columns; i++)
    row[i] += dz * p->pooled[i];
}

bool
medct_image_latent_backward(float *dtokens, float *dprojection, const float *dv, const float *v,
                            double norm, const float *pooled, const MedctImageLatent *head,
                            MedctPool *pool, const MedctMonitor *monitor)
{
  g_autofree float *dz = g_new(float, head->latent);
  Pass pass = {head, pooled, dz, dtokens, dprojection};
  medct_normalise_backward(dz, dv, v, norm, head->latent);
  return medct_pool_run(pool, head->cells, cell_backward, &pass, monitor, 0, 0, "gradient") &&
         (dprojection == NULL || medct_pool_run(pool, head->latent, projection_backward, &pass,
                                                monitor, 0, 0, "gradient"));
}
