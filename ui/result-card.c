#include "ui/result-card.h"
#include "render/text.h"
#include "ui/score-bar.h"
#include <glib/gi18n.h>

struct _MedctResultCard {
  GtkBox parent;
  GtkWidget *warning, *warning_text;
  GtkWidget *result, *number, *cosines, *bar, *against, *sums;
  GtkWidget *show_for, *show_against, *smooth, *raw;
  GtkWidget *job, *job_title, *job_bar, *job_stage, *job_left;
};

G_DEFINE_FINAL_TYPE(MedctResultCard, medct_result_card, GTK_TYPE_BOX)

static GtkWidget *
text_label(const char *text, const char *css)
{
  GtkWidget *label = gtk_label_new(text);
  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_label_set_wrap(GTK_LABEL(label), TRUE);
  gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars(GTK_LABEL(label), 8); /* a long text must not widen the pane */
  if (css != NULL)
    gtk_widget_add_css_class(label, css);
  return label;
}

static GtkWidget *
dim_caption(const char *text)
{
  GtkWidget *label = text_label(text, "caption");
  gtk_widget_add_css_class(label, "dim-label");
  return label;
}

static void
looks_changed(MedctResultCard *card)
{
  g_signal_emit_by_name(card, "looks-changed");
}

/* Two linked toggles of which one is always down. */
static GtkWidget *
pair(MedctResultCard *card, const char *first, const char *second, GtkWidget **a, GtkWidget **b)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_add_css_class(box, "linked");
  *a = gtk_toggle_button_new_with_label(first);
  *b = gtk_toggle_button_new_with_label(second);
  gtk_toggle_button_set_group(GTK_TOGGLE_BUTTON(*b), GTK_TOGGLE_BUTTON(*a));
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(*a), TRUE);
  g_signal_connect_swapped(*b, "toggled", G_CALLBACK(looks_changed), card);
  gtk_box_append(GTK_BOX(box), *a);
  gtk_box_append(GTK_BOX(box), *b);
  return box;
}

