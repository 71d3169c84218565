/* Scores of a model on a cohort's volumes. */
#include "app/cohort-check.h"
#include "app/eval.h"
#include "model/atomic_file.h"
#include "model/csv.h"
#include "model/pathologies.h"
#include <math.h>
#include <string.h>

enum { TEXTS_AT_ONCE = 8 }; /* between two looks at the monitor */

MedctEvalRows *
medct_eval_rows_new(MedctCohort *cohort, MedctSplit split, GError **error)
{
  g_autoptr(MedctEvalRows) rows = g_new0(MedctEvalRows, 1);
  guint n_rows = medct_cohort_n_rows(cohort), n_measured = 0;
  rows->cohort = medct_cohort_ref(cohort);
  rows->split = split;
  rows->rows = g_new(guint, n_rows);
  for (guint n = 0; n < n_rows; n++) {
    MedctSplit own = medct_cohort_row(cohort, n)->split;
    n_measured += own == split;
    if (own == split || own == MEDCT_SPLIT_VALIDATION)
      rows->rows[rows->n++] = n;
  }
  rows->error = g_new0(char *, rows->n);
  if (n_measured > 0)
    return g_steal_pointer(&rows);
  g_set_error(
      error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
      "no volume of the cohort is in the split \"%s\"; choose another with --split, or make "
      "splits with medct cohort split",
      medct_split_name(split));
  return NULL;
}

void
medct_eval_rows_free(MedctEvalRows *rows)
{
  if (rows == NULL)
    return;
  for (guint i = 0; rows->error && i < rows->n; i++)
    g_free(rows->error[i]);
  g_free(rows->error);
  g_free(rows->rows);
  medct_cohort_unref(rows->cohort);
  g_free(rows);
}

/* ---- texts --------------------------------------------------------------------------------- */

typedef struct {
  MedctHost *host;
  MedctBackend *backend;
  MedctEvalRows *rows;
  MedctEvalScores *scores;
  const GPtrArray *questions;
  float *prompts; /* [2·n_classes, latent]: present, absent, present, … */
  float *basis;   /* [latent, latent]: unit vectors, whose cosines are the image latent itself */
  const MedctMonitor *monitor;
  guint at;
  gint64 start_us;
} Run;

static gboolean
stopped(const Run *run, GError **error)
{
  if (!medct_monitor_cancelled(run->monitor))
    return FALSE;
  g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED,
                      "stopped; what was encoded is kept, the same command goes on from there");
  return TRUE;
}

static const MedctPrompt *
question_for(const Run *run, const char *finding)
{
  for (guint i = 0; i < run->questions->len; i++) {
    const MedctEvalQuestion *question = run->questions->pdata[i];
    if (strcmp(question->finding, finding) == 0)
      return question->asked;
  }
  return NULL;
}

static gboolean
encode_prompts(Run *run, GError **error)
{
  guint n = medct_cohort_n_classes(run->rows->cohort);
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
  for (guint c = 0; c < n; c++) {
    const char *name = medct_cohort_class(run->rows->cohort, c);
    const MedctPrompt *asked = question_for(run, name);
    g_ptr_array_add(texts, asked ? g_strdup(asked->prompt) : medct_pathology_prompt(name, TRUE));
    g_ptr_array_add(texts, asked ? g_strdup(asked->against) : medct_pathology_prompt(name, FALSE));
  }
  run->prompts = g_new0(float, (gsize)2 * n * run->scores->latent);
  return medct_backend_encode_texts(run->backend, (const char *const *)texts->pdata, 2 * n,
                                    run->prompts, run->monitor, error);
}

static gboolean
encode_reports(Run *run, GError **error)
{
  const MedctEvalRows *rows = run->rows;
  guint latent = run->scores->latent, places[TEXTS_AT_ONCE], n = 0;
  const char *texts[TEXTS_AT_ONCE];
  g_autofree float *latents = g_new(float, (gsize)TEXTS_AT_ONCE *latent);
  for (guint i = 0; i < rows->n; i++) {
    const MedctCohortRow *row = medct_cohort_row(rows->cohort, rows->rows[i]);
    if (row->report[0] && row->split == rows->split) {
      places[n] = i;
      texts[n++] = row->report;
    }
    if (n == 0 || (n < TEXTS_AT_ONCE && i + 1 < rows->n))
      continue;
    if (stopped(run, error) ||
        !medct_backend_encode_texts(run->backend, texts, n, latents, run->monitor, error))
      return FALSE;
    for (guint j = 0; j < n; j++)
      memcpy(run->scores->report + (gsize)places[j] * latent, latents + (gsize)j * latent,
             latent * sizeof *latents);
    n = 0;
    medct_monitor_progress(run->monitor, (double)i / rows->n, "reports");
  }
  return TRUE;
}

/* ---- volumes ------------------------------------------------------------------------------- */

static bool
row_cancelled(void *data)
{
  const Run *run = data;
  return medct_monitor_cancelled(run->monitor);
}

static void
row_progress(void *data, double fraction, const char *stage)
{
  const Run *run = data;
  double done = (run->at + fraction) / run->rows->n;
  double seconds = (double)(g_get_monotonic_time() - run->start_us) / 1e6;
  double left = done > 0.01 ? seconds * (1 / done - 1) : 0;
  g_autofree char *text =
      left > 90
          ? g_strdup_printf("volume %u of %u, %.0f min left", run->at + 1, run->rows->n, left / 60)
      : left > 0 ? g_strdup_printf("volume %u of %u, %.0f s left", run->at + 1, run->rows->n, left)
                 : g_strdup_printf("volume %u of %u", run->at + 1, run->rows->n);
  medct_monitor_progress(run->monitor, done, text);
}

