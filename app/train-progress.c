#include "app/train-progress.h"
#include "app/cli-private.h"
#include <math.h>

/* 1234567 → "1,234,567"; caller frees. */
static char *
grouped(guint64 n)
{
  g_autofree char *digits = g_strdup_printf("%" G_GUINT64_FORMAT, n);
  GString *text = g_string_new(digits);
  for (gssize at = (gssize)text->len - 3; at > 0; at -= 3)
    g_string_insert_c(text, at, ',');
  return g_string_free(text, FALSE);
}

/* "12 min", "3 h 05 min"; caller frees. */
static char *
duration(double seconds)
{
  if (!isfinite(seconds) || seconds < 0)
    return g_strdup("…");
  if (seconds < 100)
    return g_strdup_printf("%.0f s", seconds);
  int minutes = (int)ceil(seconds / 60);
  return minutes < 100 ? g_strdup_printf("%d min", minutes)
                       : g_strdup_printf("%d h %02d min", minutes / 60, minutes % 60);
}

void
medct_train_progress_print_plan(const medct_train_plan *plan, const MedctTrainCohort *cohort)
{
  g_autofree char *trainable = grouped(plan->trainable);
  g_autofree char *parameters = grouped(plan->parameters);
  guint training, validation;
  medct_train_cohort_count(cohort, &training, &validation);
  g_print("Trains %s numbers beside the model's %s (%.2f %%)\n", trainable, parameters,
          100.0 * (double)plan->trainable / (double)MAX(plan->parameters, 1));
  g_print("%u volumes to learn from, %u to measure on; %" G_GUINT64_FORMAT
          " steps an epoch, %" G_GUINT64_FORMAT " at most\n",
          training, validation, (guint64)plan->steps_per_epoch, (guint64)plan->steps);
  g_print("%u of %u layers of the image encoder run once a volume; about %.1f GB of memory, %.1f "
          "GB of cache\n",
          plan->frozen_layers, plan->vision_layers, (double)plan->memory_bytes / 1e9,
          (double)plan->cache_bytes / 1e9);
  if (plan->seconds > 0) {
    g_autofree char *time = duration(plan->seconds);
    g_print("About %s on this machine, by pieces of the work; less where earlier work is kept\n",
            time);
  }
}

static void
show_prepared(const medct_train_record *r)
{
  g_autofree char *left = duration(r->seconds_left);
  medct_cli_show_line("volume %u of %u is encoded  %s left", r->prepared, r->to_prepare, left);
}

static void
show_step(const medct_train_record *r)
{
  g_autofree char *left = duration(r->seconds_left);
  medct_cli_show_line("step %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                      "  epoch %u of %u  loss %.4f  %.2f s a step  %s left",
                      (guint64)r->step, (guint64)r->steps, r->epoch, r->epochs, r->loss, r->seconds,
                      left);
}

static void
print_evaluation(const medct_train_record *r)
{
  medct_cli_clear_progress();
  g_print("epoch %u  step %" G_GUINT64_FORMAT "  validation loss %.4f", r->step == 0 ? 0 : r->epoch,
          (guint64)r->step, r->val_loss);
  if (isfinite(r->val_auroc))
    g_print("  AUROC %.3f", r->val_auroc);
  if (isfinite(r->auroc_low) && isfinite(r->auroc_high))
    g_print(" (%.3f to %.3f)", r->auroc_low, r->auroc_high);
  g_print("%s\n", r->best ? "  best so far" : "");
}

void
medct_train_progress_show(const medct_train_record *r, void *user_data)
{
  switch (r->kind) {
  case MEDCT_TRAIN_STARTED:
    if (r->step > 0)
      g_print("Goes on after step %" G_GUINT64_FORMAT "%s%s\n", (guint64)r->step,
              r->message ? ": " : "", r->message ? r->message : "");
    else if (GPOINTER_TO_INT(user_data))
      g_printerr("medct train: there is no checkpoint to go on from: the training begins at the "
                 "first step\n");
    break;
  case MEDCT_TRAIN_PREPARED:
    show_prepared(r);
    break;
  case MEDCT_TRAIN_STEP:
    show_step(r);
    break;
  case MEDCT_TRAIN_EVALUATION:
    print_evaluation(r);
    break;
  case MEDCT_TRAIN_SAVE_FAILED:
    medct_cli_clear_progress();
    g_printerr("medct train: the checkpoint of step %" G_GUINT64_FORMAT
               " was not saved: %s. The one before it is kept; training goes on.\n",
               (guint64)r->step, r->message ? r->message : "");
    break;
  case MEDCT_TRAIN_NOT_RECORDED:
    medct_cli_clear_progress();
    g_printerr("medct train: %s. Records may be missing from here on; training goes on.\n",
               r->message);
    break;
  case MEDCT_TRAIN_FINISHED:
    medct_cli_clear_progress();
    g_print("The adapter is written: %s\n", r->message ? r->message : "");
    break;
  default:
    break;
  }
}

static bool
is_cancelled(void *data)
{
  return medct_monitor_cancelled(medct_cli_monitor());
}

const MedctMonitor *
medct_train_progress_monitor(void)
{
  static const MedctMonitor monitor = {is_cancelled, NULL, NULL};
  return &monitor;
}
