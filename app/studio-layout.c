/* The frame: header, pictures, status bar; and what they show of the state. */
#include "app/score.h"
#include "app/studio-private.h"
#include "model/body_inside.h"
#include "ui/measured-bin.h"
#include <glib/gi18n.h>

/* ---- refused ------------------------------------------------------------------------------- */

static void
hide_info(MedctStudioWindow *window)
{
  gtk_widget_set_visible(window->info_bar, FALSE);
}

static GtkWidget *
build_info_bar(MedctStudioWindow *window)
{
  GtkWidget *bar = gtk_info_bar_new(), *lines = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
  gtk_info_bar_set_message_type(GTK_INFO_BAR(bar), GTK_MESSAGE_ERROR);
  gtk_info_bar_set_show_close_button(GTK_INFO_BAR(bar), TRUE);
  window->info_title = gtk_label_new("");
  window->info_text = gtk_label_new("");
  gtk_widget_add_css_class(window->info_title, "pane-title");
  GtkWidget *labels[2] = {window->info_title, window->info_text};
  for (int n = 0; n < 2; n++) {
    gtk_label_set_xalign(GTK_LABEL(labels[n]), 0);
    gtk_label_set_wrap(GTK_LABEL(labels[n]), TRUE);
    gtk_label_set_selectable(GTK_LABEL(labels[n]), n == 1);
    gtk_box_append(GTK_BOX(lines), labels[n]);
  }
  gtk_info_bar_add_child(GTK_INFO_BAR(bar), lines);
  window->info_button = gtk_button_new_with_label(_("Open Another…"));
  gtk_actionable_set_action_name(GTK_ACTIONABLE(window->info_button), "win.open");
  gtk_widget_set_valign(window->info_button, GTK_ALIGN_CENTER);
  gtk_widget_set_visible(window->info_button, FALSE);
  gtk_widget_set_hexpand(lines, TRUE);
  gtk_info_bar_add_child(GTK_INFO_BAR(bar), window->info_button);
  g_signal_connect_swapped(bar, "response", G_CALLBACK(hide_info), window);
  g_signal_connect_swapped(bar, "close", G_CALLBACK(hide_info), window);
  gtk_widget_set_visible(bar, FALSE);
  window->info_bar = bar;
  return bar;
}

void
medct_studio_refuse(MedctStudioWindow *window, const char *title, const char *text)
{
  gtk_label_set_text(GTK_LABEL(window->info_title), title);
  g_autofree char *shown = g_utf8_make_valid(text, -1); /* it may name a file */
  gtk_label_set_text(GTK_LABEL(window->info_text), shown);
  gtk_widget_set_visible(window->info_button, FALSE);
  gtk_widget_set_visible(window->info_bar, TRUE);
}

void
medct_studio_toast(MedctStudioWindow *window, const char *text)
{
  adw_toast_overlay_add_toast(ADW_TOAST_OVERLAY(window->toasts), adw_toast_new(text));
}

/* ---- header and status bar ----------------------------------------------------------------- */

