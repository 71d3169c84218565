/* The panes beside the pictures: studies, input check and model; prompt, result and findings. */
#include "app/studio-private.h"
#include <glib/gi18n.h>

GtkWidget *
medct_studio_left_label(const char *text, const char *css)
{
  GtkWidget *label = gtk_label_new(text);
  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_MIDDLE);
  if (css != NULL)
    gtk_widget_add_css_class(label, css);
  return label;
}

/* ---- studies ------------------------------------------------------------------------------- */

static void
close_clicked(GtkButton *button, MedctStudioWindow *window)
{
  medct_studio_forget(window, g_object_get_data(G_OBJECT(button), "record"));
}

/* A 44 px picture of the coronal middle in the lung window. */
static GtkWidget *
thumbnail(MedctStudy *study)
{
  enum { SIZE = 44 };
  const MedctPlane *plane = &study->planes[MEDCT_PLANE_CORONAL];
  g_auto(MedctSlice) slice = {0};
  MedctView view =
      medct_view_centred(plane, 0, 0, SIZE, SIZE, medct_view_fit_scale(plane, SIZE, SIZE));
  guint32 *pixels = g_new(guint32, SIZE * SIZE);
  medct_slice_take(&slice, &study->image, plane, plane->count[2] / 2, (MedctSlab){0});
  medct_slice_paint(&slice, &view, medct_window_presets[0].window, TRUE, pixels, SIZE, SIZE,
                    SIZE * 4);
  g_autoptr(GBytes) bytes = g_bytes_new_take(pixels, SIZE * SIZE * 4);
  g_autoptr(GdkTexture) texture =
      gdk_memory_texture_new(SIZE, SIZE, GDK_MEMORY_DEFAULT, bytes, SIZE * 4);
  GtkWidget *picture = gtk_picture_new_for_paintable(GDK_PAINTABLE(texture));
  gtk_picture_set_can_shrink(GTK_PICTURE(picture), FALSE);
  gtk_picture_set_alternative_text(GTK_PICTURE(picture), _("Coronal middle"));
  gtk_widget_set_valign(picture, GTK_ALIGN_CENTER);
  return picture;
}

void
medct_studio_describe_row(MedctStudioWindow *window, MedctStudyRecord *record)
{
  const MedctPlane *axial = &record->study->planes[MEDCT_PLANE_AXIAL];
  const char *state = record->scored != NULL ? _("scored") : _("not scored");
  g_autofree char *text = g_strdup_printf(_("%d slices · %s"), (int)axial->count[2],
                                          window->model != NULL ? state : _("no model"));
  gtk_label_set_text(GTK_LABEL(record->subtitle), text);
}

