/* One study's scores as a ranked table for people. */
#include "app/score.h"
#include <math.h>

#define BAR_CELLS 14

/* Eighths of a cell where the terminal knows them, else whole #. */
static char *
bar(double probability)
{
  static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  gboolean utf8 = g_get_charset(NULL);
  int filled = isfinite(probability) ? (int)lround(probability * BAR_CELLS * 8) : 0;
  int cells = filled / 8, rest = utf8 ? filled % 8 : 0;
  GString *text = g_string_new(NULL);
  for (int i = 0; i < cells; i++)
    g_string_append(text, utf8 ? "█" : "#");
  g_string_append(text, eighths[rest]);
  for (int i = cells + (rest > 0); i < BAR_CELLS; i++)
    g_string_append_c(text, ' ');
  return g_string_free(text, FALSE);
}

/* `name` in `width` columns. */
static char *
fitted(const char *name, int width)
{
  glong n = g_utf8_strlen(name, -1);
  if (n <= width)
    return g_strdup_printf("%s%*s", name, (int)(width - n), "");
  g_autofree char *start = g_utf8_substring(name, 0, width - 1);
  return g_strconcat(start, "…", NULL);
}

static void
print_heading(const MedctScorer *scorer, const MedctStudyScore *study)
{
  const MedctVolumeHeader *h = medct_volume_get_header(study->volume);
  const medct_model_info *model = medct_backend_info(scorer->backend);
  char letters[4];
  medct_volume_orientation(study->volume, letters);
  g_print("%s  %" G_GINT64_FORMAT "×%" G_GINT64_FORMAT "×%" G_GINT64_FORMAT
          "  %.3g×%.3g×%.3g mm  %s%s\n",
          h->name, h->dims[0], h->dims[1], h->dims[2], h->spacing_mm[0], h->spacing_mm[1],
          h->spacing_mm[2], h->orientation_known ? letters : "orientation unknown",
          medct_study_encoding_was_cached(study->encoding) ? "  (encoded earlier)" : "");
  g_print("Model %s%s\n", model->name, model->adapter_sha256[0] ? " with adapter" : "");
}

static int
by_probability(gconstpointer a, gconstpointer b, gpointer scores)
{
  const MedctFindingScore *all = scores;
  guint left = *(const guint *)a, right = *(const guint *)b;
  double difference = all[right].probability - all[left].probability;
  return difference > 0 ? 1 : difference < 0 ? -1 : left < right ? -1 : 1;
}

static void
print_finding(const MedctFinding *finding, const MedctFindingScore *score)
{
  g_autofree char *name = fitted(finding->name, 36);
  g_autofree char *drawn = bar(score->probability);
  g_print("  %s %s %5.3f  %10.3f %8.4f", name, drawn, score->probability, score->similarity[0],
          score->cosine[0]);
  if (isfinite(finding->threshold))
    g_print("  %s %.3f", score->probability >= finding->threshold ? "≥" : "<", finding->threshold);
  g_print("\n");
}

void
medct_study_score_print(const MedctScorer *scorer, const MedctStudyScore *study)
{
  print_heading(scorer, study);
  g_autofree guint *order = g_new(guint, study->n);
  for (guint i = 0; i < study->n; i++)
    order[i] = i;
  g_qsort_with_data(order, (int)study->n, sizeof *order, by_probability, study->scores);
  g_print("\n  %-36s %-*s  %10s %8s\n", "Finding", BAR_CELLS + 6, "Probability", "Similarity",
          "Cosine");
  for (guint i = 0; i < study->n; i++)
    print_finding(scorer->findings->pdata[order[i]], &study->scores[order[i]]);
  g_print("\n");
  g_autoptr(GPtrArray) warnings = medct_study_score_warnings(scorer, study);
  for (guint i = 0; i < warnings->len; i++)
    g_print("Warning: %s\n", ((const MedctWarning *)warnings->pdata[i])->message);
  g_print("Research use only — not for diagnosis.\n");
}
