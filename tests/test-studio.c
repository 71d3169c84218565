/* The window from inside: files dropped on it, and the memory that a closed study gives back.
 * Needs a display: tests/ui/under-xvfb.sh. */
#include "app/studio-private.h"
#include "tests/program.h"
#include <glib/gstdio.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

typedef struct {
  MedctHost *host;
  MedctPreferences *preferences;
  AdwApplication *application; /* borrowed */
  MedctStudioWindow *window;
  MedctStudy *closed; /* NULL once it is gone */
  char *folder, *model;
} Studio;

static char *
made_chest(const Studio *studio, const char *name, const char *columns, const char *slices)
{
  char *path = g_build_filename(studio->folder, name, NULL);
  const char *words[] = {g_getenv("MAKE_CHEST"), path, columns, "4", slices, "4", NULL};
  g_auto(Outcome) made = run_words(words);
  g_assert_cmpint(made.status, ==, 0);
  return path;
}

static gboolean
wake(gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_CONTINUE;
}

/* Runs the main loop until `done` says so; 30 s are for slow machines under sanitizers. */
static void
wait_until(Studio *studio, gboolean (*done)(Studio *studio))
{
  gint64 end = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
  gboolean woken = FALSE;
  guint source = g_timeout_add(20, wake, &woken);
  while (!done(studio)) {
    g_assert_cmpint(g_get_monotonic_time(), <, end);
    g_main_context_iteration(NULL, TRUE);
  }
  g_source_remove(source);
}

static gboolean
is_idle(Studio *studio)
{
  MedctStudioWindow *window = studio->window;
  return window->open_job == NULL && window->score_job == NULL && window->model_job == NULL &&
         (window->current == NULL || window->model == NULL || window->current->scored != NULL);
}

static gboolean
has_gone(Studio *studio)
{
  return studio->window == NULL;
}

static void
set_up(Studio *studio, gconstpointer data)
{
  studio->folder = g_dir_make_tmp("medct-studio-XXXXXX", NULL);
  studio->model = g_build_filename(studio->folder, "model", NULL);
  g_auto(Outcome) model =
      run("model", "random", "--config", "mini", "--seed", "1", "--out", studio->model, NULL);
  g_assert_cmpint(model.status, ==, 0);
  studio->application = ADW_APPLICATION(g_application_get_default());
  studio->host = medct_host_new();
  studio->preferences = medct_preferences_new();
  studio->window = medct_studio_window_new(studio->application, studio->host, studio->preferences);
  g_object_add_weak_pointer(G_OBJECT(studio->window), (gpointer *)&studio->window);
  gtk_window_present(GTK_WINDOW(studio->window));
}

static void
tear_down(Studio *studio, gconstpointer data)
{
  gtk_window_close(GTK_WINDOW(studio->window));
  wait_until(studio, has_gone); /* nothing keeps a closed window */
  g_object_unref(studio->preferences);
  medct_host_unref(studio->host);
  const char *words[] = {"rm", "-rf", studio->folder, NULL};
  g_auto(Outcome) removed = run_words(words);
  g_free(studio->folder);
  g_free(studio->model);
}

/* ---- drop ---------------------------------------------------------------------------------- */

static gboolean
drop(Studio *studio, const char *const *paths)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(GTK_WIDGET(studio->window));
  GSList *files = NULL;
  for (; *paths != NULL; paths++)
    files = g_slist_append(files, g_file_new_for_path(*paths));
  g_auto(GValue) value = G_VALUE_INIT;
  g_value_init(&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed(&value, gdk_file_list_new_from_list(files));
  g_slist_free_full(files, g_object_unref);
  gboolean taken = FALSE;
  for (guint n = 0; n < g_list_model_get_n_items(controllers); n++) {
    g_autoptr(GtkEventController) controller = g_list_model_get_item(controllers, n);
    if (GTK_IS_DROP_TARGET(controller))
      g_signal_emit_by_name(controller, "drop", &value, 10.0, 10.0, &taken);
  }
  return taken;
}

static gboolean
is_opened(Studio *studio)
{
  return studio->window->open_job == NULL;
}

