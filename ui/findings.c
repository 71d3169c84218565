#include "ui/findings.h"
#include "ui/score-bar.h"
#include <glib/gi18n.h>
#include <math.h>

enum { BAR_WIDTH = 96, SCORE_WIDTH = 34 };

typedef struct {
  GtkListBoxRow *row;
  GtkWidget *name, *bar, *score;
  double probability;
} Finding;

struct _MedctFindingsView {
  GtkBox parent;
  GtkWidget *list;
  Finding findings[MEDCT_N_PATHOLOGIES];
};

G_DEFINE_FINAL_TYPE(MedctFindingsView, medct_findings_view, GTK_TYPE_BOX)

static GtkWidget *
label(const char *text, double xalign, const char *css)
{
  GtkWidget *widget = gtk_label_new(text);
  gtk_label_set_xalign(GTK_LABEL(widget), (float)xalign);
  if (css != NULL)
    gtk_widget_add_css_class(widget, css);
  return widget;
}

static GtkWidget *
axis(void)
{
  static const char *const marks[] = {"0", "0.5", "1"};
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_box_set_homogeneous(GTK_BOX(box), TRUE);
  gtk_widget_set_size_request(box, BAR_WIDTH, -1);
  for (int n = 0; n < 3; n++) {
    GtkWidget *mark = label(marks[n], n / 2.0, "axis-label");
    gtk_widget_add_css_class(mark, "dim-label");
    gtk_box_append(GTK_BOX(box), mark);
  }
  return box;
}

static GtkWidget *
head(void)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *name = label(_("Finding"), 0, "axis-label"),
            *score = label(_("Score"), 1, "axis-label");
  gtk_widget_add_css_class(name, "dim-label");
  gtk_widget_add_css_class(score, "dim-label");
  gtk_widget_set_hexpand(name, TRUE);
  gtk_widget_set_size_request(score, SCORE_WIDTH, -1);
  gtk_box_append(GTK_BOX(box), name);
  gtk_box_append(GTK_BOX(box), axis());
  gtk_box_append(GTK_BOX(box), score);
  gtk_widget_set_margin_start(box, 12);
  gtk_widget_set_margin_end(box, 12);
  return box;
}

static void
add_finding(MedctFindingsView *view, guint index)
{
  Finding *finding = &view->findings[index];
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  finding->name = label(medct_pathology_name(index), 0, NULL);
  gtk_label_set_ellipsize(GTK_LABEL(finding->name), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand(finding->name, TRUE);
  finding->bar = medct_score_bar_new();
  gtk_widget_set_size_request(finding->bar, BAR_WIDTH, 16);
  gtk_accessible_update_property(GTK_ACCESSIBLE(finding->bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 medct_pathology_name(index), -1);
  finding->score = label("—", 1, "numeric");
  gtk_widget_set_size_request(finding->score, SCORE_WIDTH, -1);
  gtk_box_append(GTK_BOX(box), finding->name);
  gtk_box_append(GTK_BOX(box), finding->bar);
  gtk_box_append(GTK_BOX(box), finding->score);
  finding->row = GTK_LIST_BOX_ROW(gtk_list_box_row_new());
  finding->probability = NAN;
  gtk_list_box_row_set_child(finding->row, box);
  gtk_widget_set_sensitive(GTK_WIDGET(finding->row), FALSE);
  g_object_set_data(G_OBJECT(finding->row), "finding", GUINT_TO_POINTER(index));
  gtk_list_box_append(GTK_LIST_BOX(view->list), GTK_WIDGET(finding->row));
}

static guint
index_of(GtkListBoxRow *row)
{
  return GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(row), "finding"));
}

static int
compare(GtkListBoxRow *a, GtkListBoxRow *b, gpointer data)
{
  const MedctFindingsView *view = data;
  guint i = index_of(a), j = index_of(b);
  double p = view->findings[i].probability, q = view->findings[j].probability;
  if (!isnan(p) && !isnan(q) && p != q)
    return p < q ? 1 : -1;
  return i < j ? -1 : i > j;
}

static void
row_activated(GtkListBox *list, GtkListBoxRow *row, MedctFindingsView *view)
{
  g_signal_emit_by_name(view, "chosen", index_of(row));
}

void
medct_findings_view_set(MedctFindingsView *view, const double *probability,
                        const double *thresholds)
{
  for (guint n = 0; n < MEDCT_N_PATHOLOGIES; n++) {
    Finding *finding = &view->findings[n];
    double p = probability != NULL ? probability[n] : NAN;
    double threshold = thresholds != NULL ? thresholds[n] : NAN;
    g_autofree char *text = isnan(p) ? g_strdup("—") : g_strdup_printf("%.2f", p);
    finding->probability = p;
    gtk_label_set_text(GTK_LABEL(finding->score), text);
    medct_score_bar_set(MEDCT_SCORE_BAR(finding->bar), p, isnan(p) ? NAN : threshold);
    gtk_widget_set_sensitive(GTK_WIDGET(finding->row), !isnan(p));
    gboolean over = !isnan(p) && !isnan(threshold) && p >= threshold;
    if (over)
      gtk_widget_add_css_class(GTK_WIDGET(finding->row), "over");
    else
      gtk_widget_remove_css_class(GTK_WIDGET(finding->row), "over");
  }
  gtk_list_box_invalidate_sort(GTK_LIST_BOX(view->list));
}

void
medct_findings_view_select(MedctFindingsView *view, int finding)
{
  GtkListBox *list = GTK_LIST_BOX(view->list);
  if (finding < 0)
    gtk_list_box_unselect_all(list);
  else
    gtk_list_box_select_row(list, view->findings[finding].row);
}

static void
medct_findings_view_class_init(MedctFindingsViewClass *klass)
{
  g_signal_new("chosen", MEDCT_TYPE_FINDINGS_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
               G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
medct_findings_view_init(MedctFindingsView *view)
{
  gtk_orientable_set_orientation(GTK_ORIENTABLE(view), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing(GTK_BOX(view), 4);
  GtkWidget *title = label(_("18 findings"), 0, "pane-title");
  gtk_widget_set_margin_start(title, 12);
  gtk_box_append(GTK_BOX(view), title);
  gtk_box_append(GTK_BOX(view), head());
  view->list = gtk_list_box_new();
  gtk_widget_add_css_class(view->list, "findings");
  gtk_widget_add_css_class(view->list, "background");
  gtk_accessible_update_property(GTK_ACCESSIBLE(view->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Findings"), -1);
  for (guint n = 0; n < MEDCT_N_PATHOLOGIES; n++)
    add_finding(view, n);
  gtk_list_box_set_sort_func(GTK_LIST_BOX(view->list), compare, view, NULL);
  g_signal_connect(view->list, "row-activated", G_CALLBACK(row_activated), view);
  GtkWidget *scroller = gtk_scrolled_window_new();
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), view->list);
  gtk_widget_set_vexpand(scroller, TRUE);
  gtk_box_append(GTK_BOX(view), scroller);
}

GtkWidget *
medct_findings_view_new(void)
{
  return g_object_new(MEDCT_TYPE_FINDINGS_VIEW, NULL);
}