static GtkWidget *
build_head(MedctResultCard *card)
{
  GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *lines = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  card->number = text_label("", "score-number");
  gtk_widget_add_css_class(card->number, "numeric");
  card->cosines = dim_caption("");
  gtk_widget_add_css_class(card->cosines, "numeric");
  gtk_box_append(GTK_BOX(lines),
                 text_label(_("probability of present, against its negation"), "caption"));
  gtk_box_append(GTK_BOX(lines), card->cosines);
  gtk_widget_set_valign(lines, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand(lines, TRUE);
  gtk_box_append(GTK_BOX(head), card->number);
  gtk_box_append(GTK_BOX(head), lines);
  return head;
}

static void
attach(GtkGrid *grid, int row, const char *title, GtkWidget *value)
{
  gtk_grid_attach(grid, dim_caption(title), 0, row, 1, 1);
  gtk_widget_set_hexpand(value, TRUE);
  gtk_grid_attach(grid, value, 1, row, 1, 1);
}

static void
build_result(MedctResultCard *card)
{
  card->result = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
  gtk_box_append(GTK_BOX(card->result), build_head(card));
  GtkWidget *grid = gtk_grid_new();
  gtk_grid_set_row_spacing(GTK_GRID(grid), 6);
  gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
  card->bar = medct_score_bar_new();
  gtk_accessible_update_property(GTK_ACCESSIBLE(card->bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Probability"), -1);
  card->against = text_label("", NULL);
  GtkWidget *toggles = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_box_append(GTK_BOX(toggles),
                 pair(card, _("For"), _("Against"), &card->show_for, &card->show_against));
  gtk_box_append(GTK_BOX(toggles),
                 pair(card, _("Smooth"), _("Patches"), &card->smooth, &card->raw));
  gtk_widget_set_tooltip_text(card->raw, _("Show the model's own patches instead of mixing them"));
  gtk_widget_set_tooltip_text(card->show_against, _("Show what speaks against the sentence"));
  card->sums = dim_caption("");
  gtk_widget_add_css_class(card->sums, "numeric");
  attach(GTK_GRID(grid), 0, _("Score"), card->bar);
  attach(GTK_GRID(grid), 1, _("Against"), card->against);
  attach(GTK_GRID(grid), 2, _("Map"), toggles);
  gtk_grid_attach(GTK_GRID(grid), card->sums, 0, 3, 2, 1);
  gtk_box_append(GTK_BOX(card->result), grid);
  gtk_box_append(GTK_BOX(card), card->result);
}

static void
cancel(MedctResultCard *card)
{
  g_signal_emit_by_name(card, "cancelled");
}

static void
build_job(MedctResultCard *card)
{
  card->job = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  card->job_title = text_label("", "pane-title");
  gtk_label_set_ellipsize(GTK_LABEL(card->job_title), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_wrap(GTK_LABEL(card->job_title), FALSE);
  gtk_widget_set_hexpand(card->job_title, TRUE);
  GtkWidget *button = gtk_button_new_with_label(_("Cancel"));
  g_signal_connect_swapped(button, "clicked", G_CALLBACK(cancel), card);
  gtk_box_append(GTK_BOX(head), card->job_title);
  gtk_box_append(GTK_BOX(head), button);
  card->job_bar = gtk_progress_bar_new();
  gtk_accessible_update_property(GTK_ACCESSIBLE(card->job_bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Progress"), -1);
  GtkWidget *foot = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  card->job_stage = dim_caption("");
  gtk_widget_set_hexpand(card->job_stage, TRUE);
  card->job_left = text_label("", "caption");
  gtk_widget_add_css_class(card->job_left, "numeric");
  gtk_box_append(GTK_BOX(foot), card->job_stage);
  gtk_box_append(GTK_BOX(foot), card->job_left);
  gtk_box_append(GTK_BOX(card->job), head);
  gtk_box_append(GTK_BOX(card->job), card->job_bar);
  gtk_box_append(GTK_BOX(card->job), foot);
  gtk_box_append(GTK_BOX(card->job), dim_caption(_("Scores and map appear when this is done, once "
                                                   "per study. Pictures and windows work "
                                                   "meanwhile.")));
  gtk_box_append(GTK_BOX(card), card->job);
}

static void
build_warning(MedctResultCard *card)
{
  card->warning = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  gtk_widget_add_css_class(card->warning, "warning-strip");
  GtkWidget *mark = gtk_image_new_from_icon_name("dialog-warning-symbolic");
  gtk_widget_add_css_class(mark, "warning-mark");
  gtk_widget_set_valign(mark, GTK_ALIGN_START);
  card->warning_text = text_label("", "caption");
  gtk_widget_set_hexpand(card->warning_text, TRUE);
  gtk_box_append(GTK_BOX(card->warning), mark);
  gtk_box_append(GTK_BOX(card->warning), card->warning_text);
  gtk_box_append(GTK_BOX(card), card->warning);
}

static void
show_only(MedctResultCard *card, GtkWidget *part)
{
  gtk_widget_set_visible(card->result, part == card->result);
  gtk_widget_set_visible(card->job, part == card->job);
  gtk_widget_set_visible(GTK_WIDGET(card), part != NULL || gtk_widget_get_visible(card->warning));
}

void
medct_result_card_show_result(MedctResultCard *card, const MedctResult *result)
{
  g_autofree char *number = g_strdup_printf("%.2f", result->probability);
  g_autofree char *for_text = medct_text_number(result->cosine_for, 3);
  g_autofree char *against_text = medct_text_number(result->cosine_against, 3);
  g_autofree char *cosines =
      g_strdup_printf(_("cosine %s for, %s against"), for_text, against_text);
  g_autofree char *plus = medct_text_signed(result->share_for, 2);
  g_autofree char *minus = medct_text_signed(result->share_against, 2);
  g_autofree char *sum = medct_text_signed(result->share_for + result->share_against, 2);
  g_autofree char *sums =
      g_strdup_printf(_("for %s, against %s: sum %s = score %s"), plus, minus, sum, number);
  gtk_label_set_text(GTK_LABEL(card->number), number);
  gtk_widget_remove_css_class(card->number, "old");
  gtk_label_set_text(GTK_LABEL(card->cosines), cosines);
  gtk_label_set_text(GTK_LABEL(card->against), result->against);
  gtk_label_set_text(GTK_LABEL(card->sums), sums);
  medct_score_bar_set(MEDCT_SCORE_BAR(card->bar), result->probability, result->threshold);
  g_autofree char *spoken = g_strdup_printf(_("%s Score %s"), result->prompt, number);
  gtk_accessible_update_property(GTK_ACCESSIBLE(card), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  show_only(card, card->result);
}

void
medct_result_card_show_waiting(MedctResultCard *card)
{
  gtk_widget_add_css_class(card->number, "old");
}

void
medct_result_card_show_job(MedctResultCard *card, const char *title, double fraction,
                           const char *stage, const char *time_left)
{
  if (title == NULL) {
    if (gtk_widget_get_visible(card->job))
      show_only(card, NULL);
    return;
  }
  gtk_label_set_text(GTK_LABEL(card->job_title), title);
  gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(card->job_bar), CLAMP(fraction, 0, 1));
  gtk_label_set_text(GTK_LABEL(card->job_stage), stage);
  gtk_label_set_text(GTK_LABEL(card->job_left), time_left);
  show_only(card, card->job);
}

void
medct_result_card_clear(MedctResultCard *card)
{
  show_only(card, NULL);
}

void
medct_result_card_set_warning(MedctResultCard *card, const char *text)
{
  gtk_label_set_text(GTK_LABEL(card->warning_text), text != NULL ? text : "");
  gtk_widget_set_visible(card->warning, text != NULL && *text != '\0');
  gtk_widget_set_visible(GTK_WIDGET(card), gtk_widget_get_visible(card->warning) ||
                                               gtk_widget_get_visible(card->result) ||
                                               gtk_widget_get_visible(card->job));
}

gboolean
medct_result_card_get_against(MedctResultCard *card)
{
  return gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(card->show_against));
}

gboolean
medct_result_card_get_raw(MedctResultCard *card)
{
  return gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(card->raw));
}

static void
medct_result_card_class_init(MedctResultCardClass *klass)
{
  g_signal_new("looks-changed", MEDCT_TYPE_RESULT_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
               G_TYPE_NONE, 0);
  g_signal_new("cancelled", MEDCT_TYPE_RESULT_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
               G_TYPE_NONE, 0);
  gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
medct_result_card_init(MedctResultCard *card)
{
  gtk_orientable_set_orientation(GTK_ORIENTABLE(card), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing(GTK_BOX(card), 8);
  gtk_widget_add_css_class(GTK_WIDGET(card), "card");
  gtk_widget_add_css_class(GTK_WIDGET(card), "result-card");
  build_warning(card);
  build_result(card);
  build_job(card);
  medct_result_card_set_warning(card, NULL);
  show_only(card, NULL);
}

GtkWidget *
medct_result_card_new(void)
{
  return g_object_new(MEDCT_TYPE_RESULT_CARD, NULL);
}
