#include "ui/against-row.h"
#include <glib/gi18n.h>

struct _MedctAgainstRow {
  GtkBox parent;
  GtkWidget *label, *edit, *entry;
};

G_DEFINE_FINAL_TYPE(MedctAgainstRow, medct_against_row, GTK_TYPE_BOX)

static void
fold(MedctAgainstRow *row, gboolean folded)
{
  gtk_widget_set_visible(row->label, folded);
  gtk_widget_set_visible(row->edit, folded);
  gtk_widget_set_visible(row->entry, !folded);
}

static void
edit(MedctAgainstRow *row)
{
  gtk_editable_set_text(GTK_EDITABLE(row->entry), gtk_label_get_text(GTK_LABEL(row->label)));
  fold(row, FALSE);
  gtk_widget_grab_focus(row->entry);
}

static void
finish(MedctAgainstRow *row)
{
  g_autofree char *text = g_strstrip(g_strdup(gtk_editable_get_text(GTK_EDITABLE(row->entry))));
  fold(row, TRUE);
  gtk_widget_grab_focus(row->edit);
  if (g_strcmp0(text, gtk_label_get_text(GTK_LABEL(row->label))) != 0)
    g_signal_emit_by_name(row, "edited", text);
}

static void
make_by_itself(MedctAgainstRow *row)
{
  gtk_editable_set_text(GTK_EDITABLE(row->entry), "");
  finish(row);
}

static gboolean
key_pressed(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
            MedctAgainstRow *row)
{
  if (key != GDK_KEY_Escape)
    return FALSE;
  fold(row, TRUE);
  gtk_widget_grab_focus(row->edit);
  return TRUE;
}

static void
build_entry(MedctAgainstRow *row)
{
  row->entry = gtk_entry_new();
  gtk_widget_set_hexpand(row->entry, TRUE);
  gtk_editable_set_width_chars(GTK_EDITABLE(row->entry), 8);
  gtk_entry_set_placeholder_text(GTK_ENTRY(row->entry), _("made by itself"));
  gtk_entry_set_icon_from_icon_name(GTK_ENTRY(row->entry), GTK_ENTRY_ICON_SECONDARY,
                                    "edit-undo-symbolic");
  gtk_entry_set_icon_tooltip_text(GTK_ENTRY(row->entry), GTK_ENTRY_ICON_SECONDARY,
                                  _("The opposite that is made by itself"));
  gtk_widget_set_tooltip_text(row->entry, _("Enter takes it, Esc leaves it as it was"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(row->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Against"), -1);
  g_signal_connect_swapped(row->entry, "activate", G_CALLBACK(finish), row);
  g_signal_connect_swapped(row->entry, "icon-press", G_CALLBACK(make_by_itself), row);
  GtkEventController *keys = gtk_event_controller_key_new();
  gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
  g_signal_connect(keys, "key-pressed", G_CALLBACK(key_pressed), row);
  gtk_widget_add_controller(row->entry, keys);
}

void
medct_against_row_set(MedctAgainstRow *row, const char *against)
{
  if (g_strcmp0(gtk_label_get_text(GTK_LABEL(row->label)), against) == 0)
    return;
  gtk_label_set_text(GTK_LABEL(row->label), against);
  gtk_widget_set_tooltip_text(row->label, against);
  fold(row, TRUE);
}

static void
medct_against_row_class_init(MedctAgainstRowClass *klass)
{
  g_signal_new("edited", MEDCT_TYPE_AGAINST_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
               G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
medct_against_row_init(MedctAgainstRow *row)
{
  gtk_box_set_spacing(GTK_BOX(row), 4);
  row->label = gtk_label_new("");
  gtk_label_set_xalign(GTK_LABEL(row->label), 0);
  gtk_label_set_wrap(GTK_LABEL(row->label), TRUE);
  gtk_label_set_wrap_mode(GTK_LABEL(row->label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_lines(GTK_LABEL(row->label), 3); /* nor push the findings away */
  gtk_label_set_ellipsize(GTK_LABEL(row->label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars(GTK_LABEL(row->label), 8); /* must not widen the pane */
  gtk_widget_set_hexpand(row->label, TRUE);
  row->edit = gtk_button_new_from_icon_name("document-edit-symbolic");
  gtk_widget_add_css_class(row->edit, "flat");
  gtk_widget_add_css_class(row->edit, "against-edit");
  gtk_widget_set_valign(row->edit, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text(row->edit, _("Write another opposite"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(row->edit), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Write another opposite"), -1);
  g_signal_connect_swapped(row->edit, "clicked", G_CALLBACK(edit), row);
  build_entry(row);
  gtk_box_append(GTK_BOX(row), row->label);
  gtk_box_append(GTK_BOX(row), row->edit);
  gtk_box_append(GTK_BOX(row), row->entry);
  fold(row, TRUE);
}

GtkWidget *
medct_against_row_new(void)
{
  return g_object_new(MEDCT_TYPE_AGAINST_ROW, NULL);
}
