/* What gives way when the window narrows: the pictures first, then words of the tool bar, the left
 * pane, rare tools, the right pane. Widths and type never shrink. */
#include "app/studio-private.h"
#include "ui/measured-bin.h"
#include "ui/text-scale.h"
#include <glib/gi18n.h>
#include <math.h>

/* ---- tool bar ------------------------------------------------------------------------------ */

/* What is left of the tool bar. */
typedef enum { ALL_TOOLS, NO_NUMBERS, NO_RARE_TOOLS, N_FOLDS } Fold;

static int
width_of_tools(MedctStudioWindow *window, Fold fold)
{
  gboolean rare = fold < NO_RARE_TOOLS;
  int minimum;
  window->short_preset = fold >= NO_NUMBERS;
  for (GSList *link = window->rare_tools; link != NULL; link = link->next)
    gtk_widget_set_visible(link->data, rare);
  gtk_widget_set_visible(window->side_by_side, rare && window->adapter != NULL);
  gtk_widget_set_visible(window->more_tools, !rare);
  medct_studio_update_tool_bar(window);
  gtk_widget_measure(window->tool_bar, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  return minimum;
}

/* Words are as wide as letters and language make them: measured, not known. */
static gboolean
apply_width(gpointer data)
{
  MedctStudioWindow *window = data;
  GtkScrolledWindow *scroller = GTK_SCROLLED_WINDOW(window->tool_scroller);
  double width = gtk_adjustment_get_page_size(gtk_scrolled_window_get_hadjustment(scroller));
  gboolean fits = FALSE;
  for (Fold fold = ALL_TOOLS; fold < N_FOLDS && !fits; fold++)
    fits = width_of_tools(window, fold) <= width;
  gtk_scrolled_window_set_policy(scroller, fits ? GTK_POLICY_EXTERNAL : GTK_POLICY_AUTOMATIC,
                                 GTK_POLICY_NEVER);
  window->width_source = 0; /* only now: words that change meanwhile are measured already */
  return G_SOURCE_REMOVE;
}

/* Not at once: this comes while sizes are being given out. */
void
medct_studio_fit_tool_bar(MedctStudioWindow *window)
{
  if (window->width_source == 0)
    window->width_source = g_idle_add_full(G_PRIORITY_HIGH_IDLE, apply_width, window, NULL);
}

static void
letters_changed(gpointer window)
{
  medct_studio_fit_tool_bar(window);
}

GtkWidget *
medct_studio_wrap_tool_bar(MedctStudioWindow *window, GtkWidget *bar)
{
  window->tool_scroller = gtk_scrolled_window_new();
  GtkScrolledWindow *scroller = GTK_SCROLLED_WINDOW(window->tool_scroller);
  gtk_scrolled_window_set_policy(scroller, GTK_POLICY_EXTERNAL, GTK_POLICY_NEVER);
  gtk_scrolled_window_set_propagate_natural_width(scroller, TRUE);
  gtk_scrolled_window_set_child(scroller, bar);
  gtk_widget_set_focusable(window->tool_scroller, FALSE);
  g_signal_connect_swapped(gtk_scrolled_window_get_hadjustment(scroller), "notify::page-size",
                           G_CALLBACK(medct_studio_fit_tool_bar), window);
  medct_text_scale_follow(window, letters_changed);
  return window->tool_scroller;
}

/* ---- pictures ------------------------------------------------------------------------------ */

/* With less than this for the pictures the left pane folds. The right pane is this wide, and this
 * by hand. */
enum { PICTURES_WISH = 876, USUAL_PANE = 400, LEAST_PANE = 360, MOST_PANE = 520 };

/* A right pane that was made wider takes from the pictures, not the left pane's place. */
static int
pictures_wish(GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root(widget);
  int taken =
      MEDCT_IS_STUDIO_WINDOW(root) ? MEDCT_STUDIO_WINDOW(root)->findings_width - USUAL_PANE : 0;
  return PICTURES_WISH - MAX(taken, 0);
}

static void
measure_middle(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
               int *natural, int *minimum_baseline, int *natural_baseline)
{
  GtkWidget *child = gtk_widget_get_first_child(widget);
  gtk_widget_measure(child, orientation, for_size, minimum, natural, minimum_baseline,
                     natural_baseline);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *natural = MAX(*minimum, pictures_wish(widget));
}

/* ---- left pane ----------------------------------------------------------------------------- */

static const char *
model_in_short(const MedctStudioWindow *window)
{
  if (window->model == NULL)
    return _("no model");
  guint32 flags = medct_backend_info(window->model->backend)->flags;
  if (flags & MEDCT_MODEL_RANDOM)
    return _("random weights");
  if (flags & MEDCT_MODEL_DEMO)
    return _("demo model");
  return window->adapter != NULL ? _("with adapter") : _("base model");
}

void
medct_studio_update_facts(MedctStudioWindow *window)
{
  const MedctStudyRecord *record = window->current;
  gboolean hidden = adw_flap_get_folded(ADW_FLAP(window->flap));
  gtk_widget_set_visible(window->facts, hidden && record != NULL);
  if (record == NULL)
    return;
  guint n = medct_input_check_n_warnings(MEDCT_INPUT_CHECK(window->input_check));
  g_autofree char *input = n == 0 ? g_strdup(_("no warnings"))
                                  : g_strdup_printf(ngettext("%u warning", "%u warnings", n), n);
  g_autofree char *text = g_strdup_printf("%s · %s · %s", medct_study_name(record->study),
                                          model_in_short(window), input);
  gtk_button_set_label(GTK_BUTTON(window->facts), text);
  gtk_label_set_ellipsize(GTK_LABEL(gtk_button_get_child(GTK_BUTTON(window->facts))),
                          PANGO_ELLIPSIZE_END);
}

GtkWidget *
medct_studio_build_facts(MedctStudioWindow *window)
{
  window->facts = gtk_button_new_with_label("");
  gtk_widget_add_css_class(window->facts, "flat");
  gtk_widget_add_css_class(window->facts, "facts-line");
  gtk_widget_set_tooltip_text(window->facts, _("Study, model and input check (F9)"));
  gtk_actionable_set_action_name(GTK_ACTIONABLE(window->facts), "win.toggle-studies");
  gtk_widget_set_margin_start(window->facts, 12);
  gtk_widget_set_margin_end(window->facts, 12);
  return window->facts;
}

/* ---- right pane ---------------------------------------------------------------------------- */

/* Without the pane the prompt stays, as a row over the tool bar. */
static void
findings_folded(MedctStudioWindow *window)
{
  gboolean folded = adw_flap_get_folded(ADW_FLAP(window->findings_flap));
  GtkWidget *row = window->prompt_row, *from = gtk_widget_get_parent(row);
  GtkWidget *to = folded ? window->middle : window->findings_pane;
  if (from != to) {
    g_object_ref(row);
    gtk_box_remove(GTK_BOX(from), row);
    gtk_box_prepend(GTK_BOX(to), row);
    gtk_widget_set_margin_bottom(row, folded ? 6 : 0);
    gtk_widget_set_margin_top(row, folded ? 6 : 12);
    gtk_widget_set_margin_top(window->facts, folded ? 12 : 0); /* then it is the pane's first */
    g_object_unref(row);
  }
  medct_studio_update_bare(window);
  medct_studio_arrange_pictures(window, folded);
}

void
medct_studio_set_findings_width(MedctStudioWindow *window, int width)
{
  window->findings_width = width > 0 ? CLAMP(width, LEAST_PANE, MOST_PANE) : 0;
  medct_text_scale_choose_pane(window->findings_pane, window->findings_width);
  gtk_widget_queue_resize(gtk_widget_get_parent(window->middle)); /* its wish is another one */
}

static void
grip_dragged(GtkGestureDrag *drag, double dx, double dy, MedctStudioWindow *window)
{
  GtkWidget *grip = gtk_event_controller_get_widget(GTK_EVENT_CONTROLLER(drag));
  double x, y, edge, unused;
  if (!gtk_gesture_drag_get_start_point(drag, &x, &y) ||
      !gtk_widget_translate_coordinates(grip, window->findings_flap, dx, y, &edge, &unused))
    return;
  medct_studio_set_findings_width(window,
                                  (int)rint(gtk_widget_get_width(window->findings_flap) - edge));
}

static void
grip_pressed(GtkGestureClick *gesture, int n_press, double x, double y, MedctStudioWindow *window)
{
  if (n_press == 2)
    medct_studio_set_findings_width(window, 0);
}

/* On the pane's left margin, where nothing else is. */
static GtkWidget *
build_grip(MedctStudioWindow *window)
{
  enum { WIDTH = 8 };
  GtkWidget *grip = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_set_size_request(grip, WIDTH, -1);
  gtk_widget_set_halign(grip, GTK_ALIGN_START);
  gtk_widget_set_cursor_from_name(grip, "col-resize");
  gtk_widget_set_tooltip_text(grip, _("Drag for a wider pane; double click for the usual width"));
  GtkGesture *drag = gtk_gesture_drag_new(), *click = gtk_gesture_click_new();
  g_signal_connect(drag, "drag-update", G_CALLBACK(grip_dragged), window);
  g_signal_connect(click, "pressed", G_CALLBACK(grip_pressed), window);
  gtk_widget_add_controller(grip, GTK_EVENT_CONTROLLER(drag));
  gtk_widget_add_controller(grip, GTK_EVENT_CONTROLLER(click));
  return grip;
}

/* Enter shows what the answer is made of. */
static void
prompt_entered(MedctStudioWindow *window)
{
  if (adw_flap_get_folded(ADW_FLAP(window->findings_flap)))
    adw_flap_set_reveal_flap(ADW_FLAP(window->findings_flap), TRUE);
}

/* A low window scrolls its panes once their lists have given what they can. */
static GtkWidget *
scroll_pane(GtkWidget *pane, const char *name)
{
  GtkWidget *scroller = gtk_scrolled_window_new();
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), pane);
  gtk_widget_add_css_class(scroller, "background");
  gtk_accessible_update_property(GTK_ACCESSIBLE(scroller), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return scroller;
}

