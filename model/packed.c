#include "model/packed.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((gsize)2 << 20)

struct _MedctPacked {
  float *memory;
};

typedef struct {
  MedctLinear *const *linears;
  float **copies; /* where each linear's panels begin */
} Packing;

static gsize
panels_of(const MedctLinear *l)
{
  return ((gsize)l->out + MEDCT_PANEL - 1) / MEDCT_PANEL;
}

static void
pack_panel(float *panel, const MedctLinear *l, int first)
{
  int n = MIN(MEDCT_PANEL, l->out - first);
  if (n < MEDCT_PANEL)
    memset(panel, 0, sizeof(float) * MEDCT_PANEL * l->in);
  for (int o = 0; o < n; o++) {
    const float *w = l->W + (gsize)(first + o) * l->in;
    for (int i = 0; i < l->in; i++)
      panel[(gsize)i * MEDCT_PANEL + o] = w[i];
  }
}

static void
pack_linear(int item, int worker, void *data)
{
  (void)worker;
  const Packing *packing = data;
  const MedctLinear *l = packing->linears[item];
  for (gsize p = 0; p < panels_of(l); p++)
    pack_panel(packing->copies[item] + p * MEDCT_PANEL * l->in, l, (int)p * MEDCT_PANEL);
}

/* Large pages: the first touch of so much memory costs several times less. */
static float *
allocate(gsize floats)
{
  void *memory = NULL;
  gsize bytes = (floats * sizeof(float) + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
  if (posix_memalign(&memory, HUGE_PAGE, bytes) != 0)
    return NULL;
#ifdef MADV_HUGEPAGE
  madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

MedctPacked *
medct_packed_new(MedctLinear *const *linears, int n, MedctPool *pool, const MedctMonitor *monitor)
{
  gsize floats = 0;
  for (int i = 0; i < n; i++)
    floats += panels_of(linears[i]) * MEDCT_PANEL * linears[i]->in;
  float *memory = allocate(floats);
  if (memory == NULL)
    return NULL;
  g_autofree float **copies = g_new(float *, n);
  float *next = memory;
  for (int i = 0; i < n; i++) {
    copies[i] = next;
    next += panels_of(linears[i]) * MEDCT_PANEL * linears[i]->in;
  }
  Packing packing = {linears, copies};
  if (!medct_pool_run(pool, n, pack_linear, &packing, monitor, 0, 1, NULL)) {
    free(memory);
    return NULL;
  }
  for (int i = 0; i < n; i++)
    linears[i]->packed = copies[i];
  MedctPacked *packed = g_new(MedctPacked, 1);
  packed->memory = memory;
  return packed;
}

void
medct_packed_free(MedctPacked *packed)
{
  if (packed == NULL)
    return;
  free(packed->memory);
  g_free(packed);
}