static void
test_drop(Studio *studio, gconstpointer data)
{
  MedctStudioWindow *window = studio->window;
  g_autofree char *first = made_chest(studio, "first.nii.gz", "40", "30");
  g_autofree char *inside = g_build_filename(studio->folder, "inside", NULL);
  g_assert_cmpint(g_mkdir(inside, 0700), ==, 0);
  g_autofree char *second = made_chest(studio, "inside/second.nii.gz", "40", "30");
  g_autofree char *third = made_chest(studio, "inside/third.nii.gz", "40", "30");
  g_autofree char *bad = g_build_filename(inside, "bad.nii", NULL);
  g_autofree char *note = g_build_filename(inside, "note.txt", NULL);
  g_assert_true(g_file_set_contents(bad, "no volume", -1, NULL));
  g_assert_true(g_file_set_contents(note, "not even a name", -1, NULL));
  const char *both[] = {first, inside, NULL};
  g_assert_true(drop(studio, both));
  wait_until(studio, is_opened);
  g_assert_cmpuint(window->records->len, ==, 3);
  g_assert_cmpuint(window->pending->len, ==, 1); /* the bad one keeps its row */
  g_assert_true(gtk_widget_get_visible(window->info_bar));
  assert_contains(gtk_label_get_text(GTK_LABEL(window->info_title)), "bad.nii");
  const MedctStudy *shown = window->current->study;
  const char *again[] = {bad, NULL};
  g_assert_true(drop(studio, again));
  wait_until(studio, is_opened);
  g_assert_true(window->current->study == shown); /* what was open stays */
  g_assert_cmpuint(window->pending->len, ==, 2);
}

/* A folder without volumes is refused, with what it should have held. */
static void
test_drop_of_nothing(Studio *studio, gconstpointer data)
{
  g_autofree char *empty = g_build_filename(studio->folder, "empty", NULL);
  g_assert_cmpint(g_mkdir(empty, 0700), ==, 0);
  const char *paths[] = {empty, NULL};
  g_assert_true(drop(studio, paths));
  g_assert_cmpuint(studio->window->records->len, ==, 0);
  assert_contains(gtk_label_get_text(GTK_LABEL(studio->window->info_text)), ".nii.gz or .hdr");
  const char *none[] = {NULL};
  g_assert_false(drop(studio, none));
}

/* Names of files are bytes; what is not text in them is replaced where it is shown, a warning of
 * the toolkit would end this. */
static void
test_name_of_bytes(Studio *studio, gconstpointer data)
{
  MedctStudioWindow *window = studio->window;
  g_autofree char *plain = made_chest(studio, "plain.nii.gz", "40", "30");
  g_autofree char *odd = g_build_filename(studio->folder,
                                          "od\xff"
                                          "d.nii.gz",
                                          NULL);
  g_autofree char *cut = g_build_filename(studio->folder,
                                          "cu\xff"
                                          "t.nii",
                                          NULL);
  g_assert_cmpint(g_rename(plain, odd), ==, 0);
  g_assert_true(g_file_set_contents(cut, "no volume", -1, NULL));
  medct_studio_window_open(window, odd);
  medct_studio_window_open(window, cut);
  wait_until(studio, is_opened);
  g_assert_cmpuint(window->records->len, ==, 1);
  g_assert_cmpstr(medct_study_name(window->current->study), ==,
                  "od\xef\xbf\xbd"
                  "d.nii.gz");
  const char *reason = gtk_label_get_text(GTK_LABEL(window->info_text));
  g_assert_true(g_utf8_validate(reason, -1, NULL));
  g_assert_null(strstr(reason, ".nii:")); /* the title names it */
}

/* ---- model --------------------------------------------------------------------------------- */

static gboolean
has_adapter(Studio *studio)
{
  return studio->window->adapter_job == NULL && studio->window->adapter != NULL;
}

/* Where a terminal stood is not where the next session starts. */
static void
test_relative_model(Studio *studio, gconstpointer data)
{
  g_autofree char *here = g_get_current_dir();
  g_autofree char *adapter = g_build_filename(studio->folder, "one", NULL);
  g_auto(Outcome) made = run("adapter", "new", "-m", studio->model, "-o", adapter, NULL);
  g_assert_cmpint(made.status, ==, 0);
  g_assert_cmpint(g_chdir(studio->folder), ==, 0);
  medct_studio_window_want_adapter(studio->window, "one");
  medct_studio_window_load_model(studio->window, "model");
  wait_until(studio, has_adapter);
  g_assert_cmpint(g_chdir(here), ==, 0);
  g_assert_cmpstr(studio->window->model->path, ==, studio->model);
  g_assert_cmpstr(studio->window->adapter->adapter, ==, adapter);
}

/* ---- adapters ------------------------------------------------------------------------------ */

static gboolean
has_no_adapter_job(Studio *studio)
{
  return studio->window->adapter_job == NULL;
}

