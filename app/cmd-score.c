/* medct score: findings in volumes, as a table, as JSON, as maps. */
#include "app/commands.h"
#include "app/open-volume.h"
#include "app/output-place.h"
#include "app/report.h"
#include "app/score.h"
#include "app/volume-folder.h"
#include "model/folder.h"
#include <string.h>

typedef struct {
  const MedctInvocation *invocation;
  MedctHost *host;
  MedctScorer *scorer;
  const char *map_folder; /* or NULL */
  GHashTable *stems;      /* of the maps written so far, so that no study overwrites another's */
  const char *report;     /* or NULL */
  gboolean json;
} Run;

static gboolean
collect_findings(const MedctInvocation *invocation, GPtrArray *findings, GError **error)
{
  const char *const *texts = medct_invocation_values(invocation, "prompt");
  for (; *texts; texts++)
    if (!medct_findings_add_prompt(findings, *texts, error))
      return FALSE;
  const char *prompts = medct_invocation_value(invocation, "prompts");
  if (prompts && !medct_findings_add_prompt_file(findings, prompts, error))
    return FALSE;
  const char *labels = medct_invocation_value(invocation, "labels");
  if (labels && !medct_findings_add_label_file(findings, labels, error))
    return FALSE;
  if (findings->len == 0)
    medct_findings_add_pathologies(findings);
  return medct_findings_read_card(findings, medct_invocation_value(invocation, "model"), error);
}

static MedctScorer *
make_scorer(const MedctInvocation *invocation, MedctHost *host, GError **error)
{
  g_autoptr(GPtrArray) findings = medct_findings_new();
  if (!collect_findings(invocation, findings, error))
    return NULL;
  g_autofree char *adapters = medct_invocation_lines(invocation, "adapter");
  g_autoptr(MedctBackend) backend = medct_host_load_model(
      host, medct_invocation_value(invocation, "model"), adapters, medct_cli_monitor(), error);
  if (!backend)
    return NULL;
  MedctScorer *scorer = medct_scorer_new(backend, g_steal_pointer(&findings), error);
  if (!scorer)
    return NULL;
  scorer->flags =
      (medct_invocation_flag(invocation, "as-stored") ? MEDCT_ENCODE_AS_STORED : 0) |
      (g_strcmp0(medct_invocation_value(invocation, "clip"), "after") == 0 ? MEDCT_ENCODE_CLIP_AFTER
                                                                           : 0);
  scorer->no_cache = medct_invocation_flag(invocation, "no-cache");
  const char *table = medct_invocation_value(invocation, "metadata");
  const char *slash = table ? strrchr(table, '/') : NULL;
  scorer->metadata = slash ? slash + 1 : table;
  return scorer;
}

/* "chest" for chest.nii.gz, "chest-2" for the next of that name; caller frees. */
static char *
map_stem(GHashTable *stems, const char *path)
{
  g_autofree char *base = g_path_get_basename(path);
  char *dot = strchr(base + 1, '.');
  if (dot)
    *dot = 0;
  char *stem = g_strdup(base);
  for (guint n = 2; !g_hash_table_add(stems, g_strdup(stem)); n++) {
    g_free(stem);
    stem = g_strdup_printf("%s-%u", base, n);
  }
  return stem;
}

static gboolean
score_one(const Run *run, const char *path, GError **error)
{
  g_autoptr(MedctVolume) volume =
      medct_command_open_volume(run->invocation, run->host, path, error);
  if (!volume)
    return FALSE;
  g_autoptr(MedctStudyScore) study =
      medct_scorer_run(run->scorer, volume, medct_cli_monitor(), error);
  if (!study)
    return FALSE;
  (void)g_steal_pointer(&volume);
  if (run->map_folder) {
    g_autofree char *stem = map_stem(run->stems, path);
    if (!medct_study_score_write_maps(run->scorer, study, run->map_folder, stem,
                                      medct_cli_monitor(), error))
      return FALSE;
  }
  MedctReport report = {run->scorer, study, NULL, medct_window_presets[0].window, -1};
  if (run->report && !medct_report_write(&report, run->report, medct_cli_monitor(), error))
    return FALSE;
  medct_cli_clear_progress();
  if (!run->json) {
    medct_study_score_print(run->scorer, study);
    return TRUE;
  }
  g_autofree char *line = medct_study_score_json(
      run->scorer, study, medct_volume_get_header(study->volume)->name, NULL);
  g_print("%s\n", line);
  return TRUE;
}

/* The exit status: 1 when a volume failed; the others are scored all the same. */
static int
score_all(Run *run, const char *const *paths)
{
  int status = 0;
  for (; *paths; paths++) {
    g_autoptr(GError) error = NULL;
    if (score_one(run, *paths, &error))
      continue;
    status = medct_command_fail(run->invocation, error);
    if (run->json) {
      g_autofree char *line = medct_study_error_json(*paths, error);
      g_print("%s\n", line);
    }
    if (g_error_matches(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED))
      return status;
  }
  return status;
}

