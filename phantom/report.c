#include "phantom/report.h"
#include "phantom/findings.h"
#include "phantom/report-phrases.h"
#include <string.h>

/* What a sentence may say about one finding. */
typedef struct {
  int grade, count;
  const MedctObject *largest;
  const char *side;
} Facts;

static Facts
gather(const GArray *objects, int finding, int grade)
{
  Facts facts = {.grade = grade};
  gboolean right = FALSE, left = FALSE;
  for (guint n = 0; n < objects->len; n++) {
    const MedctObject *object = &g_array_index(objects, MedctObject, n);
    if (object->finding != finding)
      continue;
    facts.count++;
    right |= object->side<0, left |= object->side> 0;
    if (facts.largest == NULL || object->size_mm > facts.largest->size_mm)
      facts.largest = object;
  }
  facts.side = right && left ? "bilateral" : right ? "right" : left ? "left" : "bilateral";
  return facts;
}

/* ---- slots --------------------------------------------------------------------------------- */

static const char *
count_word(int n)
{
  static const char *const words[] = {"no", "a single", "two", "three", "four", "five"};
  return n < (int)G_N_ELEMENTS(words) ? words[n] : "multiple";
}

/* The word of a slot; the size is the only number. */
static const char *
slot_word(const char *slot, const Facts *facts)
{
  static const char *const degree[] = {"mild", "moderate", "severe"},
                           *const volume[] = {"small", "moderate", "large"},
                           *const extent[] = {"limited", "scattered", "extensive"};
  const MedctObject *o = facts->largest;
  const struct {
    const char *slot, *word;
  } words[] = {
      {"deg", degree[facts->grade - 1]},
      {"vol", volume[facts->grade - 1]},
      {"ext", extent[facts->grade - 1]},
      {"side", facts->side},
      {"place", o && o->place ? o->place : "chest"},
      {"thing", o && o->name ? o->name : "device"},
      {"count", count_word(facts->count)},
      {"are", facts->count > 1 ? "are" : "is"},
      {"s", facts->count > 1 ? "s" : ""},
  };
  for (gsize n = 0; n < G_N_ELEMENTS(words); n++)
    if (strcmp(words[n].slot, slot) == 0)
      return words[n].word;
  return "";
}

static void
add_slot(GString *text, const char *slot, const Facts *facts)
{
  if (strcmp(slot, "mm") == 0)
    g_string_append_printf(text, "%d", facts->largest ? (int)lroundf(facts->largest->size_mm) : 0);
  else
    g_string_append(text, slot_word(slot, facts));
}

static void
add_sentence(GString *report, const char *phrase, const Facts *facts)
{
  if (report->len > 0)
    g_string_append_c(report, ' ');
  gsize start = report->len;
  for (const char *p = phrase; *p; p++) {
    const char *end = *p == '{' ? strchr(p, '}') : NULL;
    if (end == NULL) {
      g_string_append_c(report, *p);
      continue;
    }
    g_autofree char *slot = g_strndup(p + 1, (gsize)(end - p - 1));
    add_slot(report, slot, facts);
    p = end;
  }
  report->str[start] = g_ascii_toupper(report->str[start]);
}

static const char *
pick(MedctRandom *random, const char *const *phrases, int most)
{
  int n = 0;
  while (n < most && phrases[n] != NULL)
    n++;
  return phrases[medct_random_integer(random, 0, n - 1)];
}

/* ---- the report ---------------------------------------------------------------------------- */

/* As readers go: mediastinum and heart, then lungs and pleura. */
static const MedctFinding order[MEDCT_N_PATHOLOGIES] = {
    MEDCT_FINDING_MEDICAL_MATERIAL,
    MEDCT_FINDING_CARDIOMEGALY,
    MEDCT_FINDING_PERICARDIAL_EFFUSION,
    MEDCT_FINDING_ARTERIAL_CALCIFICATION,
    MEDCT_FINDING_CORONARY_CALCIFICATION,
    MEDCT_FINDING_LYMPHADENOPATHY,
    MEDCT_FINDING_HIATAL_HERNIA,
    MEDCT_FINDING_PLEURAL_EFFUSION,
    MEDCT_FINDING_EMPHYSEMA,
    MEDCT_FINDING_MOSAIC,
    MEDCT_FINDING_PERIBRONCHIAL_THICKENING,
    MEDCT_FINDING_BRONCHIECTASIS,
    MEDCT_FINDING_NODULE,
    MEDCT_FINDING_OPACITY,
    MEDCT_FINDING_CONSOLIDATION,
    MEDCT_FINDING_ATELECTASIS,
    MEDCT_FINDING_FIBROTIC_SEQUELA,
    MEDCT_FINDING_SEPTAL_THICKENING,
};

static void
add_finding(GString *report, MedctRandom *random, int finding, const Facts *facts, int words)
{
  const MedctPhrases *phrases = &medct_phrases[finding];
  gboolean deny = medct_random_chance(random, words == 0 ? 0.45 : 0.2);
  if (facts->grade > 0)
    add_sentence(report, pick(random, phrases->present[words], MEDCT_N_PRESENT), facts);
  else if (deny)
    add_sentence(report, pick(random, phrases->absent[words], MEDCT_N_ABSENT), facts);
}

static void
add_normals(GString *report, MedctRandom *random, int words)
{
  static const Facts none = {0};
  const char *last = NULL;
  int n = medct_random_integer(random, 1, 3);
  for (int i = 0; i < n; i++) {
    const char *sentence = pick(random, medct_normal_sentences[words], 16);
    if (sentence != last)
      add_sentence(report, sentence, &none);
    last = sentence;
  }
}

static void
add_impression(GString *report, MedctRandom *random, const MedctLabels *labels, int words)
{
  gboolean conclude = medct_random_chance(random, 0.7);
  const char *joint = words == 0 ? " Impression: " : " Conclusion: ";
  for (int n = 0; n < MEDCT_N_PATHOLOGIES && conclude; n++) {
    int finding = (int)order[n];
    if (labels->grade[finding] == 0)
      continue;
    g_autofree char *name = g_ascii_strdown(medct_pathology_name((guint)finding), -1);
    g_string_append(report, joint);
    g_string_append(report, name);
    joint = ", ";
  }
  if (report->str[report->len - 1] != '.')
    g_string_append_c(report, '.');
}

char *
medct_phantom_report(const GArray *objects, const MedctLabels *labels, const MedctPatient *patient,
                     const MedctSite *site)
{
  GString *report = g_string_new(NULL);
  int words = site->from_b[MEDCT_FACTOR_WORDING];
  MedctRandom random = medct_random_stream(patient->seed, patient->index, "report");
  int normals_after = medct_random_integer(&random, 0, MEDCT_N_PATHOLOGIES - 1);
  for (int n = 0; n < MEDCT_N_PATHOLOGIES; n++) {
    int finding = (int)order[n];
    Facts facts = gather(objects, finding, labels->grade[finding]);
    add_finding(report, &random, finding, &facts, words);
    if (n == normals_after)
      add_normals(report, &random, words);
  }
  add_impression(report, &random, labels, words);
  return g_string_free(report, FALSE);
}
