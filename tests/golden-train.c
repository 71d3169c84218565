/* Bounds: losses 1e-5 relative, every gradient 1e-4 of its tensor's largest, losses over the
 * optimiser's steps 1e-4 relative and the matrices after them 3e-4 of their largest. */
#include "golden-train.h"
#include "model/adamw.h"
#include "model/objectives.h"
#include "model/text_backward.h"
#include "model/vision_backward.h"
#include <math.h>
#include <string.h>

typedef struct {
  int32_t *ids; /* all sentences, packed */
  MedctSentence *sentences;
  int n;
} Texts;

typedef struct {
  const MedctTensorFile *train;
  const MedctConfig *config;
  MedctLora *lora;
  MedctVisionTrainer *vision;
  MedctTextTrainer *text;
  MedctPool *pool;
  Texts prompts, reports;
  const MedctTensor *volume; /* [n, 1, frames, image, image] */
  const int64_t *labels;     /* [n, classes] */
  int n, classes;
  double scale;
  GoldenReport report;
  void *user_data;
} Check;

static gboolean
is_shaped(const MedctTensor *t, MedctDtype dtype, int64_t rows, int64_t columns)
{
  return t && t->dtype == dtype && t->n_dims == 2 && t->shape[0] == rows &&
         (columns < 0 || t->shape[1] == columns);
}

static gboolean
read_texts(Texts *texts, const MedctTensorFile *file, const char *which, int64_t n)
{
  g_autofree char *ids_name = g_strdup_printf("%s_ids", which);
  g_autofree char *mask_name = g_strdup_printf("%s_mask", which);
  const MedctTensor *ids = medct_tensor_file_lookup(file, ids_name);
  const MedctTensor *mask = medct_tensor_file_lookup(file, mask_name);
  if (!is_shaped(ids, MEDCT_DTYPE_I64, n, -1) ||
      !is_shaped(mask, MEDCT_DTYPE_I64, n, ids->shape[1]))
    return FALSE;
  int length = (int)ids->shape[1], at = 0;
  texts->n = (int)n;
  texts->ids = g_new(int32_t, ids->n_elements + 1);
  texts->sentences = g_new0(MedctSentence, n + 1);
  for (int64_t s = 0; s < n; s++) {
    texts->sentences[s].ids = texts->ids + at;
    for (int i = 0; i < length; i++)
      if (((const int64_t *)mask->data)[s * length + i]) {
        texts->ids[at++] = (int32_t)((const int64_t *)ids->data)[s * length + i];
        texts->sentences[s].n++;
      }
  }
  return TRUE;
}

static gboolean
read_inputs(Check *check, const MedctTensorFile *inputs)
{
  const MedctTensor *volume = medct_tensor_file_lookup(inputs, "volume");
  const MedctTensor *labels = medct_tensor_file_lookup(check->train, "labels");
  if (volume == NULL || volume->n_dims != 5 || volume->dtype != MEDCT_DTYPE_F32 ||
      volume->shape[1] != 1 || volume->shape[3] != check->config->image ||
      volume->shape[4] != check->config->image || volume->n_elements == 0 ||
      !is_shaped(labels, MEDCT_DTYPE_I64, volume->shape[0], -1))
    return FALSE;
  check->volume = volume;
  check->labels = labels->data;
  check->n = (int)labels->shape[0];
  check->classes = (int)labels->shape[1];
  return read_texts(&check->prompts, inputs, "prompt", 2 * labels->shape[1]) &&
         read_texts(&check->reports, check->train, "report", labels->shape[0]);
}

/* ---- one step
 * ------------------------------------------------------------------------------------------- */

static gboolean
encode_volume(Check *check, int i, float *v, GError **error)
{
  int64_t size = check->volume->n_elements / check->n;
  return medct_vision_trainer_forward(check->vision, check->pool, v,
                                      (const float *)check->volume->data + size * i,
                                      (int)check->volume->shape[2], NULL, error);
}

/* Loss of an objective; the LoRA's gradients are set. Volumes are encoded again one by one for
 * their gradients. */
static gboolean
compute(Check *check, const char *objective, double *loss, GError **error)
{
  const MedctBceOptions plain = {0};
  gboolean is_clip = g_str_equal(objective, "clip");
  const Texts *texts = is_clip ? &check->reports : &check->prompts;
  int L = check->config->latent;
  g_autofree float *u = g_new(float, (gsize)texts->n *L), *v = g_new(float, (gsize)check->n *L);
  g_autofree float *du = g_new(float, (gsize)texts->n *L), *dv = g_new(float, (gsize)check->n *L);
  MedctObjectiveGradient gradient = {du, dv, 0};
  const MedctObjectiveInput input = {u, v,           check->labels, check->n, check->classes,
                                     L, check->scale};
  memset(check->lora->gradients, 0, sizeof(float) * check->lora->n);
  for (int i = 0; i < check->n; i++)
    if (!encode_volume(check, i, v + (gsize)i * L, error))
      return FALSE;
  if (!medct_text_trainer_forward(check->text, check->pool, u, texts->sentences, texts->n, NULL,
                                  error))
    return FALSE;
  *loss = is_clip                         ? medct_objective_clip(&gradient, &input)
          : g_str_equal(objective, "bce") ? medct_objective_bce(&gradient, &input, &plain)
                                          : medct_objective_vocab(&gradient, &input);
  if (!medct_text_trainer_backward(check->text, check->pool, du, NULL, error))
    return FALSE;
  for (int i = 0; i < check->n; i++)
    if (!encode_volume(check, i, v + (gsize)i * L, error) ||
        !medct_vision_trainer_backward(check->vision, check->pool, dv + (gsize)i * L, NULL, error))
      return FALSE;
  return TRUE;
}

