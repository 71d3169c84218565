/* What leaves the window: a picture of a view, saved or copied, and the report of the findings. */
#include "app/report.h"
#include "app/studio-private.h"
#include "render/picture.h"
#include "render/screenshot.h"
#include "render/text.h"
#include "ui/part-names.h"
#include <glib/gi18n.h>

/* ---- the picture of a view ----------------------------------------------------------------- */

static gboolean
map_is_of_base(const MedctStudioWindow *window)
{
  return medct_result_card_get_map_of(MEDCT_RESULT_CARD(window->card)) == MEDCT_MAP_OF_BASE;
}

/* The study by its hash: the file's name may hold a patient's. What makes a map doubtful goes with
 * it. */
static char *
provenance(MedctStudioWindow *window, const MedctStudyRecord *record, gboolean of_base,
           const char *what)
{
  char id[13];
  MedctStudy *study = record->study;
  medct_report_study_id(study->volume, id);
  GString *text = g_string_new(NULL);
  g_string_append_printf(text, _("study %s · %s"), id, what);
  const char *prompt = gtk_editable_get_text(GTK_EDITABLE(window->prompt));
  if (study->share != NULL && study->map_shown && record->scored != NULL) {
    MedctLoadedModel *model =
        record->adapted != NULL && !of_base ? record->adapted->model : record->scored->model;
    const medct_model_info *info = medct_backend_info(model->backend);
    g_string_append_printf(text, _(" · map “%s” · weights %.8s"), prompt, info->weights_sha256);
    if (info->adapter_sha256[0] != '\0')
      g_string_append_printf(text, _(" · adapter %.8s"), info->adapter_sha256);
  }
  g_string_append(text, " · MedCT " MEDCT_VERSION);
  g_autofree char *doubts = medct_studio_doubts(window);
  if (*doubts != '\0')
    g_string_append_printf(text, "\n%s", doubts);
  return g_string_free(text, FALSE);
}

static cairo_surface_t *
draw_plane(MedctStudioWindow *window, MedctViewport *viewport, char **name, GError **error)
{
  MedctStudy *study = window->current->study;
  MedctOverlay overlay;
  gboolean beside = medct_viewport_is_of_base(viewport);
  gboolean mapped = medct_study_map(study, beside, &overlay);
  MedctPlaneKind kind = medct_viewport_get_kind(viewport);
  MedctMarkedPlane picture = {
      .image = study->image,
      .plane = &study->planes[kind],
      .window = study->window,
      .slab = study->slab,
      .linear = study->linear,
      .overlay = mapped ? &overlay : NULL,
      .legend = TRUE,
      .measures = medct_measures_at(study->measures, 0),
      .n_measures = medct_measures_n(study->measures),
      .width = gtk_widget_get_width(GTK_WIDGET(viewport)),
      .height = gtk_widget_get_height(GTK_WIDGET(viewport)),
      .scale = gtk_widget_get_scale_factor(GTK_WIDGET(viewport)),
  };
  medct_viewport_get_view(viewport, &picture.view);
  medct_plane_voxel_to_cell(picture.plane, study->voxel, picture.cell);
  int slice = (int)medct_study_slice(study, kind) + 1;
  g_autofree char *plane = g_ascii_strdown(medct_plane_name(kind), -1);
  g_autofree char *level = medct_text_number(study->window.level, 0);
  g_autofree char *what =
      g_strdup_printf(_("%s slice %d / %d · W %.0f  L %s HU"), _(medct_plane_name(kind)), slice,
                      (int)study->planes[kind].count[2], study->window.width, level);
  g_autofree char *facts =
      provenance(window, window->current, beside || map_is_of_base(window), what);
  *name = g_strdup_printf("%s-%d", plane, slice);
  return medct_screenshot_draw(&picture, facts, error);
}

