/* Geometry of one anatomical plane through a volume, and of its picture on a screen.
 *
 * Radiological convention: axial is seen from the feet with anterior up, coronal from the front, so
 * the patient's Right lies on screen left; sagittal has anterior on screen left; superior is up in
 * both. Oblique volumes are shown along their nearest axes.
 * Three systems: screen pixels (x right, y down, pixel centres at .5); plane cells (column, row,
 * slice; base 0, centres at whole numbers; slices rise toward Left, Posterior, Superior); voxels
 * (i, j, k as the file has them). RAS millimetres come from the affine. Thread: any; no allocation.
 */
#pragma once

#include "model/volume.h"

G_BEGIN_DECLS

/* What the pictures need of a volume; borrowed, so it also serves a volume that is still loading.
 */
typedef struct {
  const MedctVolumeHeader *header;
  MedctAxes axes;     /* medct_volume_axes() */
  const void *voxels; /* [nz, ny, nx] of header->voxel_type */
} MedctImage;

typedef enum {
  MEDCT_PLANE_AXIAL,
  MEDCT_PLANE_SAGITTAL,
  MEDCT_PLANE_CORONAL,
} MedctPlaneKind;

typedef struct {
  MedctPlaneKind kind;
  int axis[3];       /* of column, row, slice: the array axis 0, 1, 2 */
  bool reversed[3];  /* the index falls as column, row, slice rises */
  int64_t count[3];  /* columns, rows, slices */
  double step_mm[3]; /* spacing along each */
  bool letters_known;
  char letters[4];    /* at screen left, right, top, bottom: 'R', 'L', 'A', 'P'; 0 unknown */
  double affine[16];  /* voxel → RAS mm, row-major */
  double inverse[16]; /* RAS mm → voxel */
} MedctPlane;

/* FALSE when the affine cannot be inverted; the plane then works without RAS. */
gboolean medct_plane_init(MedctPlane *plane, const MedctVolumeHeader *header, MedctAxes axes,
                          MedctPlaneKind kind);
const char *medct_plane_name(MedctPlaneKind kind); /* "Axial" */

/* cell [3]: column, row, slice. voxel [3]: i, j, k. ras [3]: mm. All continuous. */
void medct_plane_cell_to_voxel(const MedctPlane *plane, const double cell[3], double voxel[3]);
void medct_plane_voxel_to_cell(const MedctPlane *plane, const double voxel[3], double cell[3]);
void medct_plane_voxel_to_ras(const MedctPlane *plane, const double voxel[3], double ras[3]);
void medct_plane_ras_to_voxel(const MedctPlane *plane, const double ras[3], double voxel[3]);

/* Row-major 4×4: product out = a·b, inverse (FALSE when singular), and a point's image. */
void medct_matrix_multiply(const double a[16], const double b[16], double out[16]);
gboolean medct_matrix_invert(const double a[16], double out[16]);
void medct_matrix_apply(const double a[16], const double point[3], double out[3]);

/* Where a plane lies on a screen. True aspect: one scale for both directions. */
typedef struct {
  double x, y;          /* screen pixel where cell (column, row) = (0, 0) has its centre */
  double pixels_per_mm; /* > 0 */
  double step[2];       /* screen pixels from one column, one row to the next */
} MedctView;

/* The largest scale at which the whole plane fits width × height pixels. */
double medct_view_fit_scale(const MedctPlane *plane, double width, double height);
/* Centres the plane in the rectangle at that scale. */
MedctView medct_view_centred(const MedctPlane *plane, double left, double top, double width,
                             double height, double pixels_per_mm);
void medct_view_to_cell(const MedctView *view, double x, double y, double *column, double *row);
void medct_view_from_cell(const MedctView *view, double column, double row, double *x, double *y);

G_END_DECLS
