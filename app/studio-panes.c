/* The panes beside the pictures: studies, input check and model; prompt, result and findings. */
#include "app/studio-private.h"
#include "ui/text-scale.h"
#include <glib/gi18n.h>
#include <string.h>

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

/* The triangle: the file's warnings, and that the model sees only a part of the body. */
static void
show_mark(MedctStudyRecord *record)
{
  g_autofree char *doubts = medct_studio_input_doubts(record);
  gtk_widget_set_visible(record->mark, *doubts != '\0');
  gtk_widget_set_tooltip_text(record->mark, doubts);
}

void
medct_studio_describe_row(MedctStudioWindow *window, MedctStudyRecord *record)
{
  const MedctPlane *axial = &record->study->planes[MEDCT_PLANE_AXIAL];
  gboolean encoding = window->score_job != NULL && window->scoring == record &&
                      !medct_job_is_cancelled(window->score_job);
  const char *state = window->model == NULL    ? _("no model")
                      : encoding               ? _("encoding")
                      : record->scored != NULL ? _("scored")
                                               : _("not scored");
  int n = (int)axial->count[2];
  g_autofree char *text =
      g_strdup_printf(ngettext("%d slice · %s", "%d slices · %s", (gulong)n), n, state);
  gtk_label_set_text(GTK_LABEL(record->subtitle), text);
  gtk_widget_set_visible(record->bar, encoding);
  show_mark(record);
}

