/* A line chart in the window: what render/curve.h draws, with values read under the pointer.
 * "hovered" (double): the data x under the pointer, NaN when it left; whoever listens sets it on
 * all charts that share the axis. Thread: main. */
#pragma once

#include "render/curve.h"
#include <adwaita.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_CHART (medct_chart_get_type())
G_DECLARE_FINAL_TYPE(MedctChart, medct_chart, MEDCT, CHART, GtkWidget)

/* `width` and `height`: the least it takes; it grows in width. */
GtkWidget *medct_chart_new(int width, int height);
/* Copies all; ground and hover are the widget's. `spoken` says the chart in words. */
void medct_chart_set(MedctChart *chart, const MedctCurveChart *shown, const char *spoken);
void medct_chart_set_hover(MedctChart *chart, double x);

G_END_DECLS
