/* The model and its adapter: loading as jobs, the box that shows them. */
#include "app/adapter-mix.h"
#include "app/studio-private.h"
#include <glib/gi18n.h>
#include <inttypes.h>

/* ---- remembered ---------------------------------------------------------------------------- */

static char *
settings_path(void)
{
  return g_build_filename(g_get_user_config_dir(), "medct", "studio.ini", NULL);
}

static GKeyFile *
load_settings(void)
{
  GKeyFile *settings = g_key_file_new();
  g_autofree char *path = settings_path();
  g_key_file_load_from_file(settings, path, G_KEY_FILE_NONE, NULL);
  return settings;
}

static void
save_settings(GKeyFile *settings)
{
  g_autofree char *path = settings_path();
  g_autofree char *folder = g_path_get_dirname(path);
  if (g_mkdir_with_parents(folder, 0700) == 0)
    g_key_file_save_to_file(settings, path, NULL);
}

/* Adapters are remembered by the hash of the weights they were used with. */
static char *
remembered_adapter(const MedctLoadedModel *model)
{
  const char *weights = medct_backend_info(model->backend)->weights_sha256;
  g_autoptr(GKeyFile) settings = load_settings();
  return *weights != '\0' ? g_key_file_get_string(settings, "adapters", weights, NULL) : NULL;
}

static void
remember_adapter(const MedctLoadedModel *model, const char *adapter)
{
  const char *weights = medct_backend_info(model->backend)->weights_sha256;
  g_autoptr(GKeyFile) settings = load_settings();
  if (*weights == '\0')
    return;
  if (adapter != NULL)
    g_key_file_set_string(settings, "adapters", weights, adapter);
  else
    g_key_file_remove_key(settings, "adapters", weights, NULL);
  save_settings(settings);
}

/* ---- loading ------------------------------------------------------------------------------- */

/* Scores belong to a model: with another one they are gone. */
static void
forget_scores(MedctStudioWindow *window, gboolean of_adapter_only)
{
  if (!of_adapter_only || window->scoring_model != window->model)
    medct_studio_cancel_scoring(window);
  medct_studio_stop_asking(window);
  for (guint n = 0; n < window->records->len; n++) {
    MedctStudyRecord *record = window->records->pdata[n];
    medct_studio_forget_scores(record, of_adapter_only);
    if (!of_adapter_only) {
      medct_study_set_map(record->study, NULL, NULL, NULL);
      medct_study_set_field(record->study, NULL, NULL);
    }
    medct_studio_describe_row(window, record);
  }
}

static void
show_all(MedctStudioWindow *window)
{
  medct_studio_show_model(window);
  medct_studio_show_scores(window);
  medct_studio_score_current(window);
  medct_studio_show_progress(window);
}

static void
set_adapter(MedctStudioWindow *window, MedctLoadedModel *adapter)
{
  g_clear_pointer(&window->adapter, medct_loaded_model_unref);
  window->adapter = adapter;
  window->adapter_missing = FALSE;
  forget_scores(window, TRUE);
}

/* One load on its way; it is no longer wanted once the window has let go of its job. */
typedef struct {
  MedctStudioWindow *window; /* referenced */
  MedctJob *job;             /* referenced */
} Loading;

static Loading *
loading_new(MedctStudioWindow *window, MedctJob *job)
{
  Loading *loading = g_new0(Loading, 1);
  loading->window = g_object_ref(window);
  loading->job = medct_job_ref(job);
  return loading;
}

/* The model, or NULL with an error; NULL without when nobody waits for it any more. */
static MedctLoadedModel *
loading_end(Loading *loading, MedctJob **place, GAsyncResult *result, GError **error)
{
  MedctLoadedModel *model = medct_engine_load_model_finish(result, error);
  gboolean wanted = *place == loading->job && loading->window->toasts != NULL;
  if (*place == loading->job)
    g_clear_pointer(place, medct_job_unref);
  if (!wanted) {
    g_clear_pointer(&model, medct_loaded_model_unref);
    g_clear_error(error);
  }
  medct_job_unref(loading->job);
  g_free(loading);
  return model;
}

