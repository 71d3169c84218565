/* run.json and records.jsonl, which somebody may have edited. */
#include "app/train-run-file.h"

#include "model/atomic_file.h"
#include "model/json.h"
#include <math.h>
#include <string.h>

enum { MAX_CLASSES = 512, MAX_RECORDS_MIB = 256 };

static const char *const states[MEDCT_RUN_N_STATES] = {"queued", "running", "stopped",
                                                       "left",   "done",    "failed"};

/* ---- run.json ------------------------------------------------------------------------------ */

static void
put_int(JsonObject *object, const char *key, guint64 value)
{
  json_object_set_int_member(object, key, (gint64)MIN(value, (guint64)G_MAXINT64));
}

static void
put_double(JsonObject *object, const char *key, double value)
{
  if (isfinite(value))
    json_object_set_double_member(object, key, value);
}

static void
put_text(JsonObject *object, const char *key, const char *value)
{
  if (value != NULL)
    json_object_set_string_member(object, key, value);
}

gboolean
medct_train_run_save(const MedctTrainRun *run, GError **error)
{
  g_autoptr(JsonObject) object = json_object_new();
  put_text(object, "name", run->name);
  put_text(object, "state", states[run->state]);
  put_text(object, "cohort", run->cohort);
  put_text(object, "model", run->model);
  put_text(object, "note", run->note);
  put_text(object, "problem", run->problem);
  put_int(object, "created", (guint64)MAX(run->created, 0));
  put_int(object, "preset", run->wish.preset);
  put_int(object, "objective", run->wish.objective);
  put_int(object, "epochs", run->wish.epochs);
  put_int(object, "rank", run->wish.rank);
  put_int(object, "batch", run->wish.batch);
  put_int(object, "seed", run->wish.seed);
  put_double(object, "alpha", run->wish.alpha);
  put_double(object, "dropout", run->wish.dropout);
  put_double(object, "lr", run->wish.lr);
  put_int(object, "trainable", run->trainable);
  put_int(object, "parameters", run->parameters);
  put_int(object, "memory_bytes", run->memory_bytes);
  put_int(object, "steps", run->n_steps);
  put_int(object, "epochs_planned", run->n_epochs);
  g_autoptr(JsonNode) root = json_node_alloc();
  json_node_init_object(root, object);
  g_autofree char *text = json_to_string(root, TRUE);
  g_autofree char *path = g_build_filename(run->folder, "run.json", NULL);
  return medct_atomic_file_save(path, text, strlen(text), error);
}

static char *
take_text(JsonObject *object, const char *key)
{
  JsonNode *node = json_object_get_member(object, key);
  return node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
                 json_node_get_value_type(node) == G_TYPE_STRING
             ? json_node_dup_string(node)
             : g_strdup("");
}

static MedctRunState
take_state(JsonObject *object)
{
  g_autofree char *text = take_text(object, "state");
  for (guint n = 0; n < MEDCT_RUN_N_STATES; n++)
    if (g_str_equal(text, states[n]))
      return n == MEDCT_RUN_RUNNING || n == MEDCT_RUN_QUEUED ? MEDCT_RUN_LEFT : (MedctRunState)n;
  return MEDCT_RUN_FAILED;
}

static gboolean
take_numbers(MedctTrainRun *run, JsonObject *object, const char *what, GError **error)
{
  gint64 values[11] = {0};
  static const struct {
    const char *key;
    gint64 high;
  } all[G_N_ELEMENTS(values)] = {
      {"preset", 3},
      {"objective", 3},
      {"epochs", 1000000},
      {"rank", 1024},
      {"batch", 4096},
      {"seed", G_MAXINT64},
      {"created", G_MAXINT64},
      {"trainable", G_MAXINT64},
      {"parameters", G_MAXINT64},
      {"memory_bytes", G_MAXINT64},
      {"steps", G_MAXINT64},
  };
  gint64 planned = 0;
  for (gsize n = 0; n < G_N_ELEMENTS(all); n++)
    if (!medct_json_get_int(object, what, all[n].key, 0, all[n].high, &values[n], error))
      return FALSE;
  MedctTrainWish *wish = &run->wish;
  wish->preset = (guint32)values[0];
  wish->objective = (guint32)values[1];
  wish->epochs = (guint32)values[2];
  wish->rank = (guint32)values[3];
  wish->batch = (guint32)values[4];
  wish->seed = (guint64)values[5];
  run->created = values[6];
  run->trainable = (guint64)values[7];
  run->parameters = (guint64)values[8];
  run->memory_bytes = (guint64)values[9];
  run->n_steps = (guint64)values[10];
  if (!medct_json_get_int(object, what, "epochs_planned", 0, 1000000, &planned, error))
    return FALSE;
  run->n_epochs = (guint32)planned;
  return medct_json_get_double(object, what, "alpha", &wish->alpha, error) &&
         medct_json_get_double(object, what, "dropout", &wish->dropout, error) &&
         medct_json_get_double(object, what, "lr", &wish->lr, error);
}

