/* The prompt: what is typed, the history behind the arrow keys and in a list, the star that keeps a
 * sentence among one's own. */
#include "app/studio-private.h"
#include <glib/gi18n.h>
#include <string.h>

/* ---- kept on disk -------------------------------------------------------------------------- */

static void
save_prompts(MedctStudioWindow *window)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = medct_prompts_path();
  if (!medct_prompts_save(window->prompts, path, &error))
    medct_studio_toast(window, error->message);
}

static char *
typed_text(MedctStudioWindow *window)
{
  return g_strstrip(g_strdup(gtk_editable_get_text(GTK_EDITABLE(window->prompt))));
}

/* A sentence that is left, or confirmed with Return, goes into the history. */
static void
remember(MedctStudioWindow *window)
{
  const MedctStudyRecord *record = window->current;
  window->history_at = -1;
  if (record == NULL || record->asked != MEDCT_TYPED)
    return;
  g_autoptr(MedctPrompt) pair = medct_prompt_new(record->typed, NULL, NULL);
  if (pair != NULL && medct_prompts_remember(window->prompts, record->typed))
    save_prompts(window);
}

/* ---- the star ------------------------------------------------------------------------------ */

static void
show_star(MedctStudioWindow *window)
{
  g_autofree char *text = typed_text(window);
  gboolean kept = medct_prompts_is_kept(window->prompts, text);
  const char *name = kept ? _("Remove from my prompts") : _("Add to my prompts");
  gtk_button_set_icon_name(GTK_BUTTON(window->star),
                           kept ? "starred-symbolic" : "non-starred-symbolic");
  gtk_widget_set_tooltip_text(window->star, name);
  gtk_accessible_update_property(GTK_ACCESSIBLE(window->star), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                 -1);
  gtk_widget_set_sensitive(window->star, *text != '\0');
}

static void
prompts_changed(MedctStudioWindow *window)
{
  save_prompts(window);
  show_star(window);
  medct_studio_show_findings(window);
  medct_studio_ask_more(window);
}

static void
star_clicked(MedctStudioWindow *window)
{
  g_autofree char *text = typed_text(window);
  if (!medct_prompts_remove(window->prompts, text) && !medct_prompts_keep(window->prompts, text)) {
    medct_studio_toast(window, _("The list of prompts is full"));
    return;
  }
  if (window->current != NULL && window->current->asked == MEDCT_TYPED)
    medct_prompts_set_against(window->prompts, text, window->current->against);
  prompts_changed(window);
}

void
medct_studio_remove_prompt(MedctStudioWindow *window, const char *text)
{
  if (medct_prompts_remove(window->prompts, text))
    prompts_changed(window);
}

/* ---- typing -------------------------------------------------------------------------------- */

static void
show_clear_icon(MedctStudioWindow *window)
{
  const char *text = gtk_editable_get_text(GTK_EDITABLE(window->prompt));
  gtk_entry_set_icon_from_icon_name(GTK_ENTRY(window->prompt), GTK_ENTRY_ICON_SECONDARY,
                                    *text != '\0' ? "edit-clear-symbolic" : NULL);
  gtk_widget_set_visible(window->prompt_key, *text == '\0');
  show_star(window);
}

/* Once; while more of it is typed or taken away it has been said. */
static void
tell_too_long(MedctStudioWindow *window, const char *typed)
{
  gboolean too_long = strlen(typed) > MEDCT_PROMPT_MOST_BYTES;
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctPrompt) pair =
      too_long && !window->too_long ? medct_prompt_new(typed, NULL, &error) : NULL;
  if (error != NULL)
    medct_studio_toast(window, error->message);
  window->too_long = too_long;
}

static void
prompt_changed(MedctStudioWindow *window)
{
  show_clear_icon(window);
  if (window->updating)
    return;
  g_autofree char *typed = typed_text(window);
  tell_too_long(window, typed);
  medct_findings_view_select(MEDCT_FINDINGS_VIEW(window->findings), -1);
  medct_studio_ask(window, *typed != '\0' ? MEDCT_TYPED : MEDCT_NOTHING_ASKED, typed,
                   medct_prompts_against(window->prompts, typed));
}

static void
prompt_cleared(MedctStudioWindow *window)
{
  remember(window);
  gtk_editable_set_text(GTK_EDITABLE(window->prompt), "");
}

void
medct_studio_type(MedctStudioWindow *window, const char *text)
{
  remember(window);
  gtk_editable_set_text(GTK_EDITABLE(window->prompt), text);
  gtk_editable_set_position(GTK_EDITABLE(window->prompt), -1);
}

/* −1 is what was being typed; 0 the newest of the history. */
static void
step_history(MedctStudioWindow *window, int step)
{
  int at = window->history_at + step, n = (int)medct_prompts_n_history(window->prompts);
  g_autofree char *typed = typed_text(window);
  if (at < -1 || at >= n)
    return;
  if (window->history_at < 0) {
    g_free(window->draft);
    window->draft = g_strdup(typed);
    if (n > 0 && at == 0 && n > 1 && g_str_equal(typed, medct_prompts_history(window->prompts, 0)))
      at = 1;
  }
  window->history_at = at;
  const char *text = at < 0 ? window->draft : medct_prompts_history(window->prompts, (guint)at);
  gtk_editable_set_text(GTK_EDITABLE(window->prompt), text != NULL ? text : "");
  gtk_editable_set_position(GTK_EDITABLE(window->prompt), -1);
}

