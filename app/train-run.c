#include "app/train-run.h"

#include "app/train-run-file.h"
#include "model/folder.h"
#include <math.h>
#include <string.h>

enum { LOSS_OVER = 25, PACE_OVER = 31 };

void
medct_train_wish_apply(const MedctTrainWish *wish, medct_train_options *o)
{
  guint32 *const ranks[] = {&o->spatial_rank, &o->temporal_rank, &o->text_rank};
  guint32 before = MAX(MAX(o->spatial_rank, o->temporal_rank), o->text_rank);
  if (wish->objective > 0)
    o->objective = wish->objective;
  if (o->objective == MEDCT_TRAIN_OBJECTIVE_CLIP) { /* volumes are compared with each other */
    o->batch = MAX(o->batch, 8);
    o->accumulate = 1;
  }
  if (wish->rank > 0 && before > 0)
    o->alpha *= (double)wish->rank / before; /* the same scale α/r, unless α is asked for */
  for (gsize i = 0; wish->rank > 0 && i < G_N_ELEMENTS(ranks); i++)
    *ranks[i] = *ranks[i] > 0 ? wish->rank : 0;
  if (wish->epochs > 0)
    o->epochs = wish->epochs;
  if (wish->batch > 0)
    o->batch = wish->batch;
  if (wish->alpha > 0)
    o->alpha = wish->alpha;
  if (wish->dropout >= 0)
    o->dropout = wish->dropout;
  if (wish->lr > 0)
    o->lr = wish->lr;
  if (wish->seed > 0)
    o->seed = wish->seed;
}

/* ---- life ---------------------------------------------------------------------------------- */

MedctTrainRun *
medct_train_run_empty(const char *folder)
{
  MedctTrainRun *run = g_new0(MedctTrainRun, 1);
  run->folder = g_strdup(folder);
  run->wish = (MedctTrainWish){.alpha = NAN, .dropout = NAN, .lr = NAN};
  run->steps = g_array_new(FALSE, FALSE, sizeof(MedctRunStep));
  run->evaluations = g_array_new(FALSE, FALSE, sizeof(MedctRunEvaluation));
  run->classes = g_ptr_array_new_with_free_func(g_free);
  run->class_auroc = g_array_new(FALSE, FALSE, sizeof(double));
  return run;
}

MedctTrainRun *
medct_train_run_new(const char *folder, const char *name, const char *cohort, const char *model,
                    const MedctTrainWish *wish, GError **error)
{
  if (!medct_folder_make(folder, 0700, error))
    return NULL;
  g_autoptr(MedctTrainRun) run = medct_train_run_empty(folder);
  run->name = g_strdup(name);
  run->cohort = g_strdup(cohort);
  run->model = g_strdup(model);
  run->note = g_strdup("");
  run->created = g_get_real_time() / G_USEC_PER_SEC;
  run->wish = *wish;
  return medct_train_run_save(run, error) ? g_steal_pointer(&run) : NULL;
}

void
medct_train_run_free(MedctTrainRun *run)
{
  if (run == NULL)
    return;
  g_free(run->folder);
  g_free(run->name);
  g_free(run->cohort);
  g_free(run->model);
  g_free(run->note);
  g_free(run->problem);
  g_array_unref(run->steps);
  g_array_unref(run->evaluations);
  g_ptr_array_unref(run->classes);
  g_array_unref(run->class_auroc);
  g_free(run);
}

/* ---- records ------------------------------------------------------------------------------- */

/* What a run did after the checkpoint that it goes on from is void. */
static void
forget_after(MedctTrainRun *run, double step)
{
  guint n = 0, n_evaluations = 0;
  while (n < run->steps->len && g_array_index(run->steps, MedctRunStep, n).step <= step)
    n++;
  g_array_set_size(run->steps, n);
  while (step > 0 && n_evaluations < run->evaluations->len &&
         g_array_index(run->evaluations, MedctRunEvaluation, n_evaluations).step <= step)
    n_evaluations++;
  g_array_set_size(run->evaluations, n_evaluations);
  g_array_set_size(run->class_auroc, n_evaluations * run->classes->len);
}

void
medct_train_run_add_step(MedctTrainRun *run, const MedctRunStep *step)
{
  if (run->steps->len == 0 ||
      g_array_index(run->steps, MedctRunStep, run->steps->len - 1).step < step->step)
    g_array_append_val(run->steps, *step);
}

