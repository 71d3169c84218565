#include "ui/result-card.h"
#include "render/text.h"
#include "ui/against-row.h"
#include "ui/score-bar.h"
#include "ui/text-scale.h"
#include "ui/wordings-list.h"
#include <glib/gi18n.h>
#include <math.h>

enum { VALUE_WIDTH = 84 }; /* px, right of the axis */

struct _MedctResultCard {
  GtkBox parent;
  GtkWidget *warning, *warning_text;
  GtkWidget *result, *grid, *number, *caption, *cosines, *score_title, *bar, *score_value;
  GtkWidget *base_title, *base_bar, *base_value;
  GtkWidget *wordings, *wordings_bar, *wordings_value, *wordings_list;
  GtkWidget *against, *sums, *show_for, *show_against, *smooth, *raw;
  GtkWidget *of_title, *of_box, *of[4]; /* by MedctMapOf */
  GtkWidget *toggles;
  gboolean setting; /* by the program, not by hand */
  guint dim_source;
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

/* At the left of its row; it must not give way to what stands beside it. */
static GtkWidget *
row_title(const char *text)
{
  GtkWidget *label = gtk_label_new(text);
  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_widget_add_css_class(label, "caption");
  gtk_widget_add_css_class(label, "dim-label");
  return label;
}

static void
looks_changed(MedctResultCard *card)
{
  if (!card->setting)
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
  card->number = gtk_label_new("");
  gtk_widget_add_css_class(card->number, "score-number");
  gtk_widget_add_css_class(card->number, "numeric");
  card->cosines = dim_caption("");
  gtk_widget_add_css_class(card->cosines, "numeric");
  card->caption = text_label("", "caption");
  gtk_box_append(GTK_BOX(lines), card->caption);
  gtk_box_append(GTK_BOX(lines), card->cosines);
  gtk_widget_set_valign(lines, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand(lines, TRUE);
  gtk_box_append(GTK_BOX(head), card->number);
  gtk_box_append(GTK_BOX(head), lines);
  return head;
}

static GtkWidget *
value_label(void)
{
  GtkWidget *label = gtk_label_new("");
  gtk_label_set_xalign(GTK_LABEL(label), 1);
  gtk_widget_add_css_class(label, "numeric");
  gtk_widget_set_size_request(label, VALUE_WIDTH, -1);
  return label;
}

static void
attach(GtkGrid *grid, int row, GtkWidget *title, GtkWidget *middle, GtkWidget *value)
{
  gtk_grid_attach(grid, title, 0, row, 1, 1);
  gtk_widget_set_hexpand(middle, TRUE);
  gtk_grid_attach(grid, middle, 1, row, value != NULL ? 1 : 2, 1);
  if (value != NULL)
    gtk_grid_attach(grid, value, 2, row, 1, 1);
}

static GtkWidget *
named_bar(const char *name)
{
  GtkWidget *bar = medct_score_bar_new();
  gtk_accessible_update_property(GTK_ACCESSIBLE(bar), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return bar;
}

static GtkWidget *
build_axis(void)
{
  static const char *const marks[] = {"0", "0.5", "1"};
  GtkWidget *axis = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_box_set_homogeneous(GTK_BOX(axis), TRUE);
  for (int n = 0; n < 3; n++) {
    GtkWidget *mark = dim_caption(marks[n]);
    gtk_label_set_xalign(GTK_LABEL(mark), (float)n / 2);
    gtk_label_set_max_width_chars(GTK_LABEL(mark), -1);
    gtk_box_append(GTK_BOX(axis), mark);
  }
  return axis;
}

static void
wordings_toggled(MedctResultCard *card)
{
  gboolean wanted = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(card->wordings));
  gtk_button_set_icon_name(GTK_BUTTON(card->wordings),
                           wanted ? "pan-down-symbolic" : "pan-end-symbolic");
  gtk_widget_set_visible(card->wordings_list, wanted);
  g_signal_emit_by_name(card, "wordings-toggled");
}

/* The spread's numbers, and the arrow that asks for it. */
static GtkWidget *
build_wordings_value(MedctResultCard *card)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 2);
  card->wordings_value = value_label();
  gtk_widget_set_size_request(card->wordings_value, VALUE_WIDTH - 24, -1);
  card->wordings = gtk_toggle_button_new();
  gtk_button_set_icon_name(GTK_BUTTON(card->wordings), "pan-end-symbolic");
  gtk_widget_add_css_class(card->wordings, "flat");
  gtk_widget_add_css_class(card->wordings, "small-button");
  gtk_widget_set_tooltip_text(card->wordings, _("Score other wordings: how much the words matter"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(card->wordings), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Score other wordings"), -1);
  g_signal_connect_swapped(card->wordings, "toggled", G_CALLBACK(wordings_toggled), card);
  gtk_box_append(GTK_BOX(box), card->wordings_value);
  gtk_box_append(GTK_BOX(box), card->wordings);
  return box;
}

static void
build_scores(MedctResultCard *card, GtkGrid *grid)
{
  card->score_title = row_title("");
  card->bar = named_bar(_("Probability"));
  card->score_value = value_label();
  gtk_widget_add_css_class(card->score_value, "strong");
  card->base_title = row_title(_("Base"));
  card->base_bar = named_bar(_("Probability of the base model"));
  card->base_value = value_label();
  card->wordings_bar = named_bar(_("Scores of other wordings"));
  attach(grid, 0, gtk_label_new(NULL), build_axis(), gtk_label_new(NULL));
  attach(grid, 1, card->score_title, card->bar, card->score_value);
  attach(grid, 2, card->base_title, card->base_bar, card->base_value);
  attach(grid, 3, row_title(_("Wordings")), card->wordings_bar, build_wordings_value(card));
  card->wordings_list = medct_wordings_list_new();
  gtk_widget_set_visible(card->wordings_list, FALSE);
  gtk_grid_attach(grid, card->wordings_list, 0, 4, 3, 1);
}

static void
of_toggled(GtkToggleButton *button, MedctResultCard *card)
{
  if (gtk_toggle_button_get_active(button))
    looks_changed(card);
}

/* Whose map: there only with an adapter. */
static void
build_of(MedctResultCard *card, GtkGrid *grid, int row)
{
  static const struct {
    MedctMapOf of;
    const char *title, *tooltip;
  } choices[] = {
      {MEDCT_MAP_OF_BASE, N_("Base"), N_("The map of the base model")},
      {MEDCT_MAP_OF_ADAPTED, N_("Adapter"), N_("The map with the adapter")},
      {MEDCT_MAP_OF_DIFFERENCE, N_("Change"), N_("What the adapter adds and takes away")},
      {MEDCT_MAP_OF_BOTH, N_("Both"),
       N_("Side by side: the same slices twice, base left, adapter right (Ctrl+D)")},
  };
  card->of_box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_add_css_class(card->of_box, "linked");
  for (gsize n = 0; n < G_N_ELEMENTS(choices); n++) {
    GtkWidget *button = gtk_toggle_button_new_with_label(_(choices[n].title));
    gtk_widget_set_tooltip_text(button, _(choices[n].tooltip));
    if (n > 0)
      gtk_toggle_button_set_group(GTK_TOGGLE_BUTTON(button),
                                  GTK_TOGGLE_BUTTON(card->of[choices[0].of]));
    card->of[choices[n].of] = button;
    gtk_box_append(GTK_BOX(card->of_box), button);
  }
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(card->of[MEDCT_MAP_OF_ADAPTED]), TRUE);
  for (gsize n = 0; n < G_N_ELEMENTS(card->of); n++)
    g_signal_connect(card->of[n], "toggled", G_CALLBACK(of_toggled), card);
  card->of_title = row_title(_("Map of"));
  attach(grid, row, card->of_title, card->of_box, NULL);
}

static GtkWidget *
build_toggles(MedctResultCard *card)
{
  GtkWidget *toggles = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  card->toggles = toggles;
  gtk_box_append(GTK_BOX(toggles),
                 pair(card, _("For"), _("Against"), &card->show_for, &card->show_against));
  gtk_box_append(GTK_BOX(toggles),
                 pair(card, _("Smooth"), _("Patches"), &card->smooth, &card->raw));
  gtk_widget_set_tooltip_text(card->raw, _("Show the model's own patches instead of mixing them"));
  gtk_widget_set_tooltip_text(card->show_against, _("Show what speaks against the sentence"));
  return toggles;
}

static void
against_edited(MedctResultCard *card, const char *text)
{
  g_signal_emit_by_name(card, "against-edited", text);
}

static void
build_result(MedctResultCard *card)
{
  card->result = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
  gtk_box_append(GTK_BOX(card->result), build_head(card));
  GtkWidget *grid = card->grid = gtk_grid_new();
  gtk_grid_set_row_spacing(GTK_GRID(grid), 6);
  gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
  build_scores(card, GTK_GRID(grid));
  card->against = medct_against_row_new();
  g_signal_connect_swapped(card->against, "edited", G_CALLBACK(against_edited), card);
  card->sums = dim_caption("");
  gtk_widget_add_css_class(card->sums, "numeric");
  attach(GTK_GRID(grid), 5, row_title(_("Against")), card->against, NULL);
  build_of(card, GTK_GRID(grid), 6);
  attach(GTK_GRID(grid), 7, row_title(_("Map")), build_toggles(card), NULL);
  gtk_grid_attach(GTK_GRID(grid), card->sums, 0, 8, 3, 1);
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
  if (part != NULL)
    gtk_widget_remove_css_class(GTK_WIDGET(card), "warning-only");
  else /* a box in a box says nothing */
    gtk_widget_add_css_class(GTK_WIDGET(card), "warning-only");
}

static void
show_compared(MedctResultCard *card, const MedctResult *result)
{
  gboolean compared = !isnan(result->adapted);
  GtkWidget *parts[] = {card->base_title, card->base_bar, card->base_value, card->of_title,
                        card->of_box};
  for (gsize n = 0; n < G_N_ELEMENTS(parts); n++)
    gtk_widget_set_visible(parts[n], compared);
  gtk_label_set_text(GTK_LABEL(card->score_title), compared ? _("Adapter") : _("Score"));
  if (!compared)
    return;
  g_autofree char *change = medct_text_signed(result->adapted - result->base, 2);
  g_autofree char *text = g_strdup_printf("%.2f  %s", result->base, change);
  gtk_label_set_text(GTK_LABEL(card->base_value), text);
  medct_score_bar_set_base(MEDCT_SCORE_BAR(card->base_bar), result->base);
}

static void
show_sums(MedctResultCard *card, const MedctResult *result)
{
  double score = result->of_base ? result->base : result->adapted;
  g_autofree char *plus = medct_text_signed(result->share_for, 2);
  g_autofree char *minus = medct_text_signed(result->share_against, 2);
  g_autofree char *sum = medct_text_signed(result->share_for + result->share_against, 2);
  g_autofree char *text =
      g_strdup_printf(_("for %s, against %s: sum %s = score %.2f"), plus, minus, sum, score);
  gtk_label_set_text(GTK_LABEL(card->sums), text);
}

void
medct_result_card_show_result(MedctResultCard *card, const MedctResult *result)
{
  double score = isnan(result->adapted) ? result->base : result->adapted;
  g_autofree char *number = g_strdup_printf("%.2f", score);
  g_autofree char *for_text = medct_text_number(result->cosine_for, 3);
  g_autofree char *against_text = medct_text_number(result->cosine_against, 3);
  g_autofree char *cosines =
      g_strdup_printf(_("cosine %s for, %s against"), for_text, against_text);
  gboolean both =
      medct_result_card_get_map_of(card) == MEDCT_MAP_OF_BOTH && !isnan(result->adapted);
  g_autofree char *shown =
      both ? g_strdup_printf("%.2f → %s", result->base, number) : g_strdup(number);
  gtk_label_set_text(GTK_LABEL(card->number), shown);
  gtk_label_set_text(GTK_LABEL(card->caption),
                     both ? _("base to adapter, against its negation")
                          : _("probability of present, against its negation"));
  gtk_label_set_text(GTK_LABEL(card->score_value), number);
  gtk_widget_remove_css_class(card->number, "old");
  g_clear_handle_id(&card->dim_source, g_source_remove);
  gtk_label_set_text(GTK_LABEL(card->cosines), cosines);
  medct_against_row_set(MEDCT_AGAINST_ROW(card->against), result->against);
  medct_score_bar_set(MEDCT_SCORE_BAR(card->bar), score, result->threshold);
  show_compared(card, result);
  show_sums(card, result);
  g_autofree char *spoken = g_strdup_printf(_("%s Score %s"), result->prompt, number);
  gtk_accessible_update_property(GTK_ACCESSIBLE(card), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  show_only(card, card->result);
}

void
medct_result_card_show_wordings(MedctResultCard *card, const MedctWordingScore *scores, guint n)
{
  g_autofree double *shown = g_new0(double, n + 1);
  double low = 1, high = 0;
  for (guint i = 0; i < n; i++) {
    shown[i] = isnan(scores[i].adapted) ? scores[i].base : scores[i].adapted;
    low = fmin(low, shown[i]);
    high = fmax(high, shown[i]);
  }
  g_autofree char *range = n > 0 ? g_strdup_printf("%.2f–%.2f", low, high) : g_strdup("");
  gtk_label_set_text(GTK_LABEL(card->wordings_value), range);
  medct_score_bar_set_wordings(MEDCT_SCORE_BAR(card->wordings_bar), shown, n);
  medct_wordings_list_set(MEDCT_WORDINGS_LIST(card->wordings_list), scores, n);
}

static gboolean
dim(gpointer data)
{
  MedctResultCard *card = data;
  card->dim_source = 0;
  gtk_widget_add_css_class(card->number, "old");
  return G_SOURCE_REMOVE;
}

/* An answer usually comes before the eye would see the numbers flicker. */
void
medct_result_card_show_waiting(MedctResultCard *card)
{
  if (card->dim_source == 0)
    card->dim_source = g_timeout_add(200, dim, card);
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

void
medct_result_card_set_looks(MedctResultCard *card, gboolean against, gboolean raw)
{
  card->setting = TRUE;
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(against ? card->show_against : card->show_for),
                               TRUE);
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(raw ? card->raw : card->smooth), TRUE);
  card->setting = FALSE;
}

gboolean
medct_result_card_get_wordings(MedctResultCard *card)
{
  return gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(card->wordings));
}

