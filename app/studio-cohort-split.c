/* The dialog that splits a cohort by patient, with the shares that are wanted. */
#include "app/studio-cohort.h"
#include "model/cohort_write.h"
#include <glib/gi18n.h>
#include <math.h>

enum { TRAIN, VALIDATION, TEST };

typedef struct {
  MedctStudioCohort *page;
  GtkWidget *dialog, *shares[2], *seed, *rest;
  guint n_patients;
} Split;

static void
save_split(MedctStudioCohort *page, const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctCohort) split =
      medct_cohort_split(page->check->cohort, page->shares, page->split_seed, &error);
  if (split && medct_cohort_save(split, path, &error))
    medct_studio_cohort_open(page, path);
  else
    medct_studio_toast(page->window, error->message);
}

static double
percent(const Split *split, int part)
{
  return gtk_spin_button_get_value(GTK_SPIN_BUTTON(split->shares[part]));
}

/* What train and validation leave is test, and is said in patients. */
static void
show_rest(Split *split)
{
  double train = percent(split, TRAIN), validation = percent(split, VALIDATION);
  double test = 100 - train - validation, n = split->n_patients / 100.0;
  g_autofree char *text =
      test < 0 ? g_strdup(_("Train and validation are more than all."))
               : g_strdup_printf(_("Test: %.0f %%. About %.0f, %.0f and %.0f patients."), test,
                                 round(train * n), round(validation * n), round(test * n));
  gtk_label_set_text(GTK_LABEL(split->rest), text);
  adw_message_dialog_set_response_enabled(ADW_MESSAGE_DIALOG(split->dialog), "split", test >= 0);
}

static void
answered(AdwMessageDialog *dialog, const char *response, Split *split)
{
  MedctStudioCohort *page = split->page;
  if (!g_str_equal(response, "split") || page->check == NULL)
    return;
  page->shares[TRAIN] = percent(split, TRAIN) / 100;
  page->shares[VALIDATION] = percent(split, VALIDATION) / 100;
  page->shares[TEST] = fmax(1 - page->shares[TRAIN] - page->shares[VALIDATION], 0);
  page->split_seed = (guint64)gtk_spin_button_get_value(GTK_SPIN_BUTTON(split->seed));
  medct_studio_cohort_choose(page, _("Save the split cohort"), GTK_FILE_CHOOSER_ACTION_SAVE,
                             _("cohort-split.csv"), save_split);
}

static void
forget(gpointer data, GClosure *closure)
{
  g_free(data);
}

static GtkWidget *
add_spin(Split *split, GtkWidget *list, const char *title, double low, double high, double value)
{
  GtkWidget *row = adw_action_row_new(), *spin = gtk_spin_button_new_with_range(low, high, 1);
  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
  gtk_spin_button_set_value(GTK_SPIN_BUTTON(spin), value);
  gtk_editable_set_width_chars(GTK_EDITABLE(spin), 4);
  gtk_widget_set_valign(spin, GTK_ALIGN_CENTER);
  gtk_accessible_update_property(GTK_ACCESSIBLE(spin), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  g_signal_connect_swapped(spin, "value-changed", G_CALLBACK(show_rest), split);
  adw_action_row_add_suffix(ADW_ACTION_ROW(row), spin);
  gtk_list_box_append(GTK_LIST_BOX(list), row);
  return spin;
}

static GtkWidget *
build(Split *split)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8), *list = gtk_list_box_new();
  const MedctStudioCohort *page = split->page;
  split->rest = gtk_label_new("");
  gtk_widget_add_css_class(split->rest, "caption");
  gtk_widget_add_css_class(split->rest, "dim-label");
  gtk_widget_add_css_class(list, "boxed-list");
  gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
  gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Shares"),
                                 -1);
  gtk_box_append(GTK_BOX(box), list);
  gtk_box_append(GTK_BOX(box), split->rest);
  double train = round(100 * page->shares[TRAIN]),
         validation = round(100 * page->shares[VALIDATION]);
  /* the second one's signal reads all three */
  GtkWidget *first = add_spin(split, list, _("Train, % of patients"), 1, 100, train);
  GtkWidget *second = add_spin(split, list, _("Validation, % of patients"), 0, 99, validation);
  split->shares[TRAIN] = first;
  split->shares[VALIDATION] = second;
  split->seed = add_spin(split, list, _("Seed"), 0, 1e9, (double)page->split_seed);
  return box;
}

static void
split_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioCohort *page = data;
  if (page->check == NULL)
    return;
  Split *split = g_new0(Split, 1);
  split->page = page;
  split->dialog = adw_message_dialog_new(GTK_WINDOW(page->window), _("Split by patient"), NULL);
  split->n_patients = medct_cohort_n_patients(page->check->cohort);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG(split->dialog);
  adw_message_dialog_set_body(
      dialog,
      _("Every patient goes with all volumes to one split, with each finding spread as evenly "
        "as can be. The result is saved as a new file.\n\nDo not split again after training: "
        "test patients would have been learnt from."));
  adw_message_dialog_add_responses(dialog, "cancel", _("Cancel"), "split", _("Split and Save…"),
                                   NULL);
  adw_message_dialog_set_response_appearance(dialog, "split", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_close_response(dialog, "cancel");
  adw_message_dialog_set_default_response(dialog, "split");
  adw_message_dialog_set_extra_child(dialog, build(split));
  show_rest(split);
  g_signal_connect_data(dialog, "response", G_CALLBACK(answered), split, forget, 0);
  gtk_window_present(GTK_WINDOW(dialog));
}

void
medct_studio_cohort_add_split(MedctStudioCohort *page)
{
  static const GActionEntry entries[] = {{"split-cohort", split_activated, NULL, NULL, NULL, {0}}};
  page->shares[TRAIN] = 0.7;
  page->shares[VALIDATION] = page->shares[TEST] = 0.15;
  g_action_map_add_action_entries(G_ACTION_MAP(page->window), entries, 1, page);
}
