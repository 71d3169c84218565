#include "ui/prevalence-list.h"
#include "render/prevalence.h"
#include "render/text.h"
#include <glib/gi18n.h>
#include <math.h>

enum { LINE = 25, HEAD = 26, NUMBERS = 3, NUMBER_WIDTH = 34, BAR_WIDTH = 96 };

struct _MedctPrevalenceList {
  GtkWidget parent;
  GArray *rows; /* of MedctPrevalence; names owned */
  double top;   /* what a full bar stands for */
};

G_DEFINE_FINAL_TYPE(MedctPrevalenceList, medct_prevalence_list, GTK_TYPE_WIDGET)

static void
draw_head(cairo_t *cr, const MedctPrevalenceList *list, double bar_x, double width)
{
  static const char *const names[NUMBERS] = {N_("train"), N_("val"), N_("test")};
  MedctTextStyle style = {.size = 12, .rgb = MEDCT_TEXT_DIM_RGB};
  g_autofree char *top = g_strdup_printf("%.0f %%", 100 * list->top);
  medct_text_draw(cr, "0", bar_x, 4, &style);
  style.align = 1;
  medct_text_draw(cr, top, bar_x + BAR_WIDTH, 4, &style);
  for (int n = 0; n < NUMBERS; n++)
    medct_text_draw(cr, _(names[n]), width - (NUMBERS - 1 - n) * NUMBER_WIDTH, 4, &style);
}

static void
draw_row(cairo_t *cr, const MedctPrevalenceList *list, const MedctPrevalence *row, double bar_x,
         double y, double width)
{
  const guint counts[NUMBERS] = {row->train, row->validation, row->test};
  const gboolean there[NUMBERS] = {row->has_train, row->has_validation, row->has_test};
  MedctTextStyle style = {
      .size = 13, .rgb = MEDCT_TEXT_RGB, .width = bar_x - 12, .ellipsize = TRUE};
  medct_text_draw(cr, row->name, 0, y + 2, &style);
  medct_prevalence_bar_draw(cr, row->share, row->reference, list->top, bar_x, y + 8, BAR_WIDTH, 8);
  style = (MedctTextStyle){.size = 13, .rgb = MEDCT_TEXT_RGB, .align = 1};
  for (int n = 0; n < NUMBERS; n++) {
    gboolean lacks = there[n] && counts[n] == 0;
    g_autofree char *text = there[n] ? g_strdup_printf("%u", counts[n]) : g_strdup("–");
    style.rgb = lacks ? MEDCT_TEXT_WARNING_RGB : MEDCT_TEXT_RGB;
    style.bold = lacks;
    medct_text_draw(cr, text, width - (NUMBERS - 1 - n) * NUMBER_WIDTH, y + 2, &style);
  }
}

static void
medct_prevalence_list_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  const MedctPrevalenceList *list = MEDCT_PREVALENCE_LIST(widget);
  double width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  double bar_x = width - NUMBERS * NUMBER_WIDTH - BAR_WIDTH - 8;
  graphene_rect_t all = GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height);
  cairo_t *cr = gtk_snapshot_append_cairo(snapshot, &all);
  if (list->rows->len > 0)
    draw_head(cr, list, bar_x, width);
  for (guint n = 0; n < list->rows->len; n++)
    draw_row(cr, list, &g_array_index(list->rows, MedctPrevalence, n), bar_x,
             HEAD + n * (double)LINE, width);
  cairo_destroy(cr);
}

static void
medct_prevalence_list_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                              int *minimum, int *natural, int *baseline_minimum,
                              int *baseline_natural)
{
  const MedctPrevalenceList *list = MEDCT_PREVALENCE_LIST(widget);
  int height = list->rows->len ? HEAD + (int)list->rows->len * LINE : 0;
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? height : 360;
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
medct_prevalence_list_init(MedctPrevalenceList *list)
{
  list->rows = g_array_new(FALSE, FALSE, sizeof(MedctPrevalence));
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
