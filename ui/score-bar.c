#include "ui/score-bar.h"
#include "ui/contrast.h"
#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

struct _MedctScoreBar {
  GtkWidget parent;
  double score, threshold, base;
  double *wordings; /* [n_wordings] */
  guint n_wordings;
  gboolean signed_share;
  double share, top;
};

G_DEFINE_FINAL_TYPE(MedctScoreBar, medct_score_bar, GTK_TYPE_WIDGET)

/* ---- drawing ------------------------------------------------------------------------------- */

typedef struct {
  GtkSnapshot *snapshot;
  double width, middle; /* px */
  gboolean dark;
} Paper;

static GdkRGBA
colour_of(guint32 rgb)
{
  return (GdkRGBA){(float)((rgb >> 16) & 255) / 255, (float)((rgb >> 8) & 255) / 255,
                   (float)(rgb & 255) / 255, 1};
}

static void
append(const Paper *paper, guint32 rgb, double x, double y, double width, double height)
{
  GdkRGBA colour = colour_of(rgb);
  gtk_snapshot_append_color(paper->snapshot, &colour,
                            &GRAPHENE_RECT_INIT((float)x, (float)y, (float)width, (float)height));
}

static guint32
light_mark(const Paper *paper)
{
  return paper->dark ? 0xd8d8d8 : 0x404040;
}

/* Hollow is the base model everywhere. */
static void
append_ring(const Paper *paper, double at)
{
  enum { RADIUS = 5 };
  double x = CLAMP(at * paper->width, RADIUS, paper->width - RADIUS);
  GdkRGBA mark = colour_of(light_mark(paper)),
          ground = colour_of(paper->dark ? 0x242424 : 0xffffff);
  graphene_rect_t box = GRAPHENE_RECT_INIT((float)(x - RADIUS), (float)(paper->middle - RADIUS),
                                           2 * RADIUS, 2 * RADIUS);
  GskRoundedRect circle;
  gsk_rounded_rect_init_from_rect(&circle, &box, RADIUS);
  gtk_snapshot_push_rounded_clip(paper->snapshot, &circle);
  gtk_snapshot_append_color(paper->snapshot, &ground, &box);
  gtk_snapshot_pop(paper->snapshot);
  gtk_snapshot_append_border(paper->snapshot, &circle, (float[4]){2, 2, 2, 2},
                             (GdkRGBA[4]){mark, mark, mark, mark});
}

static void
append_wordings(const Paper *paper, const MedctScoreBar *bar)
{
  double low = bar->wordings[0], high = bar->wordings[0];
  for (guint n = 1; n < bar->n_wordings; n++) {
    low = fmin(low, bar->wordings[n]);
    high = fmax(high, bar->wordings[n]);
  }
  double x = rint(low * (paper->width - 2));
  append(paper, paper->dark ? 0x555555 : 0xb8b8b8, x, paper->middle - 3,
         rint(high * (paper->width - 2)) + 2 - x, 6);
  for (guint n = 0; n < bar->n_wordings; n++)
    append(paper, light_mark(paper), rint(bar->wordings[n] * (paper->width - 2)), paper->middle - 6,
           2, 12);
}

static void
append_share(const Paper *paper, const MedctScoreBar *bar)
{
  double half = floor(paper->width / 2), length = 0;
  if (!isnan(bar->share) && bar->top > 0)
    length = CLAMP(bar->share / bar->top, -1, 1) * half;
  guint32 plus = paper->dark ? 0xfa9207 : 0xc06400, minus = paper->dark ? 0x5eace5 : 0x297ed6;
  append(paper, length > 0 ? plus : minus, length > 0 ? half : half + length, paper->middle - 4,
         fabs(length), 8);
  append(paper, light_mark(paper), half - 1, paper->middle - 6, 1, 12);
}

static void
append_score(const Paper *paper, const MedctScoreBar *bar)
{
  if (!isnan(bar->score)) {
    gboolean over = !isnan(bar->threshold) && bar->score >= bar->threshold;
    append(paper, over ? (paper->dark ? 0x82b6f5 : 0x1c71d8) : 0x6b87a0, 0, paper->middle - 4,
           paper->width * bar->score, 8);
  }
  if (!isnan(bar->threshold))
    append(paper, light_mark(paper), rint(paper->width * bar->threshold), paper->middle + 1, 2, 6);
  if (!isnan(bar->base))
    append_ring(paper, bar->base);
}

