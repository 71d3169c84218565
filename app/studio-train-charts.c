/* A run's charts, on the page and in files: loss, mean AUROC, learning rate, pace, one for each
 * finding. */
#include "app/studio-train.h"
#include "ui/chart.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { MOST_POINTS = 1500, SMOOTH = 25, COLUMNS = MEDCT_TRAIN_COLUMNS, MOST_COMPARED = 8 };

/* Arrays that charts borrow, and the charts' series. */
typedef struct {
  GPtrArray *arrays; /* double *, char * */
  GArray *series;    /* MedctCurveSeries */
} Sheet;

static Sheet
sheet_new(void)
{
  return (Sheet){g_ptr_array_new_with_free_func(g_free),
                 g_array_new(FALSE, FALSE, sizeof(MedctCurveSeries))};
}

static void
sheet_clear(Sheet *sheet)
{
  g_ptr_array_unref(sheet->arrays);
  g_array_unref(sheet->series);
}

static double *
array(Sheet *sheet, gsize n)
{
  double *values = g_new(double, MAX(n, 1));
  g_ptr_array_add(sheet->arrays, values);
  return values;
}

static const char *
text(Sheet *sheet, char *owned)
{
  g_ptr_array_add(sheet->arrays, owned);
  return owned;
}

/* ---- series -------------------------------------------------------------------------------- */

/* A member of the steps by its offset: means over so many steps that MOST_POINTS are left;
 * `smooth`: means over the last SMOOTH steps instead of the values. */
static void
add_steps(Sheet *sheet, const MedctTrainRun *run, gsize member, gboolean smooth,
          MedctCurveSeries look)
{
  guint n = run->steps->len, each = (n + MOST_POINTS - 1) / MOST_POINTS, at = 0;
  double *x = array(sheet, n), *y = array(sheet, n), sum = 0;
  for (guint i = 0; i < n; i++) {
    const MedctRunStep *step = &g_array_index(run->steps, MedctRunStep, i);
    double value = G_STRUCT_MEMBER(double, step, member);
    guint over = smooth ? MIN(i + 1, SMOOTH) : i % MAX(each, 1) + 1;
    sum = !smooth && over == 1 ? value : sum + value;
    if (smooth && i >= SMOOTH)
      sum -= G_STRUCT_MEMBER(double, &g_array_index(run->steps, MedctRunStep, i - SMOOTH), member);
    if ((i + 1) % MAX(each, 1) != 0 && i + 1 < n)
      continue;
    x[at] = step->step;
    y[at++] = sum / over;
  }
  look.x = x;
  look.y = y;
  look.n = at;
  g_array_append_val(sheet->series, look);
}

static void
add_evaluations(Sheet *sheet, const MedctTrainRun *run, gsize member, gboolean band,
                MedctCurveSeries look)
{
  guint n = run->evaluations->len;
  double *x = array(sheet, n), *y = array(sheet, n), *low = array(sheet, n),
         *high = array(sheet, n);
  for (guint i = 0; i < n; i++) {
    const MedctRunEvaluation *e = &g_array_index(run->evaluations, MedctRunEvaluation, i);
    x[i] = e->step;
    y[i] = G_STRUCT_MEMBER(double, e, member);
    low[i] = e->low;
    high[i] = e->high;
  }
  look.x = x;
  look.y = y;
  look.n = n;
  look.low = band ? low : NULL;
  look.high = band ? high : NULL;
  g_array_append_val(sheet->series, look);
}

static double
last_step(const MedctTrainRun *run)
{
  double done =
      run->steps->len > 0 ? g_array_index(run->steps, MedctRunStep, run->steps->len - 1).step : 0;
  return fmax(1, run->state == MEDCT_RUN_DONE ? done : fmax(done, (double)run->n_steps));
}

/* A level from the first step to the last. */
static void
add_level(Sheet *sheet, const MedctTrainRun *run, double level, MedctCurveSeries look)
{
  double *x = array(sheet, 2), *y = array(sheet, 2);
  x[0] = 0;
  x[1] = last_step(run);
  y[0] = y[1] = level;
  look.x = x;
  look.y = y;
  look.n = 2;
  g_array_append_val(sheet->series, look);
}