static gboolean
score_row(Run *run, const MedctMonitor *monitor, GError **error)
{
  MedctEvalScores *scores = run->scores;
  const MedctCohortRow *row = medct_cohort_row(run->rows->cohort, run->rows->rows[run->at]);
  guint n = medct_cohort_n_classes(run->rows->cohort), latent = scores->latent;
  double scale = medct_backend_info(run->backend)->scale;
  g_autoptr(MedctVolume) volume = medct_cohort_open_volume(run->host, row, monitor, error);
  if (!volume)
    return FALSE;
  MedctEncodeRequest request = {0};
  g_autoptr(MedctStudyEncoding) encoding =
      medct_backend_encode(run->backend, volume, &request, monitor, error);
  g_autofree float *cosine = g_new0(float, 2 * n);
  if (!encoding ||
      !medct_backend_score(run->backend, encoding, run->prompts, 2 * n, cosine, error) ||
      !medct_backend_score(run->backend, encoding, run->basis, latent,
                           scores->image + (gsize)run->at * latent, error))
    return FALSE;
  for (guint c = 0; c < n; c++)
    scores->probability[(gsize)run->at * n + c] =
        1 / (1 + exp(scale * ((double)cosine[2 * c + 1] - cosine[2 * c])));
  scores->n_cached += medct_study_encoding_was_cached(encoding);
  return TRUE;
}

/* FALSE only when stopped. */
static gboolean
score_rows(Run *run, GError **error)
{
  MedctMonitor monitor = {row_cancelled, row_progress, run};
  run->start_us = g_get_monotonic_time();
  for (run->at = 0; run->at < run->rows->n; run->at++) {
    g_autoptr(GError) local = NULL;
    row_progress(run, 0, NULL);
    if (stopped(run, error))
      return FALSE;
    if (run->rows->error[run->at] || score_row(run, &monitor, &local))
      continue;
    if (stopped(run, error))
      return FALSE;
    run->rows->error[run->at] = g_strdup(local->message);
  }
  return TRUE;
}

static MedctEvalScores *
scores_new(const MedctEvalRows *rows, guint latent)
{
  MedctEvalScores *scores = g_new0(MedctEvalScores, 1);
  gsize n_cells = (gsize)rows->n * medct_cohort_n_classes(rows->cohort);
  scores->latent = latent;
  scores->probability = g_new(double, n_cells);
  for (gsize i = 0; i < n_cells; i++)
    scores->probability[i] = NAN;
  scores->image = g_new0(float, (gsize)rows->n *latent);
  scores->report = g_new0(float, (gsize)rows->n *latent);
  return scores;
}

MedctEvalScores *
medct_eval_score(MedctHost *host, MedctBackend *backend, MedctEvalRows *rows,
                 const GPtrArray *questions, const MedctMonitor *monitor, GError **error)
{
  guint latent = medct_backend_info(backend)->latent;
  g_autoptr(MedctEvalScores) scores = scores_new(rows, latent);
  Run run = {.host = host,
             .backend = backend,
             .rows = rows,
             .scores = scores,
             .questions = questions,
             .basis = g_new0(float, (gsize)latent *latent),
             .monitor = monitor};
  for (guint d = 0; d < latent; d++)
    run.basis[(gsize)d * latent + d] = 1;
  gboolean done =
      encode_prompts(&run, error) && encode_reports(&run, error) && score_rows(&run, error);
  g_free(run.prompts);
  g_free(run.basis);
  return done ? g_steal_pointer(&scores) : NULL;
}

void
medct_eval_scores_free(MedctEvalScores *scores)
{
  if (scores == NULL)
    return;
  g_free(scores->probability);
  g_free(scores->image);
  g_free(scores->report);
  g_free(scores);
}

/* ---- table --------------------------------------------------------------------------------- */

static void
append_scores(GString *text, const MedctEvalScores *scores, const MedctEvalRows *rows, guint i)
{
  const MedctCohortRow *row = medct_cohort_row(rows->cohort, rows->rows[i]);
  guint n = medct_cohort_n_classes(rows->cohort);
  g_autofree char *volume = medct_csv_quote(row->volume);
  g_string_append(text, volume);
  for (guint c = 0; c < n; c++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_dtostr(number, sizeof number, scores->probability[(gsize)i * n + c]);
    g_string_append_printf(text, ",%s", number);
  }
  g_string_append_c(text, '\n');
}

gboolean
medct_eval_scores_save(const MedctEvalScores *scores, const MedctEvalRows *rows, const char *path,
                       GError **error)
{
  g_autoptr(GString) text = g_string_new("volume");
  for (guint c = 0; c < medct_cohort_n_classes(rows->cohort); c++) {
    g_autofree char *name = medct_csv_quote(medct_cohort_class(rows->cohort, c));
    g_string_append_printf(text, ",%s", name);
  }
  g_string_append_c(text, '\n');
  for (guint i = 0; i < rows->n; i++)
    if (!rows->error[i] && medct_cohort_row(rows->cohort, rows->rows[i])->split == rows->split)
      append_scores(text, scores, rows, i);
  return medct_atomic_file_save(path, text->str, text->len, error);
}
