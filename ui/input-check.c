#include "ui/input-check.h"
#include "model/body_inside.h"
#include "render/text.h"
#include "ui/histogram.h"
#include <glib/gi18n.h>

struct _MedctInputCheck {
  GtkBox parent;
  GtkWidget *hint, *list, *scroller, *verdict, *histogram;
  guint n_warnings;
};

G_DEFINE_FINAL_TYPE(MedctInputCheck, medct_input_check, GTK_TYPE_BOX)

typedef enum { MARK_NONE, MARK_PASSED, MARK_WARNING } Mark;

static GtkWidget *
mark_image(Mark mark)
{
  GtkWidget *image = gtk_image_new_from_icon_name(mark == MARK_PASSED ? "object-select-symbolic"
                                                                      : "dialog-warning-symbolic");
  gtk_widget_add_css_class(image, mark == MARK_PASSED ? "passed-mark" : "warning-mark");
  gtk_accessible_update_property(GTK_ACCESSIBLE(image), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 mark == MARK_PASSED ? _("passed") : _("warning"), -1);
  return image;
}

static void
append_row(MedctInputCheck *check, GtkWidget *box, const char *spoken)
{
  GtkWidget *row = gtk_list_box_row_new();
  gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
  gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
  gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_list_box_append(GTK_LIST_BOX(check->list), row);
}

static void
add_fact(MedctInputCheck *check, const char *name, const char *value, Mark mark)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *title = gtk_label_new(name), *text = gtk_label_new(value);
  gtk_label_set_xalign(GTK_LABEL(title), 0);
  gtk_label_set_xalign(GTK_LABEL(text), 0);
  gtk_label_set_width_chars(GTK_LABEL(title), 11);
  gtk_label_set_wrap(GTK_LABEL(text), TRUE);
  gtk_label_set_max_width_chars(GTK_LABEL(text), 8); /* must not widen the pane */
  gtk_widget_add_css_class(title, "dim-label");
  gtk_widget_add_css_class(text, "fact-value");
  gtk_widget_add_css_class(text, "numeric");
  gtk_widget_set_hexpand(text, TRUE);
  gtk_box_append(GTK_BOX(box), title);
  gtk_box_append(GTK_BOX(box), text);
  if (mark != MARK_NONE)
    gtk_box_append(GTK_BOX(box), mark_image(mark));
  g_autofree char *spoken =
      g_strdup_printf("%s: %s%s%s", name, value, mark != MARK_NONE ? ", " : "",
                      mark == MARK_PASSED    ? _("passed")
                      : mark == MARK_WARNING ? _("warning")
                                             : "");
  append_row(check, box, spoken);
}

static void
add_warning(MedctInputCheck *check, const char *message)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *text = gtk_label_new(message), *mark = mark_image(MARK_WARNING);
  gtk_label_set_xalign(GTK_LABEL(text), 0);
  gtk_label_set_wrap(GTK_LABEL(text), TRUE);
  gtk_label_set_max_width_chars(GTK_LABEL(text), 22); /* its height is asked without a width */
  gtk_widget_set_hexpand(text, TRUE);
  gtk_widget_set_valign(mark, GTK_ALIGN_START);
  gtk_box_append(GTK_BOX(box), mark);
  gtk_box_append(GTK_BOX(box), text);
  gtk_widget_set_margin_top(box, 4);
  gtk_widget_set_margin_bottom(box, 4);
  g_autofree char *spoken = g_strdup_printf(_("Warning: %s"), message);
  append_row(check, box, spoken);
}

/* Warnings that a fact of the list stands for (model/plausibility.h): one may not pass beside them.
 */
static const char *const of_rescale[] = {"rescaled-twice", "no-air", "constant-volume", NULL};
static const char *const of_spacing[] = {"odd-spacing", NULL};

static gboolean
has_warning(const MedctVolume *volume, const char *const *codes)
{
  for (guint n = 0; n < medct_volume_n_warnings(volume); n++)
    if (g_strv_contains(codes, medct_volume_warning(volume, n)->code))
      return TRUE;
  return FALSE;
}

static void
add_model_facts(MedctInputCheck *check, double inside, double padding, const double *field_mm)
{
  if (field_mm != NULL) {
    g_autofree char *field =
        g_strdup_printf("%.0f × %.0f × %.0f", field_mm[2], field_mm[1], field_mm[0]);
    add_fact(check, _("Field, mm"), field, MARK_NONE);
  }
  if (inside < 0)
    return;
  g_autofree char *percent = g_strdup_printf("%.0f %%", 100 * inside);
  add_fact(check, _("Body in field"), percent,
           inside >= MEDCT_BODY_ENOUGH ? MARK_PASSED : MARK_WARNING);
  if (medct_is_mostly_padding(padding)) {
    g_autofree char *share = g_strdup_printf("%.0f %%", 100 * padding);
    add_fact(check, _("Padding"), share, MARK_WARNING);
  }
}

