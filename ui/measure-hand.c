#include "ui/measure-hand.h"
#include <math.h>

gboolean
medct_measure_hand_is_for(MedctMouseMode mode)
{
  return mode >= MEDCT_MOUSE_DISTANCE;
}

static void
put(MedctViewport *viewport, MedctMeasure *measure, int point, double x, double y)
{
  MedctView view;
  if (medct_viewport_get_view(viewport, &view))
    medct_view_to_cell(&view, x, y, &measure->cells[point][0], &measure->cells[point][1]);
}

static const MedctPlane *
plane_of(MedctViewport *viewport)
{
  return &medct_viewport_get_study(viewport)->planes[medct_viewport_get_kind(viewport)];
}

/* Less is a trembling hand. */
static gboolean
is_meant(MedctViewport *viewport, const MedctMeasure *measure)
{
  enum { CLICK = 3 }; /* px */
  MedctView view;
  double x[2], y[2];
  medct_viewport_get_view(viewport, &view);
  for (int n = 0; n < 2; n++)
    medct_view_from_cell(&view, measure->cells[n][0], measure->cells[n][1], &x[n], &y[n]);
  double across = fabs(x[1] - x[0]), down = fabs(y[1] - y[0]);
  return measure->kind == MEDCT_MEASURE_REGION ? fmin(across, down) > CLICK
                                               : hypot(across, down) > CLICK;
}

static void
finish(MedctViewport *viewport, const MedctMeasure *drawn)
{
  MedctMeasure measure = *drawn;
  medct_viewport_show_measure(viewport, NULL, FALSE);
  medct_study_add_measure(medct_viewport_get_study(viewport), &measure);
}

gboolean
medct_measure_hand_begin(MedctViewport *viewport, double x, double y)
{
  static const MedctMeasureKind kinds[] = {[MEDCT_MOUSE_DISTANCE] = MEDCT_MEASURE_DISTANCE,
                                           [MEDCT_MOUSE_ANGLE] = MEDCT_MEASURE_ANGLE,
                                           [MEDCT_MOUSE_REGION] = MEDCT_MEASURE_REGION};
  gboolean waits;
  const MedctMeasure *drawn = medct_viewport_get_measure(viewport, &waits);
  if (drawn != NULL && waits) {
    MedctMeasure measure = *drawn;
    put(viewport, &measure, 2, x, y);
    finish(viewport, &measure);
    return FALSE;
  }
  MedctPlaneKind plane = medct_viewport_get_kind(viewport);
  MedctMeasure fresh = {.kind = kinds[medct_viewport_get_mode(viewport)],
                        .plane = plane,
                        .slice = medct_study_slice(medct_viewport_get_study(viewport), plane)};
  for (int n = 0; n < 3; n++)
    put(viewport, &fresh, n, x, y);
  medct_viewport_show_measure(viewport, &fresh, FALSE);
  return TRUE;
}

void
medct_measure_hand_drag(MedctViewport *viewport, double x, double y)
{
  const MedctMeasure *drawn = medct_viewport_get_measure(viewport, NULL);
  if (drawn == NULL)
    return;
  MedctMeasure measure = *drawn;
  put(viewport, &measure, 1, x, y);
  put(viewport, &measure, 2, x, y);
  if (measure.kind == MEDCT_MEASURE_REGION)
    medct_measure_count(&measure, &medct_viewport_get_study(viewport)->image, plane_of(viewport));
  medct_viewport_show_measure(viewport, &measure, FALSE);
}

void
medct_measure_hand_end(MedctViewport *viewport)
{
  const MedctMeasure *drawn = medct_viewport_get_measure(viewport, NULL);
  if (drawn == NULL)
    return;
  MedctMeasure measure = *drawn;
  if (!is_meant(viewport, &measure))
    medct_viewport_show_measure(viewport, NULL, FALSE);
  else if (measure.kind == MEDCT_MEASURE_ANGLE)
    medct_viewport_show_measure(viewport, &measure, TRUE);
  else
    finish(viewport, &measure);
}

void
medct_measure_hand_move(MedctViewport *viewport, double x, double y)
{
  gboolean waits;
  const MedctMeasure *drawn = medct_viewport_get_measure(viewport, &waits);
  if (drawn == NULL || !waits)
    return;
  MedctMeasure measure = *drawn;
  put(viewport, &measure, 2, x, y);
  medct_viewport_show_measure(viewport, &measure, TRUE);
}

gboolean
medct_measure_hand_cancel(MedctViewport *viewport)
{
  gboolean drawn = medct_viewport_get_measure(viewport, NULL) != NULL;
  medct_viewport_show_measure(viewport, NULL, FALSE);
  return drawn;
}
