#include "ui/prevalence-list.h"
#include "render/prevalence.h"
#include "render/text.h"
#include "ui/text-scale.h"
#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

enum { LINE = 25, HEAD = 26, NUMBERS = 3, NUMBER_WIDTH = 34, WIDTH = 360 };

struct _MedctPrevalenceList {
  GtkWidget parent;
  GArray *rows; /* of MedctPrevalence; names owned */
  double top;   /* what a full bar stands for */
};

G_DEFINE_FINAL_TYPE(MedctPrevalenceList, medct_prevalence_list, GTK_TYPE_WIDGET)

/* Where things stand and how they look, in lengths at 100 % text. */
typedef struct {
  double width, bar_x, bar_width;
  gboolean light;
  guint32 rgb, dim, warning;
} Look;

/* As large as the words around it, where there is room for the numbers and some of a name. */
static double
scale_of(GtkWidget *widget)
{
  enum { NEEDED = 280 };
  double scale = medct_text_scale(widget);
  return scale > 1 ? fmax(1, fmin(scale, (double)gtk_widget_get_width(widget) / NEEDED)) : scale;
}

static Look
look_of(double width)
{
  gboolean light = !adw_style_manager_get_dark(adw_style_manager_get_default());
  Look look = {.width = width,
               .bar_width = CLAMP(width - NUMBERS * NUMBER_WIDTH - 170, 48, 96),
               .light = light,
               .rgb = light ? 0x1e1e1e : MEDCT_TEXT_RGB,
               .dim = light ? 0x5a5a5a : MEDCT_TEXT_DIM_RGB,
               .warning = light ? 0x905400 : MEDCT_TEXT_WARNING_RGB};
  look.bar_x = width - NUMBERS * NUMBER_WIDTH - look.bar_width - 8;
  return look;
}

static void
draw_head(cairo_t *cr, const MedctPrevalenceList *list, const Look *look)
{
  static const char *const names[NUMBERS] = {N_("train"), N_("val"), N_("test")};
  MedctTextStyle style = {.size = 12, .rgb = look->dim};
  g_autofree char *top = g_strdup_printf("%.0f %%", 100 * list->top);
  medct_text_draw(cr, "0", look->bar_x, 4, &style);
  style.align = 1;
  medct_text_draw(cr, top, look->bar_x + look->bar_width, 4, &style);
  for (int n = 0; n < NUMBERS; n++)
    medct_text_draw(cr, _(names[n]), look->width - (NUMBERS - 1 - n) * NUMBER_WIDTH, 4, &style);
}

static void
draw_row(cairo_t *cr, const MedctPrevalenceList *list, const MedctPrevalence *row, const Look *look,
         double y)
{
  const guint counts[NUMBERS] = {row->train, row->validation, row->test};
  const gboolean there[NUMBERS] = {row->has_train, row->has_validation, row->has_test};
  MedctTextStyle style = {
      .size = 13, .rgb = look->rgb, .width = look->bar_x - 12, .ellipsize = TRUE};
  medct_text_draw(cr, row->name, 0, y + 2, &style);
  medct_prevalence_bar_draw(cr, row->share, row->reference, list->top, look->bar_x, y + 8,
                            look->bar_width, 8, look->light);
  style = (MedctTextStyle){.size = 13, .rgb = look->rgb, .align = 1};
  for (int n = 0; n < NUMBERS; n++) {
    gboolean lacks = there[n] && counts[n] == 0;
    g_autofree char *text = there[n] ? g_strdup_printf("%u", counts[n]) : g_strdup("–");
    style.rgb = lacks ? look->warning : look->rgb;
    style.bold = lacks;
    medct_text_draw(cr, text, look->width - (NUMBERS - 1 - n) * NUMBER_WIDTH, y + 2, &style);
  }
}

static void
medct_prevalence_list_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  const MedctPrevalenceList *list = MEDCT_PREVALENCE_LIST(widget);
  double width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  double scale = scale_of(widget);
  const Look look = look_of(width / scale);
  graphene_rect_t all = GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height);
  cairo_t *cr = gtk_snapshot_append_cairo(snapshot, &all);
  cairo_scale(cr, scale, scale);
  if (list->rows->len > 0)
    draw_head(cr, list, &look);
  for (guint n = 0; n < list->rows->len; n++)
    draw_row(cr, list, &g_array_index(list->rows, MedctPrevalence, n), &look,
             HEAD + n * (double)LINE);
  cairo_destroy(cr);
}

static void
medct_prevalence_list_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                              int *minimum, int *natural, int *baseline_minimum,
                              int *baseline_natural)
{
  const MedctPrevalenceList *list = MEDCT_PREVALENCE_LIST(widget);
  int height = list->rows->len ? HEAD + (int)list->rows->len * LINE : 0;
  double scale = fmax(medct_text_scale(widget), 1);
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? (int)ceil(height * scale) : WIDTH;
}

static void
clear_rows(MedctPrevalenceList *list)
{
  for (guint n = 0; n < list->rows->len; n++)
    g_free((char *)g_array_index(list->rows, MedctPrevalence, n).name);
  g_array_set_size(list->rows, 0);
}

static void
medct_prevalence_list_finalize(GObject *object)
{
  MedctPrevalenceList *list = MEDCT_PREVALENCE_LIST(object);
  clear_rows(list);
  g_array_unref(list->rows);
  G_OBJECT_CLASS(medct_prevalence_list_parent_class)->finalize(object);
}

static void
medct_prevalence_list_class_init(MedctPrevalenceListClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = medct_prevalence_list_finalize;
  GTK_WIDGET_CLASS(klass)->snapshot = medct_prevalence_list_snapshot;
  GTK_WIDGET_CLASS(klass)->measure = medct_prevalence_list_measure;
  gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), GTK_ACCESSIBLE_ROLE_IMG);
}

static void
letters_changed(gpointer list)
{
  gtk_widget_queue_resize(list);
}

static void
medct_prevalence_list_init(MedctPrevalenceList *list)
{
  list->rows = g_array_new(FALSE, FALSE, sizeof(MedctPrevalence));
  medct_text_scale_follow(list, letters_changed);
  g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                          G_CALLBACK(gtk_widget_queue_draw), list, G_CONNECT_SWAPPED);
}

GtkWidget *
medct_prevalence_list_new(void)
{
  return g_object_new(MEDCT_TYPE_PREVALENCE_LIST, NULL);
}

/* A line a finding, for those who do not see the bars. */
static void
describe(MedctPrevalenceList *list)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint n = 0; n < list->rows->len; n++) {
    const MedctPrevalence *row = &g_array_index(list->rows, MedctPrevalence, n);
    if (isnan(row->share))
      g_string_append_printf(text, _("%s: no label is known. "), row->name);
    else
      g_string_append_printf(text, _("%s: %.0f %%, train %u, validation %u, test %u. "), row->name,
                             100 * row->share, row->train, row->validation, row->test);
  }
  gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Prevalence and positives"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                 text->str, -1);
}

void
medct_prevalence_list_set(MedctPrevalenceList *list, const MedctPrevalence *rows, guint n)
{
  double most = 0;
  clear_rows(list);
  for (guint i = 0; i < n; i++) {
    MedctPrevalence row = rows[i];
    row.name = g_strdup(row.name);
    most = fmax(most, isnan(row.share) ? 0 : row.share);
    most = fmax(most, isnan(row.reference) ? 0 : row.reference);
    g_array_append_val(list->rows, row);
  }
  list->top = most <= 0.2 ? 0.2 : most <= 0.5 ? 0.5 : 1;
  describe(list);
  gtk_widget_queue_resize(GTK_WIDGET(list));
}