static gboolean
prompt_key(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
           MedctStudioWindow *window)
{
  switch (key) {
  case GDK_KEY_Escape:
    prompt_cleared(window);
    return TRUE;
  case GDK_KEY_Up:
    step_history(window, 1);
    return TRUE;
  case GDK_KEY_Down:
    step_history(window, -1);
    return TRUE;
  default:
    return FALSE;
  }
}

/* ---- the opposite -------------------------------------------------------------------------- */

/* It stays with a kept sentence; what was scored against another one is scored again. */
static void
keep_against(MedctStudioWindow *window, const char *typed, const char *against)
{
  if (!medct_prompts_set_against(window->prompts, typed, against))
    return;
  for (guint n = 0; n < window->records->len; n++)
    g_hash_table_remove(((MedctStudyRecord *)window->records->pdata[n])->kept, typed);
  save_prompts(window);
}

/* A finding with another opposite is a sentence of one's own. */
void
medct_studio_set_against(MedctStudioWindow *window, const char *text)
{
  const MedctStudyRecord *record = window->current;
  g_autofree char *against = *text != '\0' ? g_strdup(text) : NULL;
  if (record == NULL || record->asked == MEDCT_NOTHING_ASKED)
    return;
  g_autofree char *typed = typed_text(window);
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctPrompt) pair = medct_prompt_new(typed, against, &error);
  if (pair == NULL) {
    medct_studio_toast(window, error->message);
    return;
  }
  keep_against(window, typed, against);
  medct_findings_view_select(MEDCT_FINDINGS_VIEW(window->findings), -1);
  medct_studio_ask(window, MEDCT_TYPED, typed, against);
}

/* ---- the list ------------------------------------------------------------------------------ */

static void
entry_activated(GtkListBox *list, GtkListBoxRow *row, MedctStudioWindow *window)
{
  const char *text = g_object_get_data(G_OBJECT(row), "text");
  if (text == NULL)
    return;
  g_autofree char *copy = g_strdup(text);
  gtk_popover_popdown(GTK_POPOVER(window->history_popover));
  medct_studio_type(window, copy);
  gtk_widget_grab_focus(window->prompt);
}

static void
forget_clicked(MedctStudioWindow *window)
{
  medct_prompts_forget_history(window->prompts);
  window->history_at = -1;
  save_prompts(window);
  gtk_popover_popdown(GTK_POPOVER(window->history_popover));
}

static void
add_entry(MedctStudioWindow *window, const char *text, gboolean kept)
{
  GtkWidget *row = gtk_list_box_row_new(), *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *label = medct_studio_left_label(text, NULL);
  GtkWidget *mark =
      gtk_image_new_from_icon_name(kept ? "starred-symbolic" : "document-open-recent-symbolic");
  gtk_widget_add_css_class(mark, "dim-label");
  gtk_widget_set_hexpand(label, TRUE);
  gtk_widget_set_tooltip_text(label, text);
  gtk_box_append(GTK_BOX(box), mark);
  gtk_box_append(GTK_BOX(box), label);
  gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
  gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  g_object_set_data_full(G_OBJECT(row), "text", g_strdup(text), g_free);
  gtk_list_box_append(GTK_LIST_BOX(window->history_list), row);
}

static void
fill_history(MedctStudioWindow *window)
{
  GtkWidget *row;
  guint n_saved = medct_prompts_n_saved(window->prompts);
  guint n_history = medct_prompts_n_history(window->prompts);
  remember(window);
  while ((row = gtk_widget_get_first_child(window->history_list)) != NULL)
    gtk_list_box_remove(GTK_LIST_BOX(window->history_list), row);
  for (guint n = 0; n < n_saved; n++)
    add_entry(window, medct_prompts_saved(window->prompts, n), TRUE);
  n_history = medct_prompts_n_history(window->prompts);
  for (guint n = 0; n < n_history; n++)
    if (!medct_prompts_is_kept(window->prompts, medct_prompts_history(window->prompts, n)))
      add_entry(window, medct_prompts_history(window->prompts, n), FALSE);
  gtk_widget_set_visible(window->history_hint, n_saved + n_history == 0);
  gtk_widget_set_sensitive(window->history_forget, n_history > 0);
}

