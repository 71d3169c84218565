#include "ui/findings.h"
#include "render/colormap.h"
#include "render/text.h"
#include "ui/score-bar.h"
#include "ui/text-scale.h"
#include <glib/gi18n.h>
#include <math.h>

enum { LEAST_HEIGHT = 112 }; /* px: four rows, then the pane scrolls */
enum { BAR_WIDTH = 96, NARROW_BAR = 72, SCORE_WIDTH = 36, SHARE_WIDTH = 56 }; /* at usual letters */

typedef struct {
  GtkListBoxRow *row;
  GtkWidget *name, *bar, *base, *score;
  MedctFindingRow shown; /* its name is the label's */
} Line;

struct _MedctFindingsView {
  GtkBox parent;
  GtkWidget *title, *order, *list, *axis, *axis_marks[3], *base_head, *score_head;
  GtkStringList *orders;  /* MEDCT_ORDER_CHANGE only where there is an adapter */
  GPtrArray *lines;       /* of Line, findings first */
  gboolean compared;      /* base and adapted */
  gboolean change_wished; /* MEDCT_ORDER_CHANGE, as soon as there is an adapter */
  MedctFindingsOrder before_patch;
  MedctFindingsOrder ordered; /* what `order` says: rows are asked for it while that is freed */
};

G_DEFINE_FINAL_TYPE(MedctFindingsView, medct_findings_view, GTK_TYPE_BOX)

static double
score_of(const Line *line)
{
  return isnan(line->shown.adapted) ? line->shown.base : line->shown.adapted;
}

static Line *
line_of(GtkListBoxRow *row)
{
  return g_object_get_data(G_OBJECT(row), "line");
}

static guint
index_of(const MedctFindingsView *view, const Line *line)
{
  guint place = 0;
  g_ptr_array_find(view->lines, line, &place);
  return place;
}

/* ---- order --------------------------------------------------------------------------------- */

MedctFindingsOrder
medct_findings_view_get_order(MedctFindingsView *view)
{
  return view->ordered;
}

MedctFindingsOrder
medct_findings_view_get_wish(MedctFindingsView *view)
{
  return view->change_wished ? MEDCT_ORDER_CHANGE : view->ordered;
}

void
medct_findings_view_set_order(MedctFindingsView *view, MedctFindingsOrder order)
{
  view->change_wished = order == MEDCT_ORDER_CHANGE && !view->compared;
  if (view->change_wished)
    return;
  gtk_drop_down_set_selected(GTK_DROP_DOWN(view->order), (guint)order);
}

gboolean
medct_findings_view_leave_patch(MedctFindingsView *view)
{
  gboolean gone = view->before_patch == MEDCT_ORDER_CHANGE && !view->compared;
  if (view->ordered != MEDCT_ORDER_PATCH)
    return FALSE;
  medct_findings_view_set_order(view, gone ? MEDCT_ORDER_SCORE : view->before_patch);
  return TRUE;
}

/* What rows are sorted by, largest first; NaN: the findings' own order. */
static double
sort_key(const Line *line, MedctFindingsOrder order)
{
  switch (order) {
  case MEDCT_ORDER_THRESHOLD:
    return isnan(line->shown.threshold) ? score_of(line) - 2 /* after those that have one */
                                        : score_of(line) - line->shown.threshold;
  case MEDCT_ORDER_CHANGE:
    return fabs(line->shown.adapted - line->shown.base);
  case MEDCT_ORDER_PATCH:
    return line->shown.share;
  case MEDCT_ORDER_SCORE:
  default:
    return score_of(line);
  }
}

/* The reader's own prompts stand below the findings, but at a patch all are one list. */
static int
compare(GtkListBoxRow *a, GtkListBoxRow *b, gpointer data)
{
  MedctFindingsView *view = data;
  MedctFindingsOrder order = medct_findings_view_get_order(view);
  const Line *first = line_of(a), *second = line_of(b);
  guint i = index_of(view, first), j = index_of(view, second);
  if (order != MEDCT_ORDER_PATCH && (i < MEDCT_N_PATHOLOGIES) != (j < MEDCT_N_PATHOLOGIES))
    return i < j ? -1 : 1;
  double p = sort_key(first, order), q = sort_key(second, order);
  if (!isnan(p) && !isnan(q) && p != q && (i < MEDCT_N_PATHOLOGIES || order == MEDCT_ORDER_PATCH))
    return p < q ? 1 : -1;
  return i < j ? -1 : i > j;
}

