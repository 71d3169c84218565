#include "app/pretrain-data.h"
#include "model/pathologies.h"
#include "phantom/phantom.h"
#include "phantom/statements.h"
#include <math.h>

struct _MedctPretrainData {
  MedctPretrainSet set;
  MedctPretrainItem *items;
  int16_t **voxels;
  int8_t *labels; /* [n, MEDCT_N_PATHOLOGIES] */
  int8_t *truths; /* [n, n_statements] */
  MedctPretrainStatement *statements;
  MedctFindingBox **boxes;
  char **reports;     /* NULL-ended */
  char **of_training; /* the first of them, NULL-ended, shared */
  GPtrArray *tokens;  /* of GArray */
  MedctSentence prompts[2 * MEDCT_N_PATHOLOGIES];
  gboolean withheld[MEDCT_N_PATHOLOGIES];
};

typedef struct {
  MedctPretrainData *data;
  const MedctPretrainPatients *patients;
  const MedctConfig *config;
  MedctLabelModel *label_model;
  MedctPool **alone; /* one of one thread for each worker */
} Drawing;

/* ---- what can be said ----------------------------------------------------------------------- */

static void
make_statements(MedctPretrainData *data)
{
  guint n;
  const MedctStatement *of = medct_statements(&n);
  data->statements = g_new0(MedctPretrainStatement, n);
  for (guint s = 0; s < n; s++)
    data->statements[s].class_index = (guint)of[s].finding;
  data->set.statements = data->statements;
  data->set.n_statements = n;
  data->set.rivals = medct_statement_rivals(&data->set.n_rivals);
  data->truths = g_new(int8_t, (gsize)data->set.n_items * n);
}

static void
tell_truths(MedctPretrainData *data, const MedctPhantom *phantom, int8_t *truths)
{
  guint n;
  const MedctStatement *of = medct_statements(&n);
  for (guint s = 0; s < n; s++)
    truths[s] = data->withheld[of[s].finding]
                    ? -1
                    : (int8_t)medct_statement_truth(&of[s], &phantom->labels, phantom->objects);
}

/* ---- a patient ------------------------------------------------------------------------------ */

/* Centre crop or pad (spec §3.6): index in the tensor = index in the volume + the result. */
static int
offset_of(int64_t volume, int tensor)
{
  return volume >= tensor ? -(int)((volume - tensor) / 2) : (int)((tensor - volume) / 2);
}

/* [s][p][l] → [s][l][p], clipped. */
static int16_t *
fit_voxels(const MedctPhantom *phantom, const MedctConfig *c, const int offset[3])
{
  int F = c->frames, n = c->image;
  const int64_t *dims = phantom->grid.dims;
  int16_t *to = g_new(int16_t, (gsize)F * n * n);
  for (gsize i = 0; i < (gsize)F * n * n; i++) {
    int64_t s = (int64_t)(i / n / n) - offset[2], l = (int64_t)(i / n % n) - offset[0];
    int64_t p = (int64_t)(i % n) - offset[1];
    gboolean inside = s >= 0 && s < dims[2] && l >= 0 && l < dims[0] && p >= 0 && p < dims[1];
    double hu = inside ? phantom->voxels[(s * dims[1] + p) * dims[0] + l] : c->clip_hu[0];
    to[i] = (int16_t)CLAMP(hu, c->clip_hu[0], c->clip_hu[1]);
  }
  return to;
}

static MedctFindingBox *
fit_boxes(const MedctPhantom *phantom, const int offset[3], const gboolean *withheld, guint *n)
{
  MedctFindingBox *boxes = g_new(MedctFindingBox, phantom->objects->len + 1);
  *n = 0;
  for (guint i = 0; i < phantom->objects->len; i++) {
    int finding = g_array_index(phantom->objects, MedctObject, i).finding;
    if (finding < 0 || withheld[finding] || medct_box_is_empty(&phantom->boxes[i]))
      continue;
    MedctFindingBox *box = &boxes[(*n)++];
    box->finding = finding;
    for (int axis = 0; axis < 3; axis++) {
      box->low[axis] = phantom->boxes[i].low[axis] + offset[axis];
      box->high[axis] = phantom->boxes[i].high[axis] + offset[axis];
    }
  }
  return boxes;
}

