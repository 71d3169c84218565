#include "ui/histogram.h"
#include "render/text.h"
#include "ui/text-scale.h"
#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

/* The bins of MedctVolumeStatistics. */
#define FIRST_HU (-1536.0)
#define BIN_HU   16.0
enum { N_BINS = 256, HEIGHT = 72, AXIS = 16 };

struct _MedctHistogram {
  GtkWidget parent;
  double level[N_BINS]; /* 0 … 1, logarithmic: lung and bone are rare beside air */
  MedctWindow window;
};

G_DEFINE_FINAL_TYPE(MedctHistogram, medct_histogram, GTK_TYPE_WIDGET)

static double
place_of(const MedctHistogram *histogram, double hu)
{
  double width = gtk_widget_get_width((GtkWidget *)histogram);
  return CLAMP((hu - FIRST_HU) / (N_BINS * BIN_HU), 0, 1) * width;
}

static void
append(GtkSnapshot *snapshot, guint32 rgb, double alpha, double x, double y, double width,
       double height)
{
  GdkRGBA colour = {(float)((rgb >> 16) & 255) / 255, (float)((rgb >> 8) & 255) / 255,
                    (float)(rgb & 255) / 255, (float)alpha};
  gtk_snapshot_append_color(snapshot, &colour,
                            &GRAPHENE_RECT_INIT((float)x, (float)y, (float)width, (float)height));
}

/* The tallest bin of those that share a column of pixels. */
static void
append_bars(const MedctHistogram *histogram, GtkSnapshot *snapshot, gboolean dark, double height)
{
  int width = gtk_widget_get_width((GtkWidget *)histogram);
  for (int x = 0; x < width; x++) {
    int first = x * N_BINS / width, last = MAX((x + 1) * N_BINS / width, first + 1);
    double level = 0;
    for (int bin = first; bin < last; bin++)
      level = fmax(level, histogram->level[bin]);
    append(snapshot, dark ? 0x9a9a9a : 0x606060, 1, x, height - level * (height - 4), 1,
           level * (height - 4));
  }
}

static void
append_marks(const MedctHistogram *histogram, GtkSnapshot *snapshot, gboolean dark, double height)
{
  static const int marks[] = {-1000, 0, 1000, 2000};
  GdkRGBA colour = dark ? (GdkRGBA){0.66f, 0.66f, 0.66f, 1} : (GdkRGBA){0.35f, 0.35f, 0.35f, 1};
  double scale = medct_text_scale((GtkWidget *)histogram);
  for (gsize n = 0; n<G_N_ELEMENTS(marks); n += scale> 1.3 ? 2 : 1) {
    double x = place_of(histogram, marks[n]);
    g_autofree char *number = medct_text_number(marks[n], 0);
    g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout((GtkWidget *)histogram, number);
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_absolute_size(font, 11 * PANGO_SCALE * scale);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    int width, text_height;
    pango_layout_get_pixel_size(layout, &width, &text_height);
    append(snapshot, dark ? 0x9a9a9a : 0x606060, 1, rint(x), height, 1, 3);
    gtk_snapshot_save(snapshot);
    gtk_snapshot_translate(snapshot,
                           &GRAPHENE_POINT_INIT((float)(x - width / 2.0), (float)height + 2));
    gtk_snapshot_append_layout(snapshot, layout, &colour);
    gtk_snapshot_restore(snapshot);
  }
}

static void
medct_histogram_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  const MedctHistogram *histogram = MEDCT_HISTOGRAM(widget);
  double height = gtk_widget_get_height(widget) - AXIS * medct_text_scale(widget);
  gboolean dark = adw_style_manager_get_dark(adw_style_manager_get_default());
  const MedctWindow *window = &histogram->window;
  double low = place_of(histogram, window->level - window->width / 2);
  double high = place_of(histogram, window->level + window->width / 2);
  append(snapshot, dark ? 0x4a4a4a : 0xd8d8d8, 1, low, 0, fmax(high - low, 1), height);
  append_bars(histogram, snapshot, dark, height);
  append(snapshot, dark ? 0xe6e6e6 : 0x202020, 1, rint(low), 0, 1, height);
  append(snapshot, dark ? 0xe6e6e6 : 0x202020, 1, rint(high), 0, 1, height);
  append(snapshot, dark ? 0x9a9a9a : 0x606060, 1, 0, height, gtk_widget_get_width(widget), 1);
  append_marks(histogram, snapshot, dark, height);
}

static void
describe(MedctHistogram *histogram)
{
  const MedctWindow *window = &histogram->window;
  g_autofree char *low = medct_text_number(window->level - window->width / 2, 0);
  g_autofree char *high = medct_text_number(window->level + window->width / 2, 0);
  g_autofree char *text =
      g_strdup_printf(_("Histogram of HU; the window shows %s to %s HU"), low, high);
  gtk_accessible_update_property(GTK_ACCESSIBLE(histogram), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                 -1);
  gtk_widget_set_tooltip_text(GTK_WIDGET(histogram), text);
  gtk_widget_queue_draw(GTK_WIDGET(histogram));
}

void
medct_histogram_set(MedctHistogram *histogram, const MedctVolumeStatistics *statistics)
{
  double top = 0;
  for (int n = 0; n < N_BINS; n++) {
    histogram->level[n] = log1p((double)statistics->histogram[n]);
    top = fmax(top, histogram->level[n]);
  }
  for (int n = 0; top > 0 && n < N_BINS; n++)
    histogram->level[n] /= top;
  gtk_widget_queue_draw(GTK_WIDGET(histogram));
}

void
medct_histogram_set_window(MedctHistogram *histogram, MedctWindow window)
{
  if (histogram->window.width == window.width && histogram->window.level == window.level)
    return;
  histogram->window = window;
  describe(histogram);
}

static void
medct_histogram_class_init(MedctHistogramClass *klass)
{
  GTK_WIDGET_CLASS(klass)->snapshot = medct_histogram_snapshot;
  gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "histogram");
  gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), GTK_ACCESSIBLE_ROLE_IMG);
}

static void
letters_changed(gpointer histogram)
{
  double axis = AXIS * medct_text_scale(histogram);
  gtk_widget_set_size_request(histogram, 120, (int)ceil(HEIGHT - AXIS + axis));
  gtk_widget_queue_draw(histogram);
}

static void
medct_histogram_init(MedctHistogram *histogram)
{
  histogram->window = medct_window_presets[0].window;
  letters_changed(histogram);
  medct_text_scale_follow(histogram, letters_changed);
  describe(histogram);
}

GtkWidget *
medct_histogram_new(void)
{
  return g_object_new(MEDCT_TYPE_HISTOGRAM, NULL);
}