static GtkWidget *
build_history(MedctStudioWindow *window)
{
  enum { WIDTH = 320, MOST_HEIGHT = 420 };
  GtkWidget *button = gtk_menu_button_new(), *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
  GtkWidget *scroller = gtk_scrolled_window_new();
  window->history_list = gtk_list_box_new();
  gtk_list_box_set_selection_mode(GTK_LIST_BOX(window->history_list), GTK_SELECTION_NONE);
  gtk_accessible_update_property(GTK_ACCESSIBLE(window->history_list),
                                 GTK_ACCESSIBLE_PROPERTY_LABEL, _("Prompts"), -1);
  g_signal_connect(window->history_list, "row-activated", G_CALLBACK(entry_activated), window);
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(scroller), TRUE);
  gtk_scrolled_window_set_max_content_height(GTK_SCROLLED_WINDOW(scroller), MOST_HEIGHT);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), window->history_list);
  gtk_widget_set_size_request(scroller, WIDTH, -1);
  window->history_hint = medct_studio_left_label(
      _("Sentences that were scored, and those kept with the star."), "dim-label");
  window->history_forget = gtk_button_new_with_label(_("Forget the history"));
  gtk_widget_add_css_class(window->history_forget, "flat");
  g_signal_connect_swapped(window->history_forget, "clicked", G_CALLBACK(forget_clicked), window);
  gtk_box_append(GTK_BOX(box), window->history_hint);
  gtk_box_append(GTK_BOX(box), scroller);
  gtk_box_append(GTK_BOX(box), window->history_forget);
  window->history_popover = gtk_popover_new();
  gtk_popover_set_child(GTK_POPOVER(window->history_popover), box);
  g_signal_connect_swapped(window->history_popover, "show", G_CALLBACK(fill_history), window);
  gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(button), "document-open-recent-symbolic");
  gtk_menu_button_set_popover(GTK_MENU_BUTTON(button), window->history_popover);
  gtk_widget_add_css_class(button, "flat");
  gtk_widget_set_tooltip_text(button, _("Earlier and kept prompts (Up, Down in the entry)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Earlier and kept prompts"), -1);
  return button;
}

/* ---- building ------------------------------------------------------------------------------ */

static void
load_prompts(MedctStudioWindow *window)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = medct_prompts_path();
  window->prompts = medct_prompts_new();
  window->history_at = -1;
  if (!medct_prompts_load(window->prompts, path, &error))
    g_message("%s", error->message);
}

/* The key that leads here, where the icon to clear is once something is typed. */
static GtkWidget *
with_key(MedctStudioWindow *window)
{
  GtkWidget *over = gtk_overlay_new();
  window->prompt_key = g_object_new(GTK_TYPE_LABEL, "label", "/", "accessible-role",
                                    GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  gtk_widget_add_css_class(window->prompt_key, "prompt-key");
  gtk_widget_add_css_class(window->prompt_key, "dim-label");
  gtk_widget_set_halign(window->prompt_key, GTK_ALIGN_END);
  gtk_widget_set_valign(window->prompt_key, GTK_ALIGN_CENTER);
  gtk_widget_set_can_target(window->prompt_key, FALSE);
  gtk_overlay_set_child(GTK_OVERLAY(over), window->prompt);
  gtk_overlay_add_overlay(GTK_OVERLAY(over), window->prompt_key);
  gtk_widget_set_hexpand(over, TRUE);
  return over;
}

static GtkWidget *
build_entry(MedctStudioWindow *window)
{
  window->prompt = gtk_entry_new();
  gtk_widget_add_css_class(window->prompt, "prompt");
  gtk_widget_set_hexpand(window->prompt, TRUE);
  gtk_widget_set_tooltip_text(window->prompt, _("A finding in plain words (/)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(window->prompt), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Finding"), -1);
  gtk_entry_set_icon_activatable(GTK_ENTRY(window->prompt), GTK_ENTRY_ICON_SECONDARY, TRUE);
  gtk_entry_set_icon_tooltip_text(GTK_ENTRY(window->prompt), GTK_ENTRY_ICON_SECONDARY,
                                  _("Clear (Esc)"));
  g_signal_connect_swapped(window->prompt, "changed", G_CALLBACK(prompt_changed), window);
  g_signal_connect_swapped(window->prompt, "icon-press", G_CALLBACK(prompt_cleared), window);
  g_signal_connect_swapped(window->prompt, "activate", G_CALLBACK(remember), window);
  GtkEventController *keys = gtk_event_controller_key_new();
  gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
  g_signal_connect(keys, "key-pressed", G_CALLBACK(prompt_key), window);
  gtk_widget_add_controller(window->prompt, keys);
  GtkEventController *focus = gtk_event_controller_focus_new();
  g_signal_connect_swapped(focus, "leave", G_CALLBACK(remember), window);
  gtk_widget_add_controller(window->prompt, focus);
  return with_key(window);
}

GtkWidget *
medct_studio_build_prompt(MedctStudioWindow *window)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 4);
  load_prompts(window);
  window->star = gtk_button_new();
  gtk_widget_add_css_class(window->star, "flat");
  g_signal_connect_swapped(window->star, "clicked", G_CALLBACK(star_clicked), window);
  gtk_box_append(GTK_BOX(box), build_entry(window));
  gtk_box_append(GTK_BOX(box), window->star);
  gtk_box_append(GTK_BOX(box), build_history(window));
  show_star(window);
  return box;
}
