/* What is on screen as JSON, for the scripted tour of the window. */
#include "app/studio-cohort.h"
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

static void
add_string(JsonBuilder *b, const char *key, const char *value)
{
  json_builder_set_member_name(b, key);
  json_builder_add_string_value(b, value);
}

static void
add_double(JsonBuilder *b, const char *key, double value)
{
  json_builder_set_member_name(b, key);
  json_builder_add_double_value(b, value);
}

static void
add_boolean(JsonBuilder *b, const char *key, gboolean value)
{
  json_builder_set_member_name(b, key);
  json_builder_add_boolean_value(b, value);
}

static void
add_answer(JsonBuilder *b, const char *key, const GPtrArray *answers, guint model)
{
  if (answers != NULL && model < answers->len)
    add_double(b, key, ((const MedctAnswer *)answers->pdata[model])->probability);
}

/* What the findings pane shows. */
static void
add_findings(JsonBuilder *b, MedctStudioWindow *window)
{
  const MedctStudyRecord *record = window->current;
  MedctResultCard *card = MEDCT_RESULT_CARD(window->card);
  add_double(b, "own_prompts", medct_prompts_n_saved(window->prompts));
  add_double(b, "history", medct_prompts_n_history(window->prompts));
  add_double(b, "order", medct_findings_view_get_order(MEDCT_FINDINGS_VIEW(window->findings)));
  add_string(b, "first", medct_findings_view_first(MEDCT_FINDINGS_VIEW(window->findings)));
  add_double(b, "wordings", window->n_wordings);
  add_double(b, "map_of", medct_result_card_get_map_of(card));
  add_boolean(b, "card_against", medct_result_card_get_against(card));
  add_boolean(b, "card_patches", medct_result_card_get_raw(card));
  add_boolean(b, "side_by_side", medct_studio_is_comparing(window));
  add_double(b, "patch", (double)window->patch);
  add_double(b, "answer_ms", window->times[MEDCT_TIME_ANSWER].ms);
  add_double(b, "cancel_ms", window->times[MEDCT_TIME_CANCEL].ms);
  add_boolean(b, "encoding", window->score_job != NULL);
  add_boolean(b, "loading_model", window->model_job != NULL || window->adapter_job != NULL);
  if (record == NULL)
    return;
  add_boolean(b, "adapted", record->adapted != NULL);
  add_boolean(b, "field", record->study->field_known);
  add_double(b, "top", record->study->overlay.top);
  if (record->answers != NULL && record->answers->len > 0)
    add_string(b, "opposite", ((const MedctAnswer *)record->answers->pdata[0])->pair->against);
  add_double(b, "own_answers", g_hash_table_size(record->kept));
  add_answer(b, "base_score", record->answers, 0);
  add_answer(b, "adapted_score", record->answers, 1);
}

static void
add_volume_view(JsonBuilder *b, MedctVolumeView *view)
{
  const MedctVolumeLook *look = medct_volume_view_get_look(view);
  add_string(b, "volume", medct_volume_view_get_state(view));
  g_autofree char *notice = medct_volume_view_get_notice(view);
  add_string(b, "volume_notice", notice != NULL ? notice : "");
  add_string(b, "volume_preset", medct_transfers[look->transfer].name);
  add_boolean(b, "volume_cut", look->cut[0] && look->cut[1] && look->cut[2]);
  add_boolean(b, "volume_glow", look->glow);
  add_double(b, "volume_toward_right", round(100 * look->camera.axes[2][0]) / 100);
}

static void
add_study(JsonBuilder *b, MedctStudioWindow *window)
{
  MedctStudyRecord *record = window->current;
  MedctStudy *study = record->study;
  static const char *const keys[3] = {"axial", "sagittal", "coronal"};
  add_string(b, "study", medct_study_name(study));
  for (int n = 0; n < 3; n++)
    add_double(b, keys[n], (double)medct_study_slice(study, (MedctPlaneKind)n) + 1);
  add_double(b, "window_width", study->window.width);
  add_double(b, "window_level", study->window.level);
  add_double(b, "zoom", study->zoom);
  add_boolean(b, "scored", record->scored != NULL);
  add_double(b, "asked", record->asked);
  add_boolean(b, "map", study->share != NULL && study->map_shown);
  add_string(b, "drawn_by", medct_viewport_drawn_by(MEDCT_VIEWPORT(window->viewports[0])));
  add_boolean(b, "annotations", study->annotations);
  add_double(b, "slab", study->slab.kind);
  add_double(b, "pan", study->pan[0][0]);
  add_double(b, "pan_down", study->pan[0][1]);
  add_double(b, "slab_mm", study->slab.thickness_mm);
  add_boolean(b, "linear", study->linear);
  guint n_measures = medct_measures_n(study->measures);
  add_double(b, "measures", n_measures);
  if (n_measures > 0) {
    const MedctMeasure *last = medct_measures_at(study->measures, n_measures - 1);
    g_autofree char *text = medct_measure_text(last, &study->planes[last->plane], TRUE);
    add_string(b, "measured", text);
  }
  add_boolean(b, "against", study->against);
  add_boolean(b, "patches", study->overlay.raw);
  add_double(b, "opacity", study->overlay.opacity);
  add_volume_view(b, MEDCT_VOLUME_VIEW(window->volume_view));
}

