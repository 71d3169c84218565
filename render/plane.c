#include "render/plane.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* The patient axis (0 Left, 1 Posterior, 2 Superior) of columns, rows and slices, and whether they
 * run against it: rows of the upright planes go down, toward Inferior. */
static const struct {
  const char *name;
  int patient[3];
  bool against[3];
  char letters[4];
} layouts[] = {
    [MEDCT_PLANE_AXIAL] = {N_("Axial"), {0, 1, 2}, {false, false, false}, {'R', 'L', 'A', 'P'}},
    [MEDCT_PLANE_SAGITTAL] = {N_("Sagittal"),
                              {1, 2, 0},
                              {false, true, false},
                              {'A', 'P', 'S', 'I'}},
    [MEDCT_PLANE_CORONAL] = {N_("Coronal"), {0, 2, 1}, {false, true, false}, {'R', 'L', 'S', 'I'}},
};

const char *
medct_plane_name(MedctPlaneKind kind)
{
  return layouts[kind].name;
}

gboolean
medct_plane_init(MedctPlane *plane, const MedctVolumeHeader *header, MedctAxes axes,
                 MedctPlaneKind kind)
{
  memset(plane, 0, sizeof *plane);
  plane->kind = kind;
  for (int n = 0; n < 3; n++) {
    int patient = layouts[kind].patient[n];
    plane->axis[n] = axes.axis[patient];
    plane->reversed[n] = axes.flip[patient] != layouts[kind].against[n];
    plane->count[n] = header->dims[plane->axis[n]];
    plane->step_mm[n] = header->spacing_mm[plane->axis[n]];
  }
  plane->letters_known = header->orientation_known;
  if (plane->letters_known)
    memcpy(plane->letters, layouts[kind].letters, sizeof plane->letters);
  memcpy(plane->affine, header->affine, sizeof plane->affine);
  return medct_matrix_invert(plane->affine, plane->inverse);
}

void
medct_plane_cell_to_voxel(const MedctPlane *plane, const double cell[3], double voxel[3])
{
  for (int n = 0; n < 3; n++)
    voxel[plane->axis[n]] = plane->reversed[n] ? (double)(plane->count[n] - 1) - cell[n] : cell[n];
}

void
medct_plane_voxel_to_cell(const MedctPlane *plane, const double voxel[3], double cell[3])
{
  for (int n = 0; n < 3; n++) {
    double index = voxel[plane->axis[n]];
    cell[n] = plane->reversed[n] ? (double)(plane->count[n] - 1) - index : index;
  }
}

void
medct_plane_voxel_to_ras(const MedctPlane *plane, const double voxel[3], double ras[3])
{
  medct_matrix_apply(plane->affine, voxel, ras);
}

void
medct_plane_ras_to_voxel(const MedctPlane *plane, const double ras[3], double voxel[3])
{
  medct_matrix_apply(plane->inverse, ras, voxel);
}

void
medct_matrix_multiply(const double a[16], const double b[16], double out[16])
{
  for (int r = 0; r < 4; r++)
    for (int c = 0; c < 4; c++) {
      double sum = 0;
      for (int n = 0; n < 4; n++)
        sum += a[4 * r + n] * b[4 * n + c];
      out[4 * r + c] = sum;
    }
}

gboolean
medct_matrix_invert(const double a[16], double out[16])
{
  memset(out, 0, 16 * sizeof *out);
  out[15] = 1;
  /* Adjugate of the upper 3×3: cofactors by cyclic neighbours. */
  for (int r = 0; r < 3; r++)
    for (int c = 0; c < 3; c++) {
      int r1 = (c + 1) % 3, r2 = (c + 2) % 3, c1 = (r + 1) % 3, c2 = (r + 2) % 3;
      out[4 * r + c] = a[4 * r1 + c1] * a[4 * r2 + c2] - a[4 * r1 + c2] * a[4 * r2 + c1];
    }
  double determinant = a[0] * out[0] + a[1] * out[4] + a[2] * out[8];
  if (!isfinite(determinant) || determinant == 0)
    return FALSE;
  for (int r = 0; r < 3; r++) {
    for (int c = 0; c < 3; c++)
      out[4 * r + c] /= determinant;
    out[4 * r + 3] = -(out[4 * r] * a[3] + out[4 * r + 1] * a[7] + out[4 * r + 2] * a[11]);
  }
  return TRUE;
}

void
medct_matrix_apply(const double a[16], const double point[3], double out[3])
{
  double x = point[0], y = point[1], z = point[2];
  for (int r = 0; r < 3; r++)
    out[r] = a[4 * r] * x + a[4 * r + 1] * y + a[4 * r + 2] * z + a[4 * r + 3];
}

double
medct_view_fit_scale(const MedctPlane *plane, double width, double height)
{
  double across = (double)plane->count[0] * plane->step_mm[0];
  double down = (double)plane->count[1] * plane->step_mm[1];
  return fmin(width / across, height / down);
}

MedctView
medct_view_centred(const MedctPlane *plane, double left, double top, double width, double height,
                   double pixels_per_mm)
{
  MedctView view = {.pixels_per_mm = pixels_per_mm};
  view.step[0] = pixels_per_mm * plane->step_mm[0];
  view.step[1] = pixels_per_mm * plane->step_mm[1];
  view.x = left + width / 2 - view.step[0] * (double)(plane->count[0] - 1) / 2;
  view.y = top + height / 2 - view.step[1] * (double)(plane->count[1] - 1) / 2;
  return view;
}

void
medct_view_to_cell(const MedctView *view, double x, double y, double *column, double *row)
{
  *column = (x - view->x) / view->step[0];
  *row = (y - view->y) / view->step[1];
}

void
medct_view_from_cell(const MedctView *view, double column, double row, double *x, double *y)
{
  *x = view->x + column * view->step[0];
  *y = view->y + row * view->step[1];
}
