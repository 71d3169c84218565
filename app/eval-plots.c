#include "app/eval-plots.h"
#include "model/curve_band.h"
#include "model/folder.h"
#include "render/curve.h"
#include <math.h>

enum { BAND_POINTS = 51, BAND_DRAWS = 200, MOST_SERIES = 3 };

typedef enum { ROC, PRECISION_RECALL, RELIABILITY } Kind;

/* One panel and what it points to. */
typedef struct {
  MedctCurveSeries series[MOST_SERIES];
  guint n_series;
  double chance_x[2], chance_y[2];
  double grid[BAND_POINTS], low[BAND_POINTS], high[BAND_POINTS];
  GPtrArray *owned; /* of arrays */
  char *subtitle;
} Panel;

static double *
own(Panel *panel, gsize n)
{
  double *values = g_new(double, MAX(1, n));
  g_ptr_array_add(panel->owned, values);
  return values;
}

static MedctRanking *
ranking_of(const MedctEvaluation *e, guint c)
{
  const MedctScored *m = &e->measured;
  return medct_ranking_new(m->scores + c, m->labels + c, m->n_rows, m->n_classes);
}

/* Level from one recall to the next, which is what average precision sums. [2n]; how many. */
static gsize
fill_levels(const MedctCurvePoint *points, gsize n, double *x, double *y)
{
  gsize n_filled = 0;
  for (gsize i = 1; i < n; i++) {
    if (!(points[i].tpr > points[i - 1].tpr))
      continue;
    x[n_filled] = points[i - 1].tpr;
    y[n_filled++] = points[i].precision;
    x[n_filled] = points[i].tpr;
    y[n_filled++] = points[i].precision;
  }
  return n_filled;
}

static void
add_curve(Panel *panel, Kind kind, const MedctEvaluation *e, guint c, MedctCurveRole role)
{
  g_autoptr(MedctRanking) ranking = ranking_of(e, c);
  gsize n;
  g_autofree MedctCurvePoint *points = medct_ranking_curve(ranking, &n);
  double *x = own(panel, 2 * n), *y = own(panel, 2 * n);
  for (gsize i = 0; kind == ROC && i < n; i++) {
    x[i] = points[i].fpr;
    y[i] = points[i].tpr;
  }
  if (kind == PRECISION_RECALL)
    n = fill_levels(points, n, x, y);
  panel->series[panel->n_series++] = (MedctCurveSeries){.x = x, .y = y, .n = n, .role = role};
}

static void
add_band(Panel *panel, Kind kind, const MedctEvaluation *e, guint c, guint64 seed)
{
  g_autoptr(MedctRanking) ranking = ranking_of(e, c);
  MedctBandKind band = kind == ROC ? MEDCT_BAND_ROC : MEDCT_BAND_PRECISION_RECALL;
  double *nowhere = own(panel, BAND_POINTS);
  for (guint i = 0; i < BAND_POINTS; i++) {
    panel->grid[i] = (double)i / (BAND_POINTS - 1);
    nowhere[i] = NAN;
  }
  medct_curve_band(ranking, band, e->measured.patients, e->n_rows, BAND_DRAWS, seed, BAND_POINTS,
                   panel->low, panel->high);
  panel->series[panel->n_series++] = (MedctCurveSeries){.x = panel->grid,
                                                        .y = nowhere,
                                                        .low = panel->low,
                                                        .high = panel->high,
                                                        .n = BAND_POINTS,
                                                        .role = MEDCT_CURVE_ADAPTED};
}

static double
add_reliability(Panel *panel, const MedctEvaluation *e, guint c, MedctCurveRole role)
{
  MedctReliabilityBin bins[MEDCT_RELIABILITY_BINS];
  const MedctScored *m = &e->measured;
  double gap = medct_reliability(m->scores + c, m->labels + c, m->n_rows, m->n_classes, bins);
  double *x = own(panel, MEDCT_RELIABILITY_BINS), *y = own(panel, MEDCT_RELIABILITY_BINS);
  double *low = own(panel, MEDCT_RELIABILITY_BINS), *high = own(panel, MEDCT_RELIABILITY_BINS);
  gsize n = 0;
  for (int b = 0; b < MEDCT_RELIABILITY_BINS; b++) {
    if (bins[b].n == 0)
      continue;
    x[n] = bins[b].mean;
    y[n] = bins[b].share;
    low[n] = bins[b].low;
    high[n++] = bins[b].high;
  }
  gboolean band = role == MEDCT_CURVE_ADAPTED;
  panel->series[panel->n_series++] = (MedctCurveSeries){.x = x,
                                                        .y = y,
                                                        .low = band ? low : NULL,
                                                        .high = band ? high : NULL,
                                                        .n = n,
                                                        .shape = MEDCT_CURVE_POINTS,
                                                        .role = role};
  return gap;
}