static GtkWidget *
label(const char *text, double xalign, const char *css)
{
  GtkWidget *widget = gtk_label_new(text);
  gtk_label_set_xalign(GTK_LABEL(widget), (float)xalign);
  if (css != NULL)
    gtk_widget_add_css_class(widget, css);
  return widget;
}

static void
head_row(GtkListBoxRow *row, GtkListBoxRow *before, gpointer data)
{
  MedctFindingsView *view = data;
  gboolean own = index_of(view, line_of(row)) >= MEDCT_N_PATHOLOGIES;
  gboolean first = own && (before == NULL || index_of(view, line_of(before)) < MEDCT_N_PATHOLOGIES);
  gboolean wanted = first && medct_findings_view_get_order(view) != MEDCT_ORDER_PATCH;
  if (!wanted) {
    gtk_list_box_row_set_header(row, NULL);
    return;
  }
  GtkWidget *title = label(_("My prompts"), 0, "pane-title");
  gtk_widget_set_margin_start(title, 12);
  gtk_widget_set_margin_top(title, 10);
  gtk_widget_set_margin_bottom(title, 4);
  gtk_list_box_row_set_header(row, title);
}

/* ---- one row ------------------------------------------------------------------------------- */

static int
scaled(MedctFindingsView *view, int width)
{
  return (int)ceil(width * medct_text_scale(GTK_WIDGET(view)));
}

static void
set_number(GtkWidget *widget, double value)
{
  g_autofree char *text = isnan(value) ? g_strdup("—") : g_strdup_printf("%.2f", value);
  gtk_label_set_text(GTK_LABEL(widget), text);
}

static void
show_share(MedctFindingsView *view, Line *line, double top)
{
  double share = line->shown.share;
  g_autofree char *text = isnan(share) ? g_strdup("—") : medct_text_signed(share, 4);
  gtk_label_set_text(GTK_LABEL(line->score), text);
  medct_score_bar_set_share(MEDCT_SCORE_BAR(line->bar), share, top);
}

static void
show_score(MedctFindingsView *view, Line *line)
{
  double score = score_of(line), threshold = line->shown.threshold;
  set_number(line->score, score);
  set_number(line->base, line->shown.base);
  medct_score_bar_set(MEDCT_SCORE_BAR(line->bar), score, isnan(score) ? NAN : threshold);
  medct_score_bar_set_base(MEDCT_SCORE_BAR(line->bar),
                           isnan(line->shown.adapted) ? NAN : line->shown.base);
}

static void
show_line(MedctFindingsView *view, Line *line, double top)
{
  double score = score_of(line);
  gboolean patch = medct_findings_view_get_order(view) == MEDCT_ORDER_PATCH;
  if (patch)
    show_share(view, line, top);
  else
    show_score(view, line);
  gtk_widget_set_size_request(line->bar, view->compared && !patch ? NARROW_BAR : BAR_WIDTH, 16);
  gtk_widget_set_size_request(line->score, scaled(view, patch ? SHARE_WIDTH : SCORE_WIDTH), -1);
  gtk_widget_set_size_request(line->base, scaled(view, SCORE_WIDTH), -1);
  gtk_widget_set_visible(line->base, view->compared && !patch);
  gtk_widget_set_visible(GTK_WIDGET(line->row), patch || !line->shown.asked);
  gtk_widget_set_sensitive(GTK_WIDGET(line->row), !isnan(score));
  gboolean over = !isnan(score) && score >= line->shown.threshold && !patch;
  if (over)
    gtk_widget_add_css_class(GTK_WIDGET(line->row), "over");
  else
    gtk_widget_remove_css_class(GTK_WIDGET(line->row), "over");
}

static void
remove_clicked(GtkButton *button, MedctFindingsView *view)
{
  const Line *line = g_object_get_data(G_OBJECT(button), "line");
  g_autofree char *text = g_strdup(gtk_label_get_text(GTK_LABEL(line->name)));
  g_signal_emit_by_name(view, "prompt-removed", text);
}

