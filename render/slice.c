#include "render/slice.h"

#include <math.h>

void
medct_slab_range(const MedctPlane *plane, int64_t index, MedctSlab slab, int64_t *first,
                 int64_t *count)
{
  int64_t total = plane->count[2];
  index = CLAMP(index, 0, total - 1);
  int64_t wanted = 1;
  if (slab.kind != MEDCT_SLAB_NONE && slab.thickness_mm > 0)
    wanted = (int64_t)fmin(fmax(rint(slab.thickness_mm / plane->step_mm[2]), 1), (double)total);
  int64_t start = MAX(index - wanted / 2, 0), end = MIN(index - wanted / 2 + wanted, total);
  *first = start;
  *count = end - start;
}

/* Voxel offsets from one column, row, slice to the next, and of cell (0, 0, 0). */
typedef struct {
  int64_t step[3], origin;
} Walk;

static Walk
walk_new(const MedctImage *image, const MedctPlane *plane)
{
  const int64_t *dims = image->header->dims;
  const int64_t strides[3] = {1, dims[0], dims[0] * dims[1]};
  Walk walk = {.origin = 0};
  for (int n = 0; n < 3; n++) {
    int64_t stride = strides[plane->axis[n]];
    walk.step[n] = plane->reversed[n] ? -stride : stride;
    walk.origin += plane->reversed[n] ? stride * (plane->count[n] - 1) : 0;
  }
  return walk;
}

/* The same loops for both voxel types: a row of one slice is folded into the slab's row. With a
 * falling HU scale the largest HU is the smallest voxel; NaN never wins. */
#define DEFINE_TAKE(name, type, round)                                                             \
  static void name##_fold(type *out, double *sum, const type *row, int64_t step, int64_t columns,  \
                          gboolean first, MedctSlabKind kind)                                      \
  {                                                                                                \
    for (int64_t c = 0; c < columns; c++) {                                                        \
      type v = row[c * step];                                                                      \
      if (kind == MEDCT_SLAB_AVERAGE)                                                              \
        sum[c] = first ? v : sum[c] + v;                                                           \
      else if (first || (kind == MEDCT_SLAB_MAXIMUM ? !(out[c] >= v) : !(out[c] <= v)))            \
        out[c] = v == v || first ? v : out[c];                                                     \
    }                                                                                              \
  }                                                                                                \
  static void name(type *out, const type *voxels, const MedctPlane *plane, Walk walk,              \
                   int64_t first, int64_t count, MedctSlabKind kind)                               \
  {                                                                                                \
    int64_t columns = plane->count[0];                                                             \
    g_autofree double *sum = kind == MEDCT_SLAB_AVERAGE ? g_new(double, columns) : NULL;           \
    for (int64_t r = 0; r < plane->count[1]; r++, out += columns) {                                \
      for (int64_t s = 0; s < count; s++)                                                          \
        name##_fold(out, sum,                                                                      \
                    voxels + walk.origin + r * walk.step[1] + (first + s) * walk.step[2],          \
                    walk.step[0], columns, s == 0, kind);                                          \
      for (int64_t c = 0; sum != NULL && c < columns; c++)                                         \
        out[c] = (type)round(sum[c] / (double)count);                                              \
    }                                                                                              \
  }

#define KEEP(x) (x)
DEFINE_TAKE(take_int16, int16_t, rint)
DEFINE_TAKE(take_float, float, KEEP)

void
medct_slice_take(MedctSlice *slice, const MedctImage *image, const MedctPlane *plane, int64_t index,
                 MedctSlab slab)
{
  const MedctVolumeHeader *header = image->header;
  *slice = (MedctSlice){header->voxel_type, plane->count[0],      plane->count[1],
                        header->hu_slope,   header->hu_intercept, NULL};
  gsize n = (gsize)slice->columns * (gsize)slice->rows;
  int64_t first, count;
  medct_slab_range(plane, index, slab, &first, &count);
  MedctSlabKind kind = slab.kind;
  if (header->hu_slope < 0 && kind == MEDCT_SLAB_MAXIMUM)
    kind = MEDCT_SLAB_MINIMUM;
  else if (header->hu_slope < 0 && kind == MEDCT_SLAB_MINIMUM)
    kind = MEDCT_SLAB_MAXIMUM;
  Walk walk = walk_new(image, plane);
  if (header->voxel_type == MEDCT_VOXEL_INT16) {
    slice->voxels = g_new(int16_t, n);
    take_int16(slice->voxels, image->voxels, plane, walk, first, count, kind);
  } else {
    slice->voxels = g_new(float, n);
    take_float(slice->voxels, image->voxels, plane, walk, first, count, kind);
  }
}

