#include "render/blocks.h"

#include <math.h>
#include <string.h>

#define BLOCK_MM 6.0
#define AIR_HU   (-800.0) /* nearly every block of a lung holds something denser */

static gsize
block_count(const MedctBlocks *blocks)
{
  return (gsize)blocks->count[0] * (gsize)blocks->count[1] * (gsize)blocks->count[2];
}

/* ---- ranges -------------------------------------------------------------------------------- */

typedef struct {
  double low, high; /* as stored */
} Range;

static Range
range_int16(const int16_t *row, int64_t first, int64_t end)
{
  int16_t low = row[first], high = low;
  for (int64_t i = first + 1; i < end; i++) {
    low = MIN(low, row[i]);
    high = MAX(high, row[i]);
  }
  return (Range){low, high};
}

/* Not a number is drawn as the lowest value, so the block may hold anything. */
static Range
range_float(const float *row, int64_t first, int64_t end)
{
  Range range = {INFINITY, -INFINITY};
  for (int64_t i = first; i < end; i++) {
    range.low = isnan(row[i]) ? -INFINITY : fmin(range.low, (double)row[i]);
    range.high = fmax(range.high, (double)row[i]);
  }
  return range;
}

/* One row of voxels goes into one row of blocks: low, high. */
static void
add_row(const MedctBlocks *blocks, const MedctImage *image, int reach, int64_t start, float *low,
        float *high)
{
  const MedctVolumeHeader *header = image->header;
  for (int b = 0; b < blocks->count[0]; b++) {
    int64_t first = MAX((int64_t)b * blocks->edge[0] - reach, 0);
    int64_t end = MIN((int64_t)(b + 1) * blocks->edge[0] + reach, header->dims[0]);
    Range range = header->voxel_type == MEDCT_VOXEL_INT16
                      ? range_int16((const int16_t *)image->voxels + start, first, end)
                      : range_float((const float *)image->voxels + start, first, end);
    double a = header->hu_slope * range.low + header->hu_intercept;
    double z = header->hu_slope * range.high + header->hu_intercept;
    low[b] = fminf(low[b], (float)fmin(a, z));
    high[b] = fmaxf(high[b], (float)fmax(a, z));
  }
}

/* The blocks whose reach holds a voxel index: [first, last]. */
static void
blocks_of(const MedctBlocks *blocks, int axis, int reach, int64_t index, int *first, int *last)
{
  int64_t edge = blocks->edge[axis];
  *first = (int)(MAX(index - reach, 0) / edge);
  *last = (int)MIN((index + reach) / edge, blocks->count[axis] - 1);
}

static gsize
block_row(const MedctBlocks *blocks, int64_t bj, int64_t bk)
{
  return ((gsize)bk * (gsize)blocks->count[1] + (gsize)bj) * (gsize)blocks->count[0];
}

/* own: [2] ranges [count k, j, i] without any reach. */
static void
measure(MedctBlocks *blocks, const MedctImage *image, const int reach[3], float *const own[2])
{
  const int64_t *dims = image->header->dims;
  for (int64_t k = 0; k < dims[2]; k++) {
    int k_first, k_last, j_first, j_last;
    blocks_of(blocks, 2, reach[2], k, &k_first, &k_last);
    for (int64_t j = 0; j < dims[1]; j++) {
      int64_t start = dims[0] * (j + dims[1] * k);
      gsize at = block_row(blocks, j / blocks->edge[1], k / blocks->edge[2]);
      add_row(blocks, image, 0, start, own[0] + at, own[1] + at);
      blocks_of(blocks, 1, reach[1], j, &j_first, &j_last);
      for (int bk = k_first; bk <= k_last; bk++)
        for (int bj = j_first; bj <= j_last; bj++) {
          at = block_row(blocks, bj, bk);
          add_row(blocks, image, reach[0], start, blocks->low + at, blocks->high + at);
        }
    }
  }
}

/* ---- distances ----------------------------------------------------------------------------- */

static guint8
nearest(const MedctBlocks *blocks, const guint8 *distance, const int at[3], int way)
{
  int best =
      distance[((gsize)at[2] * (gsize)blocks->count[1] + (gsize)at[1]) * (gsize)blocks->count[0] +
               (gsize)at[0]];
  for (int n = 0; n < 13; n++) { /* the 13 neighbours that come before, in one way of reading */
    int to[3] = {at[0] + way * (n % 3 - 1), at[1] + way * (n / 3 % 3 - 1),
                 at[2] + way * (n / 9 - 1)};
    if (to[0] < 0 || to[1] < 0 || to[2] < 0 || to[0] >= blocks->count[0] ||
        to[1] >= blocks->count[1] || to[2] >= blocks->count[2])
      continue;
    gsize index =
        ((gsize)to[2] * (gsize)blocks->count[1] + (gsize)to[1]) * (gsize)blocks->count[0] +
        (gsize)to[0];
    best = MIN(best, distance[index] + 1);
  }
  return (guint8)MIN(best, 255);
}