static void
add_marks(MedctStudioWindow *window, MedctStudyRecord *record, GtkWidget *box)
{
  record->mark = gtk_image_new_from_icon_name("dialog-warning-symbolic");
  gtk_widget_add_css_class(record->mark, "warning-mark");
  gtk_accessible_update_property(GTK_ACCESSIBLE(record->mark), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("warning"), -1);
  gtk_box_append(GTK_BOX(box), record->mark);
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

/* Without what every name ends with: there is little room. */
static char *
short_name(const char *name)
{
  static const char *const endings[] = {".nii.gz", ".nii", ".hdr"};
  for (gsize n = 0; n < G_N_ELEMENTS(endings); n++)
    if (g_str_has_suffix(name, endings[n]) && !g_str_equal(name, endings[n]))
      return g_strndup(name, strlen(name) - strlen(endings[n]));
  return g_strdup(name);
}

void
medct_studio_add_row(MedctStudioWindow *window, MedctStudyRecord *record, int place)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *lines = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_add_css_class(box, "study-row");
  gtk_widget_set_valign(lines, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand(lines, TRUE);
  record->subtitle = medct_studio_left_label("", "caption");
  gtk_widget_add_css_class(record->subtitle, "dim-label");
  gtk_label_set_ellipsize(GTK_LABEL(record->subtitle), PANGO_ELLIPSIZE_END);
  const char *name = medct_study_name(record->study);
  g_autofree char *shown = short_name(name);
  GtkWidget *title = medct_studio_left_label(shown, "pane-title");
  gtk_widget_set_tooltip_text(title, name);
  gtk_box_append(GTK_BOX(lines), title);
  record->bar = gtk_progress_bar_new();
  gtk_accessible_update_property(GTK_ACCESSIBLE(record->bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Progress"), -1);
  gtk_box_append(GTK_BOX(lines), record->subtitle);
  gtk_box_append(GTK_BOX(lines), record->bar);
  gtk_box_append(GTK_BOX(box), thumbnail(record->study));
  gtk_box_append(GTK_BOX(box), lines);
  add_marks(window, record, box);
  record->row = gtk_list_box_row_new();
  gtk_accessible_update_property(GTK_ACCESSIBLE(record->row), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                 -1);
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
  if (record != window->current) /* the patch was another study's */
    medct_findings_view_leave_patch(MEDCT_FINDINGS_VIEW(window->findings));
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
  gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(scroller), 64); /* a row */
  gtk_widget_set_vexpand(scroller, TRUE);
  gtk_box_append(GTK_BOX(box), head);
  gtk_box_append(GTK_BOX(box), window->studies_hint);
  gtk_box_append(GTK_BOX(box), scroller);
  return box;
}

GtkWidget *
medct_studio_build_left(MedctStudioWindow *window)
{
  GtkWidget *pane = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
  gtk_widget_add_css_class(pane, "pane");
  gtk_widget_add_css_class(pane, "background");
  medct_text_scale_pane(pane, 264, 396);
  gtk_widget_set_hexpand(pane, FALSE); /* whatever its children wish */
  GtkWidget *studies = build_studies(window), *model = medct_studio_build_model(window);
  gtk_widget_set_margin_top(studies, 6);
  window->input_check = medct_input_check_new();
  gtk_widget_set_margin_start(window->input_check, 12);
  gtk_widget_set_margin_end(window->input_check, 12);
  gtk_widget_set_margin_start(model, 12);
  gtk_widget_set_margin_end(model, 12);
  gtk_widget_set_margin_bottom(model, 12);
  gtk_box_append(GTK_BOX(pane), studies);
  gtk_box_append(GTK_BOX(pane), medct_studio_build_measures(window));
  gtk_box_append(GTK_BOX(pane), window->input_check);
  gtk_box_append(GTK_BOX(pane), model);
  return pane;
}

/* ---- prompt and findings ------------------------------------------------------------------- */

static void
finding_chosen(MedctStudioWindow *window, guint finding)
{
  g_autofree char *sentence = medct_pathology_prompt(medct_pathology_name(finding), TRUE);
  window->updating = TRUE;
  gtk_editable_set_text(GTK_EDITABLE(window->prompt), sentence);
  window->updating = FALSE;
  if (window->current != NULL)
    window->current->jump = TRUE;
  medct_studio_ask(window, (int)finding, NULL, NULL);
}

static void
own_prompt_chosen(MedctStudioWindow *window, const char *text)
{
  medct_studio_type(window, text);
}

static void
own_prompt_removed(MedctStudioWindow *window, const char *text)
{
  medct_studio_remove_prompt(window, text);
}

static void
looks_changed(MedctStudioWindow *window)
{
  if (window->current == NULL)
    return;
  MedctResultCard *card = MEDCT_RESULT_CARD(window->card);
  medct_study_set_map_looks(window->current->study, window->current->study->overlay.opacity,
                            medct_result_card_get_against(card), medct_result_card_get_raw(card));
  medct_studio_map_of_changed(window);
}

GtkWidget *
medct_studio_build_right(MedctStudioWindow *window)
{
  GtkWidget *pane = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
  gtk_widget_add_css_class(pane, "pane");
  gtk_widget_add_css_class(pane, "background");
  medct_text_scale_pane(pane, 400, 520);
  gtk_widget_set_hexpand(pane, FALSE);
  GtkWidget *prompt = medct_studio_build_prompt(window);
  gtk_widget_set_margin_top(prompt, 12);
  gtk_widget_set_margin_start(prompt, 12);
  gtk_widget_set_margin_end(prompt, 12);
  window->card = medct_result_card_new();
  gtk_widget_set_margin_start(window->card, 12);
  gtk_widget_set_margin_end(window->card, 12);
  g_signal_connect_swapped(window->card, "looks-changed", G_CALLBACK(looks_changed), window);
  g_signal_connect_swapped(window->card, "wordings-toggled", G_CALLBACK(medct_studio_ask_more),
                           window);
  g_signal_connect_swapped(window->card, "against-edited", G_CALLBACK(medct_studio_set_against),
                           window);
  g_signal_connect_swapped(window->card, "cancelled", G_CALLBACK(medct_studio_cancel_scoring),
                           window);
  window->findings = medct_findings_view_new();
  gtk_widget_set_vexpand(window->findings, TRUE);
  g_signal_connect_swapped(window->findings, "chosen", G_CALLBACK(finding_chosen), window);
  g_signal_connect_swapped(window->findings, "prompt-chosen", G_CALLBACK(own_prompt_chosen),
                           window);
  g_signal_connect_swapped(window->findings, "prompt-removed", G_CALLBACK(own_prompt_removed),
                           window);
  g_signal_connect_swapped(window->findings, "order-changed",
                           G_CALLBACK(medct_studio_show_findings), window);
  window->prompt_row = prompt;
  gtk_box_append(GTK_BOX(pane), prompt);
  gtk_box_append(GTK_BOX(pane), medct_studio_build_facts(window));
  gtk_box_append(GTK_BOX(pane), window->card);
  gtk_box_append(GTK_BOX(pane), window->findings);
  window->findings_pane = pane;
  return pane;
}