MedctMapOf
medct_result_card_get_map_of(MedctResultCard *card)
{
  for (int n = MEDCT_MAP_OF_BASE; n <= MEDCT_MAP_OF_BOTH; n++)
    if (gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(card->of[n])))
      return (MedctMapOf)n;
  return MEDCT_MAP_OF_ADAPTED;
}

void
medct_result_card_set_map_of(MedctResultCard *card, MedctMapOf of)
{
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(card->of[of]), TRUE);
}

static void
medct_result_card_dispose(GObject *object)
{
  g_clear_handle_id(&MEDCT_RESULT_CARD(object)->dim_source, g_source_remove);
  G_OBJECT_CLASS(medct_result_card_parent_class)->dispose(object);
}

static void
medct_result_card_class_init(MedctResultCardClass *klass)
{
  G_OBJECT_CLASS(klass)->dispose = medct_result_card_dispose;
  g_signal_new("looks-changed", MEDCT_TYPE_RESULT_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
               G_TYPE_NONE, 0);
  g_signal_new("wordings-toggled", MEDCT_TYPE_RESULT_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
               G_TYPE_NONE, 0);
  g_signal_new("cancelled", MEDCT_TYPE_RESULT_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
               G_TYPE_NONE, 0);
  g_signal_new("against-edited", MEDCT_TYPE_RESULT_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
               G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static int
least_width(GtkWidget *widget)
{
  int least = 0;
  gtk_widget_measure(widget, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  return least;
}

/* Wide letters and long words: one under the other, before the pane takes the pictures' room.
 * Measured with all rows there, so that an adapter moves nothing. */
static void
stack_toggles(gpointer data)
{
  enum { PANE = 400, MOST = 520, EDGES = 2 * (12 + 12) }; /* px: medct_studio_build_right() */
  MedctResultCard *card = data;
  GtkWidget *boxes[] = {card->toggles, card->of_box};
  double room = CLAMP(PANE * medct_text_scale(GTK_WIDGET(card)), PANE, MOST) - EDGES;
  gboolean compared = gtk_widget_get_visible(card->of_box);
  gtk_widget_set_visible(card->of_box, TRUE);
  for (gsize n = 0; n < G_N_ELEMENTS(boxes); n++)
    gtk_orientable_set_orientation(GTK_ORIENTABLE(boxes[n]), GTK_ORIENTATION_HORIZONTAL);
  for (gsize n = 0; n < G_N_ELEMENTS(boxes) && least_width(card->grid) > room; n++)
    gtk_orientable_set_orientation(GTK_ORIENTABLE(boxes[n]), GTK_ORIENTATION_VERTICAL);
  gtk_widget_set_visible(card->of_box, compared);
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
  stack_toggles(card);
  medct_text_scale_follow(card, stack_toggles);
  g_signal_connect(card, "realize", G_CALLBACK(stack_toggles), NULL); /* with the desktop's font */
  medct_result_card_set_warning(card, NULL);
  show_only(card, NULL);
}

GtkWidget *
medct_result_card_new(void)
{
  return g_object_new(MEDCT_TYPE_RESULT_CARD, NULL);
}