static MedctCurveChart
chart(const Sheet *sheet, const MedctTrainRun *run, const char *title)
{
  return (MedctCurveChart){
      .title = title,
      .x = {0, last_step(run), _("step"), 0},
      .y = {NAN, NAN, NULL, -1},
      .series = (const MedctCurveSeries *)(const void *)sheet->series->data,
      .n_series = sheet->series->len,
      .hover_x = NAN,
  };
}

/* ---- the charts ---------------------------------------------------------------------------- */

/* The runs that are ticked, beside the one that is shown; free the array. */
static GPtrArray *
compared(const MedctStudioTrain *page, const MedctTrainRun *run)
{
  GPtrArray *others = g_ptr_array_new();
  for (guint n = 0; n < page->runs->len && others->len < MOST_COMPARED; n++) {
    MedctTrainRun *other = page->runs->pdata[n];
    if (other != run && other->steps->len > 0 && medct_studio_train_is_ticked(page, other))
      g_ptr_array_add(others, other);
  }
  return others;
}

/* As wide as the longest run on it. */
static void
widen(MedctCurveChart *shown, const GPtrArray *others)
{
  for (guint n = 0; n < others->len; n++)
    shown->x.high = fmax(shown->x.high, last_step(others->pdata[n]));
}

static MedctCurveChart
loss_chart(const MedctStudioTrain *page, Sheet *sheet, const MedctTrainRun *run)
{
  g_autoptr(GPtrArray) others = compared(page, run);
  for (guint n = 0; n < others->len; n++) {
    const MedctTrainRun *other = others->pdata[n];
    const char *name = text(sheet, g_strdup_printf(_("%s, validation"), other->name));
    add_steps(sheet, other, G_STRUCT_OFFSET(MedctRunStep, loss), TRUE,
              (MedctCurveSeries){.role = MEDCT_CURVE_OTHER, .faint = TRUE});
    add_evaluations(sheet, other, G_STRUCT_OFFSET(MedctRunEvaluation, loss), FALSE,
                    (MedctCurveSeries){.role = MEDCT_CURVE_OTHER, .label = name});
  }
  add_steps(sheet, run, G_STRUCT_OFFSET(MedctRunStep, loss), FALSE,
            (MedctCurveSeries){.role = MEDCT_CURVE_TRAIN, .faint = TRUE});
  add_steps(sheet, run, G_STRUCT_OFFSET(MedctRunStep, loss), TRUE,
            (MedctCurveSeries){.role = MEDCT_CURVE_TRAIN, .label = _("train")});
  add_evaluations(sheet, run, G_STRUCT_OFFSET(MedctRunEvaluation, loss), FALSE,
                  (MedctCurveSeries){.role = MEDCT_CURVE_ADAPTED,
                                     .shape = MEDCT_CURVE_POINTS,
                                     .label = _("validation")});
  MedctCurveChart shown = chart(sheet, run, _("Loss"));
  shown.named = TRUE;
  widen(&shown, others);
  return shown;
}

static MedctCurveChart
auroc_chart(const MedctStudioTrain *page, Sheet *sheet, const MedctTrainRun *run)
{
  const MedctRunEvaluation *base = medct_train_run_base(run);
  g_autoptr(GPtrArray) others = compared(page, run);
  for (guint n = 0; n < others->len; n++) {
    const MedctTrainRun *other = others->pdata[n];
    add_evaluations(sheet, other, G_STRUCT_OFFSET(MedctRunEvaluation, auroc), FALSE,
                    (MedctCurveSeries){.role = MEDCT_CURVE_OTHER, .label = other->name});
  }
  if (base != NULL && isfinite(base->auroc))
    add_level(sheet, run, base->auroc,
              (MedctCurveSeries){.role = MEDCT_CURVE_BASE, .label = _("base")});
  add_evaluations(sheet, run, G_STRUCT_OFFSET(MedctRunEvaluation, auroc), TRUE,
                  (MedctCurveSeries){.role = MEDCT_CURVE_ADAPTED,
                                     .shape = MEDCT_CURVE_POINTS,
                                     .label = run->name});
  MedctCurveChart shown = chart(sheet, run, _("Mean AUROC on validation, 95 % interval"));
  shown.named = TRUE;
  widen(&shown, others);
  return shown;
}

