/* The desktop's own list of recent files: the toolkit's file dialogs write into it whatever is
 * chosen there, and a file's name may be a patient's. */
#include "app/studio-private.h"

/* Written by this program and no other. */
static gboolean
is_ours(GtkRecentInfo *item)
{
  gsize n = 0;
  g_auto(GStrv) programs = gtk_recent_info_get_applications(item, &n);
  return n == 1 && g_strcmp0(programs[0], g_get_application_name()) == 0;
}

static void
forget(GtkRecentManager *list)
{
  GList *items = gtk_recent_manager_get_items(list);
  for (GList *item = items; item != NULL; item = item->next)
    if (is_ours(item->data))
      gtk_recent_manager_remove_item(list, gtk_recent_info_get_uri(item->data), NULL);
  g_list_free_full(items, (GDestroyNotify)gtk_recent_info_unref);
}

void
medct_studio_keep_off_desktop(MedctStudioWindow *window)
{
  GtkRecentManager *list = gtk_recent_manager_get_default();
  g_signal_connect_object(list, "changed", G_CALLBACK(forget), window, G_CONNECT_AFTER);
  forget(list);
}
