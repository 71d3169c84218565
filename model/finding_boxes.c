#include "model/finding_boxes.h"
#include "model/csv.h"
#include <errno.h>
#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

struct _MedctFindingBoxes {
  GHashTable *by_volume; /* name → GArray of MedctFindingBox */
};

typedef struct {
  guint volume, finding, edges[6];
} Columns;

static gboolean
find_columns(const MedctCsv *csv, Columns *columns, GError **error)
{
  static const char *const names[6] = {"i_low", "i_high", "j_low", "j_high", "k_low", "k_high"};
  if (!medct_csv_need_column(csv, "volume", &columns->volume, error) ||
      !medct_csv_need_column(csv, "finding", &columns->finding, error))
    return FALSE;
  for (int n = 0; n < 6; n++)
    if (!medct_csv_need_column(csv, names[n], &columns->edges[n], error))
      return FALSE;
  return TRUE;
}

static int
find_class(const char *name, const char *const *classes, guint n_classes)
{
  for (guint n = 0; n < n_classes; n++)
    if (strcmp(name, classes[n]) == 0)
      return (int)n;
  return -1;
}

static gboolean
refuse(const MedctCsv *csv, guint row, guint column, const char *path, const char *expected,
       GError **error)
{
  g_autofree char *field =
      g_strdup_printf("line %u, %s", medct_csv_line(csv, row), medct_csv_name(csv, column));
  medct_error_field(error, MEDCT_ERROR_FORMAT, path, field, expected, "\"%s\"",
                    medct_csv_cell(csv, row, column));
  return FALSE;
}

static gboolean
read_edges(const MedctCsv *csv, guint row, const Columns *columns, const char *path,
           MedctFindingBox *box, GError **error)
{
  for (int n = 0; n < 6; n++) {
    const char *text = medct_csv_cell(csv, row, columns->edges[n]);
    char *end = NULL;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < 0 || value > G_MAXINT16)
      return refuse(csv, row, columns->edges[n], path, N_("a voxel's number, 0 to 32767"), error);
    *(n % 2 ? &box->high[n / 2] : &box->low[n / 2]) = (int)value;
  }
  for (int axis = 0; axis < 3; axis++)
    if (box->low[axis] > box->high[axis])
      return refuse(csv, row, columns->edges[2 * axis + 1], path, N_("no less than the low end"),
                    error);
  return TRUE;
}

static void
add_box(MedctFindingBoxes *boxes, const char *volume, const MedctFindingBox *box)
{
  GArray *list = g_hash_table_lookup(boxes->by_volume, volume);
  if (list == NULL) {
    list = g_array_new(FALSE, FALSE, sizeof *box);
    g_hash_table_insert(boxes->by_volume, g_strdup(volume), list);
  }
  g_array_append_vals(list, box, 1);
}

MedctFindingBoxes *
medct_finding_boxes_load(const char *path, const char *const *classes, guint n_classes,
                         GError **error)
{
  g_autoptr(MedctCsv) csv = medct_csv_load(path, error);
  Columns columns;
  if (csv == NULL || !find_columns(csv, &columns, error))
    return NULL;
  g_autoptr(MedctFindingBoxes) boxes = g_new0(MedctFindingBoxes, 1);
  boxes->by_volume =
      g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
  for (guint row = 0; row < medct_csv_n_rows(csv); row++) {
    const char *name = medct_csv_cell(csv, row, columns.finding);
    MedctFindingBox box = {.finding = find_class(name, classes, n_classes)};
    if (box.finding < 0) {
      refuse(csv, row, columns.finding, path, N_("the name of a class of the cohort"), error);
      return NULL;
    }
    if (!read_edges(csv, row, &columns, path, &box, error))
      return NULL;
    add_box(boxes, medct_csv_cell(csv, row, columns.volume), &box);
  }
  return g_steal_pointer(&boxes);
}

void
medct_finding_boxes_free(MedctFindingBoxes *boxes)
{
  if (boxes == NULL)
    return;
  g_hash_table_unref(boxes->by_volume);
  g_free(boxes);
}

const MedctFindingBox *
medct_finding_boxes_of(const MedctFindingBoxes *boxes, const char *volume, guint *n)
{
  const GArray *list = g_hash_table_lookup(boxes->by_volume, volume);
  *n = list ? list->len : 0;
  return list ? (const MedctFindingBox *)(const void *)list->data : NULL;
}