/* The 3-D picture as the toolkit has it. */
static cairo_surface_t *
draw_volume(MedctStudioWindow *window, char **name, GError **error)
{
  GtkWidget *view = window->volume_view;
  int scale = gtk_widget_get_scale_factor(view);
  double width = gtk_widget_get_width(view), height = gtk_widget_get_height(view);
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(view);
  g_autoptr(GtkSnapshot) snapshot = gtk_snapshot_new();
  gtk_snapshot_scale(snapshot, (float)scale, (float)scale);
  gdk_paintable_snapshot(paintable, snapshot, width, height);
  GskRenderNode *node = gtk_snapshot_to_node(snapshot);
  if (node == NULL) {
    g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                        _("the 3-D picture is not drawn yet"));
    return NULL;
  }
  g_autoptr(GdkTexture) texture = gsk_renderer_render_texture(
      gtk_native_get_renderer(GTK_NATIVE(window)), node,
      &GRAPHENE_RECT_INIT(0, 0, (float)width * (float)scale, (float)height * (float)scale));
  gsk_render_node_unref(node);
  cairo_surface_t *surface = cairo_image_surface_create(
      CAIRO_FORMAT_ARGB32, gdk_texture_get_width(texture), gdk_texture_get_height(texture));
  gdk_texture_download(texture, cairo_image_surface_get_data(surface),
                       (gsize)cairo_image_surface_get_stride(surface));
  cairo_surface_mark_dirty(surface);
  const MedctVolumeLook *look = medct_volume_view_get_look(MEDCT_VOLUME_VIEW(view));
  g_autofree char *what = g_strdup_printf(_("3-D, %s"), _(medct_transfers[look->transfer].title));
  g_autofree char *facts = provenance(window, window->current, map_is_of_base(window), what);
  cairo_surface_t *framed = medct_screenshot_frame(surface, scale, facts, error);
  cairo_surface_destroy(surface);
  *name = g_strdup("3d");
  return framed;
}

/* *name: "axial-101", for the caller to free. */
static cairo_surface_t *
draw_view(MedctStudioWindow *window, char **name, GError **error)
{
  GtkWidget *view = medct_studio_active_picture(window);
  if (gtk_widget_get_width(view) < 1 || gtk_widget_get_height(view) < 1) { /* as behind Cohort */
    g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                        _("It was not shown yet: it is on the page Read."));
    return NULL;
  }
  return view == window->volume_view ? draw_volume(window, name, error)
                                     : draw_plane(window, MEDCT_VIEWPORT(view), name, error);
}

/* ---- copying ------------------------------------------------------------------------------- */

static void
copy_view(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioWindow *window = data;
  g_autofree char *view = NULL;
  g_autoptr(GError) error = NULL;
  if (window->current == NULL)
    return;
  cairo_surface_t *surface = draw_view(window, &view, &error);
  if (surface == NULL) {
    medct_studio_refuse(window, _("The picture was not copied"), error->message);
    return;
  }
  cairo_surface_flush(surface);
  int width = cairo_image_surface_get_width(surface);
  int height = cairo_image_surface_get_height(surface);
  gsize stride = (gsize)cairo_image_surface_get_stride(surface);
  g_autoptr(GBytes) bytes =
      g_bytes_new_with_free_func(cairo_image_surface_get_data(surface), stride * (gsize)height,
                                 (GDestroyNotify)cairo_surface_destroy, surface);
  g_autoptr(GdkTexture) texture =
      gdk_memory_texture_new(width, height, GDK_MEMORY_DEFAULT, bytes, stride);
  gdk_clipboard_set_texture(gtk_widget_get_clipboard(GTK_WIDGET(window)), texture);
  medct_studio_toast(window, _("Picture copied, with its labels"));
}

/* ---- writing ------------------------------------------------------------------------------- */

/* One file on its way to the disk. */
typedef struct {
  cairo_surface_t *surface;  /* a picture … */
  MedctScoredStudy *scored;  /* … or a report of these scores */
  MedctScoredStudy *adapted; /* with the adapter, or NULL */
  MedctVolume *volume;
  MedctWindow shades;
  GPtrArray *own; /* of MedctPrompt: the reader's sentences, as they stand below the 18 */
  int shown;      /* the finding whose map is shown, or −1 */
  char *path;     /* chosen by the user */
} Output;

static void
output_free(gpointer data)
{
  Output *output = data;
  g_clear_pointer(&output->surface, cairo_surface_destroy);
  g_clear_pointer(&output->scored, medct_scored_study_unref);
  g_clear_pointer(&output->adapted, medct_scored_study_unref);
  g_clear_pointer(&output->volume, medct_volume_unref);
  g_clear_pointer(&output->own, g_ptr_array_unref);
  g_free(output->path);
  g_free(output);
}

/* The findings as the window shows them, under one model: the 18, then the reader's own. The lock
 * is the caller's. */
static MedctScorer *
scorer_of(const Output *output, const MedctLoadedModel *model, GError **error)
{
  g_autoptr(GPtrArray) findings = medct_findings_new();
  medct_findings_add_pathologies(findings);
  for (guint n = 0; n < findings->len; n++)
    ((MedctFinding *)findings->pdata[n])->threshold = model->thresholds[n];
  for (guint n = 0; n < output->own->len; n++)
    medct_findings_add_pair(findings, output->own->pdata[n]);
  return medct_scorer_new(model->backend, g_steal_pointer(&findings), error);
}

