/* medct eval: how good a model is on a cohort, and whether an adapter made it better. */
#include "app/commands.h"
#include "app/eval-plots.h"
#include "app/output-place.h"

typedef struct {
  MedctEvalOptions options;
  MedctSplit split;
} Settings;

static gboolean
read_settings(const MedctInvocation *invocation, Settings *settings, GError **error)
{
  guint draws = 1000;
  const char *split = medct_invocation_value(invocation, "split");
  const char *rule = medct_invocation_value(invocation, "thresholds");
  const char *const needed[] = {"cohort", "model"};
  for (int i = 0; i < 2; i++)
    if (!medct_invocation_needed(invocation, needed[i], error))
      return FALSE;
  if (!medct_invocation_count(invocation, "bootstrap", 0, MEDCT_MAX_DRAWS, &draws, error) ||
      !medct_invocation_seed(invocation, &settings->options.seed, error))
    return FALSE;
  settings->split = MEDCT_SPLIT_TEST;
  if (split)
    medct_split_parse(split, &settings->split);
  settings->options.rule =
      g_strcmp0(rule, "upstream") == 0 ? MEDCT_THRESHOLD_UPSTREAM : MEDCT_THRESHOLD_YOUDEN;
  settings->options.n_draws = draws;
  return TRUE;
}

static gboolean
check_places(const MedctInvocation *invocation, GError **error)
{
  const char *const inputs[] = {medct_invocation_value(invocation, "cohort"),
                                medct_invocation_value(invocation, "model"), NULL};
  return medct_output_check_file(medct_invocation_value(invocation, "scores"), inputs, error) &&
         medct_output_check_folder(medct_invocation_value(invocation, "plots"), error);
}

typedef struct {
  MedctEvalRows *rows;
  GPtrArray *questions; /* of MedctEvalQuestion */
  MedctEvalScores *base, *adapter;
  medct_model_info base_info, adapter_info;
} Scored;

static void
scored_clear(Scored *scored)
{
  medct_eval_rows_free(scored->rows);
  g_clear_pointer(&scored->questions, g_ptr_array_unref);
  medct_eval_scores_free(scored->base);
  medct_eval_scores_free(scored->adapter);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Scored, scored_clear)

static gboolean
read_questions(const MedctInvocation *invocation, const MedctCohort *cohort, Scored *scored,
               GError **error)
{
  scored->questions = g_ptr_array_new_with_free_func((GDestroyNotify)medct_eval_question_free);
  for (const char *const *text = medct_invocation_values(invocation, "ask"); *text; text++) {
    MedctEvalQuestion *question = medct_eval_question_new(*text, cohort, error);
    if (!question)
      return FALSE;
    g_ptr_array_add(scored->questions, question);
  }
  return TRUE;
}

/* The base on every volume, then the adapter on those that the base could score. */
static gboolean
score(const MedctInvocation *invocation, Scored *scored, GError **error)
{
  const MedctMonitor *monitor = medct_cli_monitor();
  g_autofree char *adapter = medct_invocation_lines(invocation, "adapter");
  g_autoptr(MedctHost) host = medct_host_new();
  g_autoptr(MedctBackend) backend = medct_host_load_model(
      host, medct_invocation_value(invocation, "model"), NULL, monitor, error);
  if (!backend)
    return FALSE;
  scored->base_info = *medct_backend_info(backend);
  if (adapter) { /* refused before hours are spent */
    if (!medct_backend_set_adapter(backend, adapter, error) ||
        !medct_backend_set_adapter(backend, NULL, error))
      return FALSE;
  }
  scored->base = medct_eval_score(host, backend, scored->rows, scored->questions, monitor, error);
  if (!scored->base || !adapter)
    return scored->base != NULL;
  if (!medct_backend_set_adapter(backend, adapter, error))
    return FALSE;
  scored->adapter_info = *medct_backend_info(backend);
  scored->adapter =
      medct_eval_score(host, backend, scored->rows, scored->questions, monitor, error);
  return scored->adapter != NULL;
}

static gboolean
save_scores(const MedctInvocation *invocation, const Scored *scored, GError **error)
{
  const char *path = medct_invocation_value(invocation, "scores");
  const MedctEvalScores *scores = scored->adapter ? scored->adapter : scored->base;
  return !path || medct_eval_scores_save(scores, scored->rows, path, error);
}

static guint
tell_failed(const MedctEvalRows *rows)
{
  guint n = 0;
  for (guint i = 0; i < rows->n; i++)
    if (rows->error[i] && n++ < 20)
      g_printerr("medct eval: %s\n", rows->error[i]);
  return n;
}