/* The track; high contrast outlines it. */
static void
append_track(const Paper *paper)
{
  append(paper, paper->dark ? 0x3a3a3a : 0xe8e8e8, 0, paper->middle - 4, paper->width, 8);
  if (!medct_high_contrast())
    return;
  GdkRGBA line = colour_of(light_mark(paper));
  GskRoundedRect box;
  gsk_rounded_rect_init_from_rect(
      &box, &GRAPHENE_RECT_INIT(0, (float)paper->middle - 5, (float)paper->width, 10), 0);
  gtk_snapshot_append_border(paper->snapshot, &box, (float[4]){1, 1, 1, 1},
                             (GdkRGBA[4]){line, line, line, line});
}

static void
medct_score_bar_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  const MedctScoreBar *bar = MEDCT_SCORE_BAR(widget);
  Paper paper = {snapshot, gtk_widget_get_width(widget), floor(gtk_widget_get_height(widget) / 2.0),
                 adw_style_manager_get_dark(adw_style_manager_get_default())};
  append_track(&paper);
  if (bar->signed_share)
    append_share(&paper, bar);
  else if (bar->n_wordings > 0)
    append_wordings(&paper, bar);
  else
    append_score(&paper, bar);
}

/* ---- what is said -------------------------------------------------------------------------- */

static char *
score_text(const MedctScoreBar *bar)
{
  if (isnan(bar->score))
    return g_strdup(_("no score yet"));
  GString *text = g_string_new(NULL);
  g_string_printf(text, "%.2f", bar->score);
  if (!isnan(bar->threshold))
    g_string_append(text,
                    bar->score >= bar->threshold ? _(", over threshold") : _(", under threshold"));
  if (!isnan(bar->base))
    g_string_append_printf(text, _(", base %.2f"), bar->base);
  return g_string_free(text, FALSE);
}

static char *
wordings_text(const MedctScoreBar *bar)
{
  double low = 1, high = 0;
  for (guint n = 0; n < bar->n_wordings; n++) {
    low = fmin(low, bar->wordings[n]);
    high = fmax(high, bar->wordings[n]);
  }
  return g_strdup_printf(_("%.2f to %.2f over %u wordings"), low, high, bar->n_wordings);
}

static void
describe(MedctScoreBar *bar)
{
  g_autofree char *text = NULL;
  double low = 0, high = 1, now = isnan(bar->score) ? 0 : bar->score;
  if (bar->signed_share) {
    low = -bar->top;
    high = bar->top;
    now = isnan(bar->share) ? 0 : bar->share;
    text = isnan(bar->share) ? g_strdup(_("outside the model's field"))
                             : g_strdup_printf(_("share %.4f"), bar->share);
  } else {
    text = bar->n_wordings > 0 ? wordings_text(bar) : score_text(bar);
  }
  gtk_accessible_update_property(GTK_ACCESSIBLE(bar), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, low,
                                 GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, high,
                                 GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, now,
                                 GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
  gtk_widget_queue_draw(GTK_WIDGET(bar));
}

/* ---- state --------------------------------------------------------------------------------- */

void
medct_score_bar_set(MedctScoreBar *bar, double score, double threshold)
{
  bar->signed_share = FALSE;
  bar->score = score;
  bar->threshold = threshold;
  describe(bar);
}

void
medct_score_bar_set_base(MedctScoreBar *bar, double base)
{
  bar->base = base;
  describe(bar);
}

void
medct_score_bar_set_wordings(MedctScoreBar *bar, const double *scores, guint n)
{
  g_free(bar->wordings);
  bar->wordings = g_memdup2(scores, n * sizeof *scores);
  bar->n_wordings = n;
  describe(bar);
}

void
medct_score_bar_set_share(MedctScoreBar *bar, double share, double top)
{
  bar->signed_share = TRUE;
  bar->share = share;
  bar->top = top;
  describe(bar);
}

static void
medct_score_bar_finalize(GObject *object)
{
  g_free(MEDCT_SCORE_BAR(object)->wordings);
  G_OBJECT_CLASS(medct_score_bar_parent_class)->finalize(object);
}

static void
medct_score_bar_class_init(MedctScoreBarClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = medct_score_bar_finalize;
  GTK_WIDGET_CLASS(klass)->snapshot = medct_score_bar_snapshot;
  gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "scorebar");
  gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), GTK_ACCESSIBLE_ROLE_METER);
}

static void
medct_score_bar_init(MedctScoreBar *bar)
{
  bar->score = bar->threshold = bar->base = NAN;
  gtk_widget_set_size_request(GTK_WIDGET(bar), 80, 16);
  medct_high_contrast_follow(GTK_WIDGET(bar));
}

GtkWidget *
medct_score_bar_new(void)
{
  return g_object_new(MEDCT_TYPE_SCORE_BAR, NULL);
}