static void
add_marks(MedctStudioWindow *window, MedctStudyRecord *record, GtkWidget *box)
{
  guint n = medct_volume_n_warnings(record->study->volume);
  if (n > 0) {
    GtkWidget *mark = gtk_image_new_from_icon_name("dialog-warning-symbolic");
    gtk_widget_add_css_class(mark, "warning-mark");
    gtk_widget_set_tooltip_text(mark, medct_volume_warning(record->study->volume, 0)->message);
    gtk_box_append(GTK_BOX(box), mark);
  }
  GtkWidget *button = gtk_button_new_from_icon_name("window-close-symbolic");
  gtk_widget_add_css_class(button, "flat");
  gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text(button, _("Close this study"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Close this study"), -1);
  g_object_set_data(G_OBJECT(button), "record", record);
  g_signal_connect(button, "clicked", G_CALLBACK(close_clicked), window);
  gtk_box_append(GTK_BOX(box), button);
}

void
medct_studio_add_row(MedctStudioWindow *window, MedctStudyRecord *record, int place)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
  GtkWidget *lines = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_add_css_class(box, "study-row");
  gtk_widget_set_valign(lines, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand(lines, TRUE);
  record->subtitle = medct_studio_left_label("", "caption");
  gtk_widget_add_css_class(record->subtitle, "dim-label");
  gtk_label_set_ellipsize(GTK_LABEL(record->subtitle), PANGO_ELLIPSIZE_END);
  gtk_box_append(GTK_BOX(lines),
                 medct_studio_left_label(medct_study_name(record->study), "pane-title"));
  gtk_box_append(GTK_BOX(lines), record->subtitle);
  gtk_box_append(GTK_BOX(box), thumbnail(record->study));
  gtk_box_append(GTK_BOX(box), lines);
  add_marks(window, record, box);
  record->row = gtk_list_box_row_new();
  gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(record->row), box);
  g_object_set_data(G_OBJECT(record->row), "record", record);
  gtk_list_box_insert(GTK_LIST_BOX(window->studies), record->row, place);
  medct_studio_describe_row(window, record);
}

static void
study_activated(GtkListBox *list, GtkListBoxRow *row, MedctStudioWindow *window)
{
  MedctPendingStudy *pending = medct_studio_pending_of(row);
  if (pending != NULL) {
    medct_studio_try_again(window, pending);
    return;
  }
  MedctStudyRecord *record = g_object_get_data(G_OBJECT(row), "record");
  record->skip_scoring = FALSE;
  medct_studio_select(window, record);
  medct_studio_score_current(window);
}

static GtkWidget *
build_studies(MedctStudioWindow *window)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *title = medct_studio_left_label(_("Studies"), "pane-title");
  gtk_widget_set_hexpand(title, TRUE);
  GtkWidget *add = gtk_button_new_from_icon_name("list-add-symbolic");
  gtk_widget_add_css_class(add, "flat");
  gtk_widget_set_tooltip_text(add, _("Open a study (Ctrl+O)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(add), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Open a study"), -1);
  gtk_actionable_set_action_name(GTK_ACTIONABLE(add), "win.open");
  gtk_box_append(GTK_BOX(head), title);
  gtk_box_append(GTK_BOX(head), add);
  gtk_widget_set_margin_start(head, 12);
  gtk_widget_set_margin_end(head, 6);
  window->studies_hint = medct_studio_left_label(
      _("None open. Studies you open stay here, under their file name, until you close them."),
      "caption");
  gtk_label_set_ellipsize(GTK_LABEL(window->studies_hint), PANGO_ELLIPSIZE_NONE);
  gtk_label_set_wrap(GTK_LABEL(window->studies_hint), TRUE);
  gtk_widget_add_css_class(window->studies_hint, "dim-label");
  gtk_widget_set_margin_start(window->studies_hint, 12);
  gtk_widget_set_margin_end(window->studies_hint, 12);
  window->studies = gtk_list_box_new();
  gtk_widget_add_css_class(window->studies, "navigation-sidebar");
  gtk_accessible_update_property(GTK_ACCESSIBLE(window->studies), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Studies"), -1);
  g_signal_connect(window->studies, "row-activated", G_CALLBACK(study_activated), window);
  GtkWidget *scroller = gtk_scrolled_window_new();
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), window->studies);
  gtk_widget_set_vexpand(scroller, TRUE);
  gtk_box_append(GTK_BOX(box), head);
  gtk_box_append(GTK_BOX(box), window->studies_hint);
  gtk_box_append(GTK_BOX(box), scroller);
  return box;
}

/* ---- model --------------------------------------------------------------------------------- */

