/* golden-check: compares this implementation with tensors that the reference implementation wrote.
 *
 *   golden-check --weights W --forward F [--adapter DIR [--train T]]
 *
 * Prints the largest error of every tensor; exit status 0 when all are inside their bounds, 1 when
 * one is not, 2 when the files cannot be used. Bounds: spec §4 "Compare the traces" and the issue
 * of the engine: values before quantisation 1e-4 of the tensor's largest value, codes equal unless
 * the two best are closer than 1e-5, latents cosine 0.99999, probabilities 1e-4, Σ share 1e-5. */
#include "golden-train.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  const MedctTensorFile *golden;
  MedctModel *model;
  int volume; /* the one being encoded */
  int n_volumes;
  GHashTable *worst; /* trace name → double: largest error so far, relative */
  GHashTable *top;   /* trace name → double: largest golden value */
  const MedctTensor *mask;
  int failures;
} Check;

static const MedctTensor *
golden(const Check *check, const char *name)
{
  return medct_tensor_file_lookup(check->golden, name);
}

static void
report(Check *check, const char *name, double error, double bound, const char *unit)
{
  gboolean ok = error <= bound; /* NaN fails */
  printf("%-62s %10.3e %s (bound %.0e) %s\n", name, error, unit, bound, ok ? "ok" : "FAILED");
  check->failures += !ok;
}

static void
keep_worst(GHashTable *table, const char *name, double value)
{
  double *old = g_hash_table_lookup(table, name);
  if (old == NULL)
    g_hash_table_insert(table, g_strdup(name), g_memdup2(&value, sizeof value));
  else if (!(value <= *old))
    *old = value;
}

static double
largest(const float *x, int64_t n)
{
  double top = 0;
  for (int64_t i = 0; i < n; i++)
    top = fmax(top, fabs((double)x[i]));
  return top;
}

static double
largest_difference(const float *x, const float *y, int64_t n)
{
  double worst = 0;
  for (int64_t i = 0; i < n; i++) {
    double difference = fabs((double)x[i] - y[i]);
    worst = difference <= worst ? worst : difference; /* keeps NaN */
  }
  return worst;
}

/* Each volume's part of a trace is n numbers; the position bias is the same for all. */
static void
on_vision_trace(const char *name, const float *data, int64_t n, void *user_data)
{
  Check *check = user_data;
  const MedctTensor *want = golden(check, name);
  if (want == NULL || g_str_has_prefix(name, "trace.text."))
    return;
  gboolean shared = g_str_equal(name, "trace.position_bias");
  if (want->n_elements != (shared ? n : n * check->n_volumes)) {
    keep_worst(check->worst, name, NAN);
    return;
  }
  const float *part = (const float *)want->data + (shared ? 0 : n * check->volume);
  keep_worst(check->worst, name, largest_difference(data, part, n));
  keep_worst(check->top, name, largest(want->data, want->n_elements));
}

/* Hidden states of unpadded sentences against padded golden rows. */
static void
on_text_trace(const char *name, const float *data, int64_t n, void *user_data)
{
  Check *check = user_data;
  const MedctTensor *want = golden(check, name);
  const int64_t *mask = check->mask->data;
  if (want == NULL || want->n_dims != 3)
    return;
  int64_t length = want->shape[1], H = want->shape[2], row = 0;
  for (int64_t s = 0; s < want->shape[0]; s++)
    for (int64_t i = 0; i < length; i++)
      if (mask[s * length + i] && (row + 1) * H <= n)
        keep_worst(check->worst, name,
                   largest_difference(data + row++ * H,
                                      (const float *)want->data + (s * length + i) * H, H));
  keep_worst(check->worst, name, row * H == n ? 0 : NAN);
  keep_worst(check->top, name, largest(want->data, want->n_elements));
}

static void
report_traces(Check *check)
{
  g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(check->worst), (GCompareFunc)strcmp);
  for (GList *l = names; l; l = l->next) {
    double *worst = g_hash_table_lookup(check->worst, l->data);
    double *top = g_hash_table_lookup(check->top, l->data);
    report(check, l->data, top ? *worst / *top : NAN, 1e-4, "relative");
  }
  for (guint i = 0; i < medct_tensor_file_count(check->golden); i++) {
    const char *name = medct_tensor_file_get(check->golden, i)->name;
    if (g_str_has_prefix(name, "trace.") && !g_hash_table_contains(check->worst, name))
      report(check, name, NAN, 0, "never computed");
  }
}

/* ---- texts --------------------------------------------------------------------------------- */

static double
cosine(const float *x, const float *y, int64_t n)
{
  double xy = 0, xx = 0, yy = 0;
  for (int64_t i = 0; i < n; i++) {
    xy += (double)x[i] * y[i];
    xx += (double)x[i] * x[i];
    yy += (double)y[i] * y[i];
  }
  return xy / sqrt(xx * yy);
}