static MedctCurveChart
rate_chart(const MedctStudioTrain *page, Sheet *sheet, const MedctTrainRun *run)
{
  (void)page;
  add_steps(sheet, run, G_STRUCT_OFFSET(MedctRunStep, lr), FALSE,
            (MedctCurveSeries){.role = MEDCT_CURVE_TRAIN});
  MedctCurveSeries *series = &g_array_index(sheet->series, MedctCurveSeries, 0);
  for (gsize n = 0; n < series->n; n++)
    ((double *)series->y)[n] *= 1e4;
  return chart(sheet, run, _("Learning rate, in 10⁻⁴"));
}

static MedctCurveChart
pace_chart(const MedctStudioTrain *page, Sheet *sheet, const MedctTrainRun *run)
{
  (void)page;
  add_steps(sheet, run, G_STRUCT_OFFSET(MedctRunStep, seconds), FALSE,
            (MedctCurveSeries){.role = MEDCT_CURVE_TRAIN});
  MedctCurveChart shown = chart(sheet, run, _("Seconds per step"));
  return shown;
}

/* "0.63  +0.03", or why there is no number. */
static const char *
class_text(Sheet *sheet, double now, double base)
{
  if (!isfinite(now))
    return _("one label only in validation");
  if (!isfinite(base))
    return text(sheet, g_strdup_printf("%.2f", now));
  return text(sheet, g_strdup_printf("%.2f  %s%.2f%s", now, now < base ? "−" : "+",
                                     fabs(now - base), now < base - 0.005 ? _(" below base") : ""));
}

static MedctCurveChart
class_chart(Sheet *sheet, const MedctTrainRun *run, guint c)
{
  guint n = run->evaluations->len;
  double *x = array(sheet, n), *y = array(sheet, n);
  for (guint i = 0; i < n; i++) {
    x[i] = g_array_index(run->evaluations, MedctRunEvaluation, i).step;
    y[i] = medct_train_run_class(run, i, c);
  }
  double base = n > 0 && medct_train_run_base(run) ? y[0] : NAN;
  if (isfinite(base))
    add_level(sheet, run, base, (MedctCurveSeries){.role = MEDCT_CURVE_BASE});
  const MedctCurveSeries series = {
      .x = x, .y = y, .n = n, .role = MEDCT_CURVE_ADAPTED, .shape = MEDCT_CURVE_LINE};
  g_array_append_val(sheet->series, series);
  MedctCurveChart shown = chart(sheet, run, run->classes->pdata[c]);
  shown.subtitle = class_text(sheet, n > 0 ? y[n - 1] : NAN, base);
  shown.compact = TRUE;
  shown.y.low = 0;
  shown.y.high = 1;
  shown.y.decimals = 1;
  return shown;
}

/* ---- on the page --------------------------------------------------------------------------- */

typedef MedctCurveChart (*Make)(const MedctStudioTrain *page, Sheet *sheet,
                                const MedctTrainRun *run);
static const Make makers[] = {loss_chart, auroc_chart, rate_chart, pace_chart};

static void
set(const MedctStudioTrain *page, GtkWidget *widget, Make make)
{
  Sheet sheet = sheet_new();
  const MedctCurveChart shown = make(page, &sheet, page->shown);
  medct_chart_set(MEDCT_CHART(widget), &shown, shown.title);
  sheet_clear(&sheet);
}

static void
hovered(GtkWidget *from, double x, MedctStudioTrain *page)
{
  GtkWidget *const all[] = {page->loss, page->auroc, page->rate, page->pace};
  page->hover = x;
  page->window->view_changed = TRUE;
  for (gsize n = 0; n < G_N_ELEMENTS(all); n++)
    medct_chart_set_hover(MEDCT_CHART(all[n]), x);
  for (guint n = 0; n < page->class_charts->len; n++)
    medct_chart_set_hover(page->class_charts->pdata[n], x);
}

static GtkWidget *
new_chart(MedctStudioTrain *page, int width, int height)
{
  GtkWidget *widget = medct_chart_new(width, height);
  g_signal_connect(widget, "hovered", G_CALLBACK(hovered), page);
  return widget;
}