static MedctStudyScore *
score_of(const Output *output, const MedctScorer *scorer, MedctScoredStudy *scored, GError **error)
{
  MedctStudyScore *study = medct_scorer_score(scorer, output->volume, scored->encoding, error);
  if (study != NULL) { /* it holds both from here */
    medct_volume_ref(output->volume);
    medct_study_encoding_ref(scored->encoding);
  }
  return study;
}

/* What the model says without its adapter; NULL when there is none. */
static MedctStudyScore *
base_of(const Output *output, GError **error)
{
  if (output->adapted == NULL)
    return NULL;
  MedctLoadedModel *model = output->scored->model;
  g_mutex_lock(&model->calls);
  g_autoptr(MedctScorer) scorer = scorer_of(output, model, error);
  g_mutex_unlock(&model->calls);
  return scorer != NULL ? score_of(output, scorer, output->scored, error) : NULL;
}

/* The scores are the adapter's where there is one, beside those of the base. */
static gboolean
write_scores(const Output *output, const MedctStudyScore *base, GError **error)
{
  MedctScoredStudy *scored = output->adapted != NULL ? output->adapted : output->scored;
  g_autoptr(MedctScorer) scorer = scorer_of(output, scored->model, error);
  g_autoptr(MedctStudyScore) study =
      scorer != NULL ? score_of(output, scorer, scored, error) : NULL;
  if (study == NULL)
    return FALSE;
  MedctReport report = {scorer, study, base, output->shades, output->shown};
  return medct_report_write(&report, output->path, NULL, error);
}

static gboolean
write_report(const Output *output, GError **error)
{
  GError *cause = NULL;
  g_autoptr(MedctStudyScore) base = base_of(output, &cause);
  if (cause != NULL) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  MedctLoadedModel *model =
      output->adapted != NULL ? output->adapted->model : output->scored->model;
  g_mutex_lock(&model->calls);
  gboolean done = write_scores(output, base, error);
  g_mutex_unlock(&model->calls);
  return done;
}

static void
write_work(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Output *output = data;
  GError *error = NULL;
  gboolean written = output->surface != NULL
                         ? medct_picture_write(output->surface, output->path, &error)
                         : write_report(output, &error);
  if (written)
    g_task_return_boolean(task, TRUE);
  else
    g_task_return_error(task, error);
}

static void
written(GObject *source, GAsyncResult *result, gpointer data)
{
  MedctStudioWindow *window = MEDCT_STUDIO_WINDOW(source);
  const Output *output = g_task_get_task_data(G_TASK(result));
  g_autoptr(GError) error = NULL;
  gboolean done = g_task_propagate_boolean(G_TASK(result), &error);
  if (window->toasts == NULL)
    return;
  g_autofree char *name = g_path_get_basename(output->path);
  g_autofree char *shown = g_utf8_make_valid(name, -1);
  g_autofree char *text = g_strdup_printf(done ? _("%s was saved") : _("%s was not saved"), shown);
  if (done)
    medct_studio_toast(window, text);
  else
    medct_studio_refuse(window, text, error->message);
}

static void
name_chosen(GtkNativeDialog *dialog, int response, Output *output)
{
  MedctStudioWindow *window = MEDCT_STUDIO_WINDOW(gtk_native_dialog_get_transient_for(dialog));
  g_autoptr(GFile) file =
      response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog)) : NULL;
  output->path = file != NULL ? g_file_get_path(file) : NULL;
  g_object_unref(dialog);
  if (output->path == NULL) {
    output_free(output);
    return;
  }
  g_autoptr(GTask) task = g_task_new(window, NULL, written, NULL);
  g_task_set_task_data(task, output, output_free);
  medct_engine_hold_program(task);
  g_task_run_in_thread(task, write_work);
}

/* Takes `output`; `endings` NULL-ended, the first is proposed. */
static void
ask_for_name(MedctStudioWindow *window, Output *output, const char *title, const char *name,
             const char *kind, const char *const *endings)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new(
      title, GTK_WINDOW(window), GTK_FILE_CHOOSER_ACTION_SAVE, _("Save"), NULL);
  g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();
  gtk_file_filter_set_name(filter, kind);
  for (const char *const *ending = endings; *ending != NULL; ending++)
    gtk_file_filter_add_suffix(filter, *ending);
  gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(dialog), filter);
  g_autofree char *proposed = g_strconcat(name, ".", endings[0], NULL);
  gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(dialog), proposed);
  g_signal_connect(dialog, "response", G_CALLBACK(name_chosen), output);
  medct_show_chooser(dialog);
}

