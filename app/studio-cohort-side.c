/* Beside the table: problems, splits, prevalence, what to do next. */
#include "app/studio-cohort.h"
#include "model/pathologies.h"
#include "phantom/ct-rate-statistics.h"
#include "render/prevalence.h"
#include "ui/cohort-table.h"
#include "ui/prevalence-list.h"
#include <glib/gi18n.h>
#include <math.h>

enum { SIDE_WIDTH = 440, PROBLEMS_SHOWN = 30 };

/* ---- problems ------------------------------------------------------------------------------ */

static void
problem_activated(GtkListBox *list, GtkListBoxRow *row, MedctStudioCohort *page)
{
  guint n = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(row), "row"));
  if (n != MEDCT_NO_ROW)
    medct_cohort_table_select(MEDCT_COHORT_TABLE(page->table), n);
}

static void
add_problem(MedctStudioCohort *page, const MedctCohortFinding *finding)
{
  gboolean is_error = finding->level == MEDCT_FINDING_ERROR;
  GtkWidget *row = adw_action_row_new();
  GtkWidget *icon =
      gtk_image_new_from_icon_name(is_error ? "dialog-error-symbolic" : "dialog-warning-symbolic");
  adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), finding->title);
  adw_action_row_set_subtitle(ADW_ACTION_ROW(row), finding->detail);
  adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 2);
  gtk_widget_add_css_class(icon, is_error ? "error-mark" : "warning-mark");
  gtk_accessible_update_property(GTK_ACCESSIBLE(icon), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 is_error ? _("Error") : _("Warning"), -1);
  adw_action_row_add_prefix(ADW_ACTION_ROW(row), icon);
  gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), finding->row != MEDCT_NO_ROW);
  if (finding->row != MEDCT_NO_ROW)
    adw_action_row_add_suffix(ADW_ACTION_ROW(row),
                              gtk_image_new_from_icon_name("go-next-symbolic"));
  g_object_set_data(G_OBJECT(row), "row", GUINT_TO_POINTER(finding->row));
  gtk_list_box_append(GTK_LIST_BOX(page->problems), row);
}

static void
show_verdict(MedctStudioCohort *page)
{
  guint n_errors = page->check->n_errors;
  g_autofree char *text =
      n_errors > 0
          ? g_strdup_printf(g_dngettext(NULL,
                                        "Training needs the %u error fixed; warnings do not block "
                                        "it.",
                                        "Training needs the %u errors fixed; warnings do not block "
                                        "it.",
                                        n_errors),
                            n_errors)
          : g_strdup(_("Ready for training and measuring."));
  gtk_label_set_text(GTK_LABEL(page->verdict), text);
  /* The action wants its target from the first moment. */
  if (n_errors == 0)
    gtk_actionable_set_action_target_value(GTK_ACTIONABLE(page->train),
                                           g_variant_new_string(page->path));
  gtk_actionable_set_action_name(GTK_ACTIONABLE(page->train),
                                 n_errors > 0 ? NULL : "win.train-on-cohort");
  if (n_errors > 0)
    gtk_widget_set_sensitive(page->train, FALSE);
}

void
medct_studio_cohort_show_problems(MedctStudioCohort *page)
{
  const MedctCohortCheck *check = page->check;
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child(page->problems)))
    gtk_list_box_remove(GTK_LIST_BOX(page->problems), child);
  for (guint i = 0; i < MIN(check->findings->len, PROBLEMS_SHOWN); i++)
    add_problem(page, check->findings->pdata[i]);
  g_autofree char *errors =
      g_strdup_printf(g_dngettext(NULL, "%u error", "%u errors", check->n_errors), check->n_errors);
  g_autofree char *warnings = g_strdup_printf(
      g_dngettext(NULL, "%u warning", "%u warnings", check->n_warnings), check->n_warnings);
  g_autofree char *more = check->findings->len > PROBLEMS_SHOWN
                              ? g_strdup_printf(_("; the first %d"), PROBLEMS_SHOWN)
                              : g_strdup("");
  g_autofree char *summary = g_strdup_printf("%s, %s%s", errors, warnings, more);
  gtk_label_set_text(GTK_LABEL(page->problems_summary), summary);
  gtk_widget_set_visible(page->problems, check->findings->len > 0);
  guint n_rows = 0;
  for (guint n = 0; n < medct_cohort_n_rows(check->cohort); n++)
    n_rows += check->volumes[n].level != MEDCT_FINDING_NOTE;
  g_autofree char *count = g_strdup_printf("%u", n_rows);
  gtk_label_set_text(GTK_LABEL(page->problems_count), count);
  show_verdict(page);
}

/* ---- splits and prevalence ----------------------------------------------------------------- */

