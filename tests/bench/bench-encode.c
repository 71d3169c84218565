/* bench-encode: what a volume and a prompt cost at full size, against the floors of the project.
 *
 *   bench-encode [--weights FILE] [--threads N] [--runs N]
 *
 * Everything is measured in one run and judged as ratios: how fast a BLAS is depends on the
 * processor, on its core type and on who else computes. This program is linked with
 * --wrap=cblas_sgemm: the engine's own products are timed where they happen, with their shapes; the
 * same products are then given to OpenBLAS alone, whole and with its own threads. Without --weights
 * it writes random ones of the released size (1.75 GB) beside itself, and removes them. */
#include "model/ctclip.h"
#include "model/pool.h"
#include <cblas.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SGEMM_ARGUMENTS                                                                            \
  const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE ta, const enum CBLAS_TRANSPOSE tb,      \
      const blasint m, const blasint n, const blasint k, const float alpha, const float *A,        \
      const blasint lda, const float *B, const blasint ldb, const float beta, float *C,            \
      const blasint ldc
void __wrap_cblas_sgemm(SGEMM_ARGUMENTS);
void __real_cblas_sgemm(SGEMM_ARGUMENTS);

static int failures;

static double
now(void)
{
  return (double)g_get_monotonic_time() * 1e-6;
}

static void
judge(const char *what, double value, double floor)
{
  printf("%-66s %7.3f  floor %5.2f  %s\n", what, value, floor, value <= floor ? "ok" : "MISSED");
  failures += value > floor;
}

/* ---- products as they happen -------------------------------------------------------------------
 */

#define MAX_GROUPS 64

typedef struct {
  int n, k, m; /* m: the largest seen */
  gboolean transposed, adds;
  int64_t rows;   /* Σ m */
  double seconds; /* summed over threads */
} Group;

typedef struct {
  Group groups[MAX_GROUPS];
  int n_groups;
} Products;

static struct {
  GMutex mutex;
  Products products;
  gboolean on;
} record;

static void
note(int m, int n, int k, gboolean transposed, gboolean adds, double seconds)
{
  g_mutex_lock(&record.mutex);
  Products *p = &record.products;
  Group *g = p->groups, *end = g + p->n_groups;
  while (g < end && (g->n != n || g->k != k || g->transposed != transposed || g->adds != adds))
    g++;
  g_assert_true(g < p->groups + MAX_GROUPS);
  if (g == end) {
    *g = (Group){.n = n, .k = k, .transposed = transposed, .adds = adds};
    p->n_groups++;
  }
  g->m = MAX(g->m, m);
  g->rows += m;
  g->seconds += seconds;
  g_mutex_unlock(&record.mutex);
}

void
__wrap_cblas_sgemm(SGEMM_ARGUMENTS)
{
  double start = record.on ? now() : 0;
  __real_cblas_sgemm(order, ta, tb, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc);
  if (record.on)
    note(m, n, k, tb == CblasTrans, beta != 0, now() - start);
}

/* ---- the same products by OpenBLAS alone --------------------------------------------------- */

typedef struct {
  const Group *group;
  const float *A, *B;
  float *C;
  int m; /* of one worker's call */
} Alone;

static void
alone_call(int item, int worker, void *data)
{
  const Alone *a = data;
  const Group *g = a->group;
  gsize first = (gsize)worker * a->m;
  __real_cblas_sgemm(CblasRowMajor, CblasNoTrans, g->transposed ? CblasTrans : CblasNoTrans, a->m,
                     g->n, g->k, 1, a->A + first * g->k, g->k, a->B, g->transposed ? g->k : g->n,
                     g->adds ? 1 : 0, a->C + first * g->n, g->n);
}

/* Weights see all tokens at once, attention one sequence at a time, as its shape demands. The
 * better of two ways counts: OpenBLAS with its own threads, and one call of it per thread, each on
 * its part of the rows. */
static double
alone_seconds(const Group *g, const MedctConfig *c, int tokens, MedctPool *pool, Alone *a)
{
  int grid = c->image / c->patch, cells = grid * grid, threads = medct_pool_threads(pool);
  gboolean is_attention = g->n == cells || g->k == cells;
  int64_t m = is_attention ? cells : MIN(tokens, g->rows);
  int calls = is_attention ? 32 * threads : 1;
  double best = 1e9;
  a->group = g;
  for (int repeat = 0; repeat < 3; repeat++) {
    openblas_set_num_threads(threads);
    a->m = (int)m;
    double start = now();
    for (int i = 0; i < calls; i++)
      alone_call(i, 0, a);
    best = MIN(best, now() - start);
    openblas_set_num_threads(1);
    a->m = (int)(is_attention ? m : m / threads);
    start = now();
    medct_pool_run(pool, is_attention ? calls : threads, alone_call, a, NULL, 0, 0, NULL);
    best = MIN(best, now() - start);
  }
  return best / calls * ((double)g->rows / (double)m);
}

