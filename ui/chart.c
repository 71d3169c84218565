#include "ui/chart.h"
#include "ui/text-scale.h"
#include <math.h>

struct _MedctChart {
  GtkWidget parent;
  int width, height;
  MedctCurveChart shown; /* strings and arrays owned */
  double hover;
};

G_DEFINE_FINAL_TYPE(MedctChart, medct_chart, GTK_TYPE_WIDGET)

/* ---- what is shown ------------------------------------------------------------------------- */

static double *
copy(const double *values, gsize n)
{
  return values != NULL ? g_memdup2(values, n * sizeof *values) : NULL;
}

static void
clear(MedctChart *chart)
{
  MedctCurveChart *shown = &chart->shown;
  MedctCurveSeries *series = (MedctCurveSeries *)shown->series;
  for (guint s = 0; s < shown->n_series; s++) {
    g_free((double *)series[s].x);
    g_free((double *)series[s].y);
    g_free((double *)series[s].low);
    g_free((double *)series[s].high);
    g_free((char *)series[s].label);
  }
  g_free(series);
  g_free((char *)shown->title);
  g_free((char *)shown->subtitle);
  g_free((char *)shown->x.label);
  g_free((char *)shown->y.label);
}

static void
take(MedctChart *chart, const MedctCurveChart *from)
{
  MedctCurveSeries *series = g_new0(MedctCurveSeries, MAX(from->n_series, 1));
  for (guint s = 0; s < from->n_series; s++) {
    series[s] = from->series[s];
    series[s].x = copy(series[s].x, series[s].n);
    series[s].y = copy(series[s].y, series[s].n);
    series[s].low = copy(series[s].low, series[s].n);
    series[s].high = copy(series[s].high, series[s].n);
    series[s].label = g_strdup(series[s].label);
  }
  clear(chart);
  chart->shown = *from;
  chart->shown.series = series;
  chart->shown.title = g_strdup(from->title);
  chart->shown.subtitle = g_strdup(from->subtitle);
  chart->shown.x.label = g_strdup(from->x.label);
  chart->shown.y.label = g_strdup(from->y.label);
}

void
medct_chart_set(MedctChart *chart, const MedctCurveChart *shown, const char *spoken)
{
  take(chart, shown);
  gtk_accessible_update_property(GTK_ACCESSIBLE(chart), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_widget_queue_draw(GTK_WIDGET(chart));
}

void
medct_chart_set_hover(MedctChart *chart, double x)
{
  if (chart->hover == x || (isnan(chart->hover) && isnan(x)))
    return;
  chart->hover = x;
  gtk_widget_queue_draw(GTK_WIDGET(chart));
}

/* ---- drawing and reading ------------------------------------------------------------------- */

static MedctCurveChart
look(const MedctChart *chart)
{
  MedctCurveChart shown = chart->shown;
  shown.light = !adw_style_manager_get_dark(adw_style_manager_get_default());
  shown.hover_x = chart->hover;
  return shown;
}

/* Its words are as large as those around it, unless it is too narrow for them. */
static double
scale_of(MedctChart *chart)
{
  double room = (double)gtk_widget_get_width(GTK_WIDGET(chart)) / MAX(chart->width, 1);
  double scale = medct_text_scale(GTK_WIDGET(chart));
  return scale > 1 ? fmax(1, fmin(scale, room)) : scale;
}

static void
medct_chart_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  MedctChart *chart = MEDCT_CHART(widget);
  const MedctCurveChart shown = look(chart);
  double width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  double scale = scale_of(chart);
  graphene_rect_t all = GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height);
  cairo_t *cr = gtk_snapshot_append_cairo(snapshot, &all);
  cairo_scale(cr, scale, scale);
  if (shown.n_series > 0)
    medct_curve_draw(cr, &shown, width / scale, height / scale);
  cairo_destroy(cr);
}

static void
medct_chart_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *baseline_minimum, int *baseline_natural)
{
  const MedctChart *chart = MEDCT_CHART(widget);
  double scale = fmax(medct_text_scale(widget), 1);
  *minimum = *natural =
      orientation == GTK_ORIENTATION_VERTICAL ? (int)ceil(chart->height * scale) : chart->width;
}

static void
moved(MedctChart *chart, double x, double y)
{
  const MedctCurveChart shown = look(chart);
  GtkWidget *widget = GTK_WIDGET(chart);
  double scale = scale_of(chart);
  g_signal_emit_by_name(chart, "hovered",
                        medct_curve_x_at(&shown, gtk_widget_get_width(widget) / scale,
                                         gtk_widget_get_height(widget) / scale, x / scale,
                                         y / scale));
}

static void
left(MedctChart *chart)
{
  g_signal_emit_by_name(chart, "hovered", NAN);
}

static void
medct_chart_finalize(GObject *object)
{
  clear(MEDCT_CHART(object));
  G_OBJECT_CLASS(medct_chart_parent_class)->finalize(object);
}

static void
medct_chart_class_init(MedctChartClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = medct_chart_finalize;
  GTK_WIDGET_CLASS(klass)->snapshot = medct_chart_snapshot;
  GTK_WIDGET_CLASS(klass)->measure = medct_chart_measure;
  gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), GTK_ACCESSIBLE_ROLE_IMG);
  g_signal_new("hovered", MEDCT_TYPE_CHART, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
               G_TYPE_DOUBLE);
}

static void
letters_changed(gpointer chart)
{
  gtk_widget_queue_resize(chart);
}

static void
medct_chart_init(MedctChart *chart)
{
  GtkEventController *motion = gtk_event_controller_motion_new();
  chart->hover = NAN;
  g_signal_connect_swapped(motion, "motion", G_CALLBACK(moved), chart);
  g_signal_connect_swapped(motion, "leave", G_CALLBACK(left), chart);
  gtk_widget_add_controller(GTK_WIDGET(chart), motion);
  medct_text_scale_follow(chart, letters_changed);
  g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                          G_CALLBACK(gtk_widget_queue_draw), chart, G_CONNECT_SWAPPED);
}

GtkWidget *
medct_chart_new(int width, int height)
{
  MedctChart *chart = g_object_new(MEDCT_TYPE_CHART, NULL);
  chart->width = width;
  chart->height = height;
  gtk_widget_set_hexpand(GTK_WIDGET(chart), TRUE);
  return GTK_WIDGET(chart);
}
