#include "ui/score-bar.h"
#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

struct _MedctScoreBar {
  GtkWidget parent;
  double score, threshold;
};

G_DEFINE_FINAL_TYPE(MedctScoreBar, medct_score_bar, GTK_TYPE_WIDGET)

static void
append(GtkSnapshot *snapshot, guint32 rgb, double x, double y, double width, double height)
{
  GdkRGBA colour = {(float)((rgb >> 16) & 255) / 255, (float)((rgb >> 8) & 255) / 255,
                    (float)(rgb & 255) / 255, 1};
  gtk_snapshot_append_color(snapshot, &colour,
                            &GRAPHENE_RECT_INIT((float)x, (float)y, (float)width, (float)height));
}

static void
medct_score_bar_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  const MedctScoreBar *bar = MEDCT_SCORE_BAR(widget);
  double width = gtk_widget_get_width(widget), y = floor(gtk_widget_get_height(widget) / 2.0) - 4;
  gboolean dark = adw_style_manager_get_dark(adw_style_manager_get_default());
  append(snapshot, dark ? 0x3a3a3a : 0xd0d0d0, 0, y, width, 8);
  if (!isnan(bar->score)) {
    gboolean over = !isnan(bar->threshold) && bar->score >= bar->threshold;
    append(snapshot, over ? (dark ? 0x82b6f5 : 0x1c71d8) : 0x6b87a0, 0, y, width * bar->score, 8);
  }
  if (!isnan(bar->threshold))
    append(snapshot, dark ? 0xd8d8d8 : 0x404040, rint(width * bar->threshold), y + 5, 2, 6);
}

static void
describe(MedctScoreBar *bar)
{
  g_autofree char *text = NULL;
  if (isnan(bar->score))
    text = g_strdup(_("no score yet"));
  else if (isnan(bar->threshold))
    text = g_strdup_printf("%.2f", bar->score);
  else
    text = g_strdup_printf(bar->score >= bar->threshold ? _("%.2f, over threshold")
                                                        : _("%.2f, under threshold"),
                           bar->score);
  gtk_accessible_update_property(
      GTK_ACCESSIBLE(bar), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
      GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 1.0, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
      isnan(bar->score) ? 0 : bar->score, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

void
medct_score_bar_set(MedctScoreBar *bar, double score, double threshold)
{
  bar->score = score;
  bar->threshold = threshold;
  describe(bar);
  gtk_widget_queue_draw(GTK_WIDGET(bar));
}

static void
medct_score_bar_class_init(MedctScoreBarClass *klass)
{
  GTK_WIDGET_CLASS(klass)->snapshot = medct_score_bar_snapshot;
  gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "scorebar");
  gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), GTK_ACCESSIBLE_ROLE_METER);
}

static void
medct_score_bar_init(MedctScoreBar *bar)
{
  bar->score = bar->threshold = NAN;
  gtk_widget_set_size_request(GTK_WIDGET(bar), 80, 16);
}

GtkWidget *
medct_score_bar_new(void)
{
  return g_object_new(MEDCT_TYPE_SCORE_BAR, NULL);
}
