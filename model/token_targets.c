#include "model/token_targets.h"
#include <math.h>
#include <string.h>

#define ENOUGH 0.25 /* of the best token's overlap */

/* From where to where the box reaches along a tensor axis, in tensor voxels whose faces lie at
 * whole numbers. The field's 3×4 is a permutation with scales: one voxel axis each. */
static void
reach(const MedctField *field, const MedctFindingBox *box, int axis, double shift, double *low,
      double *high)
{
  int along = 0;
  for (int n = 1; n < 3; n++)
    if (fabs(field->to_voxel[4 * n + axis]) > fabs(field->to_voxel[4 * along + axis]))
      along = n;
  const double *row = field->to_voxel + 4 * along;
  double a = (box->low[along] - 0.5 - row[3]) / row[axis],
         b = (box->high[along] + 0.5 - row[3]) / row[axis];
  *low = MIN(a, b) + 0.5 + shift;
  *high = MAX(a, b) + 0.5 + shift;
}

/* overlap[token]: how many tensor voxels of the axis both share. */
static void
overlaps(double low, double high, int n_tokens, int patch, double *overlap)
{
  for (int n = 0; n < n_tokens; n++) {
    double from = MAX(low, (double)n * patch), to = MIN(high, (double)(n + 1) * patch);
    overlap[n] = MAX(0, to - from);
  }
}

static double
largest(const double *values, int n)
{
  double most = 0;
  for (int i = 0; i < n; i++)
    most = MAX(most, values[i]);
  return most;
}

void
medct_token_targets(const MedctConfig *config, const MedctField *field, const int shift[3],
                    const MedctFindingBox *boxes, guint n_boxes, guint n_classes, guint8 *targets)
{
  int size[3] = {config->frames / config->temporal_patch, config->image / config->patch,
                 config->image / config->patch};
  int patch[3] = {config->temporal_patch, config->patch, config->patch};
  g_autofree double *shared = g_new(double, size[0] + size[1] + size[2]);
  double *s = shared, *l = s + size[0], *p = l + size[1];
  double *const axes[3] = {s, l, p};
  memset(targets, 0, (gsize)size[0] * (gsize)size[1] * (gsize)size[2] * n_classes);
  for (guint n = 0; n < n_boxes; n++) {
    double best = 1, low, high;
    for (int axis = 0; axis < 3; axis++) {
      reach(field, &boxes[n], axis, shift ? shift[axis] : 0, &low, &high);
      overlaps(low, high, size[axis], patch[axis], axes[axis]);
      best *= largest(axes[axis], size[axis]);
    }
    guint8 *target = targets + boxes[n].finding;
    for (int t = 0; t < size[0] && best > 0; t++)
      for (int h = 0; h < size[1]; h++)
        for (int w = 0; w < size[2]; w++) {
          gsize token = ((gsize)t * (gsize)size[1] + (gsize)h) * (gsize)size[2] + (gsize)w;
          if (s[t] * l[h] * p[w] >= ENOUGH * best)
            target[token * n_classes] = 1;
        }
  }
}