static void
report_cosines(Check *check, const char *name, const float *got)
{
  const MedctTensor *want = golden(check, name);
  if (want == NULL)
    return;
  double worst = 0;
  int64_t L = want->shape[1];
  for (int64_t i = 0; i < want->shape[0]; i++) {
    double off = 1 - cosine(got + i * L, (const float *)want->data + i * L, L);
    worst = off <= worst ? worst : off;
  }
  report(check, name, worst, 1e-5, "1 − cosine");
}

static float *
check_texts(Check *check, const MedctTensor *ids, const MedctTensor *mask, GError **error)
{
  int n = (int)ids->shape[0], length = (int)ids->shape[1];
  int L = medct_model_config(check->model)->latent;
  g_autofree int32_t *packed = g_new(int32_t, (gsize)n * length);
  g_autofree MedctSentence *sentences = g_new0(MedctSentence, n);
  float *latents = g_new0(float, (gsize)n *L);
  int at = 0;
  for (int s = 0; s < n; s++) {
    sentences[s].ids = packed + at;
    for (int i = 0; i < length; i++)
      if (((const int64_t *)mask->data)[s * length + i]) {
        packed[at++] = (int32_t)((const int64_t *)ids->data)[s * length + i];
        sentences[s].n++;
      }
  }
  check->mask = mask;
  /* First with the traces of whole layers, then as a score is made: that way is shorter. */
  medct_model_set_trace(check->model, on_text_trace, check);
  gboolean ok = medct_model_encode_ids(check->model, sentences, n, latents, error);
  medct_model_set_trace(check->model, NULL, NULL);
  ok = ok && medct_model_encode_ids(check->model, sentences, n, latents, error);
  if (ok)
    report_cosines(check, "text_latent", latents);
  else
    g_clear_pointer(&latents, g_free);
  return latents;
}

/* ---- volumes ------------------------------------------------------------------------------- */

typedef struct {
  int different, close; /* codes that differ; of them with a margin under 1e-5 */
  double similarity, probability, share, share_sum, latent;
} Worst;

static void
compare_codes(const MedctEncoding *encoding, const int64_t *want, int n, Worst *worst)
{
  const int32_t *codes = medct_encoding_codes(encoding);
  const float *margins = medct_encoding_margins(encoding);
  for (int i = 0; i < n; i++)
    if (codes[i] != want[i]) {
      worst->different++;
      worst->close += margins[i] < 1e-5f;
    }
}

static void
grow(double *worst, double value)
{
  if (!(value <= *worst))
    *worst = value;
}

/* Scores of the volume against all prompts; the share of each pathology's pair. */
static gboolean
compare_scores(Check *check, MedctEncoding *encoding, const float *texts, Worst *worst,
               GError **error)
{
  const MedctTensor *similarity = golden(check, "similarity"),
                    *share = golden(check, "score_share");
  const MedctTensor *probability = golden(check, "present_probability");
  int L = medct_model_config(check->model)->latent, P = (int)probability->shape[1];
  int N = (int)similarity->shape[1], v = check->volume, t, h, w;
  double scale = medct_model_temperature(check->model);
  const float *latent = medct_encoding_latent(encoding);
  medct_encoding_grid(encoding, &t, &h, &w);
  g_autofree float *map = g_new(float, (gsize)t *h *w), *u = g_new(float, L);
  for (int p = 0; p < P; p++) {
    double s[2], sum = 0;
    for (int k = 0; k < 2; k++) {
      s[k] = 0;
      for (int l = 0; l < L; l++)
        s[k] += (double)texts[(gsize)(2 * p + k) * L + l] * latent[l];
      grow(&worst->similarity,
           fabs(scale * s[k] - ((const float *)similarity->data)[(2 * p + k) * N + v]) / scale);
    }
    for (int l = 0; l < L; l++)
      u[l] = texts[(gsize)(2 * p) * L + l] - texts[(gsize)(2 * p + 1) * L + l];
    grow(&worst->probability, fabs(1 / (1 + exp(scale * (s[1] - s[0]))) -
                                   ((const float *)probability->data)[v * P + p]));
    if (!medct_encoding_share(check->model, encoding, u, map, NULL, error))
      return FALSE;
    for (int i = 0; i < t * h * w; i++)
      sum += map[i];
    grow(&worst->share_sum, fabs(sum - (s[0] - s[1])));
    if (share)
      grow(&worst->share,
           largest_difference(map, (const float *)share->data + ((gsize)v * P + p) * t * h * w,
                              (int64_t)t * h * w) /
               largest(share->data, share->n_elements));
  }
  return TRUE;
}