static GtkWidget *
remove_button(MedctFindingsView *view, Line *line)
{
  GtkWidget *button = gtk_button_new_from_icon_name("window-close-symbolic");
  gtk_widget_add_css_class(button, "flat");
  gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text(button, _("Remove from my prompts"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Remove from my prompts"), -1);
  g_object_set_data(G_OBJECT(button), "line", line);
  g_signal_connect(button, "clicked", G_CALLBACK(remove_clicked), view);
  return button;
}

/* The one name that would be cut off when it is bold; its whole is in the tooltip, and spoken. */
static const char *
shown_name(const char *name)
{
  return g_str_equal(name, "Coronary artery wall calcification") ? "Coronary wall calcification"
                                                                 : name;
}

static Line *
add_line(MedctFindingsView *view, const char *name, gboolean own)
{
  Line *line = g_new0(Line, 1);
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  line->name = label(view->lines->len < MEDCT_N_PATHOLOGIES ? shown_name(name) : name, 0, NULL);
  gtk_label_set_ellipsize(GTK_LABEL(line->name), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand(line->name, TRUE);
  gtk_widget_set_tooltip_text(line->name, name);
  line->bar = medct_score_bar_new();
  gtk_accessible_update_property(GTK_ACCESSIBLE(line->bar), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                 -1);
  line->base = label("—", 1, "numeric");
  line->score = label("—", 1, "numeric");
  gtk_widget_add_css_class(line->base, "dim-label");
  GtkWidget *parts[] = {line->name, own ? remove_button(view, line) : NULL, line->bar, line->base,
                        line->score};
  for (gsize n = 0; n < G_N_ELEMENTS(parts); n++)
    if (parts[n] != NULL)
      gtk_box_append(GTK_BOX(box), parts[n]);
  line->row = GTK_LIST_BOX_ROW(gtk_list_box_row_new());
  gtk_list_box_row_set_child(line->row, box);
  gtk_accessible_update_property(GTK_ACCESSIBLE(line->row), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                 -1);
  g_object_set_data(G_OBJECT(line->row), "line", line);
  line->shown = (MedctFindingRow){NULL, NAN, NAN, NAN, NAN, FALSE};
  g_ptr_array_add(view->lines, line);
  gtk_list_box_append(GTK_LIST_BOX(view->list), GTK_WIDGET(line->row));
  return line;
}

/* ---- all rows ------------------------------------------------------------------------------ */

static gboolean
same_prompts(const MedctFindingsView *view, const MedctFindingRow *rows, guint n)
{
  if (view->lines->len != n)
    return FALSE;
  for (guint i = MEDCT_N_PATHOLOGIES; i < n; i++) {
    const Line *line = view->lines->pdata[i];
    if (line->shown.asked != rows[i].asked ||
        g_strcmp0(gtk_label_get_text(GTK_LABEL(line->name)), rows[i].name) != 0)
      return FALSE;
  }
  return TRUE;
}

static void
set_prompts(MedctFindingsView *view, const MedctFindingRow *rows, guint n)
{
  if (same_prompts(view, rows, n))
    return;
  while (view->lines->len > MEDCT_N_PATHOLOGIES) {
    Line *line = view->lines->pdata[view->lines->len - 1];
    gtk_list_box_remove(GTK_LIST_BOX(view->list), GTK_WIDGET(line->row));
    g_ptr_array_set_size(view->lines, (int)view->lines->len - 1);
  }
  for (guint i = MEDCT_N_PATHOLOGIES; i < n; i++)
    add_line(view, rows[i].name, !rows[i].asked)->shown.asked = rows[i].asked;
}

static void
set_compared(MedctFindingsView *view, gboolean compared)
{
  if (view->compared == compared)
    return;
  view->compared = compared;
  if (compared) {
    gtk_string_list_append(view->orders, _("By change"));
    if (view->change_wished)
      medct_findings_view_set_order(view, MEDCT_ORDER_CHANGE);
  } else {
    gboolean by_change = medct_findings_view_get_order(view) == MEDCT_ORDER_CHANGE;
    if (by_change)
      medct_findings_view_set_order(view, MEDCT_ORDER_SCORE);
    view->change_wished = by_change; /* comes back with the adapter */
    gtk_string_list_remove(view->orders, MEDCT_ORDER_CHANGE);
  }
}

static void
show_head(MedctFindingsView *view)
{
  gboolean patch = medct_findings_view_get_order(view) == MEDCT_ORDER_PATCH;
  const char *const marks[2][3] = {{"0", "0.5", "1"}, {_("against"), "", _("for")}};
  for (int n = 0; n < 3; n++) {
    gtk_label_set_text(GTK_LABEL(view->axis_marks[n]), marks[patch][n]);
    gtk_widget_set_visible(view->axis_marks[n], *marks[patch][n] != '\0'); /* or it takes a third */
  }
  gtk_label_set_text(GTK_LABEL(view->score_head), patch            ? _("Share")
                                                  : view->compared ? "●"
                                                                   : _("Score"));
  gtk_widget_set_tooltip_text(view->score_head,
                              view->compared && !patch ? _("Score with the adapter") : NULL);
  gtk_widget_set_visible(view->base_head, view->compared && !patch);
  gtk_widget_set_size_request(view->axis, view->compared && !patch ? NARROW_BAR : BAR_WIDTH, -1);
  gtk_widget_set_size_request(view->score_head, scaled(view, patch ? SHARE_WIDTH : SCORE_WIDTH),
                              -1);
  gtk_widget_set_size_request(view->base_head, scaled(view, SCORE_WIDTH), -1);
}

/* All rows and the head from what they hold. */
static void
refresh(MedctFindingsView *view)
{
  double peak = 0;
  for (guint n = 0; n < view->lines->len; n++) {
    double share = ((Line *)view->lines->pdata[n])->shown.share;
    peak = isnan(share) ? peak : fmax(peak, fabs(share));
  }
  double top = medct_colormap_top(peak);
  for (guint n = 0; n < view->lines->len; n++)
    show_line(view, view->lines->pdata[n], top);
  show_head(view);
  gtk_list_box_invalidate_sort(GTK_LIST_BOX(view->list));
  gtk_list_box_invalidate_headers(GTK_LIST_BOX(view->list));
}

static void
refresh_again(gpointer view)
{
  refresh(view);
}

void
medct_findings_view_set(MedctFindingsView *view, const MedctFindingRow *rows, guint n)
{
  gboolean compared = FALSE;
  g_return_if_fail(n >= MEDCT_N_PATHOLOGIES);
  set_prompts(view, rows, n);
  for (guint i = 0; i < n; i++) {
    Line *line = view->lines->pdata[i];
    line->shown = rows[i];
    line->shown.name = NULL;
    compared = compared || !isnan(rows[i].adapted);
  }
  set_compared(view, compared);
  refresh(view);
}

void
medct_findings_view_select(MedctFindingsView *view, int finding)
{
  GtkListBox *list = GTK_LIST_BOX(view->list);
  if (finding < 0)
    gtk_list_box_unselect_all(list);
  else
    gtk_list_box_select_row(list, ((Line *)view->lines->pdata[finding])->row);
}

const char *
medct_findings_view_first(MedctFindingsView *view)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index(GTK_LIST_BOX(view->list), 0);
  return row != NULL ? gtk_label_get_text(GTK_LABEL(line_of(row)->name)) : "";
}

/* ---- building ------------------------------------------------------------------------------ */

static void
row_activated(GtkListBox *list, GtkListBoxRow *row, MedctFindingsView *view)
{
  const Line *line = line_of(row);
  guint place = index_of(view, line);
  if (place < MEDCT_N_PATHOLOGIES)
    g_signal_emit_by_name(view, "chosen", place);
  else
    g_signal_emit_by_name(view, "prompt-chosen", gtk_label_get_text(GTK_LABEL(line->name)));
}

static void
order_selected(MedctFindingsView *view)
{
  view->change_wished = FALSE;
  view->ordered = (MedctFindingsOrder)gtk_drop_down_get_selected(GTK_DROP_DOWN(view->order));
  if (view->ordered != MEDCT_ORDER_PATCH)
    view->before_patch = view->ordered;
  refresh(view);
  g_signal_emit_by_name(view, "order-changed");
}

static GtkWidget *
build_title(MedctFindingsView *view)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  view->title = label(_("18 findings"), 0, "pane-title");
  gtk_widget_set_hexpand(view->title, TRUE);
  view->orders = gtk_string_list_new(
      (const char *const[]){_("By score"), _("By threshold"), _("At this patch"), NULL});
  view->order = gtk_drop_down_new(G_LIST_MODEL(view->orders), NULL);
  gtk_widget_add_css_class(view->order, "flat");
  gtk_widget_add_css_class(view->order, "findings-order");
  gtk_widget_set_tooltip_text(view->order, _("Order of the findings"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(view->order), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Order of the findings"), -1);
  g_signal_connect_swapped(view->order, "notify::selected", G_CALLBACK(order_selected), view);
  gtk_box_append(GTK_BOX(box), view->title);
  gtk_box_append(GTK_BOX(box), view->order);
  gtk_widget_set_margin_start(box, 12);
  gtk_widget_set_margin_end(box, 6);
  return box;
}

static GtkWidget *
head_label(const char *text, double xalign, const char *tooltip)
{
  GtkWidget *widget = label(text, xalign, "axis-label");
  gtk_widget_add_css_class(widget, "dim-label");
  gtk_widget_set_tooltip_text(widget, tooltip);
  return widget;
}

static GtkWidget *
build_head(MedctFindingsView *view)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *name = head_label(_("Finding"), 0, NULL);
  gtk_widget_set_hexpand(name, TRUE);
  view->axis = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_box_set_homogeneous(GTK_BOX(view->axis), TRUE);
  for (int n = 0; n < 3; n++) {
    view->axis_marks[n] = head_label("", n / 2.0, NULL);
    gtk_box_append(GTK_BOX(view->axis), view->axis_marks[n]);
  }
  view->base_head = head_label("○", 1, _("Score without the adapter: the hollow mark"));
  view->score_head = head_label(_("Score"), 1, NULL);
  GtkWidget *parts[] = {name, view->axis, view->base_head, view->score_head};
  for (gsize n = 0; n < G_N_ELEMENTS(parts); n++)
    gtk_box_append(GTK_BOX(box), parts[n]);
  gtk_widget_set_margin_start(box, 12);
  gtk_widget_set_margin_end(box, 12);
  return box;
}

/* Below the rows, so that it costs none of them its place. */
static GtkWidget *
build_foot(void)
{
  GtkWidget *foot = label(_("Bold: over the model’s threshold, the tick. ○ base, ● adapter. "
                            "A score is the probability of “present” against “not present”."),
                          0, "caption");
  gtk_label_set_wrap(GTK_LABEL(foot), TRUE);
  gtk_label_set_max_width_chars(GTK_LABEL(foot), 40);
  gtk_widget_add_css_class(foot, "dim-label");
  gtk_widget_set_margin_start(foot, 12);
  gtk_widget_set_margin_end(foot, 12);
  gtk_widget_set_margin_top(foot, 10);
  gtk_widget_set_margin_bottom(foot, 12);
  return foot;
}

static void
medct_findings_view_finalize(GObject *object)
{
  g_ptr_array_unref(MEDCT_FINDINGS_VIEW(object)->lines);
  G_OBJECT_CLASS(medct_findings_view_parent_class)->finalize(object);
}

static void
medct_findings_view_class_init(MedctFindingsViewClass *klass)
{
  GType type = MEDCT_TYPE_FINDINGS_VIEW;
  G_OBJECT_CLASS(klass)->finalize = medct_findings_view_finalize;
  g_signal_new("chosen", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  g_signal_new("prompt-chosen", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
               G_TYPE_STRING);
  g_signal_new("prompt-removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
               G_TYPE_STRING);
  g_signal_new("order-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
medct_findings_view_init(MedctFindingsView *view)
{
  gtk_orientable_set_orientation(GTK_ORIENTABLE(view), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing(GTK_BOX(view), 4);
  view->lines = g_ptr_array_new_with_free_func(g_free);
  gtk_box_append(GTK_BOX(view), build_title(view));
  gtk_box_append(GTK_BOX(view), build_head(view));
  view->list = gtk_list_box_new();
  gtk_widget_add_css_class(view->list, "findings");
  gtk_widget_add_css_class(view->list, "background");
  gtk_accessible_update_property(GTK_ACCESSIBLE(view->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Findings"), -1);
  for (guint n = 0; n < MEDCT_N_PATHOLOGIES; n++)
    add_line(view, medct_pathology_name(n), FALSE);
  gtk_list_box_set_sort_func(GTK_LIST_BOX(view->list), compare, view, NULL);
  gtk_list_box_set_header_func(GTK_LIST_BOX(view->list), head_row, view, NULL);
  g_signal_connect(view->list, "row-activated", G_CALLBACK(row_activated), view);
  GtkWidget *scroller = gtk_scrolled_window_new();
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  GtkWidget *rows = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append(GTK_BOX(rows), view->list);
  gtk_box_append(GTK_BOX(rows), build_foot());
  gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(scroller), LEAST_HEIGHT);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), rows);
  gtk_widget_set_vexpand(scroller, TRUE);
  gtk_box_append(GTK_BOX(view), scroller);
  refresh(view);
  medct_text_scale_follow(view, refresh_again);
}

GtkWidget *
medct_findings_view_new(void)
{
  return g_object_new(MEDCT_TYPE_FINDINGS_VIEW, NULL);
}