static GtkWidget *
build_model(MedctStudioWindow *window)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *list = gtk_list_box_new(), *row = gtk_list_box_row_new();
  GtkWidget *content = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *lines = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
  window->model_name = medct_studio_left_label("", NULL);
  window->model_detail = medct_studio_left_label("", "caption");
  gtk_label_set_ellipsize(GTK_LABEL(window->model_detail), PANGO_ELLIPSIZE_NONE);
  gtk_label_set_wrap(GTK_LABEL(window->model_detail), TRUE);
  gtk_label_set_max_width_chars(GTK_LABEL(window->model_detail), 22);
  gtk_widget_add_css_class(window->model_detail, "dim-label");
  window->model_mark = gtk_image_new_from_icon_name("dialog-warning-symbolic");
  gtk_widget_add_css_class(window->model_mark, "warning-mark");
  GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *title = medct_studio_left_label(_("Model"), "pane-title");
  gtk_widget_set_hexpand(title, TRUE);
  GtkWidget *choose = gtk_button_new_with_label(_("Choose…"));
  gtk_box_append(GTK_BOX(head), title);
  gtk_box_append(GTK_BOX(head), choose);
  gtk_widget_set_tooltip_text(choose, _("Choose a model folder"));
  gtk_actionable_set_action_name(GTK_ACTIONABLE(choose), "win.choose-model");
  gtk_widget_set_hexpand(lines, TRUE);
  gtk_box_append(GTK_BOX(lines), window->model_name);
  gtk_box_append(GTK_BOX(lines), window->model_detail);
  gtk_box_append(GTK_BOX(content), window->model_mark);
  gtk_box_append(GTK_BOX(content), lines);
  gtk_widget_set_margin_top(content, 8);
  gtk_widget_set_margin_bottom(content, 8);
  gtk_widget_set_margin_start(content, 10);
  gtk_widget_set_margin_end(content, 8);
  gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), content);
  gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
  gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class(list, "boxed-list");
  gtk_list_box_append(GTK_LIST_BOX(list), row);
  gtk_box_append(GTK_BOX(box), head);
  gtk_box_append(GTK_BOX(box), list);
  return box;
}

GtkWidget *
medct_studio_build_left(MedctStudioWindow *window)
{
  GtkWidget *pane = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
  gtk_widget_add_css_class(pane, "pane");
  gtk_widget_add_css_class(pane, "background");
  gtk_widget_set_size_request(pane, 264, -1);
  gtk_widget_set_hexpand(pane, FALSE); /* whatever its children wish */
  GtkWidget *studies = build_studies(window), *model = build_model(window);
  gtk_widget_set_margin_top(studies, 6);
  window->input_check = medct_input_check_new();
  gtk_widget_set_margin_start(window->input_check, 12);
  gtk_widget_set_margin_end(window->input_check, 12);
  gtk_widget_set_margin_start(model, 12);
  gtk_widget_set_margin_end(model, 12);
  gtk_widget_set_margin_bottom(model, 12);
  gtk_box_append(GTK_BOX(pane), studies);
  gtk_box_append(GTK_BOX(pane), window->input_check);
  gtk_box_append(GTK_BOX(pane), model);
  return pane;
}

/* ---- prompt and findings ------------------------------------------------------------------- */

static void
prompt_changed(MedctStudioWindow *window)
{
  if (window->updating)
    return;
  const char *text = gtk_editable_get_text(GTK_EDITABLE(window->prompt));
  g_autofree char *typed = g_strstrip(g_strdup(text));
  medct_findings_view_select(MEDCT_FINDINGS_VIEW(window->findings), -1);
  medct_studio_ask(window, *typed != '\0' ? MEDCT_TYPED : MEDCT_NOTHING_ASKED, typed);
  gtk_entry_set_icon_from_icon_name(GTK_ENTRY(window->prompt), GTK_ENTRY_ICON_SECONDARY,
                                    *text != '\0' ? "edit-clear-symbolic" : NULL);
}

static void
prompt_cleared(MedctStudioWindow *window)
{
  gtk_editable_set_text(GTK_EDITABLE(window->prompt), "");
}

static gboolean
prompt_key(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
           MedctStudioWindow *window)
{
  if (key != GDK_KEY_Escape)
    return FALSE;
  prompt_cleared(window);
  return TRUE;
}

