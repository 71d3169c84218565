/* One pass, in place: cells are unquoted inside the copy of the text and never grow. */
#include "model/csv.h"
#include <glib/gi18n.h>
#include <string.h>

struct _MedctCsv {
  char *name;    /* for messages */
  char *text;    /* the cells, each ended by NUL */
  GArray *cells; /* of guint32: offsets into text, row by row; the header first */
  GArray *lines; /* of guint32: where each row begins; the header first */
  guint n_columns;
  guint n_header; /* rows of it: 1, or 0 in a bare table of numbers */
};

typedef struct {
  MedctCsv *csv;
  gsize in, out, size;
  char separator;
  guint line;
  GError **error;
} Parser;

static gboolean
refuse(Parser *parser, guint line, const char *message)
{
  medct_error_file(parser->error, MEDCT_ERROR_FORMAT, parser->csv->name, "line %u: %s", line,
                   _(message));
  return FALSE;
}

/* Steps over LF, CRLF or CR; FALSE when there is none here. */
static gboolean
skip_line_end(Parser *parser)
{
  const char *text = parser->csv->text;
  if (parser->in < parser->size && text[parser->in] == '\r' && text[parser->in + 1] == '\n')
    parser->in += 2;
  else if (parser->in < parser->size && strchr("\r\n", text[parser->in]))
    parser->in++;
  else
    return FALSE;
  parser->line++;
  return TRUE;
}

/* Takes what stands between quotes; `in` stops behind the closing one. */
static gboolean
read_quoted(Parser *parser)
{
  char *text = parser->csv->text;
  guint first_line = parser->line;
  for (parser->in++; parser->in < parser->size; parser->in++) {
    char c = text[parser->in];
    if (c == '"' && text[parser->in + 1] != '"') {
      parser->in++;
      return TRUE;
    }
    parser->in += c == '"';
    parser->line += c == '\n';
    text[parser->out++] = c;
  }
  return refuse(parser, first_line, N_("a quote is opened and never closed"));
}

static gboolean
at_cell_end(const Parser *parser)
{
  char c = parser->in < parser->size ? parser->csv->text[parser->in] : '\n';
  return c == parser->separator || c == '\n' || c == '\r';
}

static gboolean
read_cell(Parser *parser)
{
  char *text = parser->csv->text;
  guint32 start = (guint32)parser->out;
  guint line = parser->line;
  if (parser->in < parser->size && text[parser->in] == '"') {
    if (!read_quoted(parser))
      return FALSE;
    if (!at_cell_end(parser))
      return refuse(
          parser, parser->line,
          N_("text follows a closing quote, expected a separator or the end of the line"));
  }
  while (!at_cell_end(parser))
    text[parser->out++] = text[parser->in++];
  if (parser->out - start > MEDCT_CSV_MAX_CELL)
    return refuse(parser, line, N_("a cell is longer than 1 MiB; is a quote missing?"));
  g_array_append_val(parser->csv->cells, start);
  return TRUE;
}

/* One row; its line end is taken too. A cell's NUL takes the place of its separator. */
static gboolean
read_row(Parser *parser)
{
  MedctCsv *csv = parser->csv;
  guint32 line = parser->line;
  guint n = 0;
  for (;; n++) {
    if (n == MEDCT_CSV_MAX_COLUMNS)
      return refuse(parser, line, N_("more than 4096 columns"));
    if (!read_cell(parser))
      return FALSE;
    gboolean more = parser->in < parser->size && csv->text[parser->in] == parser->separator;
    if (more)
      parser->in++;
    else
      skip_line_end(parser);
    csv->text[parser->out++] = 0;
    if (!more)
      break;
  }
  if (csv->n_columns == 0)
    csv->n_columns = n + 1;
  if (n + 1 != csv->n_columns) {
    g_autofree char *message =
        g_strdup_printf("it has %u cells, expected %u as in the header", n + 1, csv->n_columns);
    return refuse(parser, line, message);
  }
  g_array_append_val(csv->lines, line);
  return TRUE;
}

