#include "phantom/orientation.h"
#include "model/error.h"
#include <string.h>

gboolean
medct_orientation_parse(const char *letters, MedctOrientation *orientation, GError **error)
{
  static const char forward[] = "LPS", backward[] = "RAI";
  int seen = 0;
  for (int n = 0; n < 3 && strlen(letters) == 3; n++) {
    const char *f = strchr(forward, letters[n]), *b = strchr(backward, letters[n]);
    if (f == NULL && b == NULL)
      break;
    orientation->axis[n] = (int)(f ? f - forward : b - backward);
    orientation->flip[n] = b != NULL;
    seen |= 1 << orientation->axis[n];
  }
  if (seen == 7)
    return TRUE;
  g_set_error(
      error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
      "--orientation is \"%s\", expected mixed or three letters, one each of L or R, P or A, "
      "S or I, such as LPS",
      letters);
  return FALSE;
}

/* Voxel (i, j, k) of the file → how far it lies from voxel 0 of the phantom's array. */
static gint64
stride_of(const MedctOrientation *o, const MedctGrid *grid, int n, gint64 *start)
{
  const gint64 strides[3] = {1, grid->dims[0], grid->dims[0] * grid->dims[1]};
  gint64 stride = strides[o->axis[n]];
  if (!o->flip[n])
    return stride;
  *start += stride * (grid->dims[o->axis[n]] - 1);
  return -stride;
}

int16_t *
medct_orientation_store(const MedctOrientation *o, const int16_t *voxels, const MedctGrid *grid,
                        int64_t dims[3], double affine[16])
{
  double own[16];
  gint64 start = 0, stride[3];
  medct_grid_affine(grid, own);
  memcpy(affine, own, sizeof own);
  for (int n = 0; n < 3; n++) {
    dims[n] = grid->dims[o->axis[n]];
    stride[n] = stride_of(o, grid, n, &start);
    for (int row = 0; row < 3; row++) {
      double step = own[4 * row + o->axis[n]];
      affine[4 * row + n] = o->flip[n] ? -step : step;
      if (o->flip[n])
        affine[4 * row + 3] += step * (double)(dims[n] - 1);
    }
  }
  int16_t *stored = g_new(int16_t, dims[0] * dims[1] * dims[2]), *to = stored;
  for (int64_t k = 0; k < dims[2]; k++)
    for (int64_t j = 0; j < dims[1]; j++) {
      const int16_t *from = voxels + start + k * stride[2] + j * stride[1];
      for (int64_t i = 0; i < dims[0]; i++)
        *to++ = from[i * stride[0]];
    }
  return stored;
}

MedctBox
medct_orientation_box(const MedctOrientation *o, const MedctGrid *grid, const MedctBox *box)
{
  MedctBox stored;
  for (int n = 0; n < 3; n++) {
    int axis = o->axis[n], last = (int)grid->dims[axis] - 1;
    stored.low[n] = o->flip[n] ? last - box->high[axis] : box->low[axis];
    stored.high[n] = o->flip[n] ? last - box->low[axis] : box->high[axis];
  }
  return stored;
}
