/* The engine as a whole at sizes of which there are no golden files: against the naive twin, with
 * several numbers of threads, cancelled, beside a prompt, and with weights that shrink. */
#include "model/ctclip.h"
#include "tests/naive-vision.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  int dim, image, patch, temporal_patch, spatial, temporal, heads, dim_head, codebook, frames;
} Size;

/* Grids of 3×3 and 9×9 (which takes the path of long sequences), one layer, odd widths. */
static const Size SIZES[] = {
    {64, 30, 10, 3, 2, 2, 4, 16, 37, 12},
    {36, 36, 4, 2, 1, 2, 3, 12, 50, 6},
    {20, 24, 12, 5, 1, 1, 1, 8, 5, 5},
};

static MedctConfig
config_of(const Size *s)
{
  MedctConfig c;
  g_autoptr(GError) error = NULL;
  medct_config_named("mini", &c, &error);
  g_assert_no_error(error);
  c.dim = s->dim;
  c.image = s->image;
  c.patch = s->patch;
  c.temporal_patch = s->temporal_patch;
  c.spatial_layers = s->spatial;
  c.temporal_layers = s->temporal;
  c.heads = s->heads;
  c.dim_head = s->dim_head;
  c.ff_inner = (int)(4 * (2.0 / 3) * s->dim);
  c.codebook = s->codebook;
  c.frames = s->frames;
  return c;
}

/* Values that keep the network lively: gains near 1, matrices scaled by their width. */
static void
fill(float *x, const MedctTensorSpec *spec, int64_t n, GRand *rand)
{
  gboolean is_gain = spec->n_dims == 1 && !g_str_has_suffix(spec->name, "bias") &&
                     !g_str_has_suffix(spec->name, "beta");
  double spread = spec->n_dims > 1 ? 1.7 / sqrt((double)n / spec->shape[spec->n_dims == 3]) : 0.2;
  for (int64_t i = 0; i < n; i++)
    x[i] = (float)(g_rand_double_range(rand, -spread, spread) + is_gain);
  if (g_str_has_suffix(spec->name, "beta"))
    memset(x, 0, sizeof(float) * (gsize)n);
}

static char *
write_model(const Size *size)
{
  MedctConfig c = config_of(size);
  g_autoptr(GPtrArray) specs = medct_config_tensor_specs(&c);
  g_autofree MedctTensor *tensors = g_new0(MedctTensor, specs->len);
  g_autoptr(GPtrArray) data = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GRand) rand = g_rand_new_with_seed(11);
  g_autoptr(GError) error = NULL;
  for (guint i = 0; i < specs->len; i++) {
    const MedctTensorSpec *s = g_ptr_array_index(specs, i);
    tensors[i] = (MedctTensor){
        .name = s->name, .dtype = MEDCT_DTYPE_F32, .n_dims = s->n_dims, .n_elements = 1};
    memcpy(tensors[i].shape, s->shape, sizeof s->shape);
    for (int d = 0; d < s->n_dims; d++)
      tensors[i].n_elements *= s->shape[d];
    float *x = g_new(float, tensors[i].n_elements + 1);
    fill(x, s, tensors[i].n_elements, rand);
    tensors[i].data = x;
    g_ptr_array_add(data, x);
  }
  const char *metadata[] = {"text_heads", "4", NULL};
  char *path =
      g_strdup_printf("%s/medct-test-%d-%d.safetensors", g_get_tmp_dir(), size->dim, getpid());
  medct_safetensors_write(path, tensors, specs->len, metadata, &error);
  g_assert_no_error(error);
  return path;
}

static MedctModel *
open_model(const char *path, int threads)
{
  g_autoptr(GError) error = NULL;
  MedctModel *model = medct_model_open(path, &error);
  g_assert_no_error(error);
  medct_model_set_threads(model, threads);
  return model;
}

static float *
random_volume(const MedctConfig *c, int frames)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed(5);
  gsize n = (gsize)frames * c->image * c->image;
  float *volume = g_new(float, n);
  for (gsize i = 0; i < n; i++)
    volume[i] = (float)g_rand_double_range(rand, -1, 1);
  return volume;
}

