/* The experiment as a table. */
#include "app/experiment-private.h"
#include <math.h>

static void
print_points(const MedctInterval *gain)
{
  g_print("  %+5.1f [%+5.1f, %+5.1f]", 100 * gain->value, 100 * gain->low, 100 * gain->high);
}

static void
print_head(const MedctExperiment *x)
{
  const MedctExperimentOptions *o = &x->options;
  const MedctExperimentBaselines *t = &x->baselines;
  g_print(
      "Adapted on %u patients of site B, everything chosen on %u others (seed %" G_GUINT64_FORMAT
      "), measured on %u of each site (seed %" G_GUINT64_FORMAT ").\n",
      o->n_train, o->n_validation, o->development_seed, o->n_test, o->test_seed);
  g_print("Gains in points of mean AUROC over 18 findings, with 95 %% intervals, paired by patient."
          "\n\n");
  g_print("%-13s %4s %7s %6s  %-21s %6s  %-21s %5s %5s %7s %5s\n", "", "seed", "rate", "B", "gain",
          "A", "gain", "acc.", "F1", "trained", "min");
  g_print("%-13s %4s %7s %6.3f  %-21s %6.3f  %-21s %5.3f %5.3f\n", "base", "", "",
          x->base_b.auroc.value, "", x->base_a.auroc.value, "", x->base_b.accuracy.value,
          x->base_b.f1.value);
  g_print("%-13s %4s %7s %6s  %-21s %6s  %-21s %5.3f %5.3f\n", "all present", "", "", "0.500", "",
          "0.500", "", t->accuracy_present, t->f1_present);
  g_print("%-13s %4s %7s %6s  %-21s %6s  %-21s %5.3f %5.3f\n", "all absent", "", "", "0.500", "",
          "0.500", "", t->accuracy_absent, 0.0);
}

static void
print_run(const MedctExperiment *x, const MedctExperimentRun *run)
{
  g_autofree char *rate = isnan(run->rate) ? g_strdup("") : g_strdup_printf("%g", run->rate);
  g_print("%-13s %4u %7s %6.3f", medct_arm_name(run->arm), run->seed, rate, run->b.auroc.value);
  print_points(&run->b.gain);
  g_print(" %6.3f", run->a.auroc.value);
  print_points(&run->a.gain);
  g_print(" %5.3f %5.3f %6.2f%% %5.1f%s\n", run->b.accuracy.value, run->b.f1.value,
          100 * (double)run->trainable / (double)medct_model_parameters(x->model),
          run->seconds / 60, run->keeps_base ? "  keeps the base" : "");
}

static void
print_summary(const MedctExperiment *x)
{
  g_print("\nMeans over seeds, in points:\n");
  for (int arm = 0; arm < MEDCT_N_ARMS; arm++) {
    MedctExperimentSummary s = medct_experiment_summary(x, (MedctArm)arm);
    if (s.n > 0)
      g_print("  %-13s B %+5.1f  A %+5.1f  interval on B above 0: %u of %u, below 0: %u; the base "
              "is kept: %u\n",
              medct_arm_name((MedctArm)arm), 100 * s.gain, 100 * s.forgetting, s.n_above, s.n,
              s.n_below, s.n_kept);
  }
  g_print("\n");
}

static void
print_choices(const MedctExperiment *x)
{
  g_print("Choices, by mean AUROC on B's validation patients (base %.4f):\n",
          x->base_validation_auroc);
  for (guint i = 0; i < x->runs->len; i++) {
    const MedctExperimentRun *run = x->runs->pdata[i];
    g_print("  %-28s %.4f  %s%s%s\n", run->name, run->validation_auroc,
            run->selected ? "selected" : "not selected",
            run->keeps_base ? ", the base is kept: " : ": ", run->choice);
  }
}

static void
print_tests(const MedctExperiment *x)
{
  print_head(x);
  for (guint i = 0; i < x->runs->len; i++) {
    const MedctExperimentRun *run = x->runs->pdata[i];
    if (run->selected)
      print_run(x, run);
  }
  g_print("\ncontrol: LoRA with labels shuffled between training patients, chosen by the same rule;"
          "\ncontrol-end: the same after its last epoch. acc., F1: macro, on B, thresholds from "
          "validation.\n");
  print_summary(x);
}

void
medct_experiment_print(const MedctExperiment *x)
{
  g_print("SYNTHETIC: made-up patients. These numbers say nothing about real images.\n\n");
  if (!x->options.chooses_only)
    print_tests(x);
  print_choices(x);
}