static void
adapter_loaded(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(MedctStudioWindow) window = ((Loading *)data)->window;
  g_autoptr(GError) error = NULL;
  MedctLoadedModel *adapter = loading_end(data, &window->adapter_job, result, &error);
  if (adapter != NULL) {
    set_adapter(window, adapter);
    remember_adapter(window->model, adapter->adapter);
  } else if (error != NULL && !medct_studio_was_cancelled(error)) {
    window->adapter_missing = window->adapter == NULL;
    medct_studio_refuse(window, _("The adapter was not loaded"), error->message);
  }
  if (window->toasts != NULL)
    show_all(window);
}

void
medct_studio_window_load_adapter(MedctStudioWindow *window, const char *path)
{
  if (window->model == NULL || window->model_job != NULL) {
    medct_studio_toast(window, _("Choose a model before its adapter"));
    return;
  }
  medct_studio_cancel_adapter(window);
  g_autoptr(GArray) parts = medct_adapter_mix_parse(path);
  for (guint n = 0; n < parts->len; n++) {
    char **folder = &g_array_index(parts, MedctMixPart, n).folder;
    g_autofree char *given = *folder;
    *folder = g_canonicalize_filename(given, NULL);
  }
  g_autofree char *name = medct_adapter_mix_title(parts);
  g_autofree char *whole = medct_adapter_mix_text(parts);
  window->adapter_job = medct_studio_start_job(window, _("Loading adapter %s"), name);
  medct_engine_load_model(window->host, window->model->path, whole, window->adapter_job,
                          adapter_loaded, loading_new(window, window->adapter_job));
  medct_studio_show_model(window);
  medct_studio_show_progress(window);
}

void
medct_studio_window_want_adapter(MedctStudioWindow *window, const char *path)
{
  g_free(window->wanted_adapter);
  window->wanted_adapter = g_strdup(path);
}

void
medct_studio_remove_adapter(MedctStudioWindow *window)
{
  if (window->model == NULL)
    return;
  medct_studio_cancel_adapter(window);
  set_adapter(window, NULL);
  remember_adapter(window->model, NULL);
  show_all(window);
}

static void
take_model(MedctStudioWindow *window, MedctLoadedModel *model)
{
  g_clear_pointer(&window->model, medct_loaded_model_unref);
  window->model = model;
  set_adapter(window, NULL);
  forget_scores(window, FALSE);
  g_autofree char *adapter = window->wanted_adapter != NULL
                                 ? g_steal_pointer(&window->wanted_adapter)
                                 : remembered_adapter(model);
  if (adapter != NULL && *adapter != '\0') /* one that has gone is told by its error */
    medct_studio_window_load_adapter(window, adapter);
}

static void
model_loaded(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(MedctStudioWindow) window = ((Loading *)data)->window;
  g_autoptr(GError) error = NULL;
  MedctLoadedModel *model = loading_end(data, &window->model_job, result, &error);
  if (window->model_job == NULL)
    g_clear_pointer(&window->model_path, g_free);
  if (model != NULL)
    take_model(window, model);
  else if (error != NULL && !medct_studio_was_cancelled(error))
    medct_studio_refuse(window, _("The model was not loaded"), error->message);
  if (window->toasts != NULL)
    show_all(window);
}

void
medct_studio_window_load_model(MedctStudioWindow *window, const char *path)
{
  if (window->model_job != NULL) {
    medct_studio_toast(window, _("A model is being loaded already"));
    return;
  }
  medct_studio_cancel_adapter(window);
  g_autofree char *name = g_path_get_basename(path);
  g_free(window->model_path);
  window->model_path = g_canonicalize_filename(path, NULL); /* sessions start elsewhere */
  window->model_job = medct_studio_start_job(window, _("Loading model %s"), name);
  medct_engine_load_model(window->host, window->model_path, NULL, window->model_job, model_loaded,
                          loading_new(window, window->model_job));
  medct_studio_show_model(window);
}

/* The window lets go at once; the worker ends when it next looks. */
static void
let_go(MedctJob **job)
{
  if (*job != NULL)
    medct_job_cancel(*job);
  g_clear_pointer(job, medct_job_unref);
}

