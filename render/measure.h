/* What a reader measures on a slice: a distance, an angle, the voxels in an ellipse. In cells of
 * the plane, so it stays where it is when zoom and position change; lengths and angles are the
 * patient's, through the affine. Owner: whoever has the struct. Thread: any. */
#pragma once

#include "render/slice.h"
#include "render/text.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_MEASURE_DISTANCE, /* two ends */
  MEDCT_MEASURE_ANGLE,    /* an end, the corner, the other end */
  MEDCT_MEASURE_REGION,   /* opposite corners of the rectangle round an ellipse */
} MedctMeasureKind;

typedef struct {
  MedctMeasureKind kind;
  MedctPlaneKind plane;
  int64_t slice;
  double cells[3][2];    /* column, row; two or three of them count */
  guint64 n_voxels;      /* of a region; 0: not counted, or none inside */
  double mean_hu, sd_hu; /* of the slice itself, whatever slab is shown */
} MedctMeasure;

int medct_measure_n_points(MedctMeasureKind kind);
/* mm; NaN when the spacing is unknown. */
double medct_measure_length(const MedctMeasure *measure, const MedctPlane *plane);
double medct_measure_degrees(const MedctMeasure *measure, const MedctPlane *plane);
double medct_measure_area(const MedctMeasure *measure, const MedctPlane *plane); /* mm² */
/* Fills in the voxels whose centres lie in the ellipse. */
void medct_measure_count(MedctMeasure *measure, const MedctImage *image, const MedctPlane *plane);
/* "43.2 mm", "37.5°", "−963 ± 32 HU · 5.1 cm²". `spacing_known` FALSE: no millimetres. The caller
 * frees. */
char *medct_measure_text(const MedctMeasure *measure, const MedctPlane *plane,
                         gboolean spacing_known);

/* The picture that it is drawn on. */
typedef struct {
  const MedctPlane *plane; /* borrowed */
  MedctView view;
  double width, height; /* px at scale 1, without the track: words stay inside */
  double text_scale;    /* 1: letters as usual */
  gboolean spacing_known;
} MedctMeasurePaper;

/* Lines with a dark edge, and the words below them. All ink lies within the box. */
void medct_measure_draw(cairo_t *cr, const MedctMeasure *measure, const MedctMeasurePaper *paper);
MedctTextBox medct_measure_box(const MedctMeasure *measure, const MedctMeasurePaper *paper);

G_END_DECLS
