/* The active picture: the one that keys act on, wherever the focus is. It keeps its frame while a
 * finding is chosen or a sentence typed, until another picture is touched. */
#include "app/studio-private.h"
#include "ui/viewport-keys.h"
#include "ui/volume-view-input.h"

/* The map's colours stand in the active plane, and so in one that is alone. */
static void
mark(MedctStudioWindow *window, GtkWidget *picture)
{
  for (GSList *link = window->all_pictures; link != NULL; link = link->next) {
    GtkWidget *other = link->data;
    if (MEDCT_IS_VIEWPORT(other))
      medct_viewport_set_active(MEDCT_VIEWPORT(other), other == picture);
    else
      medct_volume_view_set_active(MEDCT_VOLUME_VIEW(other), other == picture);
  }
  for (int n = 0; MEDCT_IS_VIEWPORT(picture) && n < 3; n++)
    medct_viewport_set_legend(MEDCT_VIEWPORT(window->viewports[n]),
                              window->viewports[n] == picture);
}

void
medct_studio_set_active(MedctStudioWindow *window, GtkWidget *picture)
{
  if (window->active_picture == picture)
    return;
  window->active_picture = picture;
  mark(window, picture);
}

static void
focus_moved(GtkWidget *picture, GParamSpec *spec, MedctStudioWindow *window)
{
  if (gtk_widget_has_focus(picture))
    medct_studio_set_active(window, picture);
}

void
medct_studio_add_picture(MedctStudioWindow *window, GtkWidget *picture)
{
  window->all_pictures = g_slist_append(window->all_pictures, picture);
  g_signal_connect(picture, "notify::has-focus", G_CALLBACK(focus_moved), window);
}

GtkWidget *
medct_studio_active_picture(MedctStudioWindow *window)
{
  GtkWidget *pictures[4] = {window->viewports[0], window->viewports[1], window->viewports[2],
                            window->volume_view};
  if (medct_studio_is_comparing(window))
    return medct_studio_compared_view(window, window->active_picture);
  for (int n = 0; n < 4; n++)
    if (pictures[n] == window->active_picture && gtk_widget_get_visible(pictures[n]))
      return pictures[n];
  for (int n = 0; n < 4; n++)
    if (gtk_widget_get_visible(pictures[n]))
      return pictures[n];
  return pictures[0];
}

gboolean
medct_studio_act_on_picture(MedctStudioWindow *window, guint key, GdkModifierType state)
{
  const char *page = adw_view_stack_get_visible_child_name(ADW_VIEW_STACK(window->view_stack));
  if (window->current == NULL || g_strcmp0(page, "read") != 0)
    return FALSE;
  GtkWidget *picture = medct_studio_active_picture(window);
  return MEDCT_IS_VIEWPORT(picture)
             ? medct_viewport_act_on_key(MEDCT_VIEWPORT(picture), key)
             : medct_volume_view_act_on_key(MEDCT_VOLUME_VIEW(picture), key, state);
}