static char *
describe(Kind kind, const MedctEvaluation *base, const MedctEvaluation *main, guint c)
{
  MedctMeasure measure = kind == ROC ? MEDCT_MEASURE_AUROC : MEDCT_MEASURE_AVERAGE_PRECISION;
  const char *name = kind == ROC ? "AUROC" : "AP";
  MedctInterval value = medct_estimate_interval(main->at_half, c, measure);
  if (isnan(value.value))
    return g_strdup(main->classes[c].n_present ? "no negatives" : "no positives");
  if (base == main)
    return isfinite(value.low)
               ? g_strdup_printf("%s %.3f [%.3f, %.3f]", name, value.value, value.low, value.high)
               : g_strdup_printf("%s %.3f", name, value.value);
  double before = medct_estimate_interval(base->at_half, c, measure).value;
  return g_strdup_printf("%s %.3f, base %.3f", name, value.value, before);
}

static void
fill_panel(Panel *panel, Kind kind, const MedctEvalReport *report, guint c)
{
  const MedctEvaluation *base = report->base, *main = report->adapter ? report->adapter : base;
  double share = main->classes[c].prevalence;
  gboolean flat = kind == PRECISION_RECALL;
  panel->owned = g_ptr_array_new_with_free_func(g_free);
  panel->chance_x[1] = 1;
  panel->chance_y[0] = flat ? share : 0;
  panel->chance_y[1] = flat ? share : 1;
  if (kind == RELIABILITY) {
    double before = base != main ? add_reliability(panel, base, c, MEDCT_CURVE_BASE) : NAN;
    double gap = add_reliability(panel, main, c, MEDCT_CURVE_ADAPTED);
    panel->subtitle = isnan(before) ? g_strdup_printf("mean gap %.3f", gap)
                                    : g_strdup_printf("mean gap %.3f, base %.3f", gap, before);
  } else {
    panel->subtitle = describe(kind, base, main, c);
    if (isnan(main->classes[c].auroc))
      return;
    if (report->options->n_draws > 0)
      add_band(panel, kind, main, c, report->options->seed);
    if (base != main)
      add_curve(panel, kind, base, c, MEDCT_CURVE_BASE);
    add_curve(panel, kind, main, c, MEDCT_CURVE_ADAPTED);
  }
}

static MedctCurveChart
chart_of(const Panel *panel, const MedctEvalReport *report, guint c, MedctCurveSeries *with_chance)
{
  with_chance[0] = (MedctCurveSeries){
      .x = panel->chance_x, .y = panel->chance_y, .n = 2, .role = MEDCT_CURVE_CHANCE};
  for (guint s = 0; s < panel->n_series; s++)
    with_chance[s + 1] = panel->series[s];
  return (MedctCurveChart){
      .title = medct_cohort_class(report->rows->cohort, c),
      .subtitle = panel->subtitle,
      .x = {0, 1, NULL, 1},
      .y = {0, 1, NULL, 1},
      .series = with_chance,
      .n_series = panel->n_series + 1,
      .square = TRUE,
      .light = TRUE,
      .compact = TRUE,
      .hover_x = NAN,
  };
}

static gboolean
write_sheet(const MedctCurveSheet *sheet, const char *folder, const char *name, GError **error)
{
  static const char *const ends[] = {".png", ".svg"};
  for (int i = 0; i < 2; i++) {
    g_autofree char *file = g_strconcat(name, ends[i], NULL);
    g_autofree char *path = g_build_filename(folder, file, NULL);
    if (!medct_curve_sheet_write(sheet, path, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
plot_kind(const MedctEvalReport *report, Kind kind, const char *folder, GError **error)
{
  static const char *const names[] = {"roc", "precision-recall", "reliability"};
  static const char *const titles[] = {
      "ROC: true positive rate over false positive rate",
      "Precision over recall",
      "Reliability: share present over probability, in tenths",
  };
  static const char *const chances[] = {"chance", "share present", "perfect"};
  guint n = report->base->measured.n_classes;
  g_autofree Panel *panels = g_new0(Panel, n);
  g_autofree MedctCurveChart *charts = g_new(MedctCurveChart, n);
  g_autofree MedctCurveSeries *series = g_new(MedctCurveSeries, (gsize)n * (MOST_SERIES + 1));
  for (guint c = 0; c < n; c++) {
    fill_panel(&panels[c], kind, report, c);
    charts[c] = chart_of(&panels[c], report, c, series + (gsize)c * (MOST_SERIES + 1));
  }
  g_autofree char *subtitle = g_strdup_printf(
      "%s, %s: %u volumes of %u patients · %s · dotted: %s · band: 95 %%", report->cohort_name,
      medct_split_name(report->rows->split), report->base->n_rows, report->base->n_patients,
      report->adapter ? "blue: adapter, dashed grey: base" : "blue: model", chances[kind]);
  MedctCurveSheet sheet = {titles[kind], subtitle, "Research use only, not for diagnosis",
                           charts,       n,        MIN(n, 6),
                           236,          258};
  gboolean done = write_sheet(&sheet, folder, names[kind], error);
  for (guint c = 0; c < n; c++) {
    g_ptr_array_unref(panels[c].owned);
    g_free(panels[c].subtitle);
  }
  return done;
}

gboolean
medct_eval_report_plot(const MedctEvalReport *report, const char *folder, GError **error)
{
  if (!medct_folder_make(folder, 0777, error))
    return FALSE;
  return plot_kind(report, ROC, folder, error) &&
         plot_kind(report, PRECISION_RECALL, folder, error) &&
         plot_kind(report, RELIABILITY, folder, error);
}