static void
keep_pre_vq(const char *name, const float *data, int64_t n, void *user_data)
{
  float **kept = user_data;
  if (!g_str_equal(name, "trace.pre_vq"))
    return;
  g_free(*kept);
  *kept = g_memdup2(data, sizeof(float) * (gsize)n);
}

static void
assert_close(const float *got, const double *want, gsize n)
{
  double worst = 0, top = 0;
  for (gsize i = 0; i < n; i++) {
    worst = fmax(worst, isfinite(got[i]) ? fabs(got[i] - want[i]) : INFINITY);
    top = fmax(top, fabs(want[i]));
  }
  g_assert_cmpfloat(worst / top, <, 2e-5);
}

/* The code whose embedding has the largest cosine with the token, the lowest of equals. */
static int
best_code(const double *token, const MedctModel *model)
{
  const MedctConfig *c = medct_model_config(model);
  const float *embed = medct_tensor_file_lookup(medct_model_weights((MedctModel *)model),
                                                "visual_transformer.vq._codebook.embed")
                           ->data;
  double top = -INFINITY;
  int best = 0;
  for (int k = 0; k < c->codebook; k++, embed += c->dim) {
    double dot = 0, norm = 0;
    for (int d = 0; d < c->dim; d++) {
      dot += token[d] * embed[d];
      norm += (double)embed[d] * embed[d];
    }
    if (dot / sqrt(norm) > top) {
      top = dot / sqrt(norm);
      best = k;
    }
  }
  return best;
}

static void
check_frames(MedctModel *model, int frames)
{
  const MedctConfig *c = medct_model_config(model);
  g_autofree float *volume = random_volume(c, frames), *tokens = NULL;
  g_autoptr(GError) error = NULL;
  int t, h, w, different = 0;
  medct_model_set_trace(model, keep_pre_vq, &tokens);
  g_autoptr(MedctEncoding) e = medct_model_encode_volume(model, volume, frames, NULL, &error);
  g_assert_no_error(error);
  medct_encoding_grid(e, &t, &h, &w);
  g_assert_cmpint(t, ==, frames / c->temporal_patch);
  g_autofree double *want = naive_vision(medct_model_weights(model), c, volume, frames, NULL);
  assert_close(tokens, want, (gsize)t * h * w * c->dim);
  for (int i = 0; i < t * h * w; i++)
    different += medct_encoding_margins(e)[i] > 1e-4f &&
                 best_code(want + (gsize)i * c->dim, model) != medct_encoding_codes(e)[i];
  g_assert_cmpint(different, ==, 0);
}

static void
test_naive(gconstpointer data)
{
  const Size *size = data;
  g_autofree char *path = write_model(size);
  g_autoptr(MedctModel) model = open_model(path, 2);
  check_frames(model, size->frames);
  check_frames(model, size->temporal_patch); /* one frame of tokens */
  check_frames(model, 2 * size->frames);
  g_unlink(path);
}

/* Σ share is the cosine, for the encoding itself and for one that comes from a cache. */
static void
check_share(MedctModel *model, MedctEncoding *e)
{
  int t, h, w, L = medct_model_config(model)->latent;
  g_autofree float *u = g_new0(float, L);
  g_autoptr(GError) error = NULL;
  medct_encoding_grid(e, &t, &h, &w);
  g_autofree float *map = g_new(float, t *h *w);
  double sum = 0;
  u[1] = 0.6f;
  u[L - 1] = -0.8f;
  g_assert_true(medct_encoding_share(model, e, u, map, NULL, &error));
  for (int i = 0; i < t * h * w; i++)
    sum += map[i];
  const float *v = medct_encoding_latent(e);
  g_assert_cmpfloat(fabs(sum - (0.6 * v[1] - 0.8 * v[L - 1])), <, 1e-5);
}