static void
show_classes(MedctStudioTrain *page)
{
  const MedctTrainRun *run = page->shown;
  while (page->class_charts->len < run->classes->len) {
    guint n = page->class_charts->len;
    GtkWidget *widget = new_chart(page, 120, 116);
    g_ptr_array_add(page->class_charts, widget);
    gtk_grid_attach(GTK_GRID(page->grid), widget, (int)n % page->columns, (int)n / page->columns, 1,
                    1);
  }
  for (guint c = 0; c < page->class_charts->len; c++) {
    gtk_widget_set_visible(page->class_charts->pdata[c], c < run->classes->len);
    if (c >= run->classes->len)
      continue;
    Sheet sheet = sheet_new();
    const MedctCurveChart shown = class_chart(&sheet, run, c);
    g_autofree char *spoken = g_strdup_printf("%s: %s", shown.title, shown.subtitle);
    medct_chart_set(page->class_charts->pdata[c], &shown, spoken);
    sheet_clear(&sheet);
  }
}

void
medct_studio_train_show_charts(MedctStudioTrain *page)
{
  GtkWidget *const all[] = {page->loss, page->auroc, page->rate, page->pace};
  if (page->shown == NULL)
    return;
  for (gsize n = 0; n < G_N_ELEMENTS(all); n++)
    set(page, all[n], makers[n]);
  show_classes(page);
}

void
medct_studio_train_build_charts(MedctStudioTrain *page, GtkBox *box)
{
  GtkWidget *large = page->large = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *small = page->small = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *title = gtk_label_new(_("AUROC per finding"));
  GtkWidget *legend = gtk_label_new(_("0 to 1 · dashed: base"));
  page->loss = new_chart(page, 280, 290);
  page->auroc = new_chart(page, 280, 290);
  page->rate = new_chart(page, 280, 140);
  page->pace = new_chart(page, 280, 140);
  page->grid = gtk_grid_new();
  page->columns = COLUMNS;
  gtk_grid_set_column_homogeneous(GTK_GRID(page->grid), TRUE);
  gtk_grid_set_row_spacing(GTK_GRID(page->grid), 6);
  gtk_widget_add_css_class(title, "pane-title");
  gtk_widget_add_css_class(legend, "caption");
  gtk_widget_add_css_class(legend, "dim-label");
  gtk_label_set_xalign(GTK_LABEL(title), 0);
  gtk_widget_set_hexpand(title, TRUE);
  gtk_box_set_homogeneous(GTK_BOX(large), TRUE);
  gtk_box_set_homogeneous(GTK_BOX(small), TRUE);
  gtk_box_append(GTK_BOX(large), page->loss);
  gtk_box_append(GTK_BOX(large), page->auroc);
  gtk_box_append(GTK_BOX(small), page->rate);
  gtk_box_append(GTK_BOX(small), page->pace);
  gtk_box_append(GTK_BOX(head), title);
  gtk_box_append(GTK_BOX(head), legend);
  GtkWidget *const all[] = {large, head, page->grid, small};
  for (gsize n = 0; n < G_N_ELEMENTS(all); n++)
    gtk_box_append(box, all[n]);
}

/* ---- in files ------------------------------------------------------------------------------ */

gboolean
medct_studio_train_export(MedctStudioTrain *page, const char *path, GError **error)
{
  const MedctTrainRun *run = page->shown;
  if (g_str_has_suffix(path, ".csv"))
    return medct_train_run_write_csv(run, path, error);
  guint n = G_N_ELEMENTS(makers) + run->classes->len;
  g_autofree MedctCurveChart *charts = g_new0(MedctCurveChart, n);
  g_autofree Sheet *sheets = g_new0(Sheet, n);
  for (guint i = 0; i < n; i++) {
    sheets[i] = sheet_new();
    charts[i] = i < G_N_ELEMENTS(makers)
                    ? makers[i](page, &sheets[i], run)
                    : class_chart(&sheets[i], run, i - (guint)G_N_ELEMENTS(makers));
    charts[i].light = TRUE;
    charts[i].compact = FALSE;
  }
  g_autofree char *cohort = g_path_get_basename(run->cohort);
  g_autofree char *title = g_strdup_printf("%s · %s", run->name, cohort);
  const MedctCurveSheet sheet = {
      .title = title,
      .subtitle = *run->note != '\0' ? run->note : NULL,
      .foot = _("Validation split; 95 % intervals by bootstrap over patients. Research use only — "
                "not for diagnosis"),
      .charts = charts,
      .n_charts = n,
      .columns = 4,
      .chart_width = 400,
      .chart_height = 280,
  };
  gboolean done = medct_curve_sheet_write(&sheet, path, error);
  for (guint i = 0; i < n; i++)
    sheet_clear(&sheets[i]);
  return done;
}
