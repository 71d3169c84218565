/* The pictures: axial, sagittal, coronal and 3-D in a square; a double click, Return or the layout
 * menu leaves one of them alone. */
#include "app/studio-private.h"
#include <glib/gi18n.h>

static const char *const layouts[] = {"four-up", "axial", "sagittal", "coronal", "volume"};

static void
pointer_told(GtkWidget *viewport, const char *text, MedctStudioWindow *window)
{
  gtk_label_set_text(GTK_LABEL(window->readout), text);
}

static GtkWidget *
picture_of(const MedctStudioWindow *window, int n)
{
  return n < 3 ? window->viewports[n] : window->volume_view;
}

const char *
medct_studio_layout(const MedctStudioWindow *window)
{
  for (int n = 0; window->maximised && n < 4; n++)
    if (gtk_widget_get_visible(picture_of(window, n)))
      return layouts[n + 1];
  return layouts[0];
}

void
medct_studio_maximise(MedctStudioWindow *window, GtkWidget *picture)
{
  window->maximised = !window->maximised;
  medct_studio_set_active(window, picture);
  for (int n = 0; n < 4; n++)
    gtk_widget_set_visible(picture_of(window, n),
                           !window->maximised || picture_of(window, n) == picture);
  GAction *action = g_action_map_lookup_action(G_ACTION_MAP(window), "layout");
  g_simple_action_set_state(G_SIMPLE_ACTION(action),
                            g_variant_new_string(medct_studio_layout(window)));
}

void
medct_studio_set_layout(MedctStudioWindow *window, const char *name)
{
  for (int n = 0; n < 4; n++)
    if (g_ascii_strcasecmp(layouts[n + 1], name) == 0) {
      window->maximised = FALSE; /* one that is alone gives way to another */
      medct_studio_maximise(window, picture_of(window, n));
    }
  if (g_str_equal(name, layouts[0]) && window->maximised)
    medct_studio_maximise(window, medct_studio_active_picture(window));
}

static void
layout_chosen(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioWindow *window = data;
  if (medct_studio_is_comparing(window))
    medct_result_card_set_map_of(MEDCT_RESULT_CARD(window->card), MEDCT_MAP_OF_ADAPTED);
  medct_studio_set_layout(window, g_variant_get_string(value, NULL));
}

GMenu *
medct_studio_layout_menu(void)
{
  static const char *const titles[] = {N_("All four pictures"), N_("Axial alone"),
                                       N_("Sagittal alone"), N_("Coronal alone"), N_("3-D alone")};
  GMenu *menu = g_menu_new();
  for (gsize n = 0; n < G_N_ELEMENTS(layouts); n++) {
    g_autofree char *action = g_strdup_printf("win.layout::%s", layouts[n]);
    g_menu_append(menu, _(titles[n]), action);
  }
  return menu;
}

static void
maximise(GtkWidget *viewport, MedctStudioWindow *window)
{
  medct_studio_maximise(window, viewport);
}

void
medct_studio_arrange_pictures(MedctStudioWindow *window, gboolean large)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager(window->pictures);
  GtkWidget *pictures[4] = {window->viewports[0], window->viewports[1], window->viewports[2],
                            window->volume_view};
  for (int n = 0; n < 4; n++) {
    GtkGridLayoutChild *place =
        GTK_GRID_LAYOUT_CHILD(gtk_layout_manager_get_layout_child(layout, pictures[n]));
    gboolean first = large && n == 0;
    gtk_grid_layout_child_set_column(place, large ? MAX(n - 1, 0) : n % 2);
    gtk_grid_layout_child_set_row(place, large ? (n > 0 ? 2 : 0) : n / 2);
    gtk_grid_layout_child_set_column_span(place, first ? 3 : 1);
    gtk_grid_layout_child_set_row_span(place, first ? 2 : 1);
    gtk_widget_set_size_request(pictures[n], 160, large ? 56 : 140);
  }
}

GtkWidget *
medct_studio_build_pictures(MedctStudioWindow *window)
{
  static const GActionEntry entries[] = {{"layout", layout_chosen, "s", "'four-up'", NULL, {0}}};
  g_action_map_add_action_entries(G_ACTION_MAP(window), entries, 1, window);
  GtkWidget *grid = gtk_grid_new();
  gtk_grid_set_row_homogeneous(GTK_GRID(grid), TRUE);
  gtk_grid_set_column_homogeneous(GTK_GRID(grid), TRUE);
  gtk_grid_set_row_spacing(GTK_GRID(grid), 2);
  gtk_grid_set_column_spacing(GTK_GRID(grid), 2);
  gtk_widget_add_css_class(grid, "pictures");
  for (int n = 0; n < 3; n++) {
    window->viewports[n] = medct_viewport_new((MedctPlaneKind)n);
    g_signal_connect(window->viewports[n], "pointer", G_CALLBACK(pointer_told), window);
    g_signal_connect(window->viewports[n], "maximise", G_CALLBACK(maximise), window);
    medct_studio_add_picture(window, window->viewports[n]);
    medct_studio_add_voxel_click(window, window->viewports[n]);
    gtk_grid_attach(GTK_GRID(grid), window->viewports[n], 0, 0, 1, 1);
  }
  window->volume_view = medct_volume_view_new();
  g_signal_connect(window->volume_view, "maximise", G_CALLBACK(maximise), window);
  medct_studio_add_picture(window, window->volume_view);
  gtk_grid_attach(GTK_GRID(grid), window->volume_view, 0, 0, 1, 1);
  window->pictures = grid;
  medct_studio_set_active(window, window->viewports[MEDCT_PLANE_AXIAL]);
  medct_studio_arrange_pictures(window, FALSE);
  return grid;
}
