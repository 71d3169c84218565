#include "plugins/nifti/geometry.h"
#include "plugins/nifti/header.h"
#include <math.h>
#include <nifti/nifti2_io.h>
#include <string.h>

static double
determinant(const double *m)
{
  return m[0] * (m[5] * m[10] - m[6] * m[9]) - m[1] * (m[4] * m[10] - m[6] * m[8]) +
         m[2] * (m[4] * m[9] - m[5] * m[8]);
}

static double
column_norm(const double *m, int a)
{
  return sqrt(m[a] * m[a] + m[4 + a] * m[4 + a] + m[8 + a] * m[8 + a]);
}

/* Finite, and not flat compared with the lengths of its columns. */
static gboolean
is_usable(const double *m)
{
  for (int i = 0; i < 12; i++)
    if (!isfinite(m[i]) || fabs(m[i]) > 1e7)
      return FALSE;
  double volume = column_norm(m, 0) * column_norm(m, 1) * column_norm(m, 2);
  return volume > 1e-12 && fabs(determinant(m)) > 1e-3 * volume;
}

static void
check_spacing(NiftiGeometry *g, double unit, GArray *warnings)
{
  g->spacing_known = TRUE;
  for (int a = 0; a < 3; a++) {
    double value = g->pixdim[a] * unit;
    if (isfinite(value) && value > 0 && value < 1e4) {
      g->spacing_mm[a] = value;
      continue;
    }
    g->spacing_known = FALSE;
    g->spacing_mm[a] = isfinite(value) && value < 0 && value > -1e4 ? -value : 0;
  }
  if (!g->spacing_known)
    nifti_warn(warnings, "pixdim-invalid",
               "pixdim is zero, negative or not a number on some axis; measuring is off.");
}

static gboolean
quaternion_affine(const NiftiGeometry *g, double unit, double *affine)
{
  double b = g->quatern[0], c = g->quatern[1], d = g->quatern[2];
  if (!isfinite(b) || !isfinite(c) || !isfinite(d) || b * b + c * c + d * d > 1.01)
    return FALSE;
  nifti_dmat44 m = nifti_quatern_to_dmat44(b, c, d, g->qoffset[0] * unit, g->qoffset[1] * unit,
                                           g->qoffset[2] * unit, g->spacing_mm[0], g->spacing_mm[1],
                                           g->spacing_mm[2], g->qfac < 0 ? -1 : 1);
  for (int r = 0; r < 3; r++)
    for (int k = 0; k < 4; k++)
      affine[4 * r + k] = m.m[r][k];
  return is_usable(affine);
}

/* Farthest that a corner of the volume moves between two affines, in mm. */
static double
corner_distance(const NiftiGeometry *g, const double *a, const double *b)
{
  double worst = 0;
  for (int corner = 0; corner < 8; corner++) {
    double distance = 0;
    for (int r = 0; r < 3; r++) {
      double delta = a[4 * r + 3] - b[4 * r + 3];
      for (int k = 0; k < 3; k++)
        if (corner >> k & 1)
          delta += (a[4 * r + k] - b[4 * r + k]) * (double)(g->dims[k] - 1);
      distance += delta * delta;
    }
    worst = fmax(worst, sqrt(distance));
  }
  return worst;
}

static void
use_spacing_only(NiftiGeometry *g)
{
  memset(g->affine, 0, sizeof g->affine);
  for (int a = 0; a < 3; a++) {
    g->affine[5 * a] = g->spacing_mm[a];
    g->affine[4 * a + 3] = -g->spacing_mm[a] * (double)(g->dims[a] - 1) / 2;
  }
  g->orientation_known = FALSE;
}

/* NIfTI units: 1 metre, 2 mm, 3 micrometre; 0 is taken as mm, as everybody does. Some writers set
 * the code and write millimetres all the same: spacings that no scanner makes give them away. */
static double
unit_in_mm(const NiftiGeometry *g, GArray *warnings)
{
  double unit = g->units == 1 ? 1000 : g->units == 3 ? 0.001 : 1;
  if (unit == 1)
    return 1;
  for (int a = 0; a < 3; a++)
    if (!(g->pixdim[a] * unit >= 0.01 && g->pixdim[a] * unit <= 100)) {
      nifti_warn(warnings, "units-ignored",
                 "The header names metres or micrometres, which gives no sensible spacing; read as "
                 "mm.");
      return 1;
    }
  nifti_warn(warnings, "units-converted",
             "The file measures in metres or micrometres; converted to mm.");
  return unit;
}

void
nifti_geometry_solve(NiftiGeometry *g, GArray *warnings)
{
  double unit = unit_in_mm(g, warnings), q[16] = {0}, s[16] = {0};
  check_spacing(g, unit, warnings);
  for (int i = 0; i < 12; i++)
    s[i] = g->srow[i] * unit;
  gboolean has_s = g->sform_code > 0 && is_usable(s);
  for (int a = 0; a < 3; a++) /* an invalid pixdim is guessed from the sform, else 1 mm */
    if (g->spacing_mm[a] == 0)
      g->spacing_mm[a] = has_s ? column_norm(s, a) : 1;
  gboolean has_q = g->qform_code > 0 && quaternion_affine(g, unit, q);
  gboolean broken =
      (g->sform_code > 0 && !has_s) || (g->sform_code <= 0 && g->qform_code > 0 && !has_q);
  g->orientation_known = TRUE;
  if (broken || (!has_s && !has_q)) {
    use_spacing_only(g);
    if (broken)
      nifti_warn(warnings, "orientation-unknown",
                 "The orientation in the file is unusable (singular or not a number): left and "
                 "right are unknown.");
    else
      nifti_warn(warnings, "orientation-unknown",
                 "The file gives no orientation: left and right are unknown.");
  } else {
    memcpy(g->affine, has_s ? s : q, sizeof g->affine);
    double smallest = fmin(fmin(g->spacing_mm[0], g->spacing_mm[1]), g->spacing_mm[2]);
    if (has_s && has_q && corner_distance(g, s, q) > 0.5 * smallest)
      nifti_warn(warnings, "qform-sform-differ",
                 "qform and sform place the volume differently; the sform was used.");
    for (int a = 0; a < 3; a++)
      if (has_s && g->spacing_known && fabs(column_norm(s, a) / g->spacing_mm[a] - 1) > 0.02) {
        nifti_warn(warnings, "spacing-differs",
                   "pixdim and the affine give different spacings; pixdim is what the model uses.");
        break;
      }
  }
  g->affine[12] = g->affine[13] = g->affine[14] = 0;
  g->affine[15] = 1;
}
