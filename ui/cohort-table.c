#include "ui/cohort-table.h"
#include "ui/text-scale.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { COLUMNS = 8 };
enum { VOLUME, PATIENT, SPLIT, SPACING, PRESENT, UNKNOWN, REPORT, CHECK };
enum { SELECTED, OPENED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* ---- a row --------------------------------------------------------------------------------- */

#define MEDCT_TYPE_COHORT_ITEM (medct_cohort_item_get_type())
G_DECLARE_FINAL_TYPE(MedctCohortItem, medct_cohort_item, MEDCT, COHORT_ITEM, GObject)

struct _MedctCohortItem {
  GObject parent;
  guint row, n_unknown;
  MedctCheckMark mark;
  char *cells[COLUMNS];
  char *searched; /* in lower case */
};

G_DEFINE_FINAL_TYPE(MedctCohortItem, medct_cohort_item, G_TYPE_OBJECT)

static void
medct_cohort_item_finalize(GObject *object)
{
  MedctCohortItem *item = MEDCT_COHORT_ITEM(object);
  for (int n = 0; n < COLUMNS; n++)
    g_free(item->cells[n]);
  g_free(item->searched);
  G_OBJECT_CLASS(medct_cohort_item_parent_class)->finalize(object);
}

static void
medct_cohort_item_class_init(MedctCohortItemClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = medct_cohort_item_finalize;
}

static void
medct_cohort_item_init(MedctCohortItem *item)
{
}

static MedctCohortItem *
item_new(guint row, const MedctCohortLine *line)
{
  MedctCohortItem *item = g_object_new(MEDCT_TYPE_COHORT_ITEM, NULL);
  item->row = row;
  item->n_unknown = line->n_unknown;
  item->mark = line->mark;
  item->cells[VOLUME] = g_strdup(line->volume);
  item->cells[PATIENT] = g_strdup(line->patient);
  item->cells[SPLIT] = g_strdup(line->split);
  item->cells[SPACING] = g_strdup(line->spacing);
  item->cells[PRESENT] = g_strdup(line->present);
  item->cells[UNKNOWN] = g_strdup_printf("%u", line->n_unknown);
  item->cells[REPORT] = g_strdup(line->has_report ? _("yes") : _("no"));
  item->cells[CHECK] = g_strdup(line->check);
  g_autofree char *all =
      g_strjoin("\n", line->volume, line->patient, line->split, line->present, line->check, NULL);
  item->searched = g_utf8_casefold(all, -1);
  return item;
}

/* ---- the table ----------------------------------------------------------------------------- */

struct _MedctCohortTable {
  GtkBox parent;
  GListStore *store;
  GtkCustomFilter *filter;
  GtkFilterListModel *filtered;
  GtkSingleSelection *selection;
  GtkWidget *view, *scroller;
  char *text;
  gboolean problems;
};

G_DEFINE_FINAL_TYPE(MedctCohortTable, medct_cohort_table, GTK_TYPE_BOX)

static gboolean
matches(gpointer object, gpointer data)
{
  const MedctCohortItem *item = object;
  const MedctCohortTable *table = data;
  return (!table->problems || item->mark >= MEDCT_CHECK_WARNING) &&
         (!table->text || !*table->text || strstr(item->searched, table->text));
}

static const char *
mark_icon(MedctCheckMark mark)
{
  static const char *const icons[] = {"content-loading-symbolic", "emblem-ok-symbolic",
                                      "dialog-warning-symbolic", "dialog-error-symbolic"};
  return icons[mark];
}

static const char *
mark_class(MedctCheckMark mark)
{
  static const char *const classes[] = {"dim-label", "passed-mark", "warning-mark", "error-mark"};
  return classes[mark];
}

static void
set_up_cell(GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  int column = GPOINTER_TO_INT(data);
  GtkWidget *label = gtk_label_new("");
  gtk_label_set_xalign(GTK_LABEL(label), column == UNKNOWN ? 1 : 0);
  gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
  if (column == SPACING || column == UNKNOWN)
    gtk_widget_add_css_class(label, "numeric");
  if (column != CHECK) {
    gtk_list_item_set_child(cell, label);
    return;
  }
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8), *icon = gtk_image_new();
  gtk_box_append(GTK_BOX(box), icon);
  gtk_box_append(GTK_BOX(box), label);
  gtk_list_item_set_child(cell, box);
}