static void
painted(GdkFrameClock *clock, MedctStudioWindow *window)
{
  for (int n = 0; n < MEDCT_N_TIMES; n++) {
    if (window->times[n].since != 0)
      window->times[n].ms = (double)(g_get_monotonic_time() - window->times[n].since) / 1000;
    window->times[n].since = 0;
  }
  g_signal_handlers_disconnect_by_func(clock, painted, window);
}

void
medct_studio_time_paint(MedctStudioWindow *window, MedctTimed what, gint64 since)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(window));
  if (clock == NULL || window->dump_path == NULL)
    return;
  g_signal_handlers_disconnect_by_func(clock, painted, window);
  g_signal_connect_object(clock, "after-paint", G_CALLBACK(painted), window, 0);
  window->times[what].since = since;
  window->times[what].ms = 0; /* not painted yet */
  gtk_widget_queue_draw(GTK_WIDGET(window));
}

static char *
describe(MedctStudioWindow *window)
{
  g_autoptr(JsonBuilder) b = json_builder_new();
  json_builder_begin_object(b);
  add_double(b, "studies", window->records->len);
  add_double(b, "not_open", window->pending->len);
  if (window->current != NULL)
    add_study(b, window);
  add_findings(b, window);
  add_string(b, "model", gtk_label_get_text(GTK_LABEL(window->model_name)));
  add_string(b, "model_detail", gtk_label_get_text(GTK_LABEL(window->model_detail)));
  add_string(b, "adapter", gtk_label_get_text(GTK_LABEL(window->adapter_name)));
  add_string(b, "adapter_detail", gtk_label_get_text(GTK_LABEL(window->adapter_detail)));
  add_string(b, "readout", gtk_label_get_text(GTK_LABEL(window->readout)));
  add_string(b, "prompt", gtk_editable_get_text(GTK_EDITABLE(window->prompt)));
  gboolean refused = gtk_widget_get_visible(window->info_bar);
  add_string(b, "refused", refused ? gtk_label_get_text(GTK_LABEL(window->info_title)) : "");
  add_string(b, "refused_text", refused ? gtk_label_get_text(GTK_LABEL(window->info_text)) : "");
  add_boolean(b, "answering", window->ask_job != NULL);
  add_string(b, "page", adw_view_stack_get_visible_child_name(ADW_VIEW_STACK(window->view_stack)));
  if (window->cohort->check != NULL) {
    const MedctCohortCheck *check = window->cohort->check;
    add_double(b, "cohort_rows", medct_cohort_n_rows(check->cohort));
    add_double(b, "cohort_errors", check->n_errors);
    add_double(b, "cohort_warnings", check->n_warnings);
    add_boolean(b, "cohort_reading", window->cohort->reading != NULL);
  }
  medct_studio_train_dump(window, b);
  add_boolean(b, "labelling", medct_studio_is_labelling(window));
  add_boolean(b, "label_warns_of_map", medct_studio_label_warns(window));
  add_boolean(b, "maximised", window->maximised);
  add_boolean(b, "bare", window->bare);
  add_boolean(b, "studies_pane", adw_flap_get_reveal_flap(ADW_FLAP(window->flap)));
  add_boolean(b, "findings_pane", adw_flap_get_reveal_flap(ADW_FLAP(window->findings_flap)));
  add_double(b, "findings_width", window->findings_width);
  add_boolean(b, "studies_folded", adw_flap_get_folded(ADW_FLAP(window->flap)));
  add_boolean(b, "findings_folded", adw_flap_get_folded(ADW_FLAP(window->findings_flap)));
  add_boolean(b, "rare_tools_folded", gtk_widget_get_visible(window->more_tools));
  add_double(b, "mouse_mode", medct_viewport_get_mode(MEDCT_VIEWPORT(window->viewports[0])));
  add_boolean(
      b, "window_mode",
      gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(window->mouse_modes[MEDCT_MOUSE_WINDOW])));
  json_builder_end_object(b);
  g_autoptr(JsonNode) root = json_builder_get_root(b);
  return json_to_string(root, FALSE);
}

void
medct_studio_dump(MedctStudioWindow *window)
{
  g_autofree char *text = describe(window);
  if (g_strcmp0(text, window->dumped) == 0)
    return;
  /* Whole or not there; that it reaches the disk is not worth a frame. */
  g_autofree char *fresh = g_strconcat(window->dump_path, ".new", NULL);
  if (g_file_set_contents_full(fresh, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL) &&
      g_rename(fresh, window->dump_path) == 0) {
    g_free(window->dumped);
    window->dumped = g_steal_pointer(&text);
  }
}

static gboolean
dump_again(gpointer data)
{
  medct_studio_dump(data);
  return G_SOURCE_CONTINUE;
}

void
medct_studio_window_dump_to(MedctStudioWindow *window, const char *path)
{
  window->dump_path = g_strdup(path);
  window->dump_source = g_timeout_add(60, dump_again, window);
}
