#include "render/transfer.h"

#include <glib/gi18n.h>
#include <math.h>

/* Opacities are those of tissue a few millimetres thick; colours follow what anatomy atlases use:
 * ivory bone, red vessels filled with contrast, brown-red muscle, yellow fat. */
const MedctTransfer medct_transfers[MEDCT_N_TRANSFERS] = {
    [MEDCT_TRANSFER_BONE] = {"bone",
                             N_("Bone"),
                             6,
                             {{130, {0.62f, 0.28f, 0.19f}, 0},
                              {190, {0.80f, 0.45f, 0.31f}, 0.10f},
                              {270, {0.91f, 0.72f, 0.55f}, 0.6f},
                              {400, {0.95f, 0.89f, 0.77f}, 1.6f},
                              {700, {0.97f, 0.94f, 0.86f}, 3},
                              {1500, {1.0f, 1.0f, 0.98f}, 4}},
                             0},
    [MEDCT_TRANSFER_SOFT] = {"soft",
                             N_("Soft tissue"),
                             8,
                             {{-150, {0.93f, 0.80f, 0.58f}, 0},
                              {-100, {0.93f, 0.80f, 0.58f}, 0.012f},
                              {-40, {0.90f, 0.68f, 0.50f}, 0.04f},
                              {10, {0.80f, 0.47f, 0.38f}, 0.4f},
                              {70, {0.77f, 0.39f, 0.32f}, 0.9f},
                              {150, {0.86f, 0.57f, 0.46f}, 1.3f},
                              {280, {0.94f, 0.86f, 0.72f}, 2},
                              {1000, {1.0f, 0.98f, 0.92f}, 4}},
                             0},
    [MEDCT_TRANSFER_LUNG] = {"lung",
                             N_("Lung and airways"),
                             8,
                             {{-930, {0.36f, 0.50f, 0.62f}, 0},
                              {-860, {0.42f, 0.56f, 0.68f}, 0.003f},
                              {-760, {0.52f, 0.66f, 0.76f}, 0.008f},
                              {-620, {0.74f, 0.80f, 0.84f}, 0.10f},
                              {-450, {0.94f, 0.78f, 0.70f}, 0.32f},
                              {-300, {0.96f, 0.56f, 0.46f}, 0.2f},
                              {-200, {0.85f, 0.38f, 0.30f}, 0},
                              {3000, {0.85f, 0.38f, 0.30f}, 0}},
                             12},
};

int
medct_transfer_bin(double hu)
{
  double bin = (hu - MEDCT_TRANSFER_LOW_HU) / MEDCT_TRANSFER_STEP_HU;
  return bin > 0 ? (int)fmin(bin, MEDCT_TRANSFER_BINS - 1) : 0;
}

static double
bin_hu(int bin)
{
  return MEDCT_TRANSFER_LOW_HU + bin * MEDCT_TRANSFER_STEP_HU;
}

/* rgb [3] and the extinction per mm of one value. */
static double
look_up(const MedctTransfer *transfer, double hu, double rgb[3])
{
  const MedctTransferNode *node = transfer->nodes, *last = node + transfer->n_nodes - 1;
  gboolean below = hu < (double)node->hu;
  while (node < last - 1 && hu >= (double)node[1].hu)
    node++;
  double part = (hu - (double)node->hu) / ((double)node[1].hu - (double)node->hu);
  part = CLAMP(part, 0, 1);
  for (int c = 0; c < 3; c++)
    rgb[c] = (1 - part) * (double)node->rgb[c] + part * (double)node[1].rgb[c];
  if (below)
    return 0;
  return (1 - part) * (double)node->extinction + part * (double)node[1].extinction;
}

void
medct_transfer_table(const MedctTransfer *transfer, float *rgba)
{
  enum { N = MEDCT_TRANSFER_BINS };
  /* Running sums by the trapezoid rule; [3] is the extinction, [0 … 2] colour times extinction. */
  double sum[N][4] = {{0}}, own[N][4];
  for (int n = 0; n < N; n++) {
    own[n][3] = look_up(transfer, bin_hu(n), own[n]);
    for (int c = 0; n > 0 && c < 4; c++) {
      double here = c < 3 ? own[n][c] * own[n][3] : own[n][3];
      double before = c < 3 ? own[n - 1][c] * own[n - 1][3] : own[n - 1][3];
      sum[n][c] = sum[n - 1][c] + (here + before) / 2;
    }
  }
  for (int back = 0; back < N; back++)
    for (int front = 0; front < N; front++, rgba += 4) {
      double extinction = sum[back][3] - sum[front][3];
      gboolean mixed = back != front && extinction != 0;
      for (int c = 0; c < 3; c++)
        rgba[c] = (float)(mixed ? (sum[back][c] - sum[front][c]) / extinction : own[back][c]);
      rgba[3] = (float)(back == front ? own[back][3] : extinction / (back - front));
    }
}

gboolean
medct_transfer_visible(const MedctTransfer *transfer, double low_hu, double high_hu)
{
  double rgb[3];
  for (int bin = medct_transfer_bin(low_hu); bin <= medct_transfer_bin(high_hu); bin++)
    if (look_up(transfer, bin_hu(bin), rgb) > 0)
      return TRUE;
  return FALSE;
}
