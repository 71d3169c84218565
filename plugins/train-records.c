#include "plugins/train-records.h"

#include "model/atomic_file.h"
#include "model/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct _MedctTrainRecords {
  char *path;
  const char *const *classes;
  guint n_classes;
  FILE *file; /* NULL until the start */
};

MedctTrainRecords *
medct_train_records_new(const char *folder, const char *const *classes, guint n_classes)
{
  MedctTrainRecords *records = g_new0(MedctTrainRecords, 1);
  records->path = g_build_filename(folder, "records.jsonl", NULL);
  records->classes = classes;
  records->n_classes = n_classes;
  return records;
}

void
medct_train_records_free(MedctTrainRecords *records)
{
  if (records == NULL)
    return;
  if (records->file != NULL)
    fclose(records->file);
  g_free(records->path);
  g_free(records);
}

/* ---- a line -------------------------------------------------------------------------------- */

static void
add_number(JsonBuilder *b, const char *key, double value)
{
  json_builder_set_member_name(b, key);
  if (isfinite(value))
    json_builder_add_double_value(b, value);
  else
    json_builder_add_null_value(b);
}

static void
add_int(JsonBuilder *b, const char *key, guint64 value)
{
  json_builder_set_member_name(b, key);
  json_builder_add_int_value(b, (gint64)MIN(value, (guint64)G_MAXINT64));
}

static void
add_evaluation(JsonBuilder *b, const medct_train_record *r, const char *const *classes)
{
  const double interval[] = {r->auroc_low, r->auroc_high};
  add_number(b, "val_loss", r->val_loss);
  add_number(b, "val_auroc", r->val_auroc);
  json_builder_set_member_name(b, "interval");
  json_builder_begin_array(b);
  for (int i = 0; i < 2; i++)
    if (isfinite(interval[i]))
      json_builder_add_double_value(b, interval[i]);
    else
      json_builder_add_null_value(b);
  json_builder_end_array(b);
  json_builder_set_member_name(b, "classes");
  json_builder_begin_object(b);
  for (guint c = 0; r->class_auroc != NULL && c < r->n_classes; c++)
    add_number(b, classes[c], r->class_auroc[c]);
  json_builder_end_object(b);
  json_builder_set_member_name(b, "best");
  json_builder_add_boolean_value(b, r->best != 0);
}

/* Without the line's end; NULL for a kind that is not written. */
static char *
record_json(const medct_train_record *r, const char *const *classes)
{
  if (r->kind != MEDCT_TRAIN_STEP && r->kind != MEDCT_TRAIN_EVALUATION)
    return NULL;
  g_autoptr(JsonBuilder) b = json_builder_new();
  json_builder_begin_object(b);
  add_int(b, "step", r->step);
  add_int(b, "epoch", r->epoch);
  if (r->kind == MEDCT_TRAIN_STEP) {
    add_number(b, "loss", r->loss);
    add_number(b, "lr", r->lr);
    add_number(b, "grad_norm", r->grad_norm);
  } else {
    add_evaluation(b, r, classes);
  }
  add_number(b, "seconds", r->seconds);
  json_builder_end_object(b);
  g_autoptr(JsonNode) root = json_builder_get_root(b);
  return json_to_string(root, FALSE);
}

/* ---- the file ------------------------------------------------------------------------------ */

/* The step of a line, or −1 when it is none of ours (cut off, or edited). */
static gint64
step_of(const char *line)
{
  g_autoptr(JsonNode) node = medct_json_parse(line, strlen(line), "record", NULL);
  gint64 step = -1;
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node) ||
      !medct_json_get_int(json_node_get_object(node), "record", "step", 0, G_MAXINT64, &step, NULL))
    return -1;
  return step;
}

static char *
lines_up_to(const char *path, guint64 step)
{
  g_autofree char *text = NULL;
  GString *kept = g_string_new(NULL);
  if (step == 0 || !g_file_get_contents(path, &text, NULL, NULL))
    return g_string_free(kept, FALSE);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    gint64 of = **line ? step_of(*line) : -1;
    if (of >= 0 && (guint64)of <= step)
      g_string_append_printf(kept, "%s\n", *line);
  }
  return g_string_free(kept, FALSE);
}

static gboolean
begin(MedctTrainRecords *records, guint64 step, GError **error)
{
  g_autofree char *kept = lines_up_to(records->path, step);
  if (!medct_atomic_file_save(records->path, kept, strlen(kept), error))
    return FALSE;
  if (records->file != NULL)
    fclose(records->file);
  records->file = fopen(records->path, "ae");
  if (records->file == NULL)
    medct_error_file(error, MEDCT_ERROR_IO, records->path, "cannot be written: %s",
                     g_strerror(errno));
  return records->file != NULL;
}

gboolean
medct_train_records_add(MedctTrainRecords *records, const medct_train_record *record,
                        GError **error)
{
  if (record->kind == MEDCT_TRAIN_STARTED)
    return begin(records, record->step, error);
  g_autofree char *line = record_json(record, records->classes);
  if (line == NULL || records->file == NULL)
    return TRUE;
  if (fprintf(records->file, "%s\n", line) >= 0 && fflush(records->file) == 0)
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_IO, records->path, "cannot be written: %s",
                   g_strerror(errno));
  return FALSE;
}
