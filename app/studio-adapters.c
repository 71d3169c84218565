/* Several adapters at once: a line each under the adapter's row, with its weight; a changed weight
 * is in force once the sum is loaded, and the old one stays until then. */
#include "app/adapter-mix.h"
#include "app/studio-private.h"
#include "ui/part-names.h"
#include <glib/gi18n.h>

enum { SETTLE_MS = 500 };

typedef struct _MedctStudioAdapters {
  MedctStudioWindow *window;
  GtkWidget *box;
  char *shown;   /* what the lines stand for, or NULL */
  GArray *parts; /* MedctMixPart, as they are set */
  guint source;
} Adapters;

static void
load(Adapters *adapters)
{
  g_clear_handle_id(&adapters->source, g_source_remove);
  g_autofree char *text = medct_adapter_mix_text(adapters->parts);
  if (adapters->parts->len == 0)
    medct_studio_remove_adapter(adapters->window);
  else
    medct_studio_window_load_adapter(adapters->window, text);
}

static gboolean
load_now(gpointer data)
{
  ((Adapters *)data)->source = 0;
  load(data);
  return G_SOURCE_REMOVE;
}

static guint
place_of(GtkWidget *widget)
{
  return GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(widget), "place"));
}

/* Once for several clicks. */
static void
weight_changed(GtkSpinButton *spin, Adapters *adapters)
{
  g_array_index(adapters->parts, MedctMixPart, place_of(GTK_WIDGET(spin))).weight =
      gtk_spin_button_get_value(spin);
  g_clear_handle_id(&adapters->source, g_source_remove);
  adapters->source = g_timeout_add(SETTLE_MS, load_now, adapters);
}

static void
remove_clicked(GtkWidget *button, Adapters *adapters)
{
  g_array_remove_index(adapters->parts, place_of(button));
  load(adapters);
}

/* ---- lines --------------------------------------------------------------------------------- */

static void
add_line(Adapters *adapters, guint place)
{
  const MedctMixPart *part = &g_array_index(adapters->parts, MedctMixPart, place);
  g_autofree char *name = medct_adapter_mix_name(part->folder);
  g_autofree char *weight = g_strdup_printf(_("Weight of %s"), name);
  g_autofree char *take_out = g_strdup_printf(_("Leave %s out"), name);
  GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = medct_studio_left_label(name, "caption");
  GtkWidget *spin = gtk_spin_button_new_with_range(-4, 4, 0.25);
  GtkWidget *button = gtk_button_new_from_icon_name("window-close-symbolic");
  gtk_widget_set_hexpand(label, TRUE);
  gtk_spin_button_set_digits(GTK_SPIN_BUTTON(spin), 2);
  gtk_spin_button_set_value(GTK_SPIN_BUTTON(spin), part->weight);
  gtk_editable_set_width_chars(GTK_EDITABLE(spin), 4);
  gtk_widget_add_css_class(spin, "adapter-weight");
  gtk_widget_add_css_class(button, "flat");
  gtk_widget_set_tooltip_text(spin, weight);
  gtk_widget_set_tooltip_text(button, take_out);
  gtk_accessible_update_property(GTK_ACCESSIBLE(spin), GTK_ACCESSIBLE_PROPERTY_LABEL, weight, -1);
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, take_out,
                                 -1);
  g_object_set_data(G_OBJECT(spin), "place", GUINT_TO_POINTER(place));
  g_object_set_data(G_OBJECT(button), "place", GUINT_TO_POINTER(place));
  g_signal_connect(spin, "value-changed", G_CALLBACK(weight_changed), adapters);
  g_signal_connect(button, "clicked", G_CALLBACK(remove_clicked), adapters);
  gtk_box_append(GTK_BOX(line), label);
  gtk_box_append(GTK_BOX(line), spin);
  gtk_box_append(GTK_BOX(line), button);
  gtk_box_append(GTK_BOX(adapters->box), line);
}

void
medct_studio_show_adapters(MedctStudioWindow *window)
{
  Adapters *adapters = window->adapters;
  const char *text = window->adapter != NULL ? window->adapter->adapter : NULL;
  if (adapters->source != 0 || g_strcmp0(text, adapters->shown) == 0)
    return; /* a weight is being set: the line under the hand stays */
  g_free(adapters->shown);
  adapters->shown = g_strdup(text);
  g_array_unref(adapters->parts);
  adapters->parts = medct_adapter_mix_parse(text != NULL ? text : "");
  for (GtkWidget *child; (child = gtk_widget_get_first_child(adapters->box));)
    gtk_box_remove(GTK_BOX(adapters->box), child);
  gboolean mixed =
      adapters->parts->len > 1 ||
      (adapters->parts->len == 1 && g_array_index(adapters->parts, MedctMixPart, 0).weight != 1);
  for (guint n = 0; mixed && n < adapters->parts->len; n++)
    add_line(adapters, n);
  gtk_widget_set_visible(gtk_widget_get_parent(adapters->box), mixed);
}

/* ---- another one --------------------------------------------------------------------------- */

static void
folder_chosen(GtkNativeDialog *dialog, int response, Adapters *adapters)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    g_autofree char *path = g_file_get_path(file);
    if (path != NULL) {
      medct_adapter_mix_add(adapters->parts, path, 1);
      load(adapters);
    }
  }
  g_object_unref(dialog);
}

static void
add_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  Adapters *adapters = data;
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new(_("Choose another adapter"), GTK_WINDOW(adapters->window),
                                  GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("Add"), NULL);
  g_signal_connect(dialog, "response", G_CALLBACK(folder_chosen), adapters);
  medct_show_chooser(dialog);
}

static void
adapters_free(gpointer data)
{
  Adapters *adapters = data;
  g_clear_handle_id(&adapters->source, g_source_remove);
  g_array_unref(adapters->parts);
  g_free(adapters->shown);
  g_free(adapters);
}

GtkWidget *
medct_studio_build_adapters(MedctStudioWindow *window)
{
  static const GActionEntry entries[] = {{"add-adapter", add_activated, NULL, NULL, NULL, {0}}};
  Adapters *adapters = window->adapters = g_new0(Adapters, 1);
  GtkWidget *row = gtk_list_box_row_new();
  adapters->window = window;
  adapters->parts = medct_adapter_mix_parse("");
  adapters->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
  gtk_widget_add_css_class(adapters->box, "model-row");
  gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), adapters->box);
  gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
  gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Adapters and their weights"), -1);
  gtk_widget_set_visible(row, FALSE);
  g_object_set_data_full(G_OBJECT(row), "adapters", adapters, adapters_free);
  g_action_map_add_action_entries(G_ACTION_MAP(window), entries, 1, adapters);
  return row;
}