/* ---- comparing
 * ------------------------------------------------------------------------------------------ */

static void
compare_matrix(Check *check, const char *prefix, const char *module, char which, const float *got,
               gsize n, double bound)
{
  g_autofree char *name = g_strdup_printf("%s.%s.lora_%c", prefix, module, which);
  const MedctTensor *want = medct_tensor_file_lookup(check->train, name);
  double worst = 0, top = 0;
  if (want == NULL || want->dtype != MEDCT_DTYPE_F32 || (gsize)want->n_elements != n) {
    check->report(name, NAN, bound, "not there", check->user_data);
    return;
  }
  for (gsize i = 0; i < n; i++) {
    double x = ((const float *)want->data)[i], off = fabs(got[i] - x);
    worst = off <= worst ? worst : off; /* keeps NaN */
    top = fmax(top, fabs(x));
  }
  check->report(name, worst / top, bound, "relative", check->user_data);
}

/* `numbers` are laid out as the LoRA's parameters. */
static void
compare_all(Check *check, const char *prefix, const float *numbers, double bound)
{
  for (guint i = 0; i < check->lora->n_modules; i++) {
    const MedctLoraModule *m = &check->lora->modules[i];
    gsize a = (gsize)m->module.rank * m->module.in;
    compare_matrix(check, prefix, m->module.module, 'A', numbers + m->at, a, bound);
    compare_matrix(check, prefix, m->module.module, 'B', numbers + m->at + a, m->n - a, bound);
  }
}

/* Element i of a tensor of losses; NaN when it is not there. */
static double
golden_loss(const Check *check, const char *name, int64_t i)
{
  const MedctTensor *t = medct_tensor_file_lookup(check->train, name);
  return t && t->dtype == MEDCT_DTYPE_F32 && i < t->n_elements ? ((const float *)t->data)[i] : NAN;
}

static gboolean
check_objective(Check *check, const char *objective, GError **error)
{
  g_autofree char *loss_name = g_strdup_printf("%s.loss", objective);
  g_autofree char *prefix = g_strdup_printf("%s.grad", objective);
  double loss, want = golden_loss(check, loss_name, 0);
  if (!compute(check, objective, &loss, error))
    return FALSE;
  check->report(loss_name, fabs(loss - want) / fabs(want), 1e-5, "relative", check->user_data);
  compare_all(check, prefix, check->lora->gradients, 1e-4);
  return TRUE;
}

static double
number(const Check *check, const char *key)
{
  const char *text = medct_tensor_file_metadata(check->train, key);
  return text ? g_ascii_strtod(text, NULL) : NAN;
}

static gboolean
check_adamw(Check *check, GError **error)
{
  MedctLora *lora = check->lora;
  const char *objective = medct_tensor_file_metadata(check->train, "objective");
  double lr = number(check, "lr"), clip = number(check, "clip_norm"), worst = 0;
  MedctAdamW adamw = MEDCT_ADAMW_DEFAULT;
  adamw.weight_decay = number(check, "weight_decay");
  g_autofree float *first = g_new0(float, lora->n), *second = g_new0(float, lora->n);
  for (int step = 0; step < number(check, "steps"); step++) {
    double loss, want = golden_loss(check, "adamw.losses", step);
    if (!compute(check, objective ? objective : "vocab", &loss, error))
      return FALSE;
    double off = fabs(loss - want) / fabs(want);
    worst = off <= worst ? worst : off;
    double factor = medct_clip_factor(medct_gradient_norm(lora->gradients, lora->n), clip);
    medct_adamw_step(&adamw, lora->parameters, first, second, lora->gradients, factor, lr, step + 1,
                     lora->n);
  }
  check->report("adamw.losses", isfinite(number(check, "steps")) ? worst : NAN, 1e-4, "relative",
                check->user_data);
  compare_all(check, "adamw.final", lora->parameters, 3e-4);
  return TRUE;
}

gboolean
golden_train_check(MedctModel *model, const MedctAdapter *adapter, const MedctTensorFile *inputs,
                   const MedctTensorFile *train, GoldenReport report, void *user_data,
                   GError **error)
{
  static const char *const objectives[] = {"vocab", "bce", "clip"};
  g_autoptr(MedctLora) lora = medct_lora_from_adapter(adapter);
  g_autoptr(MedctVisionTrainer) vision =
      medct_vision_trainer_new(medct_model_weights(model), medct_model_config(model), lora);
  g_autoptr(MedctTextTrainer) text =
      medct_text_trainer_new(medct_model_weights(model), medct_model_config(model), lora);
  Check check = {.train = train,
                 .config = medct_model_config(model),
                 .lora = lora,
                 .vision = vision,
                 .text = text,
                 .scale = medct_model_temperature(model),
                 .report = report,
                 .user_data = user_data};
  if (!medct_lora_check_trainable(lora, error))
    return FALSE;
  gboolean ok = read_inputs(&check, inputs);
  if (!ok)
    medct_error_file(error, MEDCT_ERROR_MISMATCH, medct_tensor_file_path(train),
                     "is not laid out as a golden training file for these weights");
  check.pool = medct_pool_new(0);
  for (gsize i = 0; ok && i < G_N_ELEMENTS(objectives); i++)
    ok = check_objective(&check, objectives[i], error);
  ok = ok && check_adamw(&check, error);
  medct_pool_free(check.pool);
  g_free(check.prompts.ids);
  g_free(check.prompts.sentences);
  g_free(check.reports.ids);
  g_free(check.reports.sentences);
  return ok;
}
