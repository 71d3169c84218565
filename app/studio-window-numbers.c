/* Width and level as numbers, under the presets in their menu: for whoever has them on paper. */
#include "app/studio-private.h"
#include <glib/gi18n.h>

static void
number_changed(MedctStudioWindow *window)
{
  if (window->updating || window->current == NULL)
    return;
  MedctWindow wanted = {gtk_spin_button_get_value(GTK_SPIN_BUTTON(window->window_numbers[0])),
                        gtk_spin_button_get_value(GTK_SPIN_BUTTON(window->window_numbers[1]))};
  medct_study_set_window(window->current->study, wanted);
}

void
medct_studio_update_window_numbers(MedctStudioWindow *window, MedctWindow shown)
{
  gtk_spin_button_set_value(GTK_SPIN_BUTTON(window->window_numbers[0]), shown.width);
  gtk_spin_button_set_value(GTK_SPIN_BUTTON(window->window_numbers[1]), shown.level);
}

GtkWidget *
medct_studio_build_window_numbers(MedctStudioWindow *window)
{
  const char *const titles[2] = {_("Width, HU"), _("Level, HU")};
  GtkWidget *grid = gtk_grid_new();
  gtk_widget_add_css_class(grid, "window-numbers");
  gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
  gtk_grid_set_row_spacing(GTK_GRID(grid), 6);
  for (int n = 0; n < 2; n++) {
    GtkWidget *label = gtk_label_new(titles[n]);
    GtkWidget *number = gtk_spin_button_new_with_range(n == 0 ? 1 : -4000, 8000, 10);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_widget_set_hexpand(label, TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(number), GTK_ACCESSIBLE_PROPERTY_LABEL, titles[n],
                                   -1);
    g_signal_connect_swapped(number, "value-changed", G_CALLBACK(number_changed), window);
    gtk_grid_attach(GTK_GRID(grid), label, 0, n, 1, 1);
    gtk_grid_attach(GTK_GRID(grid), number, 1, n, 1, 1);
    window->window_numbers[n] = number;
  }
  return grid;
}