static gboolean
check_volume(Check *check, const float *volume, int frames, const float *texts, Worst *worst,
             GError **error)
{
  g_autoptr(MedctEncoding) encoding =
      medct_model_encode_volume(check->model, volume, frames, NULL, error);
  if (encoding == NULL)
    return FALSE;
  const MedctTensor *codes = golden(check, "codes"), *latent = golden(check, "image_latent");
  int n = (int)codes->shape[1], L = (int)latent->shape[1], v = check->volume;
  compare_codes(encoding, (const int64_t *)codes->data + (gsize)v * n, n, worst);
  grow(&worst->latent,
       1 - cosine(medct_encoding_latent(encoding), (const float *)latent->data + (gsize)v * L, L));
  return compare_scores(check, encoding, texts, worst, error);
}

static gboolean
check_volumes(Check *check, const MedctTensor *volumes, const float *texts, GError **error)
{
  Worst worst = {0};
  int frames = (int)volumes->shape[volumes->n_dims - 3];
  int64_t size = volumes->n_elements / volumes->shape[0];
  check->n_volumes = (int)volumes->shape[0];
  medct_model_set_trace(check->model, on_vision_trace, check);
  for (check->volume = 0; check->volume < check->n_volumes; check->volume++)
    if (!check_volume(check, (const float *)volumes->data + size * check->volume, frames, texts,
                      &worst, error))
      return FALSE;
  report_traces(check);
  report(check, "codes (that differ without being close)", worst.different - worst.close, 0,
         "codes");
  report(check, "image_latent", worst.latent, 1e-5, "1 − cosine");
  report(check, "similarity", worst.similarity, 1e-4, "of exp(temperature)");
  report(check, "present_probability", worst.probability, 1e-4, "absolute");
  report(check, "score_share", worst.share, 1e-4, "relative");
  report(check, "score_share, sum against cosine", worst.share_sum, 1e-5, "absolute");
  return TRUE;
}

/* ---- files --------------------------------------------------------------------------------- */

static gboolean
is_shaped(const MedctTensor *t, MedctDtype dtype, int n_dims)
{
  return t && t->dtype == dtype && t->n_dims == n_dims && t->n_elements > 0;
}

/* An optional output must have the size that the others imply. */
static gboolean
is_absent_or(const MedctTensor *t, int64_t n)
{
  return t == NULL || (t->dtype == MEDCT_DTYPE_F32 && t->n_elements == n);
}

static gboolean
inputs_fit(const MedctTensorFile *inputs, const MedctConfig *c)
{
  const MedctTensor *volume = medct_tensor_file_lookup(inputs, "volume");
  const MedctTensor *ids = medct_tensor_file_lookup(inputs, "prompt_ids");
  const MedctTensor *mask = medct_tensor_file_lookup(inputs, "prompt_mask");
  return is_shaped(volume, MEDCT_DTYPE_F32, 5) && is_shaped(ids, MEDCT_DTYPE_I64, 2) &&
         is_shaped(mask, MEDCT_DTYPE_I64, 2) && volume->shape[1] == 1 &&
         volume->shape[3] == c->image && volume->shape[4] == c->image &&
         ids->shape[0] == mask->shape[0] && ids->shape[1] == mask->shape[1];
}

/* N volumes of n tokens, P pathologies with two prompts each. */
static gboolean
outputs_fit(const Check *check, const MedctConfig *c, int64_t N, int64_t frames, int64_t prompts)
{
  const MedctTensor *codes = golden(check, "codes"), *latent = golden(check, "image_latent");
  const MedctTensor *similarity = golden(check, "similarity");
  const MedctTensor *probability = golden(check, "present_probability");
  int64_t grid = c->image / c->patch, n = frames / c->temporal_patch * grid * grid;
  if (!is_shaped(codes, MEDCT_DTYPE_I64, 2) || !is_shaped(latent, MEDCT_DTYPE_F32, 2) ||
      !is_shaped(similarity, MEDCT_DTYPE_F32, 2) || !is_shaped(probability, MEDCT_DTYPE_F32, 2))
    return FALSE;
  return codes->shape[0] == N && codes->shape[1] == n && latent->shape[0] == N &&
         latent->shape[1] == c->latent && similarity->shape[0] == prompts &&
         similarity->shape[1] == N && probability->shape[0] == N &&
         2 * probability->shape[1] == prompts &&
         is_absent_or(golden(check, "score_share"), N * probability->shape[1] * n) &&
         is_absent_or(golden(check, "text_latent"), prompts * c->latent);
}

/* The golden files come from outside as well: refuse those that are not laid out as expected. */
static gboolean
check_layout(const Check *check, const MedctTensorFile *inputs, GError **error)
{
  const MedctConfig *c = medct_model_config(check->model);
  const MedctTensor *volume = medct_tensor_file_lookup(inputs, "volume");
  const MedctTensor *ids = medct_tensor_file_lookup(inputs, "prompt_ids");
  if (inputs_fit(inputs, c) &&
      outputs_fit(check, c, volume->shape[0], volume->shape[2], ids->shape[0]))
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_MISMATCH, medct_tensor_file_path(check->golden),
                   "is not laid out as a golden forward file for these weights");
  return FALSE;
}

