/* Measurements: their list beside the studies, and undo and redo of what was measured. */
#include "app/studio-private.h"
#include <glib/gi18n.h>

/* ---- undo ---------------------------------------------------------------------------------- */

/* What is being typed has an undo of its own. */
static gboolean
undo_text(MedctStudioWindow *window, const char *action)
{
  GtkWidget *focus = gtk_window_get_focus(GTK_WINDOW(window));
  return focus != NULL && GTK_IS_EDITABLE(focus) && gtk_widget_activate_action(focus, action, NULL);
}

static void
undo(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioWindow *window = data;
  if (!undo_text(window, "text.undo") && window->current != NULL)
    medct_study_undo(window->current->study);
}

static void
redo(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioWindow *window = data;
  if (!undo_text(window, "text.redo") && window->current != NULL)
    medct_study_redo(window->current->study);
}

static GtkWidget *
history_button(const char *icon, const char *name, const char *tooltip, const char *action)
{
  GtkWidget *button = gtk_button_new_from_icon_name(icon);
  gtk_widget_set_tooltip_text(button, tooltip);
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_actionable_set_action_name(GTK_ACTIONABLE(button), action);
  return button;
}

void
medct_studio_build_history(MedctStudioWindow *window, GtkWidget *header)
{
  static const GActionEntry entries[] = {{"undo", undo, NULL, NULL, NULL, {0}},
                                         {"redo", redo, NULL, NULL, NULL, {0}}};
  g_action_map_add_action_entries(G_ACTION_MAP(window), entries, G_N_ELEMENTS(entries), window);
  window->undo_button = history_button("edit-undo-symbolic", _("Undo a measurement"),
                                       _("Undo a measurement (Ctrl+Z)"), "win.undo");
  window->redo_button =
      history_button("edit-redo-symbolic", _("Measure it again"), _("Redo (Ctrl+Y)"), "win.redo");
  adw_header_bar_pack_start(ADW_HEADER_BAR(header), window->undo_button);
  adw_header_bar_pack_start(ADW_HEADER_BAR(header), window->redo_button);
}

/* ---- the list ------------------------------------------------------------------------------ */

static const struct {
  const char *name, *icon;
} kinds[] = {
    [MEDCT_MEASURE_DISTANCE] = {N_("Distance"), "medct-distance-symbolic"},
    [MEDCT_MEASURE_ANGLE] = {N_("Angle"), "medct-angle-symbolic"},
    [MEDCT_MEASURE_REGION] = {N_("Region"), "medct-region-symbolic"},
};

static guint
place_of(gpointer widget)
{
  return GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(widget), "place"));
}

static void
remove_clicked(GtkButton *button, MedctStudioWindow *window)
{
  if (window->current != NULL)
    medct_study_remove_measure(window->current->study, place_of(button));
}

/* To where it was measured. */
static void
row_activated(GtkListBox *list, GtkListBoxRow *row, MedctStudioWindow *window)
{
  MedctStudy *study = window->current->study;
  const MedctMeasure *measure = medct_measures_at(study->measures, place_of(row));
  const MedctPlane *plane = &study->planes[measure->plane];
  const double cell[3] = {(measure->cells[0][0] + measure->cells[1][0]) / 2,
                          (measure->cells[0][1] + measure->cells[1][1]) / 2,
                          (double)measure->slice};
  double voxel[3];
  medct_plane_cell_to_voxel(plane, cell, voxel);
  medct_study_set_voxel(study, voxel);
  medct_studio_set_active(window, window->viewports[measure->plane]);
}