/* ---- records.jsonl ------------------------------------------------------------------------- */

static double
number(JsonObject *object, const char *key)
{
  double value = NAN;
  JsonNode *node = json_object_get_member(object, key);
  if (node != NULL && JSON_NODE_HOLDS_VALUE(node))
    medct_json_get_double(object, "record", key, &value, NULL);
  return value;
}

static double
limit(JsonObject *object, guint index)
{
  JsonNode *node = json_object_get_member(object, "interval");
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY(node))
    return NAN;
  JsonArray *both = json_node_get_array(node);
  JsonNode *one = index < json_array_get_length(both) ? json_array_get_element(both, index) : NULL;
  return one != NULL && JSON_NODE_HOLDS_VALUE(one) ? json_node_get_double(one) : NAN;
}

static void
read_classes(MedctTrainRun *run, JsonObject *object)
{
  JsonNode *node = json_object_get_member(object, "classes");
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node))
    return;
  JsonObject *classes = json_node_get_object(node);
  for (guint c = 0; c < run->classes->len; c++)
    medct_train_run_set_class(run, c, number(classes, run->classes->pdata[c]));
}

/* The first evaluation says which classes there are, and in which order. */
static void
name_classes(MedctTrainRun *run, JsonObject *object)
{
  JsonNode *node = json_object_get_member(object, "classes");
  if (run->classes->len > 0 || node == NULL || !JSON_NODE_HOLDS_OBJECT(node))
    return;
  g_autoptr(GList) names = json_object_get_members(json_node_get_object(node));
  for (GList *at = names; at != NULL && run->classes->len < MAX_CLASSES; at = at->next)
    g_ptr_array_add(run->classes, g_strdup(at->data));
}

static void
read_line(MedctTrainRun *run, const char *line)
{
  g_autoptr(JsonNode) node = medct_json_parse(line, strlen(line), "record", NULL);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node))
    return;
  JsonObject *object = json_node_get_object(node);
  double at = number(object, "step");
  if (!isfinite(at) || at < 0)
    return;
  if (json_object_has_member(object, "val_auroc")) {
    JsonNode *best = json_object_get_member(object, "best");
    const MedctRunEvaluation evaluation = {at,
                                           number(object, "val_loss"),
                                           number(object, "val_auroc"),
                                           limit(object, 0),
                                           limit(object, 1),
                                           best != NULL && JSON_NODE_HOLDS_VALUE(best) &&
                                               json_node_get_boolean(best)};
    if (run->evaluations->len == 0)
      name_classes(run, object);
    if (medct_train_run_add_evaluation(run, &evaluation))
      read_classes(run, object);
    return;
  }
  const MedctRunStep step = {at, number(object, "loss"), number(object, "lr"),
                             number(object, "seconds")};
  if (isfinite(step.loss))
    medct_train_run_add_step(run, &step);
}

static void
read_records(MedctTrainRun *run)
{
  g_autofree char *path = g_build_filename(run->folder, "records.jsonl", NULL);
  g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
  if (file == NULL || g_mapped_file_get_length(file) > ((gsize)MAX_RECORDS_MIB << 20))
    return;
  const char *tainted_at = g_mapped_file_get_contents(file);
  gsize left = g_mapped_file_get_length(file);
  while (left > 0) {
    const char *end = memchr(tainted_at, '\n', left);
    gsize n = end != NULL ? (gsize)(end - tainted_at) : left;
    g_autofree char *line = g_strndup(tainted_at, n);
    read_line(run, line);
    n += end != NULL;
    tainted_at += n;
    left -= n;
  }
}

MedctTrainRun *
medct_train_run_load(const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename(folder, "run.json", NULL);
  g_autoptr(JsonNode) root = medct_json_load(path, error);
  if (root == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT(root)) {
    medct_error_file(error, MEDCT_ERROR_FORMAT, path, "is not a run: expected a JSON object");
    return NULL;
  }
  JsonObject *object = json_node_get_object(root);
  g_autoptr(MedctTrainRun) run = medct_train_run_empty(folder);
  run->name = take_text(object, "name");
  run->cohort = take_text(object, "cohort");
  run->model = take_text(object, "model");
  run->note = take_text(object, "note");
  run->problem = json_object_has_member(object, "problem") ? take_text(object, "problem") : NULL;
  run->state = take_state(object);
  if (!take_numbers(run, object, "run.json", error))
    return NULL;
  read_records(run);
  return g_steal_pointer(&run);
}
