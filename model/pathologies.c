#include "model/pathologies.h"
#include <glib/gi18n.h>
#include <string.h>

static const char *const names[MEDCT_N_PATHOLOGIES] = {
    "Medical material",
    "Arterial wall calcification",
    "Cardiomegaly",
    "Pericardial effusion",
    "Coronary artery wall calcification",
    "Hiatal hernia",
    "Lymphadenopathy",
    "Emphysema",
    "Atelectasis",
    "Lung nodule",
    "Lung opacity",
    "Pulmonary fibrotic sequela",
    "Pleural effusion",
    "Mosaic attenuation pattern",
    "Peribronchial thickening",
    "Consolidation",
    "Bronchiectasis",
    "Interlobular septal thickening",
};

const char *
medct_pathology_name(guint index)
{
  g_return_val_if_fail(index < MEDCT_N_PATHOLOGIES, NULL);
  return names[index];
}

const char *const *
medct_pathology_names(void)
{
  return names;
}

char *
medct_pathology_prompt(const char *name, gboolean present)
{
  return g_strconcat(name, present ? " is present." : " is not present.", NULL);
}

void
medct_prompt_free(MedctPrompt *prompt)
{
  if (prompt == NULL)
    return;
  g_free(prompt->name);
  g_free(prompt->prompt);
  g_free(prompt->against);
  g_free(prompt);
}

/* ---- opposites ----------------------------------------------------------------------------- */

/* The rest of `text` after `prefix`, case ignored; NULL when it does not begin so. */
static const char *
after(const char *text, const char *prefix)
{
  gsize n = strlen(prefix);
  return g_ascii_strncasecmp(text, prefix, n) == 0 ? text + n : NULL;
}

/* "There is no X" asks for an article back; plurals of "There is" do not exist in reports. */
static const char *
article(const char *noun)
{
  return strchr("aeiouAEIOU", *noun) && *noun ? "an " : "a ";
}

/* "There is …" and "There are …", both ways; NULL for others. */
static char *
negate_existence(const char *text)
{
  const char *rest;
  if ((rest = after(text, "There is no evidence of ")))
    return g_strconcat("There is evidence of ", rest, NULL);
  if ((rest = after(text, "There is not ")))
    return g_strconcat("There is ", rest, NULL);
  if ((rest = after(text, "There are not ")))
    return g_strconcat("There are ", rest, NULL);
  if ((rest = after(text, "There is no ")))
    return g_strconcat("There is ", article(rest), rest, NULL);
  if ((rest = after(text, "There are no ")))
    return g_strconcat("There are ", rest, NULL);
  if ((rest = after(text, "There is a ")) || (rest = after(text, "There is an ")) ||
      (rest = after(text, "There is ")))
    return g_strconcat("There is no ", rest, NULL);
  if ((rest = after(text, "There are ")))
    return g_strconcat("There are no ", rest, NULL);
  return NULL;
}

/* "nodule is seen." → "Nodule is seen." */
static char *
begin_sentence(const char *text)
{
  char *sentence = g_strdup(text);
  sentence[0] = g_ascii_toupper(sentence[0]);
  return sentence;
}

/* Puts "not" after the sentence's verb, or takes it away; takes "no" away before its subject or its
 * object. NULL when there is no verb we know. */
static char *
negate_verb(const char *text)
{
  static const char *const pairs[][2] = {
      {" is ", " is not "},
      {" are ", " are not "},
      {" was ", " was not "},
      {" were ", " were not "},
      {" shows ", " does not show "},
      {" show ", " do not show "},
      {" has ", " does not have "},
      {" have ", " do not have "},
      {" contains ", " does not contain "},
      {" demonstrates ", " does not demonstrate "},
      {" reveals ", " does not reveal "},
      {" suggests ", " does not suggest "},
  };
  for (int negative = 1; negative >= 0; negative--)
    for (gsize n = 0; n < G_N_ELEMENTS(pairs); n++) {
      const char *found = strstr(text, pairs[n][negative]);
      if (found == NULL)
        continue;
      const char *tail = found + strlen(pairs[n][negative]);
      if (!negative && after(text, "no "))
        return begin_sentence(after(text, "no "));
      g_autofree char *head = g_strndup(text, (gsize)(found - text));
      if (!negative && after(tail, "no "))
        return g_strconcat(head, pairs[n][0], after(tail, "no "), NULL);
      return g_strconcat(head, pairs[n][!negative], tail, NULL);
    }
  return NULL;
}

