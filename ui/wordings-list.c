#include "ui/wordings-list.h"
#include <glib/gi18n.h>
#include <math.h>

enum { MOST_HEIGHT = 154 }; /* px; more is scrolled */

struct _MedctWordingsList {
  GtkBox parent;
  GtkWidget *waiting, *scroller, *list;
};

G_DEFINE_FINAL_TYPE(MedctWordingsList, medct_wordings_list, GTK_TYPE_BOX)

static GtkWidget *
caption(const char *text, double xalign)
{
  GtkWidget *label = gtk_label_new(text);
  gtk_label_set_xalign(GTK_LABEL(label), (float)xalign);
  gtk_widget_add_css_class(label, "caption");
  return label;
}

static char *
numbers(const MedctWordingScore *score)
{
  return isnan(score->adapted) ? g_strdup_printf("%.2f", score->base)
                               : g_strdup_printf("%.2f → %.2f", score->base, score->adapted);
}

static void
add(MedctWordingsList *list, const MedctWordingScore *score)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8), *row = gtk_list_box_row_new();
  g_autofree char *text = numbers(score);
  g_autofree char *spoken = g_strdup_printf("%s %s", score->prompt, text);
  GtkWidget *sentence = caption(score->prompt, 0), *number = caption(text, 1);
  gtk_label_set_ellipsize(GTK_LABEL(sentence), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand(sentence, TRUE);
  gtk_widget_set_tooltip_text(sentence, score->prompt);
  gtk_widget_add_css_class(number, "numeric");
  gtk_box_append(GTK_BOX(box), sentence);
  gtk_box_append(GTK_BOX(box), number);
  gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
  gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
  gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_list_box_append(GTK_LIST_BOX(list->list), row);
}

void
medct_wordings_list_set(MedctWordingsList *list, const MedctWordingScore *scores, guint n)
{
  GtkWidget *row;
  while ((row = gtk_widget_get_first_child(list->list)) != NULL)
    gtk_list_box_remove(GTK_LIST_BOX(list->list), row);
  for (guint i = 0; i < n; i++)
    add(list, &scores[i]);
  gtk_widget_set_visible(list->waiting, n == 0);
  gtk_widget_set_visible(list->scroller, n > 0);
}

static void
medct_wordings_list_class_init(MedctWordingsListClass *klass)
{
}

static void
medct_wordings_list_init(MedctWordingsList *list)
{
  list->waiting = caption(_("Other wordings are being scored…"), 0);
  gtk_widget_add_css_class(list->waiting, "dim-label");
  list->list = gtk_list_box_new();
  gtk_list_box_set_selection_mode(GTK_LIST_BOX(list->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class(list->list, "wordings");
  gtk_accessible_update_property(GTK_ACCESSIBLE(list->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Wordings and their scores"), -1);
  list->scroller = gtk_scrolled_window_new();
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(list->scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(list->scroller), TRUE);
  gtk_scrolled_window_set_max_content_height(GTK_SCROLLED_WINDOW(list->scroller), MOST_HEIGHT);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(list->scroller), list->list);
  gtk_widget_set_hexpand(list->scroller, TRUE);
  gtk_box_append(GTK_BOX(list), list->waiting);
  gtk_box_append(GTK_BOX(list), list->scroller);
}

GtkWidget *
medct_wordings_list_new(void)
{
  return g_object_new(MEDCT_TYPE_WORDINGS_LIST, NULL);
}
