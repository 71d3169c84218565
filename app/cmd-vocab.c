/* medct vocab: a WordPiece vocabulary for a model that is trained from scratch. */
#include "app/commands.h"
#include "app/output-place.h"
#include "model/atomic_file.h"
#include "model/csv.h"
#include "model/pathologies.h"
#include "model/tokenizer.h"
#include "model/vocabulary.h"
#include <string.h>

/* Reports of the training split only: what is held out must not shape the model. */
static gboolean
count_table(const char *path, GHashTable *counts, GError **error)
{
  g_autoptr(MedctCsv) csv = medct_csv_load(path, error);
  guint report = 0;
  if (csv == NULL || !medct_csv_need_column(csv, "report", &report, error))
    return FALSE;
  int split = medct_csv_find_column(csv, "split");
  for (guint row = 0; row < medct_csv_n_rows(csv); row++) {
    if (split >= 0 && g_ascii_strcasecmp(medct_csv_cell(csv, row, (guint)split), "train") != 0)
      continue;
    if (!medct_tokenizer_count_words(medct_csv_cell(csv, row, report), -1, counts, error)) {
      g_autofree char *name = g_path_get_basename(path);
      g_prefix_error(error, "%s: line %u: ", name, medct_csv_line(csv, row));
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
count_text(const char *path, GHashTable *counts, GError **error)
{
  g_autofree char *tainted = NULL;
  g_autoptr(GError) cause = NULL;
  gsize n = 0;
  if (!g_file_get_contents(path, &tainted, &n, &cause)) {
    medct_error_unreadable(error, path, cause);
    return FALSE;
  }
  if (medct_tokenizer_count_words(tainted, (gssize)n, counts, error))
    return TRUE;
  g_autofree char *name = g_path_get_basename(path);
  g_prefix_error(error, "%s: ", name);
  return FALSE;
}

/* The sentences that every score is made of must be spelled well, however rare their words are. */
static gboolean
count_prompts(GHashTable *counts, GError **error)
{
  enum { TIMES = 3 };
  for (guint n = 0; n < 2 * TIMES * MEDCT_N_PATHOLOGIES; n++) {
    const char *name = medct_pathology_name(n % MEDCT_N_PATHOLOGIES);
    g_autofree char *prompt = medct_pathology_prompt(name, n < TIMES * MEDCT_N_PATHOLOGIES);
    if (!medct_tokenizer_count_words(prompt, -1, counts, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
count_all(const char *const *files, GHashTable *counts, GError **error)
{
  for (; *files; files++) {
    gboolean table = g_str_has_suffix(*files, ".csv");
    if (!(table ? count_table : count_text)(*files, counts, error))
      return FALSE;
    if (g_hash_table_size(counts) == 0) {
      medct_error_file(error, MEDCT_ERROR_FORMAT, *files, "no words are in it, expected %s",
                       table ? "reports in rows of the split train" : "reports as text");
      return FALSE;
    }
  }
  return count_prompts(counts, error);
}

static int
run_vocab(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  const char *const *files = medct_invocation_values(invocation, "reports");
  const char *out = NULL;
  guint size = 1000;
  if (!medct_invocation_needed(invocation, "reports", &error) ||
      !(out = medct_invocation_needed(invocation, "out", &error)) ||
      !medct_invocation_count(invocation, "size", MEDCT_VOCABULARY_SMALLEST,
                              MEDCT_VOCABULARY_LARGEST, &size, &error) ||
      !medct_output_check_file(out, files, &error))
    return medct_command_fail(invocation, error);
  g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  if (!count_all(files, counts, &error))
    return medct_command_fail(invocation, error);
  g_autofree char *text = medct_vocabulary_make(counts, (int)size, medct_cli_monitor(), &error);
  medct_cli_clear_progress();
  gboolean done = text && medct_atomic_file_save(out, text, strlen(text), &error);
  return done ? 0 : medct_command_fail(invocation, error);
}

static const MedctOption options[] = {
    {"reports", 'r', "FILE", TRUE, NULL,
     "A .csv with a report column, of which rows of the split train count, or a text file. "
     "Required."},
    {"out", 'o', "FILE", FALSE, NULL, "The vocab.txt to write. Required."},
    {"size", 'n', "N", FALSE, NULL, "At most so many pieces, 256 to 30522; 1000 by default."},
    {NULL},
};

const MedctCommand medct_command_vocab = {
    .name = "vocab",
    .arguments = "",
    .min_arguments = 0,
    .max_arguments = 0,
    .summary = "make a WordPiece vocabulary from reports",
    .description =
        "For a model that is trained from scratch: counts the words of the reports and of the "
        "pathologies' prompts, and joins the most frequent neighbouring pieces until the size is "
        "reached. All printable ASCII characters are in it, so no English text is unknown.\n\n"
        "The same reports give the same file.",
    .options = options,
    .examples = "medct vocab --reports cohort/cohort.csv --size 600 --out model/vocab.txt\n"
                "  From a made-up cohort",
    .run = run_vocab,
};
