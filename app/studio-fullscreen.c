/* F11: the whole screen for the pictures. Header, tool bar and panes go; the status bar stays,
 * because what it says must never leave, and carries the way back for the mouse. */
#include "app/studio-private.h"
#include <glib/gi18n.h>

/* On the other pages the header stays: it leads back. */
void
medct_studio_update_bare(MedctStudioWindow *window)
{
  const char *page = adw_view_stack_get_visible_child_name(ADW_VIEW_STACK(window->view_stack));
  gboolean reading = g_strcmp0(page, "read") == 0;
  gboolean in_pane = gtk_widget_get_parent(window->prompt_row) == window->findings_pane;
  gtk_widget_set_visible(window->header, !(window->bare && reading));
  gtk_widget_set_visible(window->tool_scroller, !window->bare);
  gtk_widget_set_visible(window->prompt_row, in_pane || !window->bare);
  gtk_widget_set_visible(window->leave_bare, window->bare);
}

gboolean
medct_studio_pane_wanted(const MedctStudioWindow *window, GtkWidget *flap)
{
  if (window->bare)
    return window->pane_wanted[flap == window->findings_flap];
  return adw_flap_get_folded(ADW_FLAP(flap)) || adw_flap_get_reveal_flap(ADW_FLAP(flap));
}

void
medct_studio_set_bare(MedctStudioWindow *window, gboolean bare)
{
  AdwFlap *flaps[2] = {ADW_FLAP(window->flap), ADW_FLAP(window->findings_flap)};
  if (window->bare == bare)
    return;
  for (int n = 0; n < 2; n++) {
    if (bare) {
      window->pane_before[n] = adw_flap_get_reveal_flap(flaps[n]);
      window->pane_wanted[n] = medct_studio_pane_wanted(window, GTK_WIDGET(flaps[n]));
    }
    adw_flap_set_locked(flaps[n], bare); /* or it comes back where the other has left room */
    adw_flap_set_reveal_flap(flaps[n], !bare && window->pane_before[n]);
  }
  window->bare = bare;
  medct_studio_update_bare(window);
  if (bare)
    gtk_window_fullscreen(GTK_WINDOW(window));
  else
    gtk_window_unfullscreen(GTK_WINDOW(window));
  gtk_widget_grab_focus(medct_studio_active_picture(window)); /* what had it may be hidden now */
}

static void
toggled(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioWindow *window = data;
  medct_studio_set_bare(window, !window->bare);
}

/* The window manager has keys of its own. */
static void
left_by_others(MedctStudioWindow *window)
{
  if (!gtk_window_is_fullscreen(GTK_WINDOW(window)))
    medct_studio_set_bare(window, FALSE);
}

void
medct_studio_add_fullscreen(MedctStudioWindow *window)
{
  static const GActionEntry entries[] = {{"fullscreen", toggled, NULL, NULL, NULL, {0}}};
  g_action_map_add_action_entries(G_ACTION_MAP(window), entries, 1, window);
  g_signal_connect(window, "notify::fullscreened", G_CALLBACK(left_by_others), NULL);
  g_signal_connect_swapped(window->view_stack, "notify::visible-child",
                           G_CALLBACK(medct_studio_update_bare), window);
}

GtkWidget *
medct_studio_build_leave_bare(MedctStudioWindow *window)
{
  window->leave_bare = gtk_button_new_from_icon_name("view-restore-symbolic");
  gtk_widget_add_css_class(window->leave_bare, "flat");
  gtk_widget_set_valign(window->leave_bare, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text(window->leave_bare, _("Leave full screen (F11, Esc)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(window->leave_bare), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Leave full screen"), -1);
  gtk_actionable_set_action_name(GTK_ACTIONABLE(window->leave_bare), "win.fullscreen");
  gtk_widget_set_visible(window->leave_bare, FALSE);
  return window->leave_bare;
}