static void
count_splits(MedctStudioCohort *page)
{
  const MedctCohort *cohort = page->check->cohort;
  g_autofree gboolean *seen = g_new0(gboolean, MAX(1, medct_cohort_n_patients(cohort)));
  memset(page->split_patients, 0, sizeof page->split_patients);
  memset(page->split_rows, 0, sizeof page->split_rows);
  for (guint n = 0; n < medct_cohort_n_rows(cohort); n++) {
    MedctSplit split = medct_cohort_row(cohort, n)->split;
    guint patient = medct_cohort_patient(cohort, n);
    page->split_rows[split]++;
    page->split_patients[split] += !seen[patient];
    seen[patient] = TRUE;
  }
}

static void
draw_splits(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  const MedctStudioCohort *page = data;
  const guint32 colours[] = {MEDCT_TRAIN_RGB, MEDCT_VALIDATION_RGB, MEDCT_TEST_RGB};
  medct_split_bar_draw(cr, page->split_patients + MEDCT_SPLIT_TRAIN, colours, 3, 0, 0, width,
                       height);
}

static double
reference_of(const char *name)
{
  for (guint i = 0; i < MEDCT_N_PATHOLOGIES; i++)
    if (g_str_equal(name, medct_pathology_name(i)))
      return ct_rate_prevalence[i];
  return NAN;
}

static void
show_prevalence(MedctStudioCohort *page)
{
  const MedctCohort *cohort = page->check->cohort;
  guint n = medct_cohort_n_classes(cohort);
  g_autofree MedctPrevalence *rows = g_new0(MedctPrevalence, n);
  for (guint c = 0; c < n; c++) {
    MedctLabelCounts counts[MEDCT_N_SPLITS];
    guint present = 0, known = 0;
    for (int split = 0; split < MEDCT_N_SPLITS; split++) {
      counts[split] = medct_cohort_count(cohort, (MedctSplit)split, c);
      present += counts[split].present;
      known += counts[split].present + counts[split].absent;
    }
    rows[c] = (MedctPrevalence){
        .name = medct_cohort_class(cohort, c),
        .share = known ? (double)present / known : NAN,
        .reference = reference_of(medct_cohort_class(cohort, c)),
        .train = counts[MEDCT_SPLIT_TRAIN].present,
        .validation = counts[MEDCT_SPLIT_VALIDATION].present,
        .test = counts[MEDCT_SPLIT_TEST].present,
        .has_train = page->split_rows[MEDCT_SPLIT_TRAIN] > 0,
        .has_validation = page->split_rows[MEDCT_SPLIT_VALIDATION] > 0,
        .has_test = page->split_rows[MEDCT_SPLIT_TEST] > 0,
    };
  }
  medct_prevalence_list_set(MEDCT_PREVALENCE_LIST(page->prevalence), rows, n);
}

void
medct_studio_cohort_show_side(MedctStudioCohort *page)
{
  count_splits(page);
  for (int i = 0; i < 3; i++) {
    static const guint32 colours[] = {MEDCT_TRAIN_RGB, MEDCT_VALIDATION_RGB, MEDCT_TEST_RGB};
    g_autofree char *text = g_strdup_printf("<span color='#%06x'>■</span> %s <b>%u</b>", colours[i],
                                            medct_split_name((MedctSplit)(MEDCT_SPLIT_TRAIN + i)),
                                            page->split_patients[MEDCT_SPLIT_TRAIN + i]);
    gtk_label_set_markup(GTK_LABEL(page->split_labels[i]), text);
  }
  gtk_widget_queue_draw(page->splits);
  show_prevalence(page);
  medct_studio_cohort_show_problems(page);
}

/* ---- building ------------------------------------------------------------------------------ */

static GtkWidget *
heading(const char *title, GtkWidget *end)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8), *label = gtk_label_new(title);
  gtk_widget_add_css_class(label, "pane-title");
  gtk_widget_set_hexpand(label, TRUE);
  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_box_append(GTK_BOX(box), label);
  gtk_box_append(GTK_BOX(box), end);
  return box;
}

static GtkWidget *
caption(const char *text)
{
  GtkWidget *label = gtk_label_new(text);
  gtk_widget_add_css_class(label, "caption");
  gtk_widget_add_css_class(label, "dim-label");
  return label;
}