static void
finding_chosen(MedctStudioWindow *window, guint finding)
{
  g_autofree char *sentence = medct_pathology_prompt(medct_pathology_name(finding), TRUE);
  window->updating = TRUE;
  gtk_editable_set_text(GTK_EDITABLE(window->prompt), sentence);
  gtk_entry_set_icon_from_icon_name(GTK_ENTRY(window->prompt), GTK_ENTRY_ICON_SECONDARY,
                                    "edit-clear-symbolic");
  window->updating = FALSE;
  if (window->current != NULL)
    window->current->jump = TRUE;
  medct_studio_ask(window, (int)finding, NULL);
}

static void
looks_changed(MedctStudioWindow *window)
{
  if (window->current == NULL)
    return;
  MedctResultCard *card = MEDCT_RESULT_CARD(window->card);
  medct_study_set_map_looks(window->current->study, window->current->study->overlay.opacity,
                            medct_result_card_get_against(card), medct_result_card_get_raw(card));
}

static GtkWidget *
build_prompt(MedctStudioWindow *window)
{
  window->prompt = gtk_entry_new();
  gtk_widget_add_css_class(window->prompt, "prompt");
  gtk_widget_set_tooltip_text(window->prompt, _("A finding in plain words (/)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(window->prompt), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Finding"), -1);
  gtk_entry_set_icon_activatable(GTK_ENTRY(window->prompt), GTK_ENTRY_ICON_SECONDARY, TRUE);
  g_signal_connect_swapped(window->prompt, "changed", G_CALLBACK(prompt_changed), window);
  g_signal_connect_swapped(window->prompt, "icon-press", G_CALLBACK(prompt_cleared), window);
  GtkEventController *keys = gtk_event_controller_key_new();
  gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
  g_signal_connect(keys, "key-pressed", G_CALLBACK(prompt_key), window);
  gtk_widget_add_controller(window->prompt, keys);
  gtk_widget_set_margin_start(window->prompt, 12);
  gtk_widget_set_margin_end(window->prompt, 12);
  return window->prompt;
}

GtkWidget *
medct_studio_build_right(MedctStudioWindow *window)
{
  GtkWidget *pane = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
  gtk_widget_add_css_class(pane, "pane");
  gtk_widget_add_css_class(pane, "background");
  gtk_widget_set_size_request(pane, 400, -1);
  gtk_widget_set_hexpand(pane, FALSE);
  GtkWidget *prompt = build_prompt(window);
  gtk_widget_set_margin_top(prompt, 12);
  window->card = medct_result_card_new();
  gtk_widget_set_margin_start(window->card, 12);
  gtk_widget_set_margin_end(window->card, 12);
  g_signal_connect_swapped(window->card, "looks-changed", G_CALLBACK(looks_changed), window);
  g_signal_connect_swapped(window->card, "cancelled", G_CALLBACK(medct_studio_cancel_scoring),
                           window);
  window->findings = medct_findings_view_new();
  gtk_widget_set_vexpand(window->findings, TRUE);
  g_signal_connect_swapped(window->findings, "chosen", G_CALLBACK(finding_chosen), window);
  GtkWidget *hint = gtk_label_new(_("A score is the probability of “present” against “not "
                                    "present”. Select a finding to see where it comes from."));
  gtk_label_set_wrap(GTK_LABEL(hint), TRUE);
  gtk_label_set_xalign(GTK_LABEL(hint), 0);
  gtk_label_set_max_width_chars(GTK_LABEL(hint), 40);
  gtk_widget_add_css_class(hint, "caption");
  gtk_widget_add_css_class(hint, "dim-label");
  gtk_widget_set_margin_start(hint, 12);
  gtk_widget_set_margin_end(hint, 12);
  gtk_widget_set_margin_bottom(hint, 12);
  gtk_box_append(GTK_BOX(pane), prompt);
  gtk_box_append(GTK_BOX(pane), window->card);
  gtk_box_append(GTK_BOX(pane), window->findings);
  gtk_box_append(GTK_BOX(pane), hint);
  window->findings_pane = pane;
  return pane;
}