static void
test_threads(void)
{
  g_autofree char *path = write_model(&SIZES[1]);
  g_autoptr(MedctModel) one = open_model(path, 1), three = open_model(path, 3);
  const MedctConfig *c = medct_model_config(one);
  g_autofree float *volume = random_volume(c, c->frames);
  int frames = SIZES[1].frames, t, h, w;
  g_autoptr(MedctEncoding) a = medct_model_encode_volume(one, volume, frames, NULL, NULL);
  g_autoptr(MedctEncoding) b = medct_model_encode_volume(three, volume, frames, NULL, NULL);
  medct_encoding_grid(a, &t, &h, &w);
  g_assert_cmpmem(medct_encoding_codes(a), sizeof(int32_t) * t * h * w, medct_encoding_codes(b),
                  sizeof(int32_t) * t * h * w);
  g_assert_cmpmem(medct_encoding_latent(a), sizeof(float) * c->latent, medct_encoding_latent(b),
                  sizeof(float) * c->latent);
  g_autoptr(MedctEncoding) stored = medct_encoding_from_codes(one, medct_encoding_codes(a), t, h, w,
                                                              medct_encoding_latent(a), NULL);
  check_share(one, a);
  check_share(three, stored);
  g_unlink(path);
}

typedef struct {
  int polls, stop_at;
  double last;
} Stopper;

static bool
stop(void *data)
{
  Stopper *s = data;
  return s->polls++ == s->stop_at;
}

static void
watch_progress(void *data, double fraction, const char *stage)
{
  Stopper *s = data;
  g_assert_cmpfloat(fraction, >=, s->last - 1e-9);
  g_assert_cmpfloat(fraction, <=, 1);
  s->last = fraction;
}

/* Cancelled at each poll in turn, then run to its end: nothing of the earlier runs is left over. */
static void
test_cancel(void)
{
  const Size *size = &SIZES[0];
  g_autofree char *path = write_model(size);
  g_autoptr(MedctModel) model = open_model(path, 2);
  const MedctConfig *c = medct_model_config(model);
  g_autofree float *volume = random_volume(c, size->frames);
  g_autoptr(MedctEncoding) whole =
      medct_model_encode_volume(model, volume, size->frames, NULL, NULL);
  gboolean ended = FALSE;
  for (int n = 0; !ended; n++) {
    Stopper stopper = {0, n, 0};
    MedctMonitor monitor = {stop, watch_progress, &stopper};
    g_autoptr(GError) error = NULL;
    g_autoptr(MedctEncoding) e =
        medct_model_encode_volume(model, volume, size->frames, &monitor, &error);
    ended = e != NULL;
    if (!ended) {
      g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
      continue;
    }
    g_assert_cmpint(n, >, 5);
    g_assert_cmpmem(medct_encoding_latent(e), sizeof(float) * c->latent,
                    medct_encoding_latent(whole), sizeof(float) * c->latent);
  }
  g_unlink(path);
}

static gpointer
encode_often(gpointer data)
{
  MedctModel *model = data;
  const MedctConfig *c = medct_model_config(model);
  g_autofree float *volume = random_volume(c, SIZES[0].frames);
  MedctEncoding *e = NULL;
  for (int i = 0; i < 30; i++) {
    medct_encoding_free(e);
    e = medct_model_encode_volume(model, volume, SIZES[0].frames, NULL, NULL);
  }
  return e;
}

/* Prompts and maps beside an encoding that runs: neither disturbs the other. */
static void
test_beside(void)
{
  g_autofree char *path = write_model(&SIZES[0]);
  g_autoptr(MedctModel) model = open_model(path, 2);
  g_autoptr(MedctEncoding) alone = encode_often(model);
  int L = medct_model_config(model)->latent, t, h, w;
  const int32_t ids[] = {2, 7, 9, 3};
  const MedctSentence sentences[] = {{ids, 4}, {ids, 3}};
  g_autofree float *first = g_new(float, 2 * L), *again = g_new(float, 2 * L);
  g_assert_true(medct_model_encode_ids(model, sentences, 2, first, NULL));
  medct_encoding_grid(alone, &t, &h, &w);
  GThread *thread = g_thread_new("encode", encode_often, model);
  for (int i = 0; i < 30; i++) {
    g_autoptr(MedctEncoding) e = medct_encoding_from_codes(model, medct_encoding_codes(alone), t, h,
                                                           w, medct_encoding_latent(alone), NULL);
    check_share(model, e);
    g_assert_true(medct_model_encode_ids(model, sentences, 2, again, NULL));
    g_assert_cmpmem(first, sizeof(float) * 2 * L, again, sizeof(float) * 2 * L);
  }
  g_autoptr(MedctEncoding) beside = g_thread_join(thread);
  g_assert_cmpmem(medct_encoding_latent(alone), sizeof(float) * L, medct_encoding_latent(beside),
                  sizeof(float) * L);
  g_unlink(path);
}