/* Chessboard distance to the zeros, in two passes (Rosenfeld, Pfaltz 1966). */
static void
spread(const MedctBlocks *blocks, guint8 *distance)
{
  gsize n = block_count(blocks), nx = (gsize)blocks->count[0], ny = (gsize)blocks->count[1];
  for (int pass = 0; pass < 2; pass++)
    for (gsize m = 0; m < n; m++) {
      gsize index = pass == 0 ? m : n - 1 - m;
      if (distance[index] == 0)
        continue;
      int at[3] = {(int)(index % nx), (int)(index / nx % ny), (int)(index / (nx * ny))};
      distance[index] = nearest(blocks, distance, at, pass == 0 ? 1 : -1);
    }
}

/* ---- air around the body ------------------------------------------------------------------- */

typedef struct {
  MedctBlocks *blocks;
  const float *high; /* HU of the blocks alone */
  int across[2];     /* the axes of an axial layer */
  gsize stride[3];
  GArray *open; /* gsize: found, neighbours not yet looked at */
} Flood;

static void
reach_block(Flood *flood, gsize index)
{
  MedctBlocks *blocks = flood->blocks;
  if (blocks->depth[index] == 0 || (double)flood->high[index] > AIR_HU)
    return;
  blocks->depth[index] = 0;
  g_array_append_val(flood->open, index);
}

/* In from the four sides of one axial layer; lungs are closed there, unlike at top and bottom. */
static void
flood_layer(Flood *flood, gsize base)
{
  const int *across = flood->across, *count = flood->blocks->count;
  gsize su = flood->stride[across[0]], sv = flood->stride[across[1]];
  gsize nu = (gsize)count[across[0]], nv = (gsize)count[across[1]];
  for (gsize u = 0; u < nu; u++) {
    reach_block(flood, base + u * su);
    reach_block(flood, base + u * su + (nv - 1) * sv);
  }
  for (gsize v = 0; v < nv; v++) {
    reach_block(flood, base + v * sv);
    reach_block(flood, base + v * sv + (nu - 1) * su);
  }
  while (flood->open->len > 0) {
    gsize index = g_array_index(flood->open, gsize, flood->open->len - 1);
    g_array_set_size(flood->open, flood->open->len - 1);
    gsize u = (index - base) / su % nu, v = (index - base) / sv % nv;
    if (u > 0)
      reach_block(flood, index - su);
    if (u + 1 < nu)
      reach_block(flood, index + su);
    if (v > 0)
      reach_block(flood, index - sv);
    if (v + 1 < nv)
      reach_block(flood, index + sv);
  }
}

static void
find_depth(MedctBlocks *blocks, MedctAxes axes, const float *high)
{
  gsize nx = (gsize)blocks->count[0];
  Flood flood = {blocks,
                 high,
                 {axes.axis[0], axes.axis[1]},
                 {1, nx, nx * (gsize)blocks->count[1]},
                 g_array_new(FALSE, FALSE, sizeof(gsize))};
  memset(blocks->depth, 255, block_count(blocks));
  for (int layer = 0; layer < blocks->count[axes.axis[2]]; layer++)
    flood_layer(&flood, (gsize)layer * flood.stride[axes.axis[2]]);
  g_array_unref(flood.open);
  spread(blocks, blocks->depth);
}

/* ---- public -------------------------------------------------------------------------------- */

MedctBlocks *
medct_blocks_new(const MedctImage *image, const int reach[3])
{
  MedctBlocks *blocks = g_new0(MedctBlocks, 1);
  for (int n = 0; n < 3; n++) {
    double spacing = image->header->spacing_mm[n];
    blocks->edge[n] = (int)CLAMP(rint(BLOCK_MM / spacing), 2, 16);
    blocks->edge_mm[n] = blocks->edge[n] * spacing;
    blocks->count[n] = (int)((image->header->dims[n] - 1) / blocks->edge[n] + 1);
  }
  gsize count = block_count(blocks);
  g_autofree float *own_low = g_new(float, count);
  g_autofree float *own_high = g_new(float, count);
  float *ranges[2][2] = {{own_low, own_high}};
  ranges[1][0] = blocks->low = g_new(float, count);
  ranges[1][1] = blocks->high = g_new(float, count);
  blocks->depth = g_new(guint8, count);
  for (gsize n = 0; n < count; n++) {
    ranges[0][0][n] = ranges[1][0][n] = INFINITY;
    ranges[0][1][n] = ranges[1][1][n] = -INFINITY;
  }
  measure(blocks, image, reach, ranges[0]);
  find_depth(blocks, image->axes, own_high);
  return blocks;
}

void
medct_blocks_free(MedctBlocks *blocks)
{
  if (blocks == NULL)
    return;
  g_free(blocks->low);
  g_free(blocks->high);
  g_free(blocks->depth);
  g_free(blocks);
}

void
medct_blocks_leaps(const MedctBlocks *blocks, const MedctTransfer *transfer, guint8 *leaps)
{
  double widest = fmax(blocks->edge_mm[0], fmax(blocks->edge_mm[1], blocks->edge_mm[2]));
  int margin = transfer->margin_mm > 0 ? MAX((int)rint(transfer->margin_mm / widest), 1) : -1;
  for (gsize n = 0; n < block_count(blocks); n++) {
    gboolean seen =
        blocks->depth[n] > margin && blocks->low[n] <= blocks->high[n] &&
        medct_transfer_visible(transfer, (double)blocks->low[n], (double)blocks->high[n]);
    leaps[n] = seen ? 0 : 255;
  }
  spread(blocks, leaps);
}
