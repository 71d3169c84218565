#include "phantom/lattice.h"
#include "phantom/random.h"

MedctLattice *
medct_lattice_new(MedctBounds bounds, float step)
{
  MedctLattice *lattice = g_new0(MedctLattice, 1);
  float low[3] = {bounds.low.x, bounds.low.y, bounds.low.z},
        high[3] = {bounds.high.x, bounds.high.y, bounds.high.z};
  lattice->origin = bounds.low;
  lattice->step = step;
  for (int axis = 0; axis < 3; axis++)
    lattice->n[axis] = MAX(2, (int)ceilf((high[axis] - low[axis]) / step) + 1);
  lattice->values =
      g_new(float, (gsize)lattice->n[0] * (gsize)lattice->n[1] * (gsize)lattice->n[2]);
  return lattice;
}

void
medct_lattice_free(MedctLattice *lattice)
{
  if (lattice == NULL)
    return;
  g_free(lattice->values);
  g_free(lattice);
}

typedef struct {
  MedctLattice *lattice;
  MedctField field;
  const void *data;
  guint64 key;
  float sd;
} Filling;

static void
fill_layer(int k, int worker, void *user_data)
{
  const Filling *filling = user_data;
  const MedctLattice *lattice = filling->lattice;
  float *out = lattice->values + (gsize)k * (gsize)lattice->n[1] * (gsize)lattice->n[0];
  for (int j = 0; j < lattice->n[1]; j++)
    for (int i = 0; i < lattice->n[0]; i++) {
      MedctVec p = {lattice->origin.x + (float)i * lattice->step,
                    lattice->origin.y + (float)j * lattice->step,
                    lattice->origin.z + (float)k * lattice->step};
      *out++ = filling->field(p, filling->data);
    }
}

void
medct_lattice_fill(MedctLattice *lattice, MedctField field, const void *data, MedctPool *pool)
{
  Filling filling = {lattice, field, data, 0, 0};
  medct_pool_run(pool, lattice->n[2], fill_layer, &filling, NULL, 0, 1, NULL);
}

/* Four 16-bit uniforms of one hash: their sum has the standard deviation 0.577 · 65536. */
static void
noise_layer(int k, int worker, void *user_data)
{
  const Filling *filling = user_data;
  gsize n = (gsize)filling->lattice->n[1] * (gsize)filling->lattice->n[0];
  float *out = filling->lattice->values + (gsize)k * n;
  /* Interpolation takes about 40 % of the variance of a node. */
  float scale = 1.7f * filling->sd / (0.577f * 65536);
  for (gsize i = 0; i < n; i++) {
    guint64 bits = medct_random_mix(filling->key + (gsize)k * n + i);
    gint32 sum =
        (gint32)((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48));
    out[i] = scale * (float)(sum - 131070);
  }
}

void
medct_lattice_noise(MedctLattice *lattice, guint64 key, float sd, MedctPool *pool)
{
  Filling filling = {lattice, NULL, NULL, key, sd};
  medct_pool_run(pool, lattice->n[2], noise_layer, &filling, NULL, 0, 1, NULL);
}

/* The node before `x` and how far behind it x lies, 0 to 1. */
static inline int
locate(float x, float origin, float step, int n, float *part)
{
  float at = (x - origin) / step;
  at = CLAMP(at, 0.0f, (float)(n - 1));
  int node = MIN((int)at, n - 2);
  *part = at - (float)node;
  return node;
}

float
medct_lattice_at(const MedctLattice *l, MedctVec p)
{
  float fx, fy, fz;
  gsize i = (gsize)locate(p.x, l->origin.x, l->step, l->n[0], &fx),
        j = (gsize)locate(p.y, l->origin.y, l->step, l->n[1], &fy),
        k = (gsize)locate(p.z, l->origin.z, l->step, l->n[2], &fz);
  gsize nx = (gsize)l->n[0], layer = nx * (gsize)l->n[1];
  const float *v = l->values + k * layer + j * nx + i;
  float a = v[0] + fx * (v[1] - v[0]), b = v[nx] + fx * (v[nx + 1] - v[nx]);
  v += layer;
  float c = v[0] + fx * (v[1] - v[0]), d = v[nx] + fx * (v[nx + 1] - v[nx]);
  a += fy * (b - a);
  c += fy * (d - c);
  return a + fz * (c - a);
}

void
medct_lattice_row(const MedctLattice *l, float y, float z, float x0, float dx, int n, float *out)
{
  enum { MAX_NODES = 1024 };
  float nodes[MAX_NODES], fy, fz;
  gsize j = (gsize)locate(y, l->origin.y, l->step, l->n[1], &fy),
        k = (gsize)locate(z, l->origin.z, l->step, l->n[2], &fz);
  gsize nx = (gsize)l->n[0], layer = nx * (gsize)l->n[1];
  const float *v = l->values + k * layer + j * nx;
  float w00 = (1 - fy) * (1 - fz), w10 = fy * (1 - fz), w01 = (1 - fy) * fz, w11 = fy * fz;
  int n_nodes = MIN(l->n[0], MAX_NODES);
  for (gsize i = 0; i < (gsize)n_nodes; i++)
    nodes[i] = w00 * v[i] + w10 * v[nx + i] + w01 * v[layer + i] + w11 * v[layer + nx + i];
  float at = (x0 - l->origin.x) / l->step, by = dx / l->step, last = (float)(n_nodes - 1);
  for (int i = 0; i < n; i++) {
    float t = at + (float)i * by;
    t = CLAMP(t, 0.0f, last);
    int node = MIN((int)t, n_nodes - 2);
    out[i] = nodes[node] + (t - (float)node) * (nodes[node + 1] - nodes[node]);
  }
}
