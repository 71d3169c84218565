#include "model/pathologies.h"
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

char *
medct_pathology_prompt(const char *name, gboolean present)
{
  return g_strconcat(name, present ? " is present." : " is not present.", NULL);
}

/* Wordings and their opposites; the first that fits is taken, so the longer stand first. A rule
 * with two different left sides gives one right side, which is turned back into the first. */
static const struct {
  const char *affirmed, *negated;
} endings[] =
    {
        {" is present", " is not present"},
        {" are present", " are not present"},
        {" is seen", " is not seen"},
        {" are seen", " are not seen"},
},
  openings[] = {
      {"There is ", "There is no "},
      {"There is a ", "There is no "},
      {"There is an ", "There is no "},
      {"There are ", "There are no "},
};

static char *
swap_ending(const char *text, const char *from, const char *to, const char *stop)
{
  if (!g_str_has_suffix(text, from))
    return NULL;
  g_autofree char *subject = g_strndup(text, strlen(text) - strlen(from));
  return g_strconcat(subject, to, stop, NULL);
}

static char *
negate_ending(const char *text, const char *stop)
{
  for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
    char *swapped = swap_ending(text, endings[i].negated, endings[i].affirmed, stop);
    if (!swapped)
      swapped = swap_ending(text, endings[i].affirmed, endings[i].negated, stop);
    if (swapped)
      return swapped;
  }
  return NULL;
}

/* The opening that fits with most letters wins: "There is an " before "There is ". */
static char *
negate_opening(const char *text, const char *stop)
{
  const char *from = NULL, *to = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(openings); i++) {
    const char *pair[2] = {openings[i].affirmed, openings[i].negated};
    for (int side = 0; side < 2; side++) {
      if (!g_str_has_prefix(text, pair[side]) || (from && strlen(pair[side]) <= strlen(from)))
        continue;
      from = pair[side];
      to = pair[!side];
    }
  }
  return from ? g_strconcat(to, text + strlen(from), stop, NULL) : NULL;
}

char *
medct_prompt_negate(const char *prompt)
{
  gboolean stopped = g_str_has_suffix(prompt, ".");
  g_autofree char *text = g_strndup(prompt, strlen(prompt) - (stopped ? 1 : 0));
  const char *stop = stopped ? "." : "";
  char *negated = negate_ending(text, stop);
  if (!negated)
    negated = negate_opening(text, stop);
  if (negated)
    return negated;
  if (g_ascii_strncasecmp(text, "no ", 3) == 0 || g_ascii_strncasecmp(text, "not ", 4) == 0)
    return g_strconcat(strchr(text, ' ') + 1, stop, NULL);
  return g_strconcat("No ", text, stop, NULL);
}