static int
run_eval(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  Settings settings = {0};
  if (!read_settings(invocation, &settings, &error) ||
      !medct_invocation_set_threads(invocation, &error))
    return medct_command_misused(invocation, error);
  const char *path = medct_invocation_value(invocation, "cohort");
  g_auto(Scored) scored = {0};
  if (!check_places(invocation, &error))
    return medct_command_fail(invocation, error);
  g_autoptr(MedctCohort) cohort = medct_cohort_load(path, &error);
  if (!cohort || !read_questions(invocation, cohort, &scored, &error) ||
      !(scored.rows = medct_eval_rows_new(cohort, settings.split, &error)) ||
      !score(invocation, &scored, &error))
    return medct_command_fail(invocation, error);
  g_autoptr(MedctEvaluation) base =
      medct_evaluate(scored.rows, scored.base, &settings.options, medct_cli_monitor(), &error);
  g_autoptr(MedctEvaluation) adapter = NULL;
  if (base && scored.adapter)
    adapter =
        medct_evaluate(scored.rows, scored.adapter, &settings.options, medct_cli_monitor(), &error);
  medct_cli_clear_progress();
  guint n_failed = tell_failed(scored.rows);
  if (error || !save_scores(invocation, &scored, &error))
    return medct_command_fail(invocation, error);
  g_autofree char *name = g_path_get_basename(path);
  MedctEvalReport report = {scored.rows,
                            &settings.options,
                            name,
                            scored.questions,
                            &scored.base_info,
                            adapter ? &scored.adapter_info : NULL,
                            base,
                            adapter};
  const char *plots = medct_invocation_value(invocation, "plots");
  if (plots && !medct_eval_report_plot(&report, plots, &error))
    return medct_command_fail(invocation, error);
  if (medct_invocation_flag(invocation, "json"))
    medct_eval_report_print_json(&report);
  else
    medct_eval_report_print(&report);
  return n_failed > 0;
}

static const MedctOption options[] = {
    {"cohort", 'c', "COHORT", FALSE, NULL,
     "The cohort: a CSV file or a folder as CT-RATE's, see medct cohort check. Required."},
    {"model", 'm', "PATH", FALSE, NULL,
     "The model: a weights file, or a folder with weights and vocab.txt. Required."},
    {"adapter", 'a', "DIR[:WEIGHT]", TRUE, NULL,
     "A LoRA adapter: measured beside the base, and the difference between them; several are added "
     "up, each times its weight (1)."},
    {"split", 's', "SPLIT", FALSE, "train|validation|test", "What is measured, test by default."},
    {"ask", 0, "FINDING=SENTENCE", TRUE, NULL,
     "How a finding is asked for, instead of \"X is present.\": any sentence, against its "
     "opposite; "
     "or \"FINDING=SENTENCE | AGAINST\"."},
    {"thresholds", 0, "RULE", FALSE, "youden|upstream",
     "How thresholds are chosen on the validation split: the largest recall + specificity, the "
     "default, or as CT-CLIP's own code does."},
    {"bootstrap", 0, "N", FALSE, NULL, "Draws for the intervals; 1000 by default, 0 for none."},
    {"seed", 0, "N", FALSE, NULL, "Seed of the draws; 0 by default."},
    {"scores", 0, "CSV", FALSE, NULL,
     "Writes the probabilities (the adapter's, where there is one) for medct metrics."},
    {"plots", 0, "DIR", FALSE, NULL,
     "Writes ROC, precision-recall and reliability curves into DIR, as PNG and SVG."},
    {"json", 'j', NULL, FALSE, NULL, "Prints JSON, with all digits and every interval."},
    {"threads", 't', "N", FALSE, NULL, "Threads to compute with; by default one a processor."},
    {NULL},
};

const MedctCommand medct_command_eval = {
    .name = "eval",
    .arguments = "",
    .min_arguments = 0,
    .max_arguments = 0,
    .summary = "measure a model, or an adapter against it, on a cohort",
    .description =
        "Scores \"X is present.\" against \"X is not present.\" for every finding X of the cohort "
        "and every volume of the split, and measures them against the labels: AUROC, average "
        "precision, accuracy, precision, recall, specificity, F1, of each finding and on average, "
        "at 0.5 and at thresholds chosen on the validation split. The intervals hold 95 % of "
        "bootstrap draws of patients. Nothing is chosen on the split that is measured.\n\n"
        "With an adapter, base and adapter are drawn together, and the interval of the difference "
        "says whether it helps. What always saying \"present\" or \"absent\" gives stands beside "
        "accuracy and F1, which look good without any skill when findings are rare.\n\n"
        "Where the cohort has reports: how often a report finds its own volume among the first k, "
        "and how much the labels of the nearest volumes overlap.\n\n"
        "Volumes that cannot be read are reported and the rest go on; the exit status is then 1. "
        "Encoded volumes are kept in the user's cache: after Ctrl-C the same command goes on.",
    .options = options,
    .examples = "medct eval --cohort cohort.csv --model ct-clip/\n  the test split\n"
                "medct eval -c cohort.csv -m ct-clip/ -a adapter/ --json > eval.json\n"
                "  base and adapter, every number",
    .run = run_eval,
};