void
medct_studio_cancel_adapter(MedctStudioWindow *window)
{
  let_go(&window->adapter_job);
}

void
medct_studio_cancel_loading(MedctStudioWindow *window)
{
  let_go(window->model_job != NULL ? &window->model_job : &window->adapter_job);
  g_clear_pointer(&window->model_path, g_free);
  medct_studio_show_model(window);
  medct_studio_show_progress(window);
}

/* ---- what is shown ------------------------------------------------------------------------- */

const char *
medct_studio_model_caveat(const MedctStudioWindow *window)
{
  guint32 flags = window->model != NULL ? medct_backend_info(window->model->backend)->flags : 0;
  if (flags & MEDCT_MODEL_RANDOM)
    return _("Random weights: scores and maps mean nothing.");
  if (flags & MEDCT_MODEL_DEMO)
    return _("Demo model, trained on synthetic chests only.");
  return NULL;
}

/* What the backend says against this adapter, NULL when nothing. */
static const char *
adapter_warning(const MedctLoadedModel *adapter)
{
  for (guint n = 0; n < medct_backend_n_warnings(adapter->backend); n++) {
    const MedctWarning *warning = medct_backend_warning(adapter->backend, n);
    if (g_str_has_prefix(warning->code, "adapter-"))
      return warning->message;
  }
  return NULL;
}

static void
show_adapter(MedctStudioWindow *window)
{
  const MedctLoadedModel *adapter = window->adapter;
  const char *warning = adapter != NULL ? adapter_warning(adapter) : NULL;
  g_autofree char *name = NULL, *detail = NULL;
  if (window->adapter_job != NULL) {
    name = g_strdup(_("Adapter: loading…"));
    detail = g_strdup("");
  } else if (adapter != NULL) {
    g_autoptr(GArray) parts = medct_adapter_mix_parse(adapter->adapter);
    g_autofree char *folder = medct_adapter_mix_title(parts);
    const medct_model_info *info = medct_backend_info(adapter->backend);
    name = g_strdup_printf(_("Adapter: %s"), folder);
    detail = warning != NULL ? g_strdup(warning)
                             : g_strdup_printf(_("%" PRIu64 " parameters, fits weights %.8s"),
                                               info->adapter_parameters, info->weights_sha256);
  } else {
    name = g_strdup(_("Adapter: none"));
    detail = g_strdup(window->adapter_missing
                          ? _("the one used last was not loaded: scores are the model's alone")
                          : _("a folder with a LoRA adapter, to compare with the model"));
  }
  gtk_label_set_text(GTK_LABEL(window->adapter_name), name);
  gtk_label_set_text(GTK_LABEL(window->adapter_detail), detail);
  gtk_widget_set_visible(window->adapter_detail, *detail != '\0');
  gtk_widget_set_visible(window->adapter_mark, warning != NULL || window->adapter_missing);
}

void
medct_studio_show_model(MedctStudioWindow *window)
{
  const char *caveat = medct_studio_model_caveat(window);
  gtk_widget_set_visible(window->model_mark, caveat != NULL);
  if (window->model != NULL) {
    const medct_model_info *info = medct_backend_info(window->model->backend);
    g_autofree char *weights = g_strdup_printf(_("weights %.8s"), info->weights_sha256);
    gtk_label_set_text(GTK_LABEL(window->model_name), info->name);
    gtk_label_set_text(GTK_LABEL(window->model_detail), caveat != NULL ? caveat : weights);
  } else {
    gtk_label_set_text(GTK_LABEL(window->model_name),
                       window->model_job != NULL ? _("Loading…") : _("None chosen"));
    gtk_label_set_text(GTK_LABEL(window->model_detail), _("a folder with CT-CLIP weights"));
  }
  show_adapter(window);
  medct_studio_show_start(window);
  medct_studio_show_adapters(window);
  medct_studio_train_model_changed(window);
  const struct {
    const char *action;
    gboolean enabled;
  } actions[] = {
      {"choose-adapter", window->model != NULL && window->model_job == NULL},
      {"add-adapter", window->adapter != NULL && window->adapter_job == NULL},
      {"remove-adapter",
       window->adapter != NULL || window->adapter_job != NULL || window->adapter_missing},
  };
  for (gsize n = 0; n < G_N_ELEMENTS(actions); n++)
    g_simple_action_set_enabled(
        G_SIMPLE_ACTION(g_action_map_lookup_action(G_ACTION_MAP(window), actions[n].action)),
        actions[n].enabled);
}