/* A report holds one study. */
static gboolean
check_report(const char *report, char **paths, GError **error)
{
  if (report == NULL)
    return TRUE;
  if (g_strv_length(paths) == 1)
    return medct_report_check_path(report, error);
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
              "--report holds one study, found %u; score them one by one, or use --json",
              g_strv_length(paths));
  return FALSE;
}

static int
run_score(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  if (!medct_invocation_value(invocation, "model")) {
    g_set_error(&error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, "--model is missing");
    return medct_command_misused(invocation, error);
  }
  if (!medct_invocation_set_threads(invocation, &error) ||
      !medct_metadata_options_check(invocation, &error))
    return medct_command_misused(invocation, error);
  const char *folder = medct_invocation_value(invocation, "map");
  const char *report = medct_invocation_value(invocation, "report");
  g_auto(GStrv) paths = medct_volume_folder_expand(medct_invocation_arguments(invocation));
  if (!check_report(report, paths, &error))
    return medct_command_misused(invocation, error);
  if (!medct_output_check_folder(folder, &error) ||
      !medct_output_check_file(report, (const char *const *)paths, &error))
    return medct_command_fail(invocation, error);
  g_autoptr(MedctHost) host = medct_host_new();
  g_autoptr(MedctScorer) scorer = NULL;
  if (!(scorer = make_scorer(invocation, host, &error)) ||
      (folder != NULL && !medct_folder_make(folder, 0777, &error)))
    return medct_command_fail(invocation, error);
  g_autoptr(GHashTable) stems = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  Run run = {
      invocation, host, scorer, folder, stems, report, medct_invocation_flag(invocation, "json")};
  return score_all(&run, (const char *const *)paths);
}

static const MedctOption options[] = {
    {"model", 'm', "PATH", FALSE, NULL,
     "The model: a weights file, or a folder with weights and vocab.txt. Required."},
    {"adapter", 'a', "DIR[:WEIGHT]", TRUE, NULL,
     "A LoRA adapter in PEFT's format, applied unmerged; several are added up, each times its "
     "weight (1)."},
    {"prompt", 'p', "TEXT", TRUE, NULL,
     "A statement to score instead of the 18 pathologies. Its negation is formed by rule, or given "
     "after a bar: \"TEXT | NEGATION\"."},
    {"prompts", 0, "FILE", FALSE, NULL,
     "A text file with one prompt a line; lines that begin with # are skipped."},
    {"labels", 0, "FILE", FALSE, NULL,
     "Names of findings, one a line, or a CT-RATE label CSV whose columns name them; each is put "
     "into \"NAME is present.\""},
    {"map", 0, "DIR", FALSE, NULL,
     "Writes two NIfTI maps a finding into DIR: the model's own cells (…-grid.nii.gz) and, in the "
     "study's geometry, smoothed between them. The value is the share of the prompt's score over "
     "its negation's."},
    {"report", 0, "FILE", FALSE, NULL,
     "Writes a report of the one volume: .json, .csv, or a page of .pdf with key pictures. The "
     "page "
     "names the study by its hash."},
    {"json", 'j', NULL, FALSE, NULL, "Prints one line of JSON a volume."},
    MEDCT_METADATA_OPTIONS,
    {"as-stored", 0, NULL, FALSE, NULL,
     "Keeps the file's axis order, as the reference implementation does, instead of turning the "
     "volume by its affine."},
    {"clip", 0, "WHEN", FALSE, "before|after",
     "Clips HU before resampling, the default, or after it."},
    {"no-cache", 0, NULL, FALSE, NULL,
     "Neither reads nor writes what is kept of a volume between runs."},
    {"threads", 't', "N", FALSE, NULL, "Threads to compute with; by default one a processor."},
    {NULL},
};

const MedctCommand medct_command_score = {
    .name = "score",
    .arguments = "VOLUME…",
    .min_arguments = 1,
    .max_arguments = -1,
    .summary = "score findings in volumes",
    .description =
        "Encodes each volume once and scores statements about it, by default that each of the 18 "
        "pathologies of the CT-RATE labels is present.\n\n"
        "For every statement and its negation the cosine to the volume, the similarity (the "
        "model's scale times the cosine), and the probability of the statement: softmax over the "
        "two similarities. They rank volumes and findings; they are not calibrated.\n\n"
        "A folder stands for the NIfTI files in it, sorted by name. Several volumes share the "
        "loaded "
        "model. One that cannot be read is reported and the rest "
        "go on. What the model made of a volume is kept in the user's cache, so that a second run "
        "on the same volume, weights, adapter and options takes no encoding.\n\n"
        "A model card (model.json in the model folder) may hold {\"thresholds\": {\"Emphysema\": "
        "0.4}}; then the table says which side of it each probability is.",
    .options = options,
    .examples =
        "medct score chest.nii.gz --model ct-clip/\n  the 18 pathologies, ranked\n"
        "medct score chest.nii.gz -m ct-clip/ -p \"There is a nodule in the right lung.\"\n"
        "  one statement in your own words\n"
        "medct score studies/ -m ct-clip/ --json > scores.jsonl\n  a folder, a line a volume\n"
        "medct score chest.nii.gz -m ct-clip/ --labels findings.txt --map maps/\n"
        "  your own list, with heat-maps",
    .run = run_score,
};