static GtkWidget *
remove_button(MedctStudioWindow *window, guint place)
{
  GtkWidget *button = gtk_button_new_from_icon_name("window-close-symbolic");
  gtk_widget_add_css_class(button, "flat");
  gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text(button, _("Remove this measurement"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Remove this measurement"), -1);
  g_object_set_data(G_OBJECT(button), "place", GUINT_TO_POINTER(place));
  g_signal_connect(button, "clicked", G_CALLBACK(remove_clicked), window);
  return button;
}

static void
add_row(MedctStudioWindow *window, MedctStudy *study, guint place)
{
  const MedctMeasure *measure = medct_measures_at(study->measures, place);
  const MedctPlane *plane = &study->planes[measure->plane];
  g_autofree char *value = medct_measure_text(measure, plane, study->image.header->spacing_known);
  g_autofree char *where =
      g_strdup_printf(_("%s, %s slice %d"), _(kinds[measure->kind].name),
                      _(medct_plane_name(measure->plane)), (int)measure->slice + 1);
  g_autofree char *spoken = g_strdup_printf("%s: %s", where, value);
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *lines = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *second = medct_studio_left_label(where, "caption");
  gtk_widget_add_css_class(second, "dim-label");
  gtk_box_append(GTK_BOX(lines), medct_studio_left_label(value, "numeric"));
  gtk_box_append(GTK_BOX(lines), second);
  gtk_widget_set_hexpand(lines, TRUE);
  gtk_box_append(GTK_BOX(box), gtk_image_new_from_icon_name(kinds[measure->kind].icon));
  gtk_box_append(GTK_BOX(box), lines);
  gtk_box_append(GTK_BOX(box), remove_button(window, place));
  GtkWidget *row = gtk_list_box_row_new();
  gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
  gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  g_object_set_data(G_OBJECT(row), "place", GUINT_TO_POINTER(place));
  gtk_list_box_append(GTK_LIST_BOX(window->measures), row);
}

/* The rows are made anew when a step was taken, and for another study. */
void
medct_studio_show_measures(MedctStudioWindow *window)
{
  MedctStudy *study = window->current != NULL ? window->current->study : NULL;
  guint version = study != NULL ? medct_measures_version(study->measures) : 0;
  if (window->measured == study && window->measures_version == version)
    return;
  window->measured = study;
  window->measures_version = version;
  GtkWidget *row;
  while ((row = gtk_widget_get_first_child(window->measures)) != NULL)
    gtk_list_box_remove(GTK_LIST_BOX(window->measures), row);
  guint n_measures = study != NULL ? medct_measures_n(study->measures) : 0;
  for (guint n = 0; n < n_measures; n++)
    add_row(window, study, n);
  gboolean back = study != NULL && medct_measures_can_undo(study->measures);
  gboolean again = study != NULL && medct_measures_can_redo(study->measures);
  gtk_widget_set_visible(window->measures_box, n_measures > 0);
  gtk_widget_set_visible(window->undo_button, back || again);
  gtk_widget_set_visible(window->redo_button, back || again);
  gtk_widget_set_sensitive(window->undo_button, back);
  gtk_widget_set_sensitive(window->redo_button, again);
}

GtkWidget *
medct_studio_build_measures(MedctStudioWindow *window)
{
  enum { MOST_HEIGHT = 180 };
  GtkWidget *scroller = gtk_scrolled_window_new();
  GtkWidget *title = medct_studio_left_label(_("Measurements"), "pane-title");
  window->measures_box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
  window->measures = gtk_list_box_new();
  gtk_list_box_set_selection_mode(GTK_LIST_BOX(window->measures), GTK_SELECTION_NONE);
  gtk_widget_add_css_class(window->measures, "background");
  gtk_widget_add_css_class(window->measures, "measures");
  gtk_accessible_update_property(GTK_ACCESSIBLE(window->measures), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Measurements"), -1);
  g_signal_connect(window->measures, "row-activated", G_CALLBACK(row_activated), window);
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(scroller), TRUE);
  gtk_scrolled_window_set_max_content_height(GTK_SCROLLED_WINDOW(scroller), MOST_HEIGHT);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), window->measures);
  gtk_widget_set_margin_start(title, 12);
  gtk_box_append(GTK_BOX(window->measures_box), title);
  gtk_box_append(GTK_BOX(window->measures_box), scroller);
  gtk_widget_set_visible(window->measures_box, FALSE);
  return window->measures_box;
}