/* ---- building ------------------------------------------------------------------------------ */

static GtkWidget *
build_menu(const char *name, const char *const entries[][2], gsize n)
{
  g_autoptr(GMenu) menu = g_menu_new();
  GtkWidget *button = gtk_menu_button_new();
  for (gsize i = 0; i < n; i++)
    g_menu_append(menu, _(entries[i][0]), entries[i][1]);
  gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(button), G_MENU_MODEL(menu));
  gtk_widget_add_css_class(button, "flat");
  gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text(button, name);
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return button;
}

/* Mark, two lines, menu. */
static GtkWidget *
build_row(const char *title, GtkWidget **mark, GtkWidget **name, GtkWidget **detail,
          GtkWidget *menu)
{
  GtkWidget *content = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8), *row = gtk_list_box_row_new();
  GtkWidget *lines = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
  *name = medct_studio_left_label("", NULL);
  gtk_label_set_ellipsize(GTK_LABEL(*name), PANGO_ELLIPSIZE_NONE);
  gtk_label_set_wrap(GTK_LABEL(*name), TRUE);
  gtk_label_set_wrap_mode(GTK_LABEL(*name), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars(GTK_LABEL(*name), 20);
  *detail = medct_studio_left_label("", "caption");
  gtk_label_set_ellipsize(GTK_LABEL(*detail), PANGO_ELLIPSIZE_NONE);
  gtk_label_set_wrap(GTK_LABEL(*detail), TRUE);
  gtk_label_set_max_width_chars(GTK_LABEL(*detail), 22);
  gtk_widget_add_css_class(*detail, "dim-label");
  *mark = gtk_image_new_from_icon_name("dialog-warning-symbolic");
  gtk_widget_add_css_class(*mark, "warning-mark");
  gtk_widget_set_hexpand(lines, TRUE);
  gtk_widget_set_valign(lines, GTK_ALIGN_CENTER);
  gtk_box_append(GTK_BOX(lines), *name);
  gtk_box_append(GTK_BOX(lines), *detail);
  gtk_box_append(GTK_BOX(content), *mark);
  gtk_box_append(GTK_BOX(content), lines);
  gtk_box_append(GTK_BOX(content), menu);
  gtk_widget_add_css_class(content, "model-row");
  gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), content);
  gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
  gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  return row;
}

GtkWidget *
medct_studio_build_model(MedctStudioWindow *window)
{
  static const char *const model_menu[][2] = {{N_("Choose Model…"), "win.choose-model"}};
  static const char *const adapter_menu[][2] = {{N_("Choose Adapter…"), "win.choose-adapter"},
                                                {N_("Remove Adapter"), "win.remove-adapter"},
                                                {N_("Add Another Adapter…"), "win.add-adapter"}};
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6), *list = gtk_list_box_new();
  gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class(list, "boxed-list");
  gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Model and adapter"), -1);
  gtk_list_box_append(GTK_LIST_BOX(list),
                      build_row(_("Model"), &window->model_mark, &window->model_name,
                                &window->model_detail,
                                build_menu(_("Model"), model_menu, G_N_ELEMENTS(model_menu))));
  gtk_list_box_append(
      GTK_LIST_BOX(list),
      build_row(_("Adapter"), &window->adapter_mark, &window->adapter_name, &window->adapter_detail,
                build_menu(_("Adapter"), adapter_menu, G_N_ELEMENTS(adapter_menu))));
  gtk_list_box_append(GTK_LIST_BOX(list), medct_studio_build_adapters(window));
  gtk_box_append(GTK_BOX(box), medct_studio_left_label(_("Model"), "pane-title"));
  gtk_box_append(GTK_BOX(box), list);
  return box;
}
