#include "ui/label-list.h"
#include <glib/gi18n.h>

enum { CHANGED, SAVE, N_SIGNALS };
enum { PRESENT, ABSENT, UNKNOWN, CHOICES };
static guint signals[N_SIGNALS];

typedef struct {
  GtkWidget *row, *choices[CHOICES];
} Line;

struct _MedctLabelList {
  GtkBox parent;
  GtkWidget *list;
  GArray *lines; /* of Line */
  gboolean setting;
};

G_DEFINE_FINAL_TYPE(MedctLabelList, medct_label_list, GTK_TYPE_BOX)

static int
choice_of(gint8 label)
{
  return label > 0 ? PRESENT : label == 0 ? ABSENT : UNKNOWN;
}

static gint8
label_of(const Line *line)
{
  static const gint8 labels[CHOICES] = {1, 0, -1};
  for (int n = 0; n < CHOICES; n++)
    if (gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(line->choices[n])))
      return labels[n];
  return -1;
}

static void
toggled(GtkToggleButton *button, MedctLabelList *list)
{
  if (gtk_toggle_button_get_active(button) && !list->setting)
    g_signal_emit(list, signals[CHANGED], 0);
}

static GtkWidget *
build_choices(MedctLabelList *list, Line *line, const char *name)
{
  static const char *const letters[CHOICES] = {N_("P"), N_("A"), N_("U")};
  static const char *const words[CHOICES] = {N_("%s: present"), N_("%s: absent"),
                                             N_("%s: unknown")};
  static const char *const tips[CHOICES] = {N_("Present (P)"), N_("Absent (A)"), N_("Unknown (U)")};
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_add_css_class(box, "linked");
  gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
  for (int n = 0; n < CHOICES; n++) {
    GtkWidget *button = gtk_toggle_button_new_with_label(_(letters[n]));
    g_autofree char *spoken = g_strdup_printf(_(words[n]), name);
    if (n > 0)
      gtk_toggle_button_set_group(GTK_TOGGLE_BUTTON(button), GTK_TOGGLE_BUTTON(line->choices[0]));
    else
      gtk_widget_add_css_class(button, "present");
    gtk_widget_set_tooltip_text(button, _(tips[n]));
    gtk_widget_set_focusable(button, FALSE); /* the row has the keys */
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                   -1);
    g_signal_connect(button, "toggled", G_CALLBACK(toggled), list);
    line->choices[n] = button;
    gtk_box_append(GTK_BOX(box), button);
  }
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(line->choices[UNKNOWN]), TRUE);
  return box;
}

static void
add_line(MedctLabelList *list, const char *name)
{
  Line line = {.row = gtk_list_box_row_new()};
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8), *label = gtk_label_new(name);
  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand(label, TRUE);
  gtk_box_append(GTK_BOX(box), label);
  gtk_box_append(GTK_BOX(box), build_choices(list, &line, name));
  gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(line.row), box);
  gtk_widget_add_css_class(line.row, "label-row");
  gtk_accessible_update_property(GTK_ACCESSIBLE(line.row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_list_box_append(GTK_LIST_BOX(list->list), line.row);
  g_array_append_val(list->lines, line);
}

static gboolean
key_pressed(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
            MedctLabelList *list)
{
  static const guint keys[CHOICES] = {GDK_KEY_p, GDK_KEY_a, GDK_KEY_u};
  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK))
    return FALSE;
  if (key == GDK_KEY_Return || key == GDK_KEY_KP_Enter) {
    g_signal_emit(list, signals[SAVE], 0);
    return TRUE;
  }
  GtkWidget *row = gtk_widget_get_focus_child(list->list);
  for (guint n = 0; n < list->lines->len; n++)
    for (int c = 0; c < CHOICES; c++) {
      const Line *line = &g_array_index(list->lines, Line, n);
      if (line->row != row || gdk_keyval_to_lower(key) != keys[c])
        continue;
      gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(line->choices[c]), TRUE);
      return TRUE;
    }
  return FALSE;
}

static void
medct_label_list_finalize(GObject *object)
{
  g_array_unref(MEDCT_LABEL_LIST(object)->lines);
  G_OBJECT_CLASS(medct_label_list_parent_class)->finalize(object);
}

static void
medct_label_list_class_init(MedctLabelListClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = medct_label_list_finalize;
  signals[CHANGED] = g_signal_new("changed", MEDCT_TYPE_LABEL_LIST, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
  signals[SAVE] = g_signal_new("save", MEDCT_TYPE_LABEL_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 0);
}

static void
medct_label_list_init(MedctLabelList *list)
{
  list->lines = g_array_new(FALSE, FALSE, sizeof(Line));
  list->list = gtk_list_box_new();
  gtk_widget_set_hexpand(list->list, TRUE);
  gtk_list_box_set_selection_mode(GTK_LIST_BOX(list->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class(list->list, "label-list");
  gtk_accessible_update_property(GTK_ACCESSIBLE(list->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Findings: P present, A absent, U unknown"), -1);
  GtkEventController *keys = gtk_event_controller_key_new();
  gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
  g_signal_connect(keys, "key-pressed", G_CALLBACK(key_pressed), list);
  gtk_widget_add_controller(list->list, keys);
  gtk_box_append(GTK_BOX(list), list->list);
}

GtkWidget *
medct_label_list_new(const char *const *names, guint n)
{
  MedctLabelList *list = g_object_new(MEDCT_TYPE_LABEL_LIST, NULL);
  for (guint i = 0; i < n; i++)
    add_line(list, names[i]);
  return GTK_WIDGET(list);
}

void
medct_label_list_set(MedctLabelList *list, const gint8 *labels)
{
  list->setting = TRUE;
  for (guint n = 0; n < list->lines->len; n++) {
    const Line *line = &g_array_index(list->lines, Line, n);
    GtkWidget *choice = line->choices[choice_of(labels[n])];
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(choice), TRUE);
  }
  list->setting = FALSE;
  g_signal_emit(list, signals[CHANGED], 0);
}

void
medct_label_list_get(MedctLabelList *list, gint8 *labels)
{
  for (guint n = 0; n < list->lines->len; n++)
    labels[n] = label_of(&g_array_index(list->lines, Line, n));
}

guint
medct_label_list_n_unknown(MedctLabelList *list)
{
  guint n_unknown = 0;
  for (guint n = 0; n < list->lines->len; n++)
    n_unknown += label_of(&g_array_index(list->lines, Line, n)) < 0;
  return n_unknown;
}

void
medct_label_list_focus(MedctLabelList *list)
{
  if (list->lines->len > 0)
    gtk_widget_grab_focus(g_array_index(list->lines, Line, 0).row);
}
