#include "model/score_table.h"
#include "model/csv.h"
#include <math.h>

typedef struct {
  const char *path;
  MedctCsv *csv;
  GHashTable *rows; /* volume → row + 1; empty in a bare table */
  guint first;      /* column of the first finding */
} Side;

static void
side_clear(Side *side)
{
  medct_csv_free(side->csv);
  g_clear_pointer(&side->rows, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Side, side_clear)

static gboolean
load_side(Side *side, const char *path, GError **error)
{
  side->path = path;
  side->rows = g_hash_table_new(g_str_hash, g_str_equal);
  side->csv = medct_csv_load_numbers(path, error);
  if (side->csv == NULL || !medct_csv_has_header(side->csv))
    return side->csv != NULL;
  side->first = 1;
  for (guint n = 0; n < medct_csv_n_rows(side->csv); n++) {
    const char *volume = medct_csv_cell(side->csv, n, 0);
    if (g_hash_table_insert(side->rows, (gpointer)volume, GUINT_TO_POINTER(n + 1)))
      continue;
    medct_error_file(error, MEDCT_ERROR_FORMAT, path,
                     "line %u: %s stands a second time, expected one row a volume",
                     medct_csv_line(side->csv, n), volume);
    return FALSE;
  }
  return TRUE;
}

/* Adds the volumes of `side` that `other` lacks to the list; how many. */
static guint
list_missing(const Side *side, const Side *other, GString *list)
{
  enum { SHOWN = 8 };
  guint n_missing = 0;
  for (guint n = 0; n < medct_csv_n_rows(side->csv); n++) {
    const char *volume = medct_csv_cell(side->csv, n, 0);
    if (g_hash_table_contains(other->rows, volume))
      continue;
    if (n_missing++ < SHOWN)
      g_string_append_printf(list, "%s%s", list->len ? ", " : "", volume);
  }
  if (n_missing > SHOWN)
    g_string_append_printf(list, " and %u more", n_missing - SHOWN);
  return n_missing;
}

static gboolean
check_matched(const Side *side, const Side *other, GError **error)
{
  g_autoptr(GString) list = g_string_new(NULL);
  guint n = list_missing(side, other, list);
  if (n == 0)
    return TRUE;
  g_autofree char *name = g_path_get_basename(other->path);
  medct_error_file(error, MEDCT_ERROR_MISMATCH, side->path, "%u volumes have no row in %s: %s", n,
                   name, list->str);
  return FALSE;
}

static gboolean
check_shape(const Side *scores, const Side *labels, GError **error)
{
  if (medct_csv_has_header(scores->csv) != medct_csv_has_header(labels->csv)) {
    medct_error_file(error, MEDCT_ERROR_MISMATCH, scores->first ? labels->path : scores->path,
                     "it has no header and the other table has one; expected both to name volumes "
                     "and findings, or neither");
    return FALSE;
  }
  guint n_columns = medct_csv_n_columns(scores->csv), n_rows = medct_csv_n_rows(scores->csv);
  if (n_columns != medct_csv_n_columns(labels->csv) || n_columns <= scores->first ||
      (!scores->first && n_rows != medct_csv_n_rows(labels->csv))) {
    medct_error_file(error, MEDCT_ERROR_MISMATCH, labels->path,
                     "it has %u rows of %u columns, and the scores have %u of %u; expected one row "
                     "a volume and one column a finding in both",
                     medct_csv_n_rows(labels->csv), medct_csv_n_columns(labels->csv), n_rows,
                     n_columns);
    return FALSE;
  }
  if (n_rows == 0) {
    medct_error_file(error, MEDCT_ERROR_FORMAT, scores->path,
                     "no rows are in it, expected one a volume");
    return FALSE;
  }
  return !scores->first ||
         (check_matched(scores, labels, error) && check_matched(labels, scores, error));
}

static gboolean
refuse_cell(const Side *side, guint row, guint column, const char *expected, GError **error)
{
  g_autofree char *where =
      g_strdup_printf("line %u, column %u", medct_csv_line(side->csv, row), column + 1);
  medct_error_field(error, MEDCT_ERROR_FORMAT, side->path, where, expected, "\"%.40s\"",
                    medct_csv_cell(side->csv, row, column));
  return FALSE;
}

static gboolean
read_score(const Side *side, guint row, guint column, double *score, GError **error)
{
  const char *text = medct_csv_cell(side->csv, row, column);
  char *end = NULL;
  *score = g_ascii_strtod(text, &end);
  if (end != text && *end == 0 && isfinite(*score))
    return TRUE;
  return refuse_cell(side, row, column, "a finite number", error);
}

static gboolean
read_label(const Side *side, guint row, guint column, gint8 *label, GError **error)
{
  const char *text = medct_csv_cell(side->csv, row, column);
  char *end = NULL;
  double value = *text ? g_ascii_strtod(text, &end) : -1;
  if ((*text && (end == text || *end)) || (value != 0 && value != 1 && value != -1))
    return refuse_cell(side, row, column, "1, 0, or empty or −1 for unknown", error);
  *label = (gint8)value;
  return TRUE;
}

/* Where the labels of a finding stand. */
static gboolean
match_column(const Side *scores, const Side *labels, guint column, guint *theirs, GError **error)
{
  *theirs = column;
  return !scores->first ||
         medct_csv_need_column(labels->csv, medct_csv_name(scores->csv, column), theirs, error);
}

static gboolean
fill(MedctScoreTable *table, const Side *scores, const Side *labels, GError **error)
{
  for (guint c = 0; c < table->n_classes; c++) {
    guint column = scores->first + c, theirs;
    if (!match_column(scores, labels, column, &theirs, error))
      return FALSE;
    if (table->classes)
      table->classes[c] = g_strdup(medct_csv_name(scores->csv, column));
    for (guint n = 0; n < table->n_rows; n++) {
      gsize at = (gsize)n * table->n_classes + c;
      guint row = n;
      if (table->volumes)
        row = GPOINTER_TO_UINT(g_hash_table_lookup(labels->rows, table->volumes[n])) - 1;
      if (!read_score(scores, n, column, &table->scores[at], error) ||
          !read_label(labels, row, theirs, &table->labels[at], error))
        return FALSE;
    }
  }
  return TRUE;
}

MedctScoreTable *
medct_score_table_load(const char *scores, const char *labels, GError **error)
{
  g_auto(Side) left = {0};
  g_auto(Side) right = {0};
  if (!load_side(&left, scores, error) || !load_side(&right, labels, error) ||
      !check_shape(&left, &right, error))
    return NULL;
  g_autoptr(MedctScoreTable) table = g_new0(MedctScoreTable, 1);
  table->n_rows = medct_csv_n_rows(left.csv);
  table->n_classes = medct_csv_n_columns(left.csv) - left.first;
  gsize n_cells = (gsize)table->n_rows * table->n_classes;
  table->scores = g_new(double, n_cells);
  table->labels = g_new(gint8, n_cells);
  if (left.first) {
    table->volumes = g_new0(char *, table->n_rows + 1);
    table->classes = g_new0(char *, table->n_classes + 1);
    for (guint n = 0; n < table->n_rows; n++)
      table->volumes[n] = g_strdup(medct_csv_cell(left.csv, n, 0));
  }
  return fill(table, &left, &right, error) ? g_steal_pointer(&table) : NULL;
}

void
medct_score_table_free(MedctScoreTable *table)
{
  if (table == NULL)
    return;
  g_free(table->scores);
  g_free(table->labels);
  g_strfreev(table->volumes);
  g_strfreev(table->classes);
  g_free(table);
}