static GtkWidget *
build_splits(MedctStudioCohort *page)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *labels = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 24);
  GtkWidget *split = gtk_button_new_with_label(_("Split by patient…"));
  gtk_widget_add_css_class(split, "flat");
  gtk_actionable_set_action_name(GTK_ACTIONABLE(split), "win.split-cohort");
  page->splits = gtk_drawing_area_new();
  gtk_drawing_area_set_content_height(GTK_DRAWING_AREA(page->splits), 9);
  gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(page->splits), draw_splits, page, NULL);
  gtk_accessible_update_property(GTK_ACCESSIBLE(page->splits), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Shares of train, validation and test"), -1);
  for (int i = 0; i < 3; i++) {
    page->split_labels[i] = gtk_label_new("");
    gtk_widget_add_css_class(page->split_labels[i], "numeric");
    gtk_box_append(GTK_BOX(labels), page->split_labels[i]);
  }
  gtk_box_append(GTK_BOX(box), heading(_("Splits, patients"), split));
  gtk_box_append(GTK_BOX(box), page->splits);
  gtk_box_append(GTK_BOX(box), labels);
  return box;
}

static GtkWidget *
build_progress(MedctStudioCohort *page)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
  page->progress_box = box;
  page->progress_text = caption("");
  page->progress = gtk_progress_bar_new();
  gtk_label_set_xalign(GTK_LABEL(page->progress_text), 0);
  gtk_widget_add_css_class(page->progress_text, "numeric");
  gtk_accessible_update_property(GTK_ACCESSIBLE(page->progress), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Reading the volumes"), -1);
  gtk_box_append(GTK_BOX(box), page->progress_text);
  gtk_box_append(GTK_BOX(box), page->progress);
  gtk_widget_set_visible(box, FALSE);
  return box;
}

static GtkWidget *
build_foot(MedctStudioCohort *page)
{
  GtkWidget *foot = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
  GtkWidget *buttons = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *again = gtk_button_new_with_label(_("Check again"));
  gtk_actionable_set_action_name(GTK_ACTIONABLE(again), "win.check-cohort");
  page->verdict = caption("");
  gtk_label_set_xalign(GTK_LABEL(page->verdict), 0);
  gtk_label_set_wrap(GTK_LABEL(page->verdict), TRUE);
  page->train = gtk_button_new_with_label(_("Train on this cohort"));
  gtk_widget_add_css_class(page->train, "suggested-action");
  gtk_widget_set_hexpand(again, TRUE); /* not homogeneous: twice the longer one is too wide */
  gtk_widget_set_hexpand(page->train, TRUE);
  gtk_box_append(GTK_BOX(buttons), again);
  gtk_box_append(GTK_BOX(buttons), page->train);
  gtk_box_append(GTK_BOX(foot), build_progress(page));
  gtk_box_append(GTK_BOX(foot), page->verdict);
  gtk_box_append(GTK_BOX(foot), buttons);
  gtk_widget_add_css_class(foot, "cohort-foot");
  return foot;
}

/* Some four rows; the rest by scrolling, so that prevalence stays in sight. */
static GtkWidget *
build_problems(MedctStudioCohort *page)
{
  GtkWidget *scroller = gtk_scrolled_window_new();
  page->problems = gtk_list_box_new();
  gtk_widget_add_css_class(page->problems, "boxed-list");
  gtk_widget_add_css_class(page->problems, "cohort-problems");
  gtk_list_box_set_selection_mode(GTK_LIST_BOX(page->problems), GTK_SELECTION_NONE);
  gtk_accessible_update_property(GTK_ACCESSIBLE(page->problems), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Problems of the cohort"), -1);
  g_signal_connect(page->problems, "row-activated", G_CALLBACK(problem_activated), page);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), page->problems);
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(scroller), TRUE);
  gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(scroller), 104);
  gtk_scrolled_window_set_max_content_height(GTK_SCROLLED_WINDOW(scroller), 206);
  return scroller;
}

GtkWidget *
medct_studio_cohort_build_side(MedctStudioCohort *page)
{
  GtkWidget *side = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 14), *scroller = gtk_scrolled_window_new();
  page->problems_summary = caption("");
  page->prevalence = medct_prevalence_list_new();
  gtk_widget_add_css_class(box, "cohort-side");
  gtk_box_append(GTK_BOX(box), heading(_("Problems"), page->problems_summary));
  gtk_box_append(GTK_BOX(box), build_problems(page));
  gtk_box_append(GTK_BOX(box), build_splits(page));
  gtk_box_append(GTK_BOX(box), heading(_("Prevalence and positives"), caption("┃ CT-RATE")));
  gtk_box_append(GTK_BOX(box), page->prevalence);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), box);
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_widget_set_vexpand(scroller, TRUE);
  gtk_widget_set_size_request(side, SIDE_WIDTH, -1);
  gtk_widget_set_hexpand(side, FALSE);
  gtk_widget_add_css_class(side, "pane");
  gtk_widget_add_css_class(side, "background");
  gtk_box_append(GTK_BOX(side), scroller);
  gtk_box_append(GTK_BOX(side), gtk_separator_new(GTK_ORIENTATION_HORIZONTAL));
  gtk_box_append(GTK_BOX(side), build_foot(page));
  return side;
}