/* ';' where a spreadsheet of a country with decimal commas wrote it: what the header has more of.
 */
static char
find_separator(const char *text, gsize start, gsize n)
{
  gsize commas = 0, semicolons = 0;
  gboolean quoted = FALSE;
  for (gsize i = start; i < n && (quoted || !strchr("\r\n", text[i])); i++) {
    quoted ^= text[i] == '"';
    commas += !quoted && text[i] == ',';
    semicolons += !quoted && text[i] == ';';
  }
  return semicolons > commas ? ';' : ',';
}

static gboolean
check_bytes(const char *tainted_text, gsize n, const char *what, GError **error)
{
  const char *found = NULL;
  if (n == 0)
    found = "empty";
  else if (n > MEDCT_CSV_MAX_BYTES)
    found = "larger than 256 MiB";
  else if (memchr(tainted_text, 0, n) || !g_utf8_validate(tainted_text, (gssize)n, NULL))
    found = "in another encoding, or no text";
  if (found)
    medct_error_field(error, MEDCT_ERROR_FORMAT, what, N_("the table"),
                      "a CSV file with a header, saved as UTF-8", "%s", found);
  return found == NULL;
}

static gboolean
check_names(Parser *parser)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint n = 0; n < parser->csv->n_columns; n++) {
    const char *name = medct_csv_name(parser->csv, n);
    if (*name == 0 || g_hash_table_add(seen, (gpointer)name))
      continue;
    g_autofree char *message = g_strdup_printf("the column \"%.80s\" stands twice", name);
    return refuse(parser, 1, message);
  }
  return TRUE;
}

static gboolean
is_number(const char *text)
{
  char *end = NULL;
  g_ascii_strtod(text, &end);
  return end != text && *end == 0;
}

static const char *
cell(const MedctCsv *csv, gsize index)
{
  return csv->text + g_array_index(csv->cells, guint32, index);
}

static gboolean
begins_with_numbers(const MedctCsv *csv)
{
  guint n_numbers = 0;
  for (guint n = 0; n < csv->n_columns; n++) {
    const char *text = cell(csv, n);
    if (*text && !is_number(text))
      return FALSE;
    n_numbers += *text != 0;
  }
  return n_numbers > 0;
}

static MedctCsv *
parse_table(const char *tainted_text, gsize n_bytes, const char *what, gboolean header_may_lack,
            GError **error)
{
  if (!check_bytes(tainted_text, n_bytes, what, error))
    return NULL;
  g_autoptr(MedctCsv) csv = g_new0(MedctCsv, 1);
  csv->name = g_path_get_basename(what);
  csv->cells = g_array_new(FALSE, FALSE, sizeof(guint32));
  csv->lines = g_array_new(FALSE, FALSE, sizeof(guint32));
  csv->text = g_try_malloc(n_bytes + 1);
  if (csv->text == NULL) {
    medct_error_file(error, MEDCT_ERROR_MEMORY, what, "not enough memory for the table");
    return NULL;
  }
  memcpy(csv->text, tainted_text, n_bytes);
  csv->text[n_bytes] = 0;
  Parser parser = {.csv = csv, .size = n_bytes, .line = 1, .error = error};
  if (n_bytes >= 3 && memcmp(tainted_text, "\xEF\xBB\xBF", 3) == 0)
    parser.in = 3;
  parser.separator = find_separator(csv->text, parser.in, n_bytes);
  while (parser.in < n_bytes)
    if (!skip_line_end(&parser) && !read_row(&parser)) /* empty lines are nothing */
      return NULL;
  if (csv->n_columns == 0) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, what, N_("the table"), "a header row",
                      N_("only blank"));
    return NULL;
  }
  if (header_may_lack && begins_with_numbers(csv))
    return g_steal_pointer(&csv);
  csv->n_header = 1;
  return check_names(&parser) ? g_steal_pointer(&csv) : NULL;
}