static GtkWidget *
find(GtkWidget *widget, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE(widget, type))
    return widget;
  GtkWidget *found = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling(child))
    found = find(child, type);
  return found;
}

/* Two adapters with weights: lines under the adapter's row, a changed weight is loaded, the other
 * one can be left out. */
static void
test_adapters(Studio *studio, gconstpointer data)
{
  MedctStudioWindow *window = studio->window;
  g_autofree char *one = g_build_filename(studio->folder, "one", NULL);
  g_autofree char *two = g_build_filename(studio->folder, "two", NULL);
  g_auto(Outcome) first = run("adapter", "new", "-m", studio->model, "-o", one, NULL);
  g_auto(Outcome) second = run("adapter", "new", "-m", studio->model, "-o", two, NULL);
  g_assert_cmpint(first.status + second.status, ==, 0);
  medct_studio_window_load_model(window, studio->model);
  wait_until(studio, is_idle);
  medct_studio_window_load_adapter(window, one);
  wait_until(studio, has_adapter);
  GtkWidget *list = gtk_widget_get_ancestor(window->adapter_name, GTK_TYPE_LIST_BOX);
  g_assert_null(find(list, GTK_TYPE_SPIN_BUTTON)); /* one alone has no weight to set */
  g_autofree char *both = g_strconcat(one, "\n", two, ":0.5", NULL);
  medct_studio_window_load_adapter(window, both);
  wait_until(studio, has_adapter);
  g_assert_cmpstr(gtk_label_get_text(GTK_LABEL(window->adapter_name)), ==,
                  "Adapter: one + two × 0.5");
  GtkWidget *weight = find(list, GTK_TYPE_SPIN_BUTTON);
  g_assert_nonnull(weight);
  gtk_spin_button_set_value(GTK_SPIN_BUTTON(weight), -2);
  while (window->adapter_job == NULL) /* a moment for further clicks */
    g_main_context_iteration(NULL, TRUE);
  g_assert_nonnull(window->adapter); /* the old sum stays until the new one is there */
  wait_until(studio, has_adapter);
  g_autofree char *changed = g_strconcat(one, ":-2\n", two, ":0.5", NULL);
  g_assert_cmpstr(window->adapter->adapter, ==, changed);
  GtkWidget *leave_out = gtk_widget_get_next_sibling(find(list, GTK_TYPE_SPIN_BUTTON));
  g_signal_emit_by_name(leave_out, "clicked");
  wait_until(studio, has_adapter);
  g_autofree char *rest = g_strconcat(two, ":0.5", NULL);
  g_assert_cmpstr(window->adapter->adapter, ==, rest);
}

/* An adapter that has gone since it was last used is not passed over in silence. */
static void
test_missing_adapter(Studio *studio, gconstpointer data)
{
  MedctStudioWindow *window = studio->window;
  g_autofree char *gone = g_build_filename(studio->folder, "gone", NULL);
  medct_studio_window_want_adapter(window, gone);
  medct_studio_window_load_model(window, studio->model);
  wait_until(studio, is_idle);
  wait_until(studio, has_no_adapter_job);
  g_assert_null(window->adapter);
  g_assert_true(gtk_widget_get_visible(window->info_bar));
  assert_contains(gtk_label_get_text(GTK_LABEL(window->info_text)), "gone");
  g_assert_true(gtk_widget_get_visible(window->adapter_mark));
  assert_contains(gtk_label_get_text(GTK_LABEL(window->adapter_detail)), "was not loaded");
  medct_studio_remove_adapter(window);
  g_assert_false(gtk_widget_get_visible(window->adapter_mark));
}

/* ---- input check --------------------------------------------------------------------------- */

/* The last part of the fact of this name: its mark, where it has one. */
static GtkWidget *
mark_of(const Studio *studio, const char *name)
{
  GtkWidget *list = find(studio->window->input_check, GTK_TYPE_LIST_BOX);
  for (GtkWidget *row = gtk_widget_get_first_child(list); row != NULL;
       row = gtk_widget_get_next_sibling(row)) {
    GtkWidget *box = gtk_list_box_row_get_child(GTK_LIST_BOX_ROW(row));
    GtkWidget *title = gtk_widget_get_first_child(box);
    if (GTK_IS_LABEL(title) && g_str_equal(gtk_label_get_text(GTK_LABEL(title)), name))
      return gtk_widget_get_last_child(box);
  }
  return NULL;
}

