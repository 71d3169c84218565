#include "ui/part-names.h"
#include <adwaita.h>
#include <glib/gi18n.h>

/* The first words that it shows; NULL: none. */
static const char *
words_in(GtkWidget *widget)
{
  const char *words = GTK_IS_LABEL(widget) ? gtk_label_get_text(GTK_LABEL(widget)) : "";
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL && *words == '\0';
       child = gtk_widget_get_next_sibling(child))
    if (words_in(child) != NULL)
      words = words_in(child);
  return *words != '\0' ? words : NULL;
}

static const char *
name_of_button(GtkWidget *button)
{
  if (words_in(button) != NULL)
    return words_in(button);
  if (gtk_widget_get_tooltip_text(button) != NULL)
    return gtk_widget_get_tooltip_text(button);
  const char *icon = gtk_button_get_icon_name(GTK_BUTTON(button));
  return g_strcmp0(icon, "edit-find-symbolic") == 0 ? _("Search") : NULL;
}

/* What is to be called after the window for want of anything better. */
static gboolean
is_nameless(GtkWidget *widget)
{
  return GTK_IS_MENU_BUTTON(widget) || GTK_IS_SEARCH_ENTRY(widget) || GTK_IS_TEXT_VIEW(widget) ||
         GTK_IS_LIST_BOX(widget) ||
         gtk_accessible_get_accessible_role(GTK_ACCESSIBLE(widget)) == GTK_ACCESSIBLE_ROLE_TAB;
}

static void
name_within(GtkWidget *widget, const char *title)
{
  const char *name = GTK_IS_BUTTON(widget) ? name_of_button(widget) : NULL;
  if (name == NULL && is_nameless(widget))
    name = title;
  if (name != NULL)
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    name_within(child, title);
}

void
medct_name_parts(GtkWindow *window)
{
  const char *title = gtk_window_get_title(window);
  name_within(GTK_WIDGET(window), title != NULL ? title : _("MedCT Studio"));
}