MedctCsv *
medct_csv_parse(const char *tainted_text, gsize n_bytes, const char *what, GError **error)
{
  return parse_table(tainted_text, n_bytes, what, FALSE, error);
}

static MedctCsv *
load_table(const char *path, gboolean header_may_lack, GError **error)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(GMappedFile) mapped = g_mapped_file_new(path, FALSE, &local);
  if (mapped == NULL) {
    medct_error_unreadable(error, path, local);
    return NULL;
  }
  return parse_table(g_mapped_file_get_contents(mapped), g_mapped_file_get_length(mapped), path,
                     header_may_lack, error);
}

MedctCsv *
medct_csv_load(const char *path, GError **error)
{
  return load_table(path, FALSE, error);
}

MedctCsv *
medct_csv_load_numbers(const char *path, GError **error)
{
  return load_table(path, TRUE, error);
}

gboolean
medct_csv_has_header(const MedctCsv *csv)
{
  return csv->n_header > 0;
}

void
medct_csv_free(MedctCsv *csv)
{
  if (csv == NULL)
    return;
  g_free(csv->name);
  g_free(csv->text);
  g_clear_pointer(&csv->cells, g_array_unref);
  g_clear_pointer(&csv->lines, g_array_unref);
  g_free(csv);
}

guint
medct_csv_n_columns(const MedctCsv *csv)
{
  return csv->n_columns;
}

guint
medct_csv_n_rows(const MedctCsv *csv)
{
  return csv->lines->len - csv->n_header;
}

const char *
medct_csv_name(const MedctCsv *csv, guint column)
{
  g_return_val_if_fail(column < csv->n_columns, NULL);
  return csv->n_header ? cell(csv, column) : "";
}

const char *
medct_csv_cell(const MedctCsv *csv, guint row, guint column)
{
  g_return_val_if_fail(row < medct_csv_n_rows(csv) && column < csv->n_columns, NULL);
  return cell(csv, ((gsize)row + csv->n_header) * csv->n_columns + column);
}

guint
medct_csv_line(const MedctCsv *csv, guint row)
{
  g_return_val_if_fail(row < medct_csv_n_rows(csv), 0);
  return g_array_index(csv->lines, guint32, row + csv->n_header);
}

int
medct_csv_find_column(const MedctCsv *csv, const char *name)
{
  for (guint n = 0; n < csv->n_columns; n++)
    if (g_str_equal(medct_csv_name(csv, n), name))
      return (int)n;
  return -1;
}

gboolean
medct_csv_need_column(const MedctCsv *csv, const char *name, guint *column, GError **error)
{
  int found = medct_csv_find_column(csv, name);
  if (found >= 0) {
    *column = (guint)found;
    return TRUE;
  }
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint n = 0; n < MIN(csv->n_columns, 8); n++)
    g_string_append_printf(names, "%s%.40s", n ? ", " : "", medct_csv_name(csv, n));
  medct_error_file(error, MEDCT_ERROR_FORMAT, csv->name,
                   "the column %s is missing, expected it in the header; found %s%s", name,
                   names->str, csv->n_columns > 8 ? ", …" : "");
  return FALSE;
}

char *
medct_csv_quote(const char *text)
{
  gboolean formula = *text && strchr("=+-@\t\r", *text) && !is_number(text);
  if (!formula && !strpbrk(text, ",;\"\r\n"))
    return g_strdup(text);
  GString *quoted = g_string_new("\"");
  if (formula)
    g_string_append_c(quoted, '\'');
  for (; *text; text++) {
    if (*text == '"')
      g_string_append_c(quoted, '"');
    g_string_append_c(quoted, *text);
  }
  g_string_append_c(quoted, '"');
  return g_string_free(quoted, FALSE);
}
