/* Which statements to score: the 18 pathologies, free prompts, labels, thresholds. */
#include "app/score.h"
#include "model/card.h"
#include "model/csv.h"
#include <errno.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static void
finding_free(gpointer data)
{
  MedctFinding *finding = data;
  g_free(finding->name);
  g_free(finding->prompt);
  g_free(finding->negation);
  g_free(finding);
}

GPtrArray *
medct_findings_new(void)
{
  return g_ptr_array_new_with_free_func(finding_free);
}

/* Takes the three strings. */
static void
add(GPtrArray *findings, char *name, char *prompt, char *negation)
{
  MedctFinding *finding = g_new0(MedctFinding, 1);
  *finding = (MedctFinding){name, prompt, negation, NAN};
  g_ptr_array_add(findings, finding);
}

static void
add_named(GPtrArray *findings, const char *name)
{
  add(findings, g_strdup(name), medct_pathology_prompt(name, TRUE),
      medct_pathology_prompt(name, FALSE));
}

void
medct_findings_add_pathologies(GPtrArray *findings)
{
  for (guint i = 0; i < MEDCT_N_PATHOLOGIES; i++)
    add_named(findings, medct_pathology_name(i));
}

void
medct_findings_add_pair(GPtrArray *findings, const MedctPrompt *pair)
{
  add(findings, g_strdup(pair->name), g_strdup(pair->prompt), g_strdup(pair->against));
}

gboolean
medct_findings_add_prompt(GPtrArray *findings, const char *text, GError **error)
{
  g_autoptr(MedctPrompt) pair = medct_prompt_parse(text, error);
  if (!pair)
    return FALSE;
  medct_findings_add_pair(findings, pair);
  return TRUE;
}

/* The file's lines without BOM, carriage returns, blanks and comments. */
static char **
read_lines(const char *path, GError **error)
{
  enum { MOST_BYTES = 64 << 20 }; /* label tables of whole data sets */
  g_autofree char *tainted_text = NULL;
  gsize n = 0;
  g_autoptr(GError) cause = NULL;
  if (!g_file_get_contents(path, &tainted_text, &n, &cause)) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be read (%s)",
                     g_strerror(cause->code == G_FILE_ERROR_NOENT ? ENOENT : EIO));
    return NULL;
  }
  if (n > MOST_BYTES || strlen(tainted_text) != n || !g_utf8_validate(tainted_text, -1, NULL)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, N_("the file"),
                      "lines of UTF-8 text, at most 64 MiB", N_("something else"));
    return NULL;
  }
  const char *text =
      g_str_has_prefix(tainted_text, "\xef\xbb\xbf") ? tainted_text + 3 : tainted_text;
  g_auto(GStrv) all = g_strsplit(text, "\n", -1);
  g_autoptr(GStrvBuilder) kept = g_strv_builder_new();
  for (char **line = all; *line; line++) {
    g_strstrip(*line);
    if (**line && **line != '#')
      g_strv_builder_add(kept, *line);
  }
  char **lines = g_strv_builder_end(kept);
  if (lines[0])
    return lines;
  g_strfreev(lines);
  medct_error_file(error, MEDCT_ERROR_FORMAT, path, "it has no line with text");
  return NULL;
}

gboolean
medct_findings_add_prompt_file(GPtrArray *findings, const char *path, GError **error)
{
  g_auto(GStrv) lines = read_lines(path, error);
  if (!lines)
    return FALSE;
  for (char **line = lines; *line; line++)
    if (!medct_findings_add_prompt(findings, *line, error))
      return FALSE;
  return TRUE;
}

static gboolean
add_label(GPtrArray *findings, const char *label, GError **error)
{
  g_autoptr(MedctPrompt) pair = medct_prompt_from_label(label, NULL, NULL, error);
  if (!pair)
    return FALSE;
  medct_findings_add_pair(findings, pair);
  return TRUE;
}

/* A label table: its columns after VolumeName are the labels. */
static gboolean
add_columns(GPtrArray *findings, const char *path, GError **error)
{
  g_autoptr(MedctCsv) table = medct_csv_load(path, error);
  if (!table)
    return FALSE;
  for (guint column = 1; column < medct_csv_n_columns(table); column++)
    if (!add_label(findings, medct_csv_name(table, column), error))
      return FALSE;
  return TRUE;
}

gboolean
medct_findings_add_label_file(GPtrArray *findings, const char *path, GError **error)
{
  g_auto(GStrv) lines = read_lines(path, error);
  if (!lines)
    return FALSE;
  if (g_str_has_prefix(lines[0], "VolumeName"))
    return add_columns(findings, path, error);
  for (char **line = lines; *line; line++)
    if (!add_label(findings, *line, error))
      return FALSE;
  return TRUE;
}

gboolean
medct_findings_read_card(GPtrArray *findings, const char *model, GError **error)
{
  g_autoptr(MedctCard) card = medct_card_for_model(model, error);
  if (!card)
    return FALSE;
  for (guint i = 0; i < findings->len; i++) {
    MedctFinding *finding = findings->pdata[i];
    medct_card_threshold(card, finding->name, &finding->threshold);
  }
  return TRUE;
}
