#include "app/train-runs.h"

#include "model/atomic_file.h"
#include "model/checkpoint.h"
#include "model/csv.h"
#include "model/folder_lock.h"
#include "plugins/training.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

char *
medct_train_runs_folder(void)
{
  return g_build_filename(g_get_user_data_dir(), "medct", "runs", NULL);
}

static int
newest_first(gconstpointer a, gconstpointer b)
{
  const MedctTrainRun *x = *(MedctTrainRun *const *)a, *y = *(MedctTrainRun *const *)b;
  if (x->created != y->created)
    return x->created < y->created ? 1 : -1;
  return -strcmp(x->folder, y->folder);
}

GPtrArray *
medct_train_runs_load(const char *folder)
{
  GPtrArray *runs = g_ptr_array_new_with_free_func((GDestroyNotify)medct_train_run_free);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir))) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    MedctTrainRun *run = medct_train_run_load(path, NULL);
    if (run != NULL)
      g_ptr_array_add(runs, run);
  }
  g_ptr_array_sort(runs, newest_first);
  return runs;
}

void
medct_train_runs_put(GPtrArray *runs, MedctTrainRun *run)
{
  g_ptr_array_add(runs, run);
  g_ptr_array_sort(runs, newest_first);
}

/* A file that a training writes, or what a killed one left of it (model/atomic_file.h). */
static gboolean
is_ours(const char *name)
{
  static const char *const ours[] = {"run.json", "records.jsonl", "adapter_config.json",
                                     "adapter_model.safetensors", MEDCT_TRAINING_LOCK};
  for (gsize n = 0; n < G_N_ELEMENTS(ours); n++) {
    gsize length = strlen(ours[n]);
    if (g_str_has_prefix(name, ours[n]) &&
        (name[length] == '\0' || (name[length] == '.' && strlen(name) == length + 7)))
      return TRUE;
  }
  return FALSE;
}

static gboolean
remove_ours(const char *folder, GError **error)
{
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir))) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (is_ours(name) && g_unlink(path) != 0 && errno != ENOENT) {
      medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be deleted: %s", g_strerror(errno));
      return FALSE;
    }
  }
  return TRUE;
}

/* A file that somebody put there stays, and the folder with it. */
gboolean
medct_train_run_remove(const MedctTrainRun *run, GError **error)
{
  g_autofree char *best = g_build_filename(run->folder, "best-so-far", NULL);
  g_autofree char *checkpoints = g_build_filename(run->folder, "checkpoints", NULL);
  g_autoptr(MedctFolderLock) lock = medct_folder_lock_new(
      run->folder, MEDCT_TRAINING_LOCK, "it can be deleted once that has ended", error);
  if (lock == NULL || !remove_ours(best, error))
    return FALSE;
  g_rmdir(best);
  medct_checkpoint_remove_all(checkpoints);
  if (!remove_ours(run->folder, error))
    return FALSE;
  g_rmdir(run->folder);
  return TRUE;
}

MedctTrainRun *
medct_train_runs_left(const GPtrArray *runs)
{
  MedctTrainRun *next = NULL;
  for (guint n = 0; n < runs->len; n++) {
    MedctTrainRun *run = runs->pdata[n];
    if (run->state != MEDCT_RUN_LEFT || medct_folder_is_locked(run->folder, MEDCT_TRAINING_LOCK))
      continue;
    if (run->steps->len > 0)
      return run;
    next = run; /* queued runs begin with the oldest */
  }
  return next;
}

static const char *
preset_name(guint32 preset)
{
  static const char *const names[] = {"Quick", "Balanced", "Full"};
  return names[CLAMP(preset, 1, 3) - 1];
}

MedctTrainRun *
medct_train_runs_add(GPtrArray *runs, const char *folder, const char *cohort, const char *model,
                     const MedctTrainWish *wish, GError **error)
{
  const char *preset = preset_name(wish->preset);
  g_autofree char *path = NULL, *name = NULL;
  guint number = 1;
  for (guint n = 0; n < runs->len; n++) {
    const char *space = strrchr(((MedctTrainRun *)runs->pdata[n])->name, ' ');
    number =
        MAX(number, 1 + (space ? (guint)CLAMP(g_ascii_strtoll(space, NULL, 10), 0, 1000000) : 0));
  }
  do { /* a folder that is no run of ours stays as it is */
    g_autofree char *lower = g_ascii_strdown(preset, -1);
    g_autofree char *base = g_strdup_printf("%s-%u", lower, number);
    g_free(path);
    g_free(name);
    path = g_build_filename(folder, base, NULL);
    name = g_strdup_printf("%s %u", preset, number++);
  } while (g_file_test(path, G_FILE_TEST_EXISTS));
  MedctTrainRun *run = medct_train_run_new(path, name, cohort, model, wish, error);
  if (run != NULL)
    g_ptr_array_insert(runs, 0, run);
  return run;
}

/* ---- CSV ----------------------------------------------------------------------------------- */

static void
add_number(GString *text, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_c(text, ',');
  if (isfinite(value))
    g_string_append(text, g_ascii_dtostr(number, sizeof number, value));
}

static void
add_evaluation(GString *text, const MedctTrainRun *run, guint n)
{
  const MedctRunEvaluation *e = &g_array_index(run->evaluations, MedctRunEvaluation, n);
  g_string_append_printf(text, "%.0f,,,", e->step);
  const double values[] = {e->loss, e->auroc, e->low, e->high};
  for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
    add_number(text, values[i]);
  for (guint c = 0; c < run->classes->len; c++)
    add_number(text, medct_train_run_class(run, n, c));
  g_string_append_c(text, '\n');
}

static void
add_step(GString *text, const MedctTrainRun *run, const MedctRunStep *step)
{
  g_string_append_printf(text, "%.0f", step->step);
  add_number(text, step->loss);
  add_number(text, step->lr);
  add_number(text, step->seconds);
  for (guint n = 0; n < 4 + run->classes->len; n++)
    g_string_append_c(text, ',');
  g_string_append_c(text, '\n');
}

gboolean
medct_train_run_write_csv(const MedctTrainRun *run, const char *path, GError **error)
{
  g_autoptr(GString) text =
      g_string_new("step,loss,lr,seconds,val_loss,val_auroc,val_auroc_low,val_auroc_high");
  guint at = 0;
  for (guint c = 0; c < run->classes->len; c++) {
    g_autofree char *cell = medct_csv_quote(run->classes->pdata[c]);
    g_string_append_printf(text, ",%s", cell);
  }
  g_string_append_c(text, '\n');
  for (guint n = 0; n < run->evaluations->len; n++) {
    double until = g_array_index(run->evaluations, MedctRunEvaluation, n).step;
    for (; at < run->steps->len && g_array_index(run->steps, MedctRunStep, at).step <= until; at++)
      add_step(text, run, &g_array_index(run->steps, MedctRunStep, at));
    add_evaluation(text, run, n);
  }
  for (; at < run->steps->len; at++)
    add_step(text, run, &g_array_index(run->steps, MedctRunStep, at));
  return medct_atomic_file_save(path, text->str, text->len, error);
}