static const char *
group_name(const Group *g, const MedctConfig *c)
{
  int inner = c->heads * c->dim_head, grid = c->image / c->patch, cells = grid * grid;
  if (g->k == c->patch * c->patch * c->temporal_patch)
    return "patch embedding";
  if (g->n == cells && g->k == c->dim_head)
    return "attention, q·k";
  if (g->n == c->dim_head)
    return "attention, ·v";
  if (g->n == 2 * c->ff_inner)
    return "feed-forward in";
  if (g->k == c->ff_inner)
    return "feed-forward out";
  if (g->n == inner)
    return "queries";
  if (g->k == inner)
    return "attention out";
  return g->n == 2 * inner ? "keys, values" : "quantisation";
}

/* Seconds by OpenBLAS alone; *inside: seconds of all threads' products in the engine, per thread.
 */
static double
compare_products(const Products *p, const MedctConfig *c, int tokens, int threads, double *inside)
{
  gsize widest = MAX(MAX(2 * c->ff_inner, c->codebook), c->patch * c->patch * c->temporal_patch);
  gsize columns = MAX(c->dim, c->ff_inner);
  g_autofree float *A = g_new(float, tokens *widest), *C = g_new0(float, tokens *widest);
  g_autofree float *B = g_new(float, widest *columns);
  double alone = 0;
  for (gsize i = 0; i < tokens * widest; i++)
    A[i] = (float)(i % 7) - 3;
  for (gsize i = 0; i < widest * columns; i++)
    B[i] = (float)(i % 5) - 2;
  *inside = 0;
  Alone work = {.A = A, .B = B, .C = C};
  MedctPool *pool = medct_pool_new(threads);
  printf("\n%-18s %6s %6s %6s %9s %9s %7s\n", "product", "m", "n", "k", "GFLOP/s", "alone",
         "ratio");
  for (int i = 0; i < p->n_groups; i++) {
    const Group *g = &p->groups[i];
    double mine = g->seconds / threads, other = alone_seconds(g, c, tokens, pool, &work);
    double flops = 2e-9 * (double)g->rows * g->n * g->k;
    printf("%-18s %6d %6d %6d %9.1f %9.1f %7.2f\n", group_name(g, c), g->m, g->n, g->k,
           flops / mine, flops / other, mine / other);
    *inside += mine;
    alone += other;
  }
  medct_pool_free(pool);
  return alone;
}

/* ---- random weights of the released size --------------------------------------------------- */

/* All tensors share the numbers of the largest one: values do not matter here. */
static gboolean
write_weights(const char *path, GError **error)
{
  MedctConfig c;
  if (!medct_config_named("released", &c, error))
    return FALSE;
  g_autoptr(GPtrArray) specs = medct_config_tensor_specs(&c);
  g_autofree MedctTensor *tensors = g_new0(MedctTensor, specs->len);
  int64_t largest = 1;
  for (guint i = 0; i < specs->len; i++) {
    const MedctTensorSpec *s = g_ptr_array_index(specs, i);
    tensors[i] = (MedctTensor){
        .name = s->name, .dtype = MEDCT_DTYPE_F32, .n_dims = s->n_dims, .n_elements = 1};
    memcpy(tensors[i].shape, s->shape, sizeof s->shape);
    for (int d = 0; d < s->n_dims; d++)
      tensors[i].n_elements *= s->shape[d];
    largest = MAX(largest, tensors[i].n_elements);
  }
  g_autofree float *values = g_new(float, largest);
  uint32_t state = 1;
  for (int64_t i = 0; i < largest; i++)
    values[i] = (float)((state = state * 1664525u + 1013904223u) >> 8) / 83886080.0f - 0.1f;
  for (guint i = 0; i < specs->len; i++)
    tensors[i].data = values;
  const char *metadata[] = {"text_heads", "12", NULL};
  return medct_safetensors_write(path, tensors, specs->len, metadata, error);
}

