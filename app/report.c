#include "app/report.h"
#include "model/atomic_file.h"
#include "model/csv.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* ---- what the formats share ---------------------------------------------------------------- */

void
medct_report_study_id(const MedctVolume *volume, char text[13])
{
  const MedctVolumeHeader *header = medct_volume_get_header(volume);
  const char *hash = header->sha256[0] ? header->sha256 : medct_volume_content_hash(volume);
  g_strlcpy(text, hash, 13);
}

static int
by_probability(gconstpointer a, gconstpointer b, gpointer scores)
{
  const MedctFindingScore *all = scores;
  guint left = *(const guint *)a, right = *(const guint *)b;
  double difference = all[right].probability - all[left].probability;
  return difference > 0 ? 1 : difference < 0 ? -1 : left < right ? -1 : 1;
}

guint *
medct_report_order(const MedctStudyScore *study)
{
  guint *order = g_new(guint, study->n);
  for (guint i = 0; i < study->n; i++)
    order[i] = i;
  g_qsort_with_data(order, (int)study->n, sizeof *order, by_probability, study->scores);
  return order;
}

/* ---- CSV ----------------------------------------------------------------------------------- */

static void
add_cell(GString *text, const char *value)
{
  g_autofree char *cell = medct_csv_quote(value);
  if (text->len > 0 && text->str[text->len - 1] != '\n')
    g_string_append_c(text, ',');
  g_string_append(text, cell);
}

/* Empty where there is no number. */
static void
add_number(GString *text, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE] = "";
  if (isfinite(value))
    g_ascii_formatd(number, sizeof number, "%.9g", value);
  g_string_append_c(text, ',');
  g_string_append(text, number);
}

static void
add_row(GString *text, const MedctReport *report, guint i, const char *warnings)
{
  const MedctFinding *finding = report->scorer->findings->pdata[i];
  const MedctFindingScore *score = &report->study->scores[i];
  const medct_model_info *model = medct_backend_info(report->scorer->backend);
  const char *over = "";
  if (isfinite(finding->threshold))
    over = score->probability >= finding->threshold ? "yes" : "no";
  add_cell(text, finding->name);
  add_cell(text, finding->prompt);
  add_cell(text, finding->negation);
  add_number(text, score->probability);
  add_number(text, report->base != NULL ? report->base->scores[i].probability : NAN);
  add_number(text, finding->threshold);
  add_cell(text, over);
  add_number(text, score->cosine[0]);
  add_number(text, score->cosine[1]);
  add_number(text, score->similarity[0]);
  add_number(text, score->similarity[1]);
  add_cell(text, medct_volume_get_header(report->study->volume)->sha256);
  add_cell(text, model->weights_sha256);
  add_cell(text, model->adapter_sha256);
  add_cell(text, MEDCT_VERSION);
  add_cell(text, warnings);
  add_cell(text, "not for diagnostic use");
  g_string_append_c(text, '\n');
}

static char *
print_warnings(const MedctReport *report)
{
  g_autoptr(GPtrArray) warnings = medct_study_score_warnings(report->scorer, report->study);
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < warnings->len; i++)
    g_string_append_printf(text, "%s%s", i > 0 ? " " : "",
                           ((const MedctWarning *)warnings->pdata[i])->message);
  return g_string_free(text, FALSE);
}

static char *
print_csv(const MedctReport *report)
{
  g_autofree char *warnings = print_warnings(report);
  g_autofree guint *order = medct_report_order(report->study);
  GString *text = g_string_new(
      "finding,prompt,negation,probability,base_probability,threshold,over_threshold,cosine,"
      "cosine_negation,similarity,similarity_negation,input_sha256,"
      "weights_sha256,adapter_sha256,version,warnings,notice\n");
  for (guint i = 0; i < report->study->n; i++)
    add_row(text, report, order[i], warnings);
  return g_string_free(text, FALSE);
}

/* ---- writing ------------------------------------------------------------------------------- */

gboolean
medct_report_check_path(const char *path, GError **error)
{
  static const char *const endings[] = {".json", ".csv", ".pdf"};
  for (gsize n = 0; n < G_N_ELEMENTS(endings); n++)
    if (g_str_has_suffix(path, endings[n]))
      return TRUE;
  medct_error_field(error, MEDCT_ERROR_ARGUMENT, path, N_("the report's name"),
                    "one that ends in .json, .csv or .pdf", N_("one with another ending or none"));
  return FALSE;
}

static GBytes *
make(const MedctReport *report, const char *path, const MedctMonitor *monitor, GError **error)
{
  if (g_str_has_suffix(path, ".pdf")) {
    GByteArray *page = medct_report_draw_pdf(report, monitor, error);
    return page != NULL ? g_byte_array_free_to_bytes(page) : NULL;
  }
  char *text = NULL;
  if (g_str_has_suffix(path, ".csv"))
    text = print_csv(report);
  else {
    char id[13];
    medct_report_study_id(report->study->volume, id);
    g_autofree char *line = medct_study_score_json(report->scorer, report->study, id, report->base);
    text = g_strconcat(line, "\n", NULL);
  }
  return g_bytes_new_take(text, strlen(text));
}

gboolean
medct_report_write(const MedctReport *report, const char *path, const MedctMonitor *monitor,
                   GError **error)
{
  if (!medct_report_check_path(path, error))
    return FALSE;
  g_autoptr(GBytes) bytes = make(report, path, monitor, error);
  return bytes != NULL && medct_atomic_file_save(path, g_bytes_get_data(bytes, NULL),
                                                 g_bytes_get_size(bytes), error);
}
