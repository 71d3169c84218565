/* Comma- or semicolon-separated tables: a header row, then rows of as many cells. BOM, CRLF, quoted
 * cells with line ends in them and doubled quotes are read; what is ambiguous is refused with its
 * line. Source: RFC 4180. Immutable once read: any thread. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

#define MEDCT_CSV_MAX_BYTES   (256u << 20)
#define MEDCT_CSV_MAX_CELL    (1u << 20) /* bytes */
#define MEDCT_CSV_MAX_COLUMNS 4096

typedef struct _MedctCsv MedctCsv;

/* `what` names the text in messages (a path is shortened to its file name). */
MedctCsv *medct_csv_parse(const char *tainted_text, gsize n_bytes, const char *what,
                          GError **error);
MedctCsv *medct_csv_load(const char *path, GError **error);
/* The same for tables of numbers, which may lack the header: it does when the first row holds
 * nothing but numbers. Names are "" then. */
MedctCsv *medct_csv_load_numbers(const char *path, GError **error);
gboolean medct_csv_has_header(const MedctCsv *csv);
void medct_csv_free(MedctCsv *csv);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctCsv, medct_csv_free)

guint medct_csv_n_columns(const MedctCsv *csv);
guint medct_csv_n_rows(const MedctCsv *csv); /* without the header */
/* Strings are the table's. Rows and columns count from 0. */
const char *medct_csv_name(const MedctCsv *csv, guint column);
const char *medct_csv_cell(const MedctCsv *csv, guint row, guint column);
/* The line, from 1, on which the row begins: for messages. */
guint medct_csv_line(const MedctCsv *csv, guint row);
/* The column of that name, or −1. */
int medct_csv_find_column(const MedctCsv *csv, const char *name);
/* The same; FALSE and a message that lists the columns when it is missing. */
gboolean medct_csv_need_column(const MedctCsv *csv, const char *name, guint *column,
                               GError **error);

/* `text` as a cell, quoted where it must be; = + − @ at the start get a ' before them, so that no
 * spreadsheet computes what a stranger typed. Plain numbers stay as they are. Caller frees. */
char *medct_csv_quote(const char *text);

G_END_DECLS