static int
least_width(GtkWidget *widget)
{
  int least = 0;
  gtk_widget_measure(widget, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  return least;
}

/* A fact that a warning is about does not pass; and a row that is encoded pushes no edge. */
static void
test_input_check(Studio *studio, gconstpointer data)
{
  g_autofree char *path = g_build_filename(studio->folder, "wide.nii.gz", NULL);
  const char *words[] = {g_getenv("MAKE_CHEST"), path, "40", "12", "30", "4", NULL};
  g_auto(Outcome) made = run_words(words);
  g_assert_cmpint(made.status, ==, 0);
  medct_studio_window_open(studio->window, path);
  wait_until(studio, is_idle);
  GtkWidget *odd = mark_of(studio, "Spacing, mm"), *usual = mark_of(studio, "Orientation");
  g_assert_true(odd != NULL && gtk_widget_has_css_class(odd, "warning-mark"));
  g_assert_true(usual != NULL && gtk_widget_has_css_class(usual, "passed-mark"));
  GtkWidget *padding = mark_of(studio, "Padding"); /* 120 of 375 mm from feet to head */
  g_assert_true(padding == NULL);
  medct_studio_window_load_model(studio->window, studio->model);
  wait_until(studio, is_idle);
  padding = mark_of(studio, "Padding");
  g_assert_true(padding != NULL && gtk_widget_has_css_class(padding, "warning-mark"));
  const MedctStudyRecord *record = studio->window->current;
  GtkWidget *pane = gtk_widget_get_ancestor(studio->window->studies, ADW_TYPE_FLAP);
  g_assert_true(gtk_widget_get_visible(record->mark));
  assert_contains(gtk_widget_get_tooltip_text(record->mark), "outside 0.2 to 10 mm");
  assert_contains(gtk_widget_get_tooltip_text(record->mark),
                  "68 % of what the model reads is padding");
  int before = least_width(adw_flap_get_flap(ADW_FLAP(pane)));
  gtk_widget_set_visible(record->bar, TRUE);
  g_assert_cmpint(least_width(adw_flap_get_flap(ADW_FLAP(pane))), ==, before);
}

/* ---- pictures ------------------------------------------------------------------------------ */

/* Another page from the start: there is no picture to copy, which is said. */
static void
test_picture_behind_a_page(Studio *studio, gconstpointer data)
{
  MedctStudioWindow *window = studio->window;
  g_autofree char *chest = made_chest(studio, "chest.nii.gz", "40", "30");
  medct_studio_show_page(window, "cohort");
  medct_studio_window_open(window, chest);
  wait_until(studio, is_opened);
  g_action_group_activate_action(G_ACTION_GROUP(window), "copy-picture", NULL);
  assert_contains(gtk_label_get_text(GTK_LABEL(window->info_text)), "not shown yet");
}

/* ---- prompt -------------------------------------------------------------------------------- */

static gboolean
says(GtkWidget *widget, const char *words)
{
  gboolean found =
      GTK_IS_LABEL(widget) && strstr(gtk_label_get_text(GTK_LABEL(widget)), words) != NULL;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL && !found;
       child = gtk_widget_get_next_sibling(child))
    found = says(child, words);
  return found;
}

static gboolean
is_answered(Studio *studio)
{
  return studio->window->ask_job == NULL && studio->window->current->answers != NULL;
}

/* A whole report in the entry: what is too long for a prompt is said, what is long leaves the
 * findings in sight. */
static void
test_long_prompt(Studio *studio, gconstpointer data)
{
  enum { MOST = 4096 };
  MedctStudioWindow *window = studio->window;
  g_autofree char *chest = made_chest(studio, "chest.nii.gz", "40", "30");
  g_autofree char *longest = g_strnfill(MOST, 'x');
  g_autofree char *longer = g_strnfill(MOST + 1, 'x');
  medct_studio_window_load_model(window, studio->model);
  medct_studio_window_open(window, chest);
  wait_until(studio, is_idle);
  gtk_editable_set_text(GTK_EDITABLE(window->prompt), "nodule");
  wait_until(studio, is_answered);
  int low = 0, high = 0;
  gtk_widget_measure(window->card, GTK_ORIENTATION_VERTICAL, 400, &low, NULL, NULL, NULL);
  gtk_editable_set_text(GTK_EDITABLE(window->prompt), longest);
  wait_until(studio, is_answered);
  gtk_widget_measure(window->card, GTK_ORIENTATION_VERTICAL, 400, &high, NULL, NULL, NULL);
  g_assert_cmpint(high, <, low + 80);
  g_assert_false(says(window->toasts, "longer than"));
  gtk_editable_set_text(GTK_EDITABLE(window->prompt), longer);
  g_assert_true(says(window->toasts, "longer than 4,096 bytes"));
}