/* The prompts and volumes of an adapter's file stand in the file of the base beside it. */
static MedctTensorFile *
find_inputs(const char *forward, const MedctTensorFile *golden, GError **error)
{
  if (medct_tensor_file_lookup(golden, "volume"))
    return medct_tensor_file_open(forward, error);
  g_autofree char *name = g_path_get_basename(forward), *folder = g_path_get_dirname(forward);
  const char *cut = strstr(name, "_adapter_forward");
  g_autofree char *base = cut ? g_strdup_printf("%.*s_forward.safetensors", (int)(cut - name), name)
                              : g_strdup("forward.safetensors");
  g_autofree char *path = g_build_filename(folder, base, NULL);
  return medct_tensor_file_open(path, error);
}

static void
on_report(const char *name, double error, double bound, const char *unit, void *user_data)
{
  report(user_data, name, error, bound, unit);
}

static gboolean
run_forward(Check *check, const MedctTensorFile *inputs, GError **error)
{
  check->worst = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  check->top = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  gboolean ok = check_layout(check, inputs, error);
  g_autofree float *texts = ok ? check_texts(check, medct_tensor_file_lookup(inputs, "prompt_ids"),
                                             medct_tensor_file_lookup(inputs, "prompt_mask"), error)
                               : NULL;
  ok = texts && check_volumes(check, medct_tensor_file_lookup(inputs, "volume"), texts, error);
  g_hash_table_unref(check->worst);
  g_hash_table_unref(check->top);
  return ok;
}

/* With a training file, a forward file that holds volumes is that of the base, where training with
 * the adapter takes its inputs from; else it is that of the adapter. */
static gboolean
run(const char *weights, const char *forward, const char *adapter, const char *train, int *failures,
    GError **error)
{
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(forward, error);
  g_autoptr(MedctTensorFile) inputs = file ? find_inputs(forward, file, error) : NULL;
  g_autoptr(MedctTensorFile) golden_train =
      inputs && train ? medct_tensor_file_open(train, error) : NULL;
  if (inputs == NULL || (train && golden_train == NULL))
    return FALSE;
  const char *heads = medct_tensor_file_metadata(file, "text_heads");
  g_autoptr(MedctModel) model = medct_model_open_with_heads(
      weights, heads ? (int)g_ascii_strtoll(heads, NULL, 10) : 0, error);
  g_autoptr(MedctAdapter) lora = model && adapter ? medct_adapter_open(adapter, error) : NULL;
  if (model == NULL || (adapter && lora == NULL))
    return FALSE;
  gboolean of_base = train && medct_tensor_file_lookup(file, "volume");
  if (lora && !medct_model_set_adapter(model, lora, error))
    return FALSE;
  if (of_base && !medct_model_set_adapter(model, NULL, error))
    return FALSE;
  Check check = {.golden = file, .model = model};
  gboolean ok =
      run_forward(&check, inputs, error) &&
      (!train || golden_train_check(model, lora, inputs, golden_train, on_report, &check, error));
  *failures = check.failures;
  return ok;
}

int
main(int argc, char **argv)
{
  g_autofree char *weights = NULL, *forward = NULL, *adapter = NULL, *train = NULL;
  const GOptionEntry entries[] = {
      {"weights", 0, 0, G_OPTION_ARG_FILENAME, &weights, "Checkpoint (.safetensors or .pt)", "W"},
      {"forward", 0, 0, G_OPTION_ARG_FILENAME, &forward, "Golden forward file", "F"},
      {"adapter", 0, 0, G_OPTION_ARG_FILENAME, &adapter, "PEFT adapter folder", "DIR"},
      {"train", 0, 0, G_OPTION_ARG_FILENAME, &train, "Golden training file", "T"},
      {NULL}};
  g_autoptr(GOptionContext) context = g_option_context_new(NULL);
  g_autoptr(GError) error = NULL;
  int failures = 0;
  g_option_context_add_main_entries(context, entries, NULL);
  if (!g_option_context_parse(context, &argc, &argv, &error) || !weights || !forward) {
    fprintf(stderr, "golden-check: %s\n", error ? error->message : "give --weights and --forward");
    return 2;
  }
  if (train && !adapter) {
    fputs("golden-check: training starts from an adapter: give --adapter\n", stderr);
    return 2;
  }
  if (!run(weights, forward, adapter, train, &failures, &error)) {
    fprintf(stderr, "golden-check: %s\n", error->message);
    return 2;
  }
  printf(failures ? "%d tensors outside their bounds\n" : "all inside their bounds\n", failures);
  return failures ? 1 : 0;
}