/* In a child, so that its memory does not count as the engine's. */
static void
write_weights_apart(const char *path)
{
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    g_autoptr(GError) error = NULL;
    gboolean ok = write_weights(path, &error);
    if (!ok)
      fprintf(stderr, "bench-encode: %s\n", error->message);
    _exit(ok ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
}

/* ---- a volume ------------------------------------------------------------------------------ */

#define MAX_STAGES 16

typedef struct {
  double entered, last_poll, longest_gap, seconds;
  const char *names[MAX_STAGES];
  double stages[MAX_STAGES];
  int n_stages;
} Watch;

static bool
on_poll(void *data)
{
  Watch *watch = data;
  watch->longest_gap = MAX(watch->longest_gap, now() - watch->last_poll);
  watch->last_poll = now();
  return false;
}

static void
on_progress(void *data, double fraction, const char *stage)
{
  Watch *watch = data;
  if ((watch->n_stages == 0 || watch->names[watch->n_stages - 1] != stage) &&
      watch->n_stages < MAX_STAGES)
    watch->names[watch->n_stages++] = stage;
  watch->stages[watch->n_stages - 1] += now() - watch->entered;
  watch->entered = now();
}

static int64_t
status_mb(const char *field)
{
  g_autofree char *text = NULL;
  const char *at = NULL;
  if (g_file_get_contents("/proc/self/status", &text, NULL, NULL))
    at = strstr(text, field);
  return at ? g_ascii_strtoll(at + strlen(field), NULL, 10) / 1024 : 0;
}

static MedctEncoding *
encode(MedctModel *model, const float *volume, Watch *watch)
{
  g_autoptr(GError) error = NULL;
  double start = now();
  *watch = (Watch){.entered = start, .last_poll = start};
  MedctMonitor monitor = {on_poll, on_progress, watch};
  int frames = medct_model_config(model)->frames;
  MedctEncoding *encoding = medct_model_encode_volume(model, volume, frames, &monitor, &error);
  watch->seconds = now() - start;
  if (encoding == NULL)
    g_error("%s", error->message);
  return encoding;
}

static float *
random_volume(const MedctConfig *c)
{
  gsize n = (gsize)c->frames * c->image * c->image;
  float *volume = g_new(float, n);
  uint32_t state = 2;
  for (gsize i = 0; i < n; i++)
    volume[i] = (float)((state = state * 1664525u + 1013904223u) >> 8) / 8388608.0f - 1;
  return volume;
}

/* The fastest of `runs` after one that brings the weights into memory. */
static MedctEncoding *
time_volume(MedctModel *model, int runs, Watch *best, Products *products)
{
  g_autofree float *volume = random_volume(medct_model_config(model));
  MedctEncoding *encoding = encode(model, volume, best);
  printf("first volume, weights not yet mapped %21.2f s\n", best->seconds);
  best->seconds = 1e9;
  for (int run = 0; run < runs; run++) {
    Watch watch;
    record.products = (Products){0};
    record.on = TRUE;
    medct_encoding_free(encoding);
    encoding = encode(model, volume, &watch);
    record.on = FALSE;
    if (watch.seconds < best->seconds) {
      *best = watch;
      *products = record.products;
    }
  }
  return encoding;
}

static MedctEncoding *
bench_volume(MedctModel *model, int threads, int runs)
{
  const MedctConfig *c = medct_model_config(model);
  int grid = c->image / c->patch, tokens = c->frames / c->temporal_patch * grid * grid;
  Watch best = {0};
  Products products = {0};
  double inside;
  MedctEncoding *encoding = time_volume(model, runs, &best, &products);
  int64_t peak = status_mb("VmHWM:"), mapped = status_mb("RssFile:");
  printf("volume of %d×%d×%d, best of %d %26.2f s\n", c->image, c->image, c->frames, runs,
         best.seconds);
  for (int i = 0; i < best.n_stages; i++)
    printf("  %-30s %23.2f s\n", best.names[i], best.stages[i]);
  double alone = compare_products(&products, c, tokens, threads, &inside);
  printf("products inside the engine %.2f s, by OpenBLAS alone %.2f s\n\n", inside, alone);
  judge("all matrix products, against OpenBLAS alone on the same shapes", inside / alone, 1.15);
  judge("everything else, share of the whole", 1 - inside / best.seconds, 0.20);
  judge("longest time between two polls for cancel, s", best.longest_gap, 0.1);
  judge("peak memory beyond the mapped weights, input included, GB", (double)(peak - mapped) / 1e3,
        0.7);
  return encoding;
}

/* ---- a prompt ------------------------------------------------------------------------------ */

typedef struct {
  const MedctTensor **weights;
  float *sums; /* [threads][16], a cache line each */
} Reading;

static void
read_weight(int item, int worker, void *data)
{
  static const float ones[4096] = {1};
  const Reading *reading = data;
  const MedctTensor *t = reading->weights[item];
  for (int64_t i = 0; i < t->n_elements; i += 4096)
    reading->sums[worker * 16] +=
        medct_kernels()->dot((const float *)t->data + i, ones, MIN(4096, t->n_elements - i));
}

/* Every weight that a prompt needs, read once by all threads. */
static double
read_seconds(MedctModel *model, int threads)
{
  MedctTensorFile *file = medct_model_weights(model);
  guint count = medct_tensor_file_count(file);
  g_autofree const MedctTensor **weights = g_new(const MedctTensor *, count);
  g_autofree float *sums = g_new0(float, (gsize)threads * 16);
  Reading reading = {weights, sums};
  MedctPool *pool = medct_pool_new(threads);
  double best = 1e9;
  int n = 0;
  for (guint i = 0; i < count; i++) {
    const MedctTensor *t = medct_tensor_file_get(file, i);
    if (g_str_has_prefix(t->name, "text_transformer.encoder.") ||
        g_str_equal(t->name, "to_text_latent.weight"))
      weights[n++] = t;
  }
  for (int repeat = 0; repeat < 7; repeat++) {
    double start = now();
    medct_pool_run(pool, n, read_weight, &reading, NULL, 0, 0, NULL);
    best = MIN(best, now() - start);
  }
  medct_pool_free(pool);
  return best;
}

static double
prompt_seconds(MedctModel *model, MedctEncoding *encoding, int n)
{
  static const int32_t ids[2][10] = {{2, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 3},
                                     {2, 2001, 2002, 2003, 2004, 2005, 2006, 2007, 2008, 3}};
  const MedctSentence sentences[] = {{ids[0], 10}, {ids[1], 10}};
  int t, h, w, L = medct_model_config(model)->latent;
  medct_encoding_grid(encoding, &t, &h, &w);
  g_autofree float *u = g_new(float, 2 * (gsize)L), *map = g_new(float, (gsize)t *h *w);
  double best = 1e9;
  for (int repeat = 0; repeat < 12; repeat++) {
    g_autoptr(GError) error = NULL;
    double start = now();
    if (!medct_model_encode_ids(model, sentences, n, u, &error) ||
        !medct_encoding_share(model, encoding, u, map, NULL, &error))
      g_error("%s", error->message);
    if (repeat == 0)
      printf("first prompt%s %30.3f s\n",
             n == 1 ? ", making the share basis" : " of the pair      ", now() - start);
    else
      best = MIN(best, now() - start);
  }
  return best;
}

static void
bench_prompt(MedctModel *model, MedctEncoding *encoding, int threads)
{
  putchar('\n');
  double one = prompt_seconds(model, encoding, 1), pair = prompt_seconds(model, encoding, 2);
  double reading = read_seconds(model, threads);
  printf("prompt of 10 tokens with its map %24.1f ms\npair of prompts with the map %28.1f ms\n"
         "reading the text encoder's weights once %17.1f ms\n\n",
         one * 1e3, pair * 1e3, reading * 1e3);
  judge("a prompt and its map, against reading the weights once", one / reading, 1.5);
  judge("memory beyond the mapped weights with the packed text weights, GB",
        (double)status_mb("RssAnon:") / 1e3, 0.7);
}

int
main(int argc, char **argv)
{
  g_autofree char *weights = NULL;
  int threads = 2, runs = 2;
  const GOptionEntry entries[] = {
      {"weights", 0, 0, G_OPTION_ARG_FILENAME, &weights, "Checkpoint of the released size", "FILE"},
      {"threads", 0, 0, G_OPTION_ARG_INT, &threads, "Threads (default 2)", "N"},
      {"runs", 0, 0, G_OPTION_ARG_INT, &runs, "Timed volumes (default 2)", "N"},
      {NULL}};
  g_autoptr(GOptionContext) context = g_option_context_new(NULL);
  g_autoptr(GError) error = NULL;
  g_option_context_add_main_entries(context, entries, NULL);
  if (!g_option_context_parse(context, &argc, &argv, &error) || threads < 1 || runs < 1) {
    fprintf(stderr, "bench-encode: %s\n",
            error ? error->message : "give a thread and a run at least");
    return 2;
  }
  g_autofree char *made = weights ? NULL : g_strdup_printf("%s.safetensors", argv[0]);
  if (made)
    write_weights_apart(made);
  g_autoptr(MedctModel) model = medct_model_open(made ? made : weights, &error);
  if (made)
    g_unlink(made);
  if (model == NULL) {
    fprintf(stderr, "bench-encode: %s\n", error->message);
    return 2;
  }
  medct_model_set_threads(model, threads);
  g_autofree char *blas = medct_blas_describe();
  printf("%s; own kernels %s; %d threads\n", blas, medct_kernels()->name, threads);
  g_autoptr(MedctEncoding) encoding = bench_volume(model, threads, runs);
  bench_prompt(model, encoding, threads);
  return failures ? 1 : 0;
}