GtkWidget *
medct_studio_build_flaps(MedctStudioWindow *window, GtkWidget *middle, GtkWidget *left,
                         GtkWidget *right)
{
  window->middle = middle;
  window->flap = adw_flap_new();
  adw_flap_set_flap(ADW_FLAP(window->flap), scroll_pane(left, _("Studies pane")));
  adw_flap_set_separator(ADW_FLAP(window->flap), gtk_separator_new(GTK_ORIENTATION_VERTICAL));
  /* Wishes for the same width whatever the tool bar shows, so that folding cannot swing. */
  adw_flap_set_content(ADW_FLAP(window->flap),
                       medct_measured_bin_new(middle, measure_middle, NULL));
  adw_flap_set_fold_threshold_policy(ADW_FLAP(window->flap), ADW_FOLD_THRESHOLD_POLICY_NATURAL);
  window->findings_flap = adw_flap_new();
  AdwFlap *findings = ADW_FLAP(window->findings_flap);
  adw_flap_set_flap_position(findings, GTK_PACK_END);
  GtkWidget *pane = gtk_overlay_new();
  gtk_overlay_set_child(GTK_OVERLAY(pane), scroll_pane(right, _("Findings pane")));
  gtk_overlay_add_overlay(GTK_OVERLAY(pane), build_grip(window));
  adw_flap_set_flap(findings, pane);
  adw_flap_set_separator(findings, gtk_separator_new(GTK_ORIENTATION_VERTICAL));
  adw_flap_set_content(findings, window->flap);
  g_signal_connect_swapped(window->flap, "notify::folded", G_CALLBACK(medct_studio_update_facts),
                           window);
  g_signal_connect_swapped(findings, "notify::folded", G_CALLBACK(findings_folded), window);
  g_signal_connect_swapped(window->prompt, "activate", G_CALLBACK(prompt_entered), window);
  return window->findings_flap;
}