/* "pleural effusion." → "Pleural effusion" */
static char *
clean_finding(const char *text)
{
  gsize n = strlen(text);
  while (n > 0 && (text[n - 1] == '.' || g_ascii_isspace(text[n - 1])))
    n--;
  g_autofree char *finding = g_strndup(text, n);
  return begin_sentence(finding);
}

/* A finding without a verb becomes the model's own sentence, which it was trained to compare. */
static gboolean
pair_finding(MedctPrompt *pair, const char *text)
{
  const char *rest = after(text, "no evidence of ");
  if (rest == NULL)
    rest = after(text, "no ");
  if (rest == NULL)
    rest = after(text, "without ");
  g_autofree char *finding = clean_finding(rest ? rest : text);
  if (finding[0] == 0 || g_str_equal(finding, "No") || g_str_equal(finding, "Without"))
    return FALSE;
  char *present = g_strconcat(finding, " is present.", NULL);
  char *absent = g_strconcat(finding, " is not present.", NULL);
  pair->prompt = rest ? absent : present;
  pair->against = rest ? present : absent;
  return TRUE;
}

static gboolean
check_text(const char *text, const char *what, GError **error)
{
  const char *found = NULL;
  if (!g_utf8_validate(text, -1, NULL))
    found = "not UTF-8 text";
  else if (text[0] == 0)
    found = "empty";
  else if (strlen(text) > MEDCT_PROMPT_MOST_BYTES)
    found = "longer than 4,096 bytes";
  if (found == NULL)
    return TRUE;
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
              _("the %s is %s, expected a sentence such as \"There is a pleural effusion.\""), what,
              found);
  return FALSE;
}

/* "Is there a nodule?" → "There is a nodule."; other text as it is. The caller frees. */
static char *
answer_question(const char *text)
{
  const char *is = after(text, "Is there "), *are = after(text, "Are there ");
  const char *rest = is ? is : are;
  if (rest == NULL)
    return g_strdup(text);
  gsize n = strlen(rest);
  while (n > 0 && strchr("?. ", rest[n - 1]))
    n--;
  return g_strdup_printf("There %s %.*s.", is ? "is" : "are", (int)n, rest);
}

MedctPrompt *
medct_prompt_new(const char *typed, const char *against, GError **error)
{
  g_autofree char *text = g_strstrip(g_strdup(typed));
  g_autofree char *opposite = against ? g_strstrip(g_strdup(against)) : NULL;
  if (!check_text(text, "prompt", error) || (opposite && !check_text(opposite, "opposite", error)))
    return NULL;
  g_autoptr(MedctPrompt) pair = g_new0(MedctPrompt, 1);
  pair->name = g_steal_pointer(&text);
  text = answer_question(pair->name);
  if (opposite == NULL)
    opposite = negate_existence(text);
  if (opposite == NULL)
    opposite = negate_verb(text);
  if (opposite) {
    pair->prompt = g_steal_pointer(&text);
    pair->against = g_steal_pointer(&opposite);
  } else if (!pair_finding(pair, text)) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                _("the prompt \"%s\" names no finding, expected a sentence or a finding"), text);
    return NULL;
  }
  return g_steal_pointer(&pair);
}

MedctPrompt *
medct_prompt_parse(const char *line, GError **error)
{
  const char *bar = strchr(line, '|');
  g_autofree char *typed = bar ? g_strndup(line, (gsize)(bar - line)) : g_strdup(line);
  return medct_prompt_new(typed, bar ? bar + 1 : NULL, error);
}

/* ---- templates ----------------------------------------------------------------------------- */

static char *
fill_template(const char *template, const char *label, GError **error)
{
  const char *place = strstr(template, "%s");
  if (place == NULL || strstr(place + 2, "%s") != NULL) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                _("the template is \"%s\", expected one %%s where the finding goes"), template);
    return NULL;
  }
  g_autofree char *head = g_strndup(template, (gsize)(place - template));
  return g_strconcat(head, label, place + 2, NULL);
}

MedctPrompt *
medct_prompt_from_label(const char *label, const char *present, const char *absent, GError **error)
{
  g_autoptr(MedctPrompt) pair = g_new0(MedctPrompt, 1);
  if (!check_text(label, "label", error))
    return NULL;
  pair->name = g_strdup(label);
  pair->prompt = fill_template(present ? present : MEDCT_TEMPLATE_PRESENT, label, error);
  if (pair->prompt == NULL)
    return NULL;
  pair->against = fill_template(absent ? absent : MEDCT_TEMPLATE_ABSENT, label, error);
  return pair->against ? g_steal_pointer(&pair) : NULL;
}