static void
bind_check(GtkWidget *box, const MedctCohortItem *item)
{
  GtkWidget *icon = gtk_widget_get_first_child(box), *label = gtk_widget_get_last_child(box);
  for (int mark = 0; mark <= MEDCT_CHECK_ERROR; mark++)
    gtk_widget_remove_css_class(icon, mark_class((MedctCheckMark)mark));
  gtk_widget_add_css_class(icon, mark_class(item->mark));
  gtk_image_set_from_icon_name(GTK_IMAGE(icon), mark_icon(item->mark));
  gtk_label_set_text(GTK_LABEL(label), item->cells[CHECK]);
  gtk_widget_set_tooltip_text(label, item->cells[CHECK]);
  if (item->mark < MEDCT_CHECK_WARNING)
    gtk_widget_add_css_class(label, "dim-label");
  else
    gtk_widget_remove_css_class(label, "dim-label");
}

static void
bind_cell(GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  int column = GPOINTER_TO_INT(data);
  const MedctCohortItem *item = gtk_list_item_get_item(cell);
  GtkWidget *child = gtk_list_item_get_child(cell);
  if (column == CHECK) {
    bind_check(child, item);
    return;
  }
  gtk_label_set_text(GTK_LABEL(child), item->cells[column]);
  gboolean dim = column == UNKNOWN && item->n_unknown == 0;
  if (dim)
    gtk_widget_add_css_class(child, "dim-label");
  else
    gtk_widget_remove_css_class(child, "dim-label");
  if (column == PRESENT)
    gtk_widget_set_tooltip_text(child, *item->cells[PRESENT] ? item->cells[PRESENT] : NULL);
}

static int
compare_items(gconstpointer left, gconstpointer right, gpointer data)
{
  const MedctCohortItem *a = left, *b = right;
  int column = GPOINTER_TO_INT(data), order = 0;
  if (column == UNKNOWN)
    order = (a->n_unknown > b->n_unknown) - (a->n_unknown < b->n_unknown);
  else if (column == CHECK)
    order = (a->mark < b->mark) - (a->mark > b->mark); /* the worst first */
  else
    order = g_utf8_collate(a->cells[column], b->cells[column]);
  return order ? order : (a->row > b->row) - (a->row < b->row);
}

static void
add_column(MedctCohortTable *table, int column, const char *title, int width, gboolean expand)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new();
  gpointer which = GINT_TO_POINTER(column);
  g_signal_connect(factory, "setup", G_CALLBACK(set_up_cell), which);
  g_signal_connect(factory, "bind", G_CALLBACK(bind_cell), which);
  GtkColumnViewColumn *added = gtk_column_view_column_new(title, factory);
  GtkSorter *sorter = GTK_SORTER(gtk_custom_sorter_new(compare_items, which, NULL));
  gtk_column_view_column_set_sorter(added, sorter);
  gtk_column_view_column_set_resizable(added, TRUE);
  gtk_column_view_column_set_expand(added, expand);
  if (width > 0) /* the hands may change it afterwards */
    gtk_column_view_column_set_fixed_width(
        added, (int)(width * fmax(medct_text_scale(GTK_WIDGET(table)), 1)));
  gtk_column_view_append_column(GTK_COLUMN_VIEW(table->view), added);
  g_object_unref(sorter);
  g_object_unref(added);
}

static void
selection_changed(MedctCohortTable *table)
{
  MedctCohortItem *item = gtk_single_selection_get_selected_item(table->selection);
  if (item != NULL)
    g_signal_emit(table, signals[SELECTED], 0, item->row);
}

static void
row_activated(MedctCohortTable *table, guint position)
{
  g_autoptr(MedctCohortItem) item = g_list_model_get_item(G_LIST_MODEL(table->selection), position);
  if (item != NULL)
    g_signal_emit(table, signals[OPENED], 0, item->row);
}

static void
add_columns(MedctCohortTable *table)
{
  add_column(table, VOLUME, _("Volume"), 172, FALSE);
  add_column(table, PATIENT, _("Patient"), 120, FALSE);
  add_column(table, SPLIT, _("Split"), 94, FALSE);
  add_column(table, SPACING, _("Spacing, mm"), 144, FALSE);
  add_column(table, PRESENT, _("Present"), 0, TRUE);
  add_column(table, UNKNOWN, _("Unknown"), 78, FALSE);
  add_column(table, REPORT, _("Report"), 60, FALSE);
  add_column(table, CHECK, _("Check"), 178, FALSE);
}

static void
medct_cohort_table_dispose(GObject *object)
{
  MedctCohortTable *table = MEDCT_COHORT_TABLE(object);
  g_clear_object(&table->store);
  g_clear_pointer(&table->text, g_free);
  G_OBJECT_CLASS(medct_cohort_table_parent_class)->dispose(object);
}