gboolean
medct_train_run_add_evaluation(MedctTrainRun *run, const MedctRunEvaluation *evaluation)
{
  guint n = run->evaluations->len;
  if (n > 0 && g_array_index(run->evaluations, MedctRunEvaluation, n - 1).step >= evaluation->step)
    return FALSE;
  g_array_append_val(run->evaluations, *evaluation);
  for (guint c = 0; c < run->classes->len; c++) {
    const double unknown = NAN;
    g_array_append_val(run->class_auroc, unknown);
  }
  return TRUE;
}

void
medct_train_run_set_class(MedctTrainRun *run, guint index, double auroc)
{
  guint n = run->classes->len;
  g_array_index(run->class_auroc, double, (run->evaluations->len - 1) * n + index) = auroc;
}

static void
take_evaluation(MedctTrainRun *run, const medct_train_record *r, const char *const *classes)
{
  const MedctRunEvaluation evaluation = {(double)r->step, r->val_loss,   r->val_auroc,
                                         r->auroc_low,    r->auroc_high, r->best != 0};
  if (run->classes->len == 0 && classes != NULL)
    for (guint c = 0; c < r->n_classes; c++)
      g_ptr_array_add(run->classes, g_strdup(classes[c]));
  if (!medct_train_run_add_evaluation(run, &evaluation))
    return;
  for (guint c = 0; r->class_auroc != NULL && c < MIN(r->n_classes, run->classes->len); c++)
    medct_train_run_set_class(run, c, r->class_auroc[c]);
}

void
medct_train_run_take(MedctTrainRun *run, const medct_train_record *r, const char *const *classes)
{
  const MedctRunStep step = {(double)r->step, r->loss, r->lr, r->seconds};
  switch (r->kind) {
  case MEDCT_TRAIN_STARTED:
    forget_after(run, (double)r->step);
    break;
  case MEDCT_TRAIN_STEP:
    medct_train_run_add_step(run, &step);
    break;
  case MEDCT_TRAIN_EVALUATION:
    take_evaluation(run, r, classes);
    break;
  default:
    break;
  }
}

/* ---- questions ----------------------------------------------------------------------------- */

const MedctRunEvaluation *
medct_train_run_best(const MedctTrainRun *run)
{
  const MedctRunEvaluation *best = NULL;
  for (guint n = 0; n < run->evaluations->len; n++) {
    const MedctRunEvaluation *e = &g_array_index(run->evaluations, MedctRunEvaluation, n);
    if (e->best)
      best = e;
  }
  return best;
}

const MedctRunEvaluation *
medct_train_run_base(const MedctTrainRun *run)
{
  const MedctRunEvaluation *first =
      run->evaluations->len > 0 ? &g_array_index(run->evaluations, MedctRunEvaluation, 0) : NULL;
  return first != NULL && first->step == 0 ? first : NULL;
}

double
medct_train_run_class(const MedctTrainRun *run, guint evaluation, guint index)
{
  return g_array_index(run->class_auroc, double, evaluation * run->classes->len + index);
}

double
medct_train_run_loss(const MedctTrainRun *run)
{
  guint n = MIN(run->steps->len, LOSS_OVER);
  double sum = 0;
  for (guint i = run->steps->len - n; i < run->steps->len; i++)
    sum += g_array_index(run->steps, MedctRunStep, i).loss;
  return n > 0 ? sum / n : NAN;
}

static int
compare(gconstpointer a, gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double
medct_train_run_pace(const MedctTrainRun *run)
{
  double paces[PACE_OVER];
  guint n = MIN(run->steps->len, PACE_OVER);
  for (guint i = 0; i < n; i++)
    paces[i] = g_array_index(run->steps, MedctRunStep, run->steps->len - n + i).seconds;
  qsort(paces, n, sizeof *paces, compare);
  return n > 0 ? paces[n / 2] : NAN;
}

static gboolean
has(const MedctTrainRun *run, const char *name)
{
  g_autofree char *path = g_build_filename(run->folder, name, NULL);
  return g_file_test(path, G_FILE_TEST_EXISTS);
}

char *
medct_train_run_adapter(const MedctTrainRun *run)
{
  if (run->state == MEDCT_RUN_DONE && has(run, "adapter_model.safetensors"))
    return g_strdup(run->folder);
  return has(run, "best-so-far/adapter_model.safetensors")
             ? g_build_filename(run->folder, "best-so-far", NULL)
             : NULL;
}

gboolean
medct_train_run_can_resume(const MedctTrainRun *run)
{
  return run->state == MEDCT_RUN_STOPPED || run->state == MEDCT_RUN_LEFT ||
         (run->state == MEDCT_RUN_FAILED && has(run, "checkpoints"));
}