static void
add_facts(MedctInputCheck *check, const MedctVolume *volume)
{
  const MedctVolumeHeader *header = medct_volume_get_header(volume);
  const MedctVolumeStatistics *s = medct_volume_statistics(volume);
  char letters[4];
  medct_volume_orientation(volume, letters);
  g_autofree char *low = medct_text_number(s->minimum_hu, 0);
  g_autofree char *high = medct_text_number(s->maximum_hu, 0);
  g_autofree char *range = g_strdup_printf("%s … %s", low, high);
  g_autofree char *spacing = g_strdup_printf("%.3g × %.3g × %.3g", header->spacing_mm[0],
                                             header->spacing_mm[1], header->spacing_mm[2]);
  g_autofree char *size =
      g_strdup_printf("%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT,
                      header->dims[0], header->dims[1], header->dims[2]);
  g_autofree char *known =
      g_strdup_printf(_("%c %c %c, known"), letters[0], letters[1], letters[2]);
  gboolean plausible = !has_warning(volume, of_rescale);
  gboolean usual = header->spacing_known && !has_warning(volume, of_spacing);
  add_fact(check, _("HU range"), range, MARK_NONE);
  add_fact(check, _("Rescale"), plausible ? _("plausible") : _("doubtful"),
           plausible ? MARK_PASSED : MARK_WARNING);
  add_fact(check, _("Orientation"), header->orientation_known ? known : _("unknown"),
           header->orientation_known ? MARK_PASSED : MARK_WARNING);
  add_fact(check, _("Spacing, mm"), spacing, usual ? MARK_PASSED : MARK_WARNING);
  add_fact(check, _("Voxels"), size, MARK_NONE);
}

static void
clear(MedctInputCheck *check)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child(check->list)) != NULL)
    gtk_list_box_remove(GTK_LIST_BOX(check->list), child);
}

void
medct_input_check_set(MedctInputCheck *check, const MedctVolume *volume, double inside,
                      double padding, const double *field_mm)
{
  clear(check);
  check->n_warnings = 0;
  gtk_widget_set_visible(check->hint, volume == NULL);
  gtk_widget_set_visible(check->scroller, volume != NULL);
  gtk_widget_set_visible(check->histogram, volume != NULL);
  gtk_widget_set_visible(check->verdict, volume != NULL);
  if (volume == NULL)
    return;
  guint n = medct_volume_n_warnings(volume);
  guint all = n + medct_body_is_cut(inside) + medct_is_mostly_padding(padding);
  check->n_warnings = all;
  medct_histogram_set(MEDCT_HISTOGRAM(check->histogram), medct_volume_statistics(volume));
  add_facts(check, volume);
  add_model_facts(check, inside, padding, field_mm);
  for (guint i = 0; i < n; i++)
    add_warning(check, _(medct_volume_warning(volume, i)->message));
  g_autofree char *verdict =
      all == 0 ? g_strdup(_("no warnings"))
               : g_strdup_printf(g_dngettext(NULL, "%u warning", "%u warnings", all), all);
  gtk_label_set_text(GTK_LABEL(check->verdict), verdict);
}

guint
medct_input_check_n_warnings(MedctInputCheck *check)
{
  return check->n_warnings;
}

void
medct_input_check_set_window(MedctInputCheck *check, MedctWindow window)
{
  medct_histogram_set_window(MEDCT_HISTOGRAM(check->histogram), window);
}

static void
medct_input_check_class_init(MedctInputCheckClass *klass)
{
}

static void
medct_input_check_init(MedctInputCheck *check)
{
  gtk_orientable_set_orientation(GTK_ORIENTABLE(check), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing(GTK_BOX(check), 6);
  GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *title = gtk_label_new(_("Input check"));
  gtk_widget_add_css_class(title, "pane-title");
  gtk_label_set_xalign(GTK_LABEL(title), 0);
  gtk_widget_set_hexpand(title, TRUE);
  check->verdict = gtk_label_new("");
  gtk_widget_add_css_class(check->verdict, "caption");
  gtk_widget_add_css_class(check->verdict, "dim-label");
  gtk_box_append(GTK_BOX(head), title);
  gtk_box_append(GTK_BOX(head), check->verdict);
  check->hint = gtk_label_new(_("For each study: HU range, orientation, spacing, and how much of "
                                "the body the model can see."));
  gtk_label_set_wrap(GTK_LABEL(check->hint), TRUE);
  gtk_label_set_xalign(GTK_LABEL(check->hint), 0);
  gtk_label_set_max_width_chars(GTK_LABEL(check->hint), 28);
  gtk_widget_add_css_class(check->hint, "caption");
  gtk_widget_add_css_class(check->hint, "dim-label");
  check->list = gtk_list_box_new();
  gtk_list_box_set_selection_mode(GTK_LIST_BOX(check->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class(check->list, "boxed-list");
  gtk_widget_add_css_class(check->list, "facts");
  gtk_widget_set_valign(check->list, GTK_ALIGN_START); /* values ask for the height of two lines */
  gtk_accessible_update_property(GTK_ACCESSIBLE(check->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Input check"), -1);
  gtk_box_append(GTK_BOX(check), head);
  check->histogram = medct_histogram_new();
  gtk_box_append(GTK_BOX(check), check->hint);
  gtk_box_append(GTK_BOX(check), check->histogram);
  check->scroller = gtk_scrolled_window_new(); /* many warnings, or a low window */
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(check->scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(check->scroller), TRUE);
  gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(check->scroller), 90);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(check->scroller), check->list);
  gtk_box_append(GTK_BOX(check), check->scroller);
  medct_input_check_set(check, NULL, -1, 0, NULL);
}

GtkWidget *
medct_input_check_new(void)
{
  return g_object_new(MEDCT_TYPE_INPUT_CHECK, NULL);
}