static void
save_view(GSimpleAction *action, GVariant *value, gpointer data)
{
  static const char *const endings[] = {"png", NULL};
  MedctStudioWindow *window = data;
  g_autofree char *view = NULL;
  g_autoptr(GError) error = NULL;
  if (window->current == NULL)
    return;
  Output *output = g_new0(Output, 1);
  output->surface = draw_view(window, &view, &error);
  if (output->surface == NULL) {
    medct_studio_refuse(window, _("The picture was not saved"), error->message);
    output_free(output);
    return;
  }
  char id[13];
  medct_report_study_id(window->current->study->volume, id);
  g_autofree char *name = g_strdup_printf("medct-%s-%s", id, view);
  ask_for_name(window, output, _("Save Picture"), name, _("Picture (.png)"), endings);
}

/* FALSE when it cannot be asked: then it has no score on screen either. */
static gboolean
add_sentence(Output *output, const char *text, const char *against)
{
  MedctPrompt *pair = medct_studio_pair(text, against);
  if (pair != NULL)
    g_ptr_array_add(output->own, pair);
  return pair != NULL;
}

static void
add_shown(Output *output, const char *text, const char *against)
{
  if (add_sentence(output, text, against))
    output->shown = MEDCT_N_PATHOLOGIES + (int)output->own->len - 1;
}

/* The sentences that the list of findings has below the 18: those that are kept, then the one that
 * was typed. */
static void
add_own(Output *output, const MedctPrompts *prompts, const MedctStudyRecord *record)
{
  const char *typed = record->asked == MEDCT_TYPED ? record->typed : NULL;
  output->own = g_ptr_array_new_with_free_func((GDestroyNotify)medct_prompt_free);
  output->shown = MAX(record->asked, -1);
  for (guint n = 0; n < medct_prompts_n_saved(prompts); n++) {
    const char *text = medct_prompts_saved(prompts, n);
    if (g_strcmp0(text, typed) == 0)
      add_shown(output, text, record->against);
    else
      add_sentence(output, text, medct_prompts_against(prompts, text));
  }
  if (typed != NULL && !medct_prompts_is_kept(prompts, typed))
    add_shown(output, typed, record->against);
}

static void
save_report(GSimpleAction *action, GVariant *value, gpointer data)
{
  static const char *const endings[] = {"pdf", "json", "csv", NULL};
  MedctStudioWindow *window = data;
  const MedctStudyRecord *record = window->current;
  if (record == NULL || record->scored == NULL) {
    medct_studio_toast(window, _("There are no scores to report yet"));
    return;
  }
  if (window->adapter != NULL && record->adapted == NULL && !record->skip_scoring) {
    medct_studio_toast(window, _("The adapter's scores are not there yet"));
    return; /* a report of the model alone would look like one of both */
  }
  Output *output = g_new0(Output, 1);
  output->scored = medct_scored_study_ref(record->scored);
  output->adapted = record->adapted != NULL ? medct_scored_study_ref(record->adapted) : NULL;
  output->volume = medct_volume_ref(record->study->volume);
  output->shades = record->study->window;
  add_own(output, window->prompts, record);
  char id[13];
  medct_report_study_id(record->study->volume, id);
  g_autofree char *name = g_strdup_printf("medct-%s", id);
  ask_for_name(window, output, _("Save Report"), name, _("Report (.pdf, .json, .csv)"), endings);
}

/* ---- in the window ------------------------------------------------------------------------- */

void
medct_studio_add_output_actions(MedctStudioWindow *window)
{
  static const GActionEntry entries[] = {
      {"save-picture", save_view, NULL, NULL, NULL, {0}},
      {"copy-picture", copy_view, NULL, NULL, NULL, {0}},
      {"save-report", save_report, NULL, NULL, NULL, {0}},
  };
  g_action_map_add_action_entries(G_ACTION_MAP(window), entries, G_N_ELEMENTS(entries), window);
}

GtkWidget *
medct_studio_build_outputs(void)
{
  g_autoptr(GMenu) menu = g_menu_new();
  g_menu_append(menu, _("Save Picture…"), "win.save-picture");
  g_menu_append(menu, _("Copy Picture"), "win.copy-picture");
  g_menu_append(menu, _("Save Report…"), "win.save-report");
  GtkWidget *button = gtk_menu_button_new();
  gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(button), "camera-photo-symbolic");
  gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(button), G_MENU_MODEL(menu));
  gtk_widget_set_tooltip_text(button,
                              _("Picture of the active view, report (Ctrl+Shift+S, Ctrl+S)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Picture and report"), -1);
  return button;
}