/* ---- large letters ------------------------------------------------------------------------- */

/* The answer never makes its pane wider: the pictures would jump, or the other pane would fold. */
static void
test_large_letters(Studio *studio, gconstpointer data)
{
  static const int scales[] = {1, 2, 1};
  GtkSettings *settings = gtk_widget_get_settings(studio->window->card);
  GtkWidget *answer = find(studio->window->card, GTK_TYPE_GRID);
  g_assert_nonnull(answer);
  for (gsize n = 0; n < G_N_ELEMENTS(scales); n++) {
    g_object_set(settings, "gtk-xft-dpi", scales[n] * 96 * PANGO_SCALE, NULL);
    g_assert_cmpint(least_width(answer), <=, (scales[n] == 1 ? 400 : 520) - 48);
  }
}

/* ---- memory -------------------------------------------------------------------------------- */

/* Resident, bytes, after giving back what the allocator keeps. */
static gsize
resident(void)
{
  long pages = 0, total = 0;
  malloc_trim(0);
  FILE *file = fopen("/proc/self/statm", "r");
  g_assert_nonnull(file);
  g_assert_cmpint(fscanf(file, "%ld %ld", &total, &pages), ==, 2);
  fclose(file);
  return (gsize)pages * (gsize)sysconf(_SC_PAGESIZE);
}

static gboolean
is_closed(Studio *studio)
{
  return studio->closed == NULL;
}

static void
open_and_close(Studio *studio, const char *path)
{
  MedctStudioWindow *window = studio->window;
  medct_studio_window_open(window, path);
  wait_until(studio, is_idle);
  g_assert_cmpuint(window->records->len, ==, 1);
  studio->closed = window->current->study;
  g_object_add_weak_pointer(G_OBJECT(studio->closed), (gpointer *)&studio->closed);
  medct_studio_forget(window, window->current);
  wait_until(studio, is_closed); /* nobody keeps a closed study */
}

static void
test_memory(Studio *studio, gconstpointer data)
{
  enum { SETTLE = 8, TIMES = 50, STUDY = 128 * 128 * 120 * 2 };
  g_autofree char *chest = made_chest(studio, "chest.nii.gz", "128", "120");
  medct_studio_window_load_model(studio->window, studio->model);
  wait_until(studio, is_idle);
  for (int n = 0; n < SETTLE; n++)
    open_and_close(studio, chest);
  gsize before = resident();
  for (int n = 0; n < TIMES; n++)
    open_and_close(studio, chest);
  gsize after = resident();
  double grown = (double)after - (double)before;
  g_test_message("resident %.1f MB before, %.1f MB after %d opens of %.1f MB", (double)before / 1e6,
                 (double)after / 1e6, TIMES, STUDY / 1e6);
  g_test_minimized_result(grown / TIMES / 1e3, "kB kept an open");
#ifndef __SANITIZE_ADDRESS__ /* which keeps what is freed for a while */
  /* A study kept would be 50; what caches of the toolkit and of the allocator take is under 2. */
  g_assert_cmpfloat(grown, <, 4.0 * STUDY);
#endif
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  mallopt(M_ARENA_MAX, 2); /* else every worker that comes and goes may keep its own */
  g_autoptr(GError) error = NULL;
  g_autoptr(AdwApplication) application =
      adw_application_new("org.medct.Studio.Test", G_APPLICATION_NON_UNIQUE);
  g_application_set_resource_base_path(G_APPLICATION(application), "/org/medct/Studio");
  g_application_register(G_APPLICATION(application), NULL, &error);
  g_assert_no_error(error);
  g_application_set_default(G_APPLICATION(application));
#define ADD(name, function) g_test_add("/studio/" name, Studio, NULL, set_up, function, tear_down)
  ADD("drop", test_drop);
  ADD("drop-of-nothing", test_drop_of_nothing);
  ADD("name-of-bytes", test_name_of_bytes);
  ADD("relative-model", test_relative_model);
  ADD("picture-behind-a-page", test_picture_behind_a_page);
  ADD("long-prompt", test_long_prompt);
  ADD("adapters", test_adapters);
  ADD("missing-adapter", test_missing_adapter);
  ADD("input-check", test_input_check);
  ADD("large-letters", test_large_letters);
  ADD("memory-over-50-opens", test_memory);
  return g_test_run();
}
