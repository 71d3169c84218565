/* Linear resampling along one axis, as tables. Three of them make the trilinear resampling of spec
 * §3.4: half-pixel centres, no antialiasing, neighbours clamped, double precision.
 * Source: PyTorch documentation of interpolate(mode="trilinear", align_corners=False).
 * Thread: any; the functions never allocate except medct_resample_axis_init(). */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Output o of `n` lies between source samples first + low[o] and first + high[o]. Only `count`
 * source samples from `first` on are ever read. */
typedef struct {
  int64_t n, first, count;
  int32_t *low, *high; /* [n] */
  double *weight;      /* [n], of `high`, 0..1 */
} MedctResampleAxis;

/* The outputs [start, start + n) of n_in samples resampled to n_out; n ≥ 1, inside n_out. */
void medct_resample_axis_init(MedctResampleAxis *axis, int64_t n_in, int64_t n_out, int64_t start,
                              int64_t n);
void medct_resample_axis_clear(MedctResampleAxis *axis);

/* y [n] = (1 − weight)·a + weight·b; a, b [n] */
void medct_resample_blend(double *y, const double *a, const double *b, double weight, int64_t n);
/* The last blend of a row: clipped to [low, high], divided by 1000, to float32. y [n]; a, b [n] */
void medct_resample_finish(float *y, const double *a, const double *b, double weight, double low,
                           double high, int64_t n);
/* y [columns, rows] = xᵀ; x [rows, columns] */
void medct_resample_transpose(double *y, const double *x, int64_t rows, int64_t columns);

G_END_DECLS