static void
medct_cohort_table_class_init(MedctCohortTableClass *klass)
{
  G_OBJECT_CLASS(klass)->dispose = medct_cohort_table_dispose;
  signals[SELECTED] = g_signal_new("selected", MEDCT_TYPE_COHORT_TABLE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[OPENED] = g_signal_new("opened", MEDCT_TYPE_COHORT_TABLE, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
medct_cohort_table_init(MedctCohortTable *table)
{
  table->store = g_list_store_new(MEDCT_TYPE_COHORT_ITEM);
  table->view = gtk_column_view_new(NULL);
  add_columns(table);
  GtkSorter *sorter = gtk_column_view_get_sorter(GTK_COLUMN_VIEW(table->view));
  GtkSortListModel *sorted =
      gtk_sort_list_model_new(g_object_ref(G_LIST_MODEL(table->store)), g_object_ref(sorter));
  table->filter = gtk_custom_filter_new(matches, table, NULL);
  table->filtered = gtk_filter_list_model_new(G_LIST_MODEL(sorted), GTK_FILTER(table->filter));
  table->selection = gtk_single_selection_new(G_LIST_MODEL(table->filtered));
  gtk_single_selection_set_autoselect(table->selection, FALSE);
  gtk_single_selection_set_can_unselect(table->selection, TRUE);
  gtk_column_view_set_model(GTK_COLUMN_VIEW(table->view), GTK_SELECTION_MODEL(table->selection));
  g_object_unref(table->selection); /* the view's now */
  g_signal_connect_object(table->selection, "notify::selected-item", G_CALLBACK(selection_changed),
                          table, G_CONNECT_SWAPPED);
  g_signal_connect_swapped(table->view, "activate", G_CALLBACK(row_activated), table);
  gtk_widget_add_css_class(table->view, "cohort-table");
  gtk_accessible_update_property(GTK_ACCESSIBLE(table->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Volumes of the cohort"), -1);
  table->scroller = gtk_scrolled_window_new();
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(table->scroller), table->view);
  gtk_widget_set_vexpand(table->scroller, TRUE);
  gtk_widget_set_hexpand(table->scroller, TRUE);
  gtk_box_append(GTK_BOX(table), table->scroller);
}

GtkWidget *
medct_cohort_table_new(void)
{
  return g_object_new(MEDCT_TYPE_COHORT_TABLE, NULL);
}

void
medct_cohort_table_clear(MedctCohortTable *table)
{
  g_list_store_remove_all(table->store);
}

void
medct_cohort_table_add(MedctCohortTable *table, const MedctCohortLine *line)
{
  g_autoptr(MedctCohortItem) item =
      item_new(g_list_model_get_n_items(G_LIST_MODEL(table->store)), line);
  g_list_store_append(table->store, item);
}

void
medct_cohort_table_change(MedctCohortTable *table, guint row, const MedctCohortLine *line)
{
  MedctCohortItem *selected = gtk_single_selection_get_selected_item(table->selection);
  gboolean again = selected != NULL && selected->row == row;
  g_autoptr(MedctCohortItem) item = item_new(row, line);
  gpointer items[] = {item};
  g_list_store_splice(table->store, row, 1, items, 1);
  if (again)
    medct_cohort_table_select(table, row);
}

void
medct_cohort_table_filter(MedctCohortTable *table, const char *text, gboolean problems)
{
  g_free(table->text);
  table->text = g_utf8_casefold(text, -1);
  table->problems = problems;
  gtk_filter_changed(GTK_FILTER(table->filter), GTK_FILTER_CHANGE_DIFFERENT);
}

void
medct_cohort_table_select(MedctCohortTable *table, guint row)
{
  guint n = g_list_model_get_n_items(G_LIST_MODEL(table->selection));
  for (guint at = 0; at < n; at++) {
    g_autoptr(MedctCohortItem) item = g_list_model_get_item(G_LIST_MODEL(table->selection), at);
    if (item->row != row)
      continue;
    gtk_single_selection_set_selected(table->selection, at);
    GtkAdjustment *adjustment =
        gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(table->scroller));
    double upper = gtk_adjustment_get_upper(adjustment), line = n ? upper / n : 0;
    double page = gtk_adjustment_get_page_size(adjustment), value = at * line;
    if (value < gtk_adjustment_get_value(adjustment) ||
        value + line > gtk_adjustment_get_value(adjustment) + page)
      gtk_adjustment_set_value(adjustment, value - page / 2);
    return;
  }
}
