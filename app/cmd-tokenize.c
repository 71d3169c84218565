/* medct tokenize: the ids that a model's text encoder is given, one line a text. */
#include "app/commands.h"
#include "model/config.h"
#include "model/json.h"
#include "model/model_files.h"
#include "model/tokenizer.h"
#include <string.h>

#define BERT_POSITIONS 512 /* where there are no weights to ask */

typedef struct {
  MedctTokenizer *tokenizer;
  int max_ids;
  GString *out; /* printed when every text has been read */
} Run;

/* Names where the text stands, so that one line of thousands can be found. */
static gboolean
add_text(Run *run, const char *tainted_text, gsize n, const char *source, int line, GError **error)
{
  g_autoptr(GArray) ids =
      medct_tokenizer_encode(run->tokenizer, tainted_text, (gssize)n, run->max_ids, error);
  if (ids == NULL) {
    g_prefix_error(error, "%s %d: ", source, line);
    return FALSE;
  }
  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf(run->out, i ? " %d" : "%d", g_array_index(ids, int32_t, i));
  g_string_append_c(run->out, '\n');
  return TRUE;
}

/* U+0000 and U+FFFD are dropped by the same rule of the tokeniser, and JSON readers end a text at
 * the first of them: \u0000 → \uFFFD. In place; the length stays. */
static void
replace_escaped_nul(char *json)
{
  for (char *p = strchr(json, '\\'); p && p[1]; p = strchr(p + 2, '\\'))
    if (g_str_has_prefix(p, "\\u0000"))
      memcpy(p + 2, "FFFD", 4);
}

static gboolean
add_json(Run *run, char *tainted_line, const char *source, int line, GError **error)
{
  g_autofree char *where = g_strdup_printf("%s %d", source, line);
  replace_escaped_nul(tainted_line);
  g_autoptr(JsonNode) root = medct_json_parse(tainted_line, strlen(tainted_line), where, error);
  if (root == NULL)
    return FALSE;
  JsonNode *text = JSON_NODE_HOLDS_OBJECT(root)
                       ? json_object_get_member(json_node_get_object(root), "text")
                       : NULL;
  if (text == NULL || json_node_get_value_type(text) != G_TYPE_STRING) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, where, "text", "a line {\"text\": \"…\"}",
                      text ? "no text" : "missing");
    return FALSE;
  }
  const char *string = json_node_get_string(text);
  return add_text(run, string, strlen(string), source, line, error);
}

/* Every line is a text, an empty one too; in a JSON lines file empty lines are passed over. */
static gboolean
add_file(Run *run, const char *path, gboolean json, GError **error)
{
  g_autofree char *tainted = NULL, *name = g_path_get_basename(path);
  g_autofree char *source = g_strdup_printf("%s line", name);
  g_autoptr(GError) cause = NULL;
  gsize n = 0;
  if (!g_file_get_contents(path, &tainted, &n, &cause)) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be read: %s",
                     g_file_test(path, G_FILE_TEST_EXISTS) ? cause->message
                                                           : "there is no such file");
    return FALSE;
  }
  gsize bom = g_str_has_prefix(tainted, "\xEF\xBB\xBF") ? 3 : 0;
  int line = 1;
  for (char *p = tainted + bom, *end = tainted + n; p < end; line++) {
    char *stop = memchr(p, '\n', (gsize)(end - p));
    stop = stop ? stop : end;
    *stop = 0;
    gboolean blank = json && p[strspn(p, " \t\r")] == 0;
    gboolean done = blank  ? TRUE
                    : json ? add_json(run, p, source, line, error)
                           : add_text(run, p, (gsize)(stop - p), source, line, error);
    if (!done)
      return FALSE;
    p = stop + 1;
  }
  return TRUE;
}

