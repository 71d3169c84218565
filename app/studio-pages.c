/* The pages of the window: Read, Cohort, … and how to go from one to another. */
#include "app/studio-private.h"
#include <glib/gi18n.h>

void
medct_studio_add_page(MedctStudioWindow *window, GtkWidget *page, const char *name,
                      const char *title, const char *icon)
{
  adw_view_stack_add_titled(ADW_VIEW_STACK(window->view_stack), page, name, title);
  AdwViewStackPage *added = adw_view_stack_get_page(ADW_VIEW_STACK(window->view_stack), page);
  adw_view_stack_page_set_icon_name(added, icon);
}

void
medct_studio_show_page(MedctStudioWindow *window, const char *name)
{
  adw_view_stack_set_visible_child_name(ADW_VIEW_STACK(window->view_stack), name);
}

static void
show_page_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  medct_studio_show_page(data, g_variant_get_string(value, NULL));
}

/* The panes belong to Read. */
static void
page_changed(MedctStudioWindow *window)
{
  const char *name = adw_view_stack_get_visible_child_name(ADW_VIEW_STACK(window->view_stack));
  gtk_widget_set_sensitive(window->pane_toggle, g_strcmp0(name, "read") == 0);
  gtk_widget_set_sensitive(window->findings_toggle, g_strcmp0(name, "read") == 0);
}

GtkWidget *
medct_studio_build_switcher(MedctStudioWindow *window)
{
  GtkWidget *switcher = adw_view_switcher_title_new();
  adw_view_switcher_title_set_title(ADW_VIEW_SWITCHER_TITLE(switcher), _("MedCT Studio"));
  window->view_stack = adw_view_stack_new();
  /* Or the widest page would keep the window from getting small. */
  adw_view_stack_set_hhomogeneous(ADW_VIEW_STACK(window->view_stack), FALSE);
  adw_view_stack_set_vhomogeneous(ADW_VIEW_STACK(window->view_stack), FALSE);
  adw_view_switcher_title_set_stack(ADW_VIEW_SWITCHER_TITLE(switcher),
                                    ADW_VIEW_STACK(window->view_stack));
  return switcher;
}

GtkWidget *
medct_studio_build_pages(MedctStudioWindow *window, GtkWidget *read)
{
  static const GActionEntry entries[] = {{"show-page", show_page_activated, "s", NULL, NULL, {0}}};
  g_action_map_add_action_entries(G_ACTION_MAP(window), entries, 1, window);
  medct_studio_add_page(window, read, "read", _("Read"), "system-search-symbolic");
  medct_studio_add_page(window, medct_studio_build_cohort(window), "cohort", _("Cohort"),
                        "view-list-symbolic");
  medct_studio_add_page(window, medct_studio_build_train(window), "train", _("Train"),
                        "medct-train-symbolic");
  g_signal_connect_swapped(window->view_stack, "notify::visible-child", G_CALLBACK(page_changed),
                           window);
  return window->view_stack;
}

/* At the bottom, when the header has no room for the pages' names. */
GtkWidget *
medct_studio_build_page_bar(MedctStudioWindow *window, GtkWidget *switcher)
{
  GtkWidget *bar = adw_view_switcher_bar_new();
  adw_view_switcher_bar_set_stack(ADW_VIEW_SWITCHER_BAR(bar), ADW_VIEW_STACK(window->view_stack));
  g_object_bind_property(switcher, "title-visible", bar, "reveal", G_BINDING_SYNC_CREATE);
  return bar;
}