static void
draw_patient(int index, int worker, void *user_data)
{
  const Drawing *d = user_data;
  MedctPretrainData *data = d->data;
  const MedctConfig *c = d->config;
  MedctPhantomOptions options = {.site = d->patients->site,
                                 .seed = d->patients->seed,
                                 .spacing = {c->spacing_mm[1], c->spacing_mm[2], c->spacing_mm[0]}};
  g_autoptr(MedctPhantom) phantom = medct_phantom_new(
      &options, d->label_model, d->patients->first + (guint64)index, d->alone[worker]);
  int offset[3] = {offset_of(phantom->grid.dims[0], c->image),
                   offset_of(phantom->grid.dims[1], c->image),
                   offset_of(phantom->grid.dims[2], c->frames)};
  int8_t *labels = data->labels + (gsize)index * MEDCT_N_PATHOLOGIES;
  for (int k = 0; k < MEDCT_N_PATHOLOGIES; k++)
    labels[k] = phantom->labels.grade[k] > 0;
  MedctPretrainItem *item = &data->items[index];
  data->voxels[index] = fit_voxels(phantom, c, offset);
  data->boxes[index] = fit_boxes(phantom, offset, data->withheld, &item->n_boxes);
  int8_t *truths = data->truths + (gsize)index * data->set.n_statements;
  tell_truths(data, phantom, truths);
  data->reports[index] = g_steal_pointer(&phantom->report);
  item->voxels = data->voxels[index];
  item->labels = labels;
  item->truths = truths;
  item->boxes = data->boxes[index];
  item->validation = (guint)index >= d->patients->n_train;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static MedctPretrainData *
data_new(const MedctPretrainPatients *patients)
{
  guint n = patients->n_train + patients->n_validation;
  MedctPretrainData *data = g_new0(MedctPretrainData, 1);
  data->items = g_new0(MedctPretrainItem, n);
  data->voxels = g_new0(int16_t *, n);
  data->boxes = g_new0(MedctFindingBox *, n);
  data->labels = g_new0(int8_t, (gsize)n * MEDCT_N_PATHOLOGIES);
  data->reports = g_new0(char *, n + 1);
  data->of_training = g_new0(char *, patients->n_train + 1);
  data->tokens = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
  for (guint k = 0; patients->withheld && k < MEDCT_N_PATHOLOGIES; k++)
    data->withheld[k] = patients->withheld[k];
  data->set = (MedctPretrainSet){.items = data->items,
                                 .n_items = n,
                                 .n_classes = MEDCT_N_PATHOLOGIES,
                                 .prompts = data->prompts,
                                 .withheld = data->withheld};
  make_statements(data);
  return data;
}

MedctPretrainData *
medct_pretrain_data_draw(const MedctPretrainPatients *patients, const MedctConfig *config,
                         int n_threads, const MedctMonitor *monitor, GError **error)
{
  g_autoptr(MedctPretrainData) data = data_new(patients);
  MedctPool *pool = medct_pool_new(n_threads);
  int threads = medct_pool_threads(pool);
  g_autofree MedctPool **alone = g_new(MedctPool *, threads);
  for (int i = 0; i < threads; i++)
    alone[i] = medct_pool_new(1);
  Drawing drawing = {data, patients, config, medct_label_model_new(&patients->site), alone};
  gboolean done = medct_pool_run(pool, (int)data->set.n_items, draw_patient, &drawing, monitor, 0,
                                 1, "made-up patients");
  for (int i = 0; i < threads; i++)
    medct_pool_free(alone[i]);
  medct_pool_free(pool);
  medct_label_model_free(drawing.label_model);
  if (!done) {
    g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, "drawing was cancelled");
    return NULL;
  }
  for (guint i = 0; i < patients->n_train; i++)
    data->of_training[i] = data->reports[i];
  return g_steal_pointer(&data);
}

void
medct_pretrain_data_free(MedctPretrainData *data)
{
  if (data == NULL)
    return;
  for (guint i = 0; i < data->set.n_items; i++) {
    g_free(data->voxels[i]);
    g_free(data->boxes[i]);
    g_free(data->reports[i]);
  }
  g_free(data->voxels);
  g_free(data->boxes);
  g_free(data->reports);
  g_free(data->of_training);
  g_free(data->items);
  g_free(data->labels);
  g_free(data->truths);
  for (guint s = 0; s < data->set.n_statements; s++)
    g_free((gpointer)data->statements[s].wordings);
  g_free(data->statements);
  g_ptr_array_unref(data->tokens);
  g_free(data);
}

const char *const *
medct_pretrain_data_reports(const MedctPretrainData *data)
{
  return (const char *const *)data->of_training;
}

static gboolean
add_sentence(MedctPretrainData *data, const MedctTokenizer *tokenizer, const char *text,
             int max_ids, MedctSentence *sentence, GError **error)
{
  GArray *ids = medct_tokenizer_encode(tokenizer, text, -1, max_ids, error);
  if (ids == NULL)
    return FALSE;
  g_ptr_array_add(data->tokens, ids);
  *sentence = (MedctSentence){(const int32_t *)ids->data, (int)ids->len};
  return TRUE;
}

/* The wordings of a statement, each with its opposite. */
static gboolean
tokenise_statement(MedctPretrainData *data, const MedctTokenizer *tokenizer, int max_ids, guint s,
                   GError **error)
{
  guint n;
  g_autoptr(GPtrArray) pairs = medct_statement_wordings(&medct_statements(&n)[s]);
  MedctSentence *to = g_new(MedctSentence, 2 * pairs->len);
  g_free((gpointer)data->statements[s].wordings);
  data->statements[s].wordings = to;
  data->statements[s].n_wordings = pairs->len;
  for (guint i = 0; i < pairs->len; i++) {
    const MedctPrompt *pair = pairs->pdata[i];
    if (!add_sentence(data, tokenizer, pair->prompt, max_ids, &to[2 * i], error) ||
        !add_sentence(data, tokenizer, pair->against, max_ids, &to[2 * i + 1], error))
      return FALSE;
  }
  return TRUE;
}

gboolean
medct_pretrain_data_tokenise(MedctPretrainData *data, const MedctTokenizer *tokenizer, int max_ids,
                             GError **error)
{
  for (guint i = 0; i < 2 * MEDCT_N_PATHOLOGIES; i++) {
    g_autofree char *prompt = medct_pathology_prompt(medct_pathology_name(i / 2), i % 2 == 0);
    if (!add_sentence(data, tokenizer, prompt, max_ids, &data->prompts[i], error))
      return FALSE;
  }
  for (guint s = 0; s < data->set.n_statements; s++)
    if (!tokenise_statement(data, tokenizer, max_ids, s, error))
      return FALSE;
  for (guint i = 0; i < data->set.n_items; i++)
    if (!add_sentence(data, tokenizer, data->reports[i], max_ids, &data->items[i].report, error))
      return FALSE;
  return TRUE;
}

const MedctPretrainSet *
medct_pretrain_data_set(const MedctPretrainData *data)
{
  return &data->set;
}