double
medct_slice_hu(const MedctSlice *slice, int64_t at)
{
  double voxel = slice->voxel_type == MEDCT_VOXEL_INT16
                     ? (double)((const int16_t *)slice->voxels)[at]
                     : (double)((const float *)slice->voxels)[at];
  return slice->hu_slope * voxel + slice->hu_intercept;
}

void
medct_slice_clear(MedctSlice *slice)
{
  g_clear_pointer(&slice->voxels, g_free);
}

/* For every screen column: the two voxel columns and the weight of the second, in 1/256. */
typedef struct {
  int32_t a, b, weight; /* a −1: outside */
} Tap;

static Tap
tap_at(double cell, int64_t count, gboolean linear)
{
  if (!(cell >= -0.5 && cell < (double)count - 0.5))
    return (Tap){-1, -1, 0};
  if (!linear) {
    int32_t nearest = (int32_t)floor(cell + 0.5);
    return (Tap){nearest, nearest, 0};
  }
  double low = floor(cell);
  int32_t last = (int32_t)(count - 1);
  return (Tap){CLAMP((int32_t)low, 0, last), CLAMP((int32_t)low + 1, 0, last),
               (int32_t)lrint((cell - low) * 256)};
}

static inline guint32
opaque_grey(guint8 grey)
{
  return 0xff000000u | grey * 0x010101u;
}

static void
paint_row_int16(const MedctSlice *slice, const Tap *taps, Tap row, const guint8 *grey,
                guint32 *pixels, int width)
{
  const int16_t *upper = (const int16_t *)slice->voxels + row.a * slice->columns;
  const int16_t *lower = (const int16_t *)slice->voxels + row.b * slice->columns;
  for (int x = 0; x < width; x++) {
    Tap tap = taps[x];
    if (tap.a < 0) {
      pixels[x] = 0xff000000u;
      continue;
    }
    int64_t up = upper[tap.a] * (256 - tap.weight) + upper[tap.b] * tap.weight;
    int64_t low = lower[tap.a] * (256 - tap.weight) + lower[tap.b] * tap.weight;
    int64_t mixed = (up * (256 - row.weight) + low * row.weight + 32768) >> 16;
    pixels[x] = opaque_grey(grey[mixed + 32768]);
  }
}

static void
paint_row_float(const MedctSlice *slice, const Tap *taps, Tap row, MedctWindow window,
                guint32 *pixels, int width)
{
  const float *upper = (const float *)slice->voxels + row.a * slice->columns;
  const float *lower = (const float *)slice->voxels + row.b * slice->columns;
  double down = row.weight / 256.0;
  for (int x = 0; x < width; x++) {
    Tap tap = taps[x];
    if (tap.a < 0) {
      pixels[x] = 0xff000000u;
      continue;
    }
    double across = tap.weight / 256.0, value = upper[tap.a];
    if (across > 0 || down > 0) {
      double up = upper[tap.a] * (1 - across) + upper[tap.b] * across;
      double low = lower[tap.a] * (1 - across) + lower[tap.b] * across;
      value = up * (1 - down) + low * down;
    }
    pixels[x] =
        opaque_grey(medct_window_grey(window, slice->hu_slope * value + slice->hu_intercept));
  }
}

void
medct_slice_paint(const MedctSlice *slice, const MedctView *view, MedctWindow window,
                  gboolean linear, guint32 *pixels, int width, int height, int stride)
{
  g_autofree Tap *taps = g_new(Tap, MAX(width, 1));
  g_autofree guint8 *grey = NULL;
  double column, row;
  if (slice->voxel_type == MEDCT_VOXEL_INT16) {
    grey = g_new(guint8, 65536);
    medct_window_table(window, slice->hu_slope, slice->hu_intercept, grey);
  }
  for (int x = 0; x < width; x++) {
    medct_view_to_cell(view, x + 0.5, 0, &column, &row);
    taps[x] = tap_at(column, slice->columns, linear);
  }
  for (int y = 0; y < height; y++, pixels += stride / 4) {
    medct_view_to_cell(view, 0, y + 0.5, &column, &row);
    Tap tap = tap_at(row, slice->rows, linear);
    if (tap.a < 0)
      for (int x = 0; x < width; x++)
        pixels[x] = 0xff000000u;
    else if (grey != NULL)
      paint_row_int16(slice, taps, tap, grey, pixels, width);
    else
      paint_row_float(slice, taps, tap, window, pixels, width);
  }
}