static GtkWidget *
pane_toggle(const char *icon, const char *name, const char *tooltip)
{
  GtkWidget *toggle = gtk_toggle_button_new();
  gtk_button_set_icon_name(GTK_BUTTON(toggle), icon);
  gtk_widget_set_tooltip_text(toggle, tooltip);
  gtk_accessible_update_property(GTK_ACCESSIBLE(toggle), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return toggle;
}

static GtkWidget *
build_header(MedctStudioWindow *window, GtkWidget *switcher)
{
  GtkWidget *header = adw_header_bar_new();
  window->pane_toggle =
      pane_toggle("sidebar-show-symbolic", _("Studies pane"), _("Studies pane (F9)"));
  window->findings_toggle =
      pane_toggle("sidebar-show-right-symbolic", _("Findings pane"), _("Findings pane (Shift+F9)"));
  GtkWidget *open = medct_studio_build_open(window);
  g_autoptr(GMenu) menu = g_menu_new();
  g_menu_append(menu, _("Open…"), "win.open");
  g_menu_append(menu, _("Label This Study"), "win.label-study");
  g_menu_append(menu, _("Choose Model…"), "win.choose-model");
  g_menu_append(menu, _("Save Report…"), "win.save-report");
  g_menu_append(menu, _("Save Picture…"), "win.save-picture");
  g_menu_append(menu, _("Copy Picture"), "win.copy-picture");
  g_menu_append(menu, _("Smooth Pixels"), "win.smooth-pixels");
  g_menu_append(menu, _("Full Screen"), "win.fullscreen");
  g_menu_append(menu, _("Preferences"), "win.preferences");
  g_menu_append(menu, _("Keyboard Shortcuts"), "win.show-help-overlay");
  g_menu_append(menu, _("About MedCT Studio"), "win.about");
  GtkWidget *menu_button = gtk_menu_button_new();
  gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(menu_button), "open-menu-symbolic");
  gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(menu_button), G_MENU_MODEL(menu));
  gtk_widget_set_tooltip_text(menu_button, _("Menu (F10)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(menu_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Menu"), -1);
  gtk_menu_button_set_primary(GTK_MENU_BUTTON(menu_button), TRUE);
  adw_header_bar_set_title_widget(ADW_HEADER_BAR(header), switcher);
  adw_header_bar_pack_start(ADW_HEADER_BAR(header), window->pane_toggle);
  adw_header_bar_pack_start(ADW_HEADER_BAR(header), open);
  medct_studio_build_history(window, header);
  adw_header_bar_pack_end(ADW_HEADER_BAR(header), menu_button);
  adw_header_bar_pack_end(ADW_HEADER_BAR(header), window->findings_toggle);
  adw_header_bar_pack_end(ADW_HEADER_BAR(header), medct_studio_build_train_chip(window));
  return header;
}