static gboolean
add_all(Run *run, const MedctInvocation *invocation, GError **error)
{
  const char *const *files = medct_invocation_values(invocation, "file");
  for (; *files; files++)
    if (!add_file(run, *files, FALSE, error))
      return FALSE;
  const char *const *json = medct_invocation_values(invocation, "json-lines");
  for (; *json; json++)
    if (!add_file(run, *json, TRUE, error))
      return FALSE;
  const char *const *texts = medct_invocation_arguments(invocation);
  for (int i = 0; texts[i]; i++)
    if (!add_text(run, texts[i], strlen(texts[i]), "text", i + 1, error))
      return FALSE;
  return TRUE;
}

/* The length of the position table, which cuts long texts; without weights BERT's own. */
static gboolean
find_positions(const char *model, int *positions, GError **error)
{
  g_autoptr(GError) cause = NULL;
  g_autofree char *weights = medct_model_find_weights(model, &cause);
  g_autofree char *config_json = medct_model_find_file(model, "config.json");
  MedctConfig config;
  *positions = BERT_POSITIONS;
  if (weights == NULL && g_error_matches(cause, MEDCT_ERROR, MEDCT_ERROR_IO))
    return TRUE;
  if (weights == NULL) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(weights, error);
  if (file == NULL || !medct_config_from_tensors(file, config_json, 0, &config, error))
    return FALSE;
  *positions = config.text_positions;
  return TRUE;
}

static gboolean
open_model(Run *run, const char *model, GError **error)
{
  g_autofree char *vocabulary = medct_model_find_file(model, "vocab.txt");
  if (vocabulary == NULL) {
    medct_error_file(error, MEDCT_ERROR_IO, model,
                     "there is no vocab.txt in this folder; it comes with the text encoder");
    return FALSE;
  }
  run->tokenizer = medct_tokenizer_open(vocabulary, error);
  return run->tokenizer && find_positions(model, &run->max_ids, error);
}

static gboolean
is_asked_for_something(const MedctInvocation *invocation)
{
  return medct_invocation_value(invocation, "file") ||
         medct_invocation_value(invocation, "json-lines") ||
         medct_invocation_arguments(invocation)[0];
}

static int
run_tokenize(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  const char *model = medct_invocation_value(invocation, "model");
  if (model == NULL || !is_asked_for_something(invocation)) {
    g_set_error_literal(&error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                        model ? "no text is given: as an argument, with --file or --json-lines"
                              : "--model is missing");
    return medct_command_misused(invocation, error);
  }
  g_autoptr(GString) out = g_string_new(NULL);
  Run run = {.out = out};
  gboolean done = open_model(&run, model, &error) && add_all(&run, invocation, &error);
  medct_tokenizer_free(run.tokenizer);
  if (!done)
    return medct_command_fail(invocation, error);
  g_print("%s", out->str);
  return 0;
}

static const MedctOption options[] = {
    {"model", 'm', "PATH", FALSE, NULL,
     "A folder with vocab.txt, or a weights file beside one. Required."},
    {"file", 'f', "LINES.txt", TRUE, NULL, "A file in which every line is a text."},
    {"json-lines", 0, "FILE", TRUE, NULL,
     "A file of lines {\"text\": \"…\"}; other members are passed over."},
    {NULL},
};

const MedctCommand medct_command_tokenize = {
    .name = "tokenize",
    .arguments = "[TEXT…]",
    .min_arguments = 0,
    .max_arguments = -1,
    .summary = "show the ids that the text encoder is given",
    .description =
        "Prints one line a text: the ids of its WordPieces with [CLS] before and [SEP] after them, "
        "separated by spaces, in the order of the lines of --file, then those of --json-lines, "
        "then the arguments.\n\n"
        "An id is a line number of vocab.txt, from 0. A word that the vocabulary cannot spell is "
        "[UNK]. Texts are cut to the model's position table, or to 512 ids in a folder without "
        "weights.",
    .options = options,
    .examples = "medct tokenize -m ct-clip/ \"Pleural effusion is present.\"\n  One prompt\n"
                "medct tokenize -m ct-clip/ --file prompts.txt\n  One line of ids a prompt",
    .run = run_tokenize,
};