/* Sentences encoded together are what each is alone, to rounding. */
static void
test_texts(void)
{
  g_autofree char *path = write_model(&SIZES[2]);
  g_autoptr(MedctModel) model = open_model(path, 2);
  int L = medct_model_config(model)->latent, most = medct_model_config(model)->text_positions;
  g_autofree int32_t *ids = g_new(int32_t, most + 1);
  for (int i = 0; i <= most; i++)
    ids[i] = 5 + i * 7 % 150;
  const MedctSentence sentences[] = {{ids, 12}, {ids + 1, 1}, {ids, most}, {ids + 2, 30}};
  g_autofree float *all = g_new(float, 4 * L), *one = g_new(float, L);
  g_autoptr(GError) error = NULL;
  g_assert_true(medct_model_encode_ids(model, sentences, 4, all, &error));
  for (int s = 0; s < 4; s++) {
    g_assert_true(medct_model_encode_ids(model, &sentences[s], 1, one, &error));
    for (int i = 0; i < L; i++)
      g_assert_cmpfloat(fabsf(one[i] - all[s * L + i]), <, 1e-5f);
  }
  g_assert_false(medct_model_encode_ids(model, &(MedctSentence){ids, most + 1}, 1, one, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT);
  g_clear_error(&error);
  ids[3] = medct_model_config(model)->text_vocab;
  g_assert_false(medct_model_encode_ids(model, sentences, 1, one, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_MISMATCH);
  g_unlink(path);
}

static void
test_refused(void)
{
  g_autofree char *path = write_model(&SIZES[0]);
  g_autoptr(MedctModel) model = open_model(path, 2);
  const MedctConfig *c = medct_model_config(model);
  g_autofree float *volume = random_volume(c, SIZES[0].frames);
  const int wrong[] = {-3, 0, 2, 4};
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(medct_model_encode_volume(model, volume, wrong[i], NULL, &error));
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT);
  }
  const int32_t codes[9] = {0, 1, 2, 3, 4, 5, 6, 7, 37}; /* 37 is past the codebook */
  g_autofree float *latent = g_new0(float, c->latent);
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_encoding_from_codes(model, codes, 1, 3, 3, latent, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_MISMATCH);
  g_unlink(path);
}

/* The weights shrink under a model that is open: an error, not a crash and not a result. */
static void
test_shrunk(void)
{
  g_autofree char *path = write_model(&SIZES[0]);
  g_autoptr(MedctModel) model = open_model(path, 2);
  const MedctConfig *c = medct_model_config(model);
  g_autofree float *volume = random_volume(c, SIZES[0].frames);
  g_assert_cmpint(truncate(path, 8192), ==, 0);
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_model_encode_volume(model, volume, SIZES[0].frames, NULL, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
  g_unlink(path);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(SIZES); i++) {
    g_autofree char *path = g_strdup_printf("/ctclip/naive/%d", SIZES[i].dim);
    g_test_add_data_func(path, &SIZES[i], test_naive);
  }
  g_test_add_func("/ctclip/beside", test_beside);
  g_test_add_func("/ctclip/cancel", test_cancel);
  g_test_add_func("/ctclip/refused", test_refused);
  g_test_add_func("/ctclip/shrunk", test_shrunk);
  g_test_add_func("/ctclip/texts", test_texts);
  g_test_add_func("/ctclip/threads", test_threads);
  return g_test_run();
}
