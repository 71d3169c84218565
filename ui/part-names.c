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

/* The first icon that it shows; NULL: none. */
static const char *
icon_in(GtkWidget *widget)
{
  const char *icon = GTK_IS_IMAGE(widget) ? gtk_image_get_icon_name(GTK_IMAGE(widget)) : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL && icon == NULL;
       child = gtk_widget_get_next_sibling(child))
    icon = icon_in(child);
  return icon;
}

static const char *
name_of_icon(const char *icon)
{
  static const char *const names[][2] = {
      {"edit-find-symbolic", N_("Search")},
      {"pan-start-symbolic", N_("Outer folders")},
      {"pan-end-symbolic", N_("Inner folders")},
      {"drive-harddisk-symbolic", N_("Outermost folder")},
  };
  for (gsize n = 0; n < G_N_ELEMENTS(names); n++)
    if (g_strcmp0(icon, names[n][0]) == 0)
      return _(names[n][1]);
  return NULL;
}

/* Of a button, a row of a list, a choice. */
static const char *
name_shown(GtkWidget *widget)
{
  const char *words = GTK_IS_DROP_DOWN(widget) ? NULL : words_in(widget);
  const char *tip = gtk_widget_get_tooltip_text(widget);
  return words != NULL ? words : tip != NULL ? tip : name_of_icon(icon_in(widget));
}

/* What is to be called after the window for want of anything better. */
static gboolean
is_nameless(GtkWidget *widget)
{
  return GTK_IS_BUTTON(widget) || GTK_IS_MENU_BUTTON(widget) || GTK_IS_SEARCH_ENTRY(widget) ||
         GTK_IS_ENTRY(widget) || GTK_IS_TEXT_VIEW(widget) || GTK_IS_LIST_BOX(widget) ||
         gtk_accessible_get_accessible_role(GTK_ACCESSIBLE(widget)) == GTK_ACCESSIBLE_ROLE_TAB;
}

static void
name_within(GtkWidget *widget, const char *title)
{
  gboolean shows = GTK_IS_BUTTON(widget) || GTK_IS_LIST_BOX_ROW(widget) || GTK_IS_DROP_DOWN(widget);
  const char *name = shows ? name_shown(widget) : NULL;
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

/* Places and folders bring rows and buttons of their own, when they have been read. */
static gboolean
name_again(gpointer window)
{
  medct_name_parts(window);
  return G_SOURCE_CONTINUE;
}

static void
stop_naming(gpointer source)
{
  g_source_remove(GPOINTER_TO_UINT(source));
}

/* GTK 4.8 keeps the list of a row that was dragged, which still calls the dialog after its end: the
 * next file that changes in that folder would be the program's end too. */
static void
keep_rows(GtkWidget *widget)
{
  if (GTK_IS_TREE_VIEW(widget))
    gtk_tree_view_unset_rows_drag_source(GTK_TREE_VIEW(widget));
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    keep_rows(child);
}

void
medct_show_chooser(GtkFileChooserNative *chooser)
{
  enum { LOOK_MS = 400 };
  gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(chooser), TRUE);
  gtk_native_dialog_show(GTK_NATIVE_DIALOG(chooser));
  GListModel *windows = gtk_window_get_toplevels();
  for (guint n = 0; n < g_list_model_get_n_items(windows); n++) {
    g_autoptr(GtkWindow) window = g_list_model_get_item(windows, n);
    if (!GTK_IS_FILE_CHOOSER_DIALOG(window))
      continue;
    keep_rows(GTK_WIDGET(window));
    medct_name_parts(window);
    g_object_set_data_full(G_OBJECT(window), "medct-naming",
                           GUINT_TO_POINTER(g_timeout_add(LOOK_MS, name_again, window)),
                           stop_naming);
  }
}
