/* medct-studio: the desktop program. */
#include "app/studio-keys.h"
#include "app/studio-window.h"
#include "ui/gl-stage.h"
#include <glib/gi18n.h>
#include <locale.h>

typedef struct {
  char *model, *adapter, *cohort, *dump;
  gboolean frames, no_session, first_slice;
  MedctHost *host;
  MedctGlStage *stage; /* kept: making one takes time */
  MedctPreferences *preferences;
} Program;

/* `studies`: nothing is opened by name, so the last session's studies come back. */
static MedctStudioWindow *
window_of(GtkApplication *application, Program *program, gboolean studies)
{
  GtkWindow *open = gtk_application_get_active_window(application);
  if (open != NULL)
    return MEDCT_STUDIO_WINDOW(open);
  MedctStudioWindow *window =
      medct_studio_window_new(ADW_APPLICATION(application), program->host, program->preferences);
  if (program->dump != NULL)
    medct_studio_window_dump_to(window, program->dump);
  if (program->first_slice)
    medct_studio_window_time_first_slice(window);
  if (program->frames)
    medct_studio_window_time_frames(window);
  if (program->adapter != NULL)
    medct_studio_window_want_adapter(window, program->adapter);
  if (program->cohort != NULL)
    medct_studio_window_open_cohort(window, program->cohort);
  if (!program->no_session)
    medct_studio_window_begin_session(window, program->model,
                                      studies && program->preferences->restore_session);
  else if (program->model != NULL)
    medct_studio_window_load_model(window, program->model);
  return window;
}

static void
activated(GtkApplication *application, Program *program)
{
  gtk_window_present(GTK_WINDOW(window_of(application, program, TRUE)));
}

static void
opened(GtkApplication *application, GFile **files, int n, const char *hint, Program *program)
{
  MedctStudioWindow *window = window_of(application, program, FALSE);
  gtk_window_present(GTK_WINDOW(window));
  for (int i = 0; i < n; i++) {
    g_autofree char *path = g_file_get_path(files[i]);
    if (path != NULL)
      medct_studio_window_open(window, path);
  }
}

static void
quit(GSimpleAction *action, GVariant *value, gpointer data)
{
  GtkWindow *window = gtk_application_get_active_window(data);
  if (window != NULL)
    gtk_window_close(window);
}

/* Before there is a second thread: the environment must not change under one. */
static void
set_threads(int threads)
{
  g_autofree char *text = g_strdup_printf("%d", threads);
  if (threads > 0)
    g_setenv("MEDCT_THREADS", text, FALSE);
}

/* A driver that works on the processor takes three times as long to compose the window as Cairo
 * does, and both cores with it. GSK_RENDERER=gl still has its way. */
static void
choose_renderer(GdkDisplay *display, MedctGlStage *stage)
{
  if (medct_gl_stage_is_software(stage) && g_getenv("GSK_RENDERER") == NULL)
    g_object_set_data(G_OBJECT(display), "gsk-renderer", (gpointer) "cairo");
}

static void
started(GtkApplication *application, Program *program)
{
  static const GActionEntry actions[] = {{"quit", quit, NULL, NULL, NULL, {0}}};
  program->stage = medct_gl_stage_for_display(gdk_display_get_default());
  choose_renderer(gdk_display_get_default(), program->stage);
  program->preferences = medct_preferences_new();
  set_threads(program->preferences->threads);
  program->host = medct_host_new();
  g_action_map_add_action_entries(G_ACTION_MAP(application), actions, 1, application);
  for (gsize n = 0; n < medct_n_studio_accels; n++)
    gtk_application_set_accels_for_action(application, medct_studio_accels[n].action,
                                          (const char *const *)medct_studio_accels[n].keys);
}

int
main(int argc, char **argv)
{
  Program program = {0};
  const GOptionEntry options[] = {
      {"model", 'm', 0, G_OPTION_ARG_FILENAME, &program.model, N_("Load this model folder"),
       N_("FOLDER")},
      {"adapter", 'a', 0, G_OPTION_ARG_FILENAME, &program.adapter,
       N_("Compare the model with this adapter folder"), N_("FOLDER")},
      {"cohort", 'c', 0, G_OPTION_ARG_FILENAME, &program.cohort,
       N_("Show this cohort, a CSV file or a CT-RATE folder"), N_("COHORT")},
      {"no-session", 0, 0, G_OPTION_ARG_NONE, &program.no_session,
       N_("Neither bring back the last session nor save this one"), NULL},
      {"dump-state", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &program.dump, NULL, NULL},
      {"time-first-slice", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &program.first_slice, NULL,
       NULL},
      {"frame-times", 0, 0, G_OPTION_ARG_NONE, &program.frames,
       N_("Print what drawing took when the window closes"), NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL},
  };
  setlocale(LC_ALL, "");
  setlocale(LC_NUMERIC, "C"); /* else half of the numbers had commas: those that printf writes */
  gtk_disable_setlocale();
  bindtextdomain(GETTEXT_PACKAGE, MEDCT_LOCALE_DIR);
  bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
  textdomain(GETTEXT_PACKAGE);
  g_autoptr(AdwApplication) application = adw_application_new(
      "org.medct.Studio", G_APPLICATION_HANDLES_OPEN | G_APPLICATION_NON_UNIQUE);
  g_application_add_main_option_entries(G_APPLICATION(application), options);
  g_application_set_option_context_parameter_string(G_APPLICATION(application), "[STUDY…]");
  g_signal_connect(application, "startup", G_CALLBACK(started), &program);
  g_signal_connect(application, "activate", G_CALLBACK(activated), &program);
  g_signal_connect(application, "open", G_CALLBACK(opened), &program);
  int status = g_application_run(G_APPLICATION(application), argc, argv);
  g_clear_pointer(&program.host, medct_host_unref);
  g_clear_object(&program.preferences);
  g_clear_object(&program.stage);
  g_free(program.model);
  g_free(program.adapter);
  g_free(program.cohort);
  g_free(program.dump);
  return status;
}