static GtkWidget *
build_job_box(MedctStudioWindow *window)
{
  window->job_box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
  window->job_label = gtk_label_new("");
  gtk_label_set_ellipsize(GTK_LABEL(window->job_label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_max_width_chars(GTK_LABEL(window->job_label), 36);
  window->job_bar = gtk_progress_bar_new();
  gtk_widget_set_size_request(window->job_bar, 120, -1);
  gtk_widget_set_valign(window->job_bar, GTK_ALIGN_CENTER);
  gtk_accessible_update_property(GTK_ACCESSIBLE(window->job_bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Progress"), -1);
  window->job_left = gtk_label_new("");
  gtk_widget_add_css_class(window->job_left, "numeric");
  gtk_widget_add_css_class(window->job_left, "dim-label");
  GtkWidget *stop = gtk_button_new_from_icon_name("process-stop-symbolic");
  gtk_widget_add_css_class(stop, "flat");
  gtk_widget_set_valign(stop, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text(stop, _("Stop"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(stop), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Stop"),
                                 -1);
  g_signal_connect_swapped(stop, "clicked", G_CALLBACK(medct_studio_cancel_other), window);
  gtk_box_append(GTK_BOX(window->job_box), window->job_label);
  gtk_box_append(GTK_BOX(window->job_box), window->job_bar);
  gtk_box_append(GTK_BOX(window->job_box), window->job_left);
  gtk_box_append(GTK_BOX(window->job_box), stop);
  gtk_widget_set_visible(window->job_box, FALSE);
  return window->job_box;
}

static void
measure_readout(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                int *natural, int *minimum_baseline, int *natural_baseline)
{
  gtk_widget_measure(gtk_widget_get_first_child(widget), orientation, -1, minimum, natural, NULL,
                     NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = 0;
}

static void
allocate_readout(GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *label = gtk_widget_get_first_child(widget);
  int least = 0;
  gtk_widget_measure(label, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  gtk_widget_set_child_visible(label, least <= width);
  if (least <= width)
    gtk_widget_allocate(label, width, height, baseline, NULL);
}

static void
measure_modest(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
               int *natural, int *minimum_baseline, int *natural_baseline)
{
  gtk_widget_measure(gtk_widget_get_first_child(widget), orientation, for_size, minimum, natural,
                     NULL, NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *natural = *minimum;
}

static GtkWidget *
wide_bin(GtkWidget *child, GtkCustomMeasureFunc measure, GtkCustomAllocateFunc allocate)
{
  GtkWidget *bin = medct_measured_bin_new(child, measure, allocate);
  gtk_widget_set_hexpand(bin, TRUE);
  return bin;
}

/* Read-out and job have what the notice leaves, the read-out be it nothing: it must not be pushed
 * out of the window, nor into a second line where there is room for one. */
static GtkWidget *
build_rest(GtkWidget *readout, GtkWidget *job)
{
  GtkWidget *rest = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_box_append(GTK_BOX(rest), wide_bin(readout, measure_readout, allocate_readout));
  gtk_box_append(GTK_BOX(rest), job);
  return wide_bin(rest, measure_modest, NULL);
}

static GtkWidget *
build_notice(void)
{
  GtkWidget *notice = gtk_label_new(_("Research use only — not for diagnosis"));
  gtk_widget_add_css_class(notice, "research-notice");
  gtk_label_set_wrap(GTK_LABEL(notice), TRUE); /* rather than wider than a narrow window */
  gtk_label_set_xalign(GTK_LABEL(notice), 1);
  gtk_label_set_justify(GTK_LABEL(notice), GTK_JUSTIFY_RIGHT);
  return notice;
}

static GtkWidget *
build_status_bar(MedctStudioWindow *window)
{
  GtkWidget *bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0), *notice = build_notice();
  gtk_widget_add_css_class(bar, "status-bar");
  window->readout = gtk_label_new("");
  gtk_widget_add_css_class(window->readout, "numeric");
  gtk_label_set_ellipsize(GTK_LABEL(window->readout), PANGO_ELLIPSIZE_START); /* HU, share stay */
  gtk_label_set_xalign(GTK_LABEL(window->readout), 0);
  GtkWidget *job = build_job_box(window); /* about in the middle, while there is one */
  gtk_widget_set_hexpand(job, TRUE);
  gtk_widget_set_halign(job, GTK_ALIGN_CENTER);
  gtk_box_append(GTK_BOX(bar), build_rest(window->readout, job));
  GtkWidget *end = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_widget_set_margin_start(end, 12);
  gtk_box_append(GTK_BOX(end), notice);
  gtk_box_append(GTK_BOX(end), medct_studio_build_leave_bare(window));
  gtk_box_append(GTK_BOX(bar), end);
  return bar;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static GtkWidget *
build_middle(MedctStudioWindow *window)
{
  GtkWidget *middle = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  window->pages = gtk_stack_new();
  gtk_stack_set_hhomogeneous(GTK_STACK(window->pages), FALSE); /* each as small as it can be */
  gtk_stack_set_vhomogeneous(GTK_STACK(window->pages), FALSE);
  gtk_stack_add_named(GTK_STACK(window->pages), medct_studio_build_start(window), "start");
  gtk_stack_add_named(GTK_STACK(window->pages), medct_studio_build_pictures(window), "pictures");
  gtk_stack_add_named(GTK_STACK(window->pages), medct_studio_build_compare(window), "compare");
  gtk_widget_set_vexpand(window->pages, TRUE);
  gtk_widget_set_hexpand(window->pages, TRUE);
  gtk_widget_set_size_request(window->pages, 560, -1);
  gtk_box_append(GTK_BOX(middle),
                 medct_studio_wrap_tool_bar(window, medct_studio_build_tool_bar(window)));
  gtk_box_append(GTK_BOX(middle), build_info_bar(window));
  gtk_box_append(GTK_BOX(middle), window->pages);
  return middle;
}

void
medct_studio_build(MedctStudioWindow *window)
{
  GtkWidget *all = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *switcher = medct_studio_build_switcher(window);
  window->header = build_header(window, switcher);
  GtkWidget *banner = medct_studio_build_train_banner(window);
  GtkWidget *middle = build_middle(window), *right = medct_studio_build_right(window);
  right = medct_studio_build_label(window, right);
  GtkWidget *panes =
      medct_studio_build_flaps(window, middle, medct_studio_build_left(window), right);
  gtk_widget_set_vexpand(panes, TRUE);
  g_object_bind_property(window->flap, "reveal-flap", window->pane_toggle, "active",
                         G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_object_bind_property(window->findings_flap, "reveal-flap", window->findings_toggle, "active",
                         G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  window->toasts = adw_toast_overlay_new();
  adw_toast_overlay_set_child(ADW_TOAST_OVERLAY(window->toasts),
                              medct_studio_build_pages(window, panes));
  gtk_box_append(GTK_BOX(all), window->header);
  gtk_box_append(GTK_BOX(all), banner);
  gtk_box_append(GTK_BOX(all), window->toasts);
  gtk_box_append(GTK_BOX(all), build_status_bar(window));
  gtk_box_append(GTK_BOX(all), medct_studio_build_page_bar(window, switcher));
  adw_application_window_set_content(ADW_APPLICATION_WINDOW(window), all);
  medct_studio_show_model(window);
  medct_studio_show_study(window);
  medct_studio_show_scores(window);
}

/* ---- state on screen ----------------------------------------------------------------------- */

static void
study_changed(MedctStudioWindow *window)
{
  window->view_changed = TRUE;
  g_autofree char *text =
      medct_study_readout(window->current->study, window->current->study->voxel);
  gtk_label_set_text(GTK_LABEL(window->readout), text);
  medct_studio_update_tool_bar(window);
  medct_studio_show_measures(window);
  medct_input_check_set_window(MEDCT_INPUT_CHECK(window->input_check),
                               window->current->study->window);
  medct_result_card_set_looks(MEDCT_RESULT_CARD(window->card), window->current->study->against,
                              window->current->study->overlay.raw);
  medct_studio_follow_patch(window);
}

static void
follow_study(MedctStudioWindow *window, MedctStudy *study)
{
  MedctStudy *before = medct_viewport_get_study(MEDCT_VIEWPORT(window->viewports[0]));
  if (before != NULL)
    g_clear_signal_handler(&window->study_handler, before);
  for (int n = 0; n < 3; n++)
    medct_viewport_set_study(MEDCT_VIEWPORT(window->viewports[n]), study);
  medct_volume_view_set_study(MEDCT_VOLUME_VIEW(window->volume_view), study);
  if (study != NULL)
    window->study_handler =
        g_signal_connect_swapped(study, "changed", G_CALLBACK(study_changed), window);
}

void
medct_studio_show_study(MedctStudioWindow *window)
{
  MedctStudyRecord *record = window->current;
  medct_studio_leave_label(window);
  follow_study(window, record != NULL ? record->study : NULL);
  gtk_widget_set_visible(window->studies_hint, window->records->len + window->pending->len == 0);
  gtk_stack_set_visible_child_name(GTK_STACK(window->pages), record != NULL ? "pictures" : "start");
  medct_studio_update_tool_bar(window);
  medct_studio_show_measures(window);
  if (record == NULL) {
    gtk_label_set_text(GTK_LABEL(window->readout), "");
    return;
  }
  gtk_list_box_select_row(GTK_LIST_BOX(window->studies), GTK_LIST_BOX_ROW(record->row));
  study_changed(window);
  medct_studio_update_compare(window);
  gtk_widget_grab_focus(medct_studio_active_picture(window));
}

static char *
join_lines(GStrvBuilder *lines)
{
  g_auto(GStrv) all = g_strv_builder_end(lines);
  return g_strjoinv("\n", all);
}

char *
medct_studio_input_doubts(const MedctStudyRecord *record)
{
  g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
  const MedctVolume *volume = record->study->volume;
  g_autoptr(GPtrArray) of_field = g_ptr_array_new_with_free_func(medct_warning_free);
  for (guint n = 0; n < medct_volume_n_warnings(volume); n++)
    g_strv_builder_add(lines, _(medct_volume_warning(volume, n)->message));
  if (record->scored != NULL)
    medct_field_warnings(of_field, volume, medct_study_encoding_info(record->scored->encoding),
                         TRUE);
  for (guint n = 0; n < of_field->len; n++)
    g_strv_builder_add(lines, ((MedctWarning *)of_field->pdata[n])->message);
  return join_lines(lines);
}

char *
medct_studio_doubts(const MedctStudioWindow *window)
{
  g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
  const MedctLoadedModel *model = window->adapter != NULL ? window->adapter : window->model;
  for (guint n = 0; model != NULL && n < medct_backend_n_warnings(model->backend); n++)
    g_strv_builder_add(lines, _(medct_backend_warning(model->backend, n)->message));
  g_autofree char *input = medct_studio_input_doubts(window->current);
  if (*input != '\0')
    g_strv_builder_add(lines, input);
  return join_lines(lines);
}

static void
enable_prompt(MedctStudioWindow *window)
{
  const char *hint = window->model == NULL     ? _("Needs a model")
                     : window->current == NULL ? _("Needs an open study")
                                               : _("e.g. There is a nodule.");
  gtk_entry_set_placeholder_text(GTK_ENTRY(window->prompt), hint);
  gtk_widget_set_sensitive(window->prompt, window->model != NULL && window->current != NULL);
}

/* The prompt of the study that is shown, and its answer if there are scores; kept prompts need no
 * question. */
static void
restore_question(MedctStudioWindow *window)
{
  MedctStudyRecord *record = window->current;
  int asked = record != NULL ? record->asked : MEDCT_NOTHING_ASKED;
  g_autofree char *sentence = asked >= 0
                                  ? medct_pathology_prompt(medct_pathology_name((guint)asked), TRUE)
                                  : g_strdup(asked == MEDCT_TYPED ? record->typed : "");
  if (g_strcmp0(gtk_editable_get_text(GTK_EDITABLE(window->prompt)), sentence) != 0) {
    window->updating = TRUE;
    gtk_editable_set_text(GTK_EDITABLE(window->prompt), sentence);
    window->updating = FALSE;
  }
  medct_findings_view_select(MEDCT_FINDINGS_VIEW(window->findings), asked);
  if (record == NULL || record->scored == NULL)
    medct_result_card_clear(MEDCT_RESULT_CARD(window->card));
  else if (asked != MEDCT_NOTHING_ASKED) {
    g_autofree char *typed = g_strdup(record->typed), *against = g_strdup(record->against);
    medct_studio_ask(window, asked, typed, against);
  } else
    medct_studio_ask_more(window);
}

void
medct_studio_show_scores(MedctStudioWindow *window)
{
  MedctStudyRecord *record = window->current;
  MedctScoredStudy *scored = record != NULL ? record->scored : NULL;
  medct_studio_show_findings(window);
  const medct_encoding_info *info =
      scored != NULL ? medct_study_encoding_info(scored->encoding) : NULL;
  medct_input_check_set(
      MEDCT_INPUT_CHECK(window->input_check), record != NULL ? record->study->volume : NULL,
      info != NULL ? info->inside : -1,
      info != NULL ? medct_field_padding(record->study->volume, info->grid, info->grid_to_ras) : 0,
      window->model != NULL ? medct_backend_info(window->model->backend)->field_mm : NULL);
  if (scored != NULL) {
    medct_study_set_field(record->study, info->grid, info->grid_to_ras);
    g_autofree char *doubts = medct_studio_doubts(window);
    medct_result_card_set_warning(MEDCT_RESULT_CARD(window->card), doubts);
  } else
    medct_result_card_set_warning(MEDCT_RESULT_CARD(window->card),
                                  record != NULL ? record->why_not : NULL);
  enable_prompt(window);
  restore_question(window);
  medct_studio_update_compare(window);
  medct_studio_update_facts(window);
}
