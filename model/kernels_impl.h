/* The kernels in the compiler's vectors. Included once per instruction set by kernels_plain.c,
 * kernels_avx2.c and kernels_avx512.c, which define KERNELS_NAME and KERNELS_TABLE; a vector is as
 * long as that set's registers, and the compiler lowers it to whatever there is. */
#include "model/kernels.h"
#include <math.h>
#include <string.h>

/* TILE_ROWS, TILE_SUMS: what the registers hold in skinny(); PANEL_ROWS in panel_product(). */
#if defined __AVX512F__
#define LANES      16
#define PANEL_ROWS 12
#define TILE_ROWS  8
#define TILE_SUMS  16
#define EVEN_LANES 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD_LANES  1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#elif defined __AVX2__
#define LANES      8
#define PANEL_ROWS 3
#define TILE_ROWS  4
#define TILE_SUMS  8
#define EVEN_LANES 0, 2, 4, 6, 8, 10, 12, 14
#define ODD_LANES  1, 3, 5, 7, 9, 11, 13, 15
#else
#define LANES      4
#define PANEL_ROWS 1
#define TILE_ROWS  4
#define TILE_SUMS  4
#define EVEN_LANES 0, 2, 4, 6
#define ODD_LANES  1, 3, 5, 7
#endif
typedef float vec __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t ivec __attribute__((vector_size(LANES * sizeof(float))));

static inline vec
load(const float *p)
{
  vec v;
  memcpy(&v, p, sizeof v);
  return v;
}

static inline void
store(float *p, vec v)
{
  memcpy(p, &v, sizeof v);
}

static inline vec
splat(float x)
{
  return (vec){0} + x;
}

/* The last n < LANES numbers of a row, the rest filled. */
static inline vec
load_tail(const float *p, int n, float fill)
{
  vec v = splat(fill);
  memcpy(&v, p, (size_t)n * sizeof *p);
  return v;
}

static inline vec
load_some(const float *p, int n, float fill)
{
  return n >= LANES ? load(p) : load_tail(p, n, fill);
}

static inline void
store_some(float *p, vec v, int n)
{
  memcpy(p, &v, (size_t)(n < LANES ? n : LANES) * sizeof *p);
}

static inline float
sum_lanes(vec v)
{
  float a[LANES];
  memcpy(a, &v, sizeof a);
  for (int step = LANES / 2; step > 0; step /= 2)
    for (int i = 0; i < step; i++)
      a[i] += a[i + step];
  return a[0];
}

static inline vec
select_vec(ivec mask, vec yes, vec no)
{
  return (vec)((mask & (ivec)yes) | (~mask & (ivec)no));
}

static inline vec
max_vec(vec a, vec b)
{
  return select_vec(a > b, a, b);
}

static inline vec
min_vec(vec a, vec b)
{
  return select_vec(a < b, a, b);
}

/* eˣ, relative error under 2e-7 for −87 ≤ x ≤ 88: x = n·ln 2 + r, Taylor polynomial in r. */
static inline vec
exp_vec(vec x)
{
  const float round_to_int =
      12582912.0f; /* 1.5·2²³: adding it leaves the integer in the mantissa */
  x = max_vec(min_vec(x, splat(88.0f)), splat(-87.0f));
  vec shifted = x * 1.44269504f + round_to_int;
  vec n = shifted - round_to_int;
  vec r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  vec p = splat(1.0f / 5040);
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  ivec power = ((ivec)shifted - (ivec)splat(round_to_int) + 127) << 23;
  return p * (vec)power;
}

/* Φ(−a), a = |x|: ½·exp(−|x|·Q(|x|)), Q a polynomial fitted to −ln(2Φ(−x))/x on [0, 6] (Chebyshev
 * interpolation; absolute error of Φ 2.3e-8); beyond 6 the value is under 1e-8. */
static inline vec
lower_tail_vec(vec a)
{
  static const float Q[] = {0.797884583f,     0.318309277f,    0.0363390669f,   -0.00478806254f,
                            -3.62842002e-05f, 0.000221425085f, -6.5531065e-05f, 1.10632818e-05f,
                            -1.16319006e-06f, 7.08214714e-08f, -1.91010496e-09f};
  vec t = min_vec(a, splat(6.0f));
  vec p = splat(Q[10]);
  for (int i = 9; i >= 0; i--)
    p = p * t + Q[i];
  return 0.5f * exp_vec(-a * p);
}

/* x·Φ(x) */
static inline vec
gelu_vec(vec x)
{
  vec lower = lower_tail_vec(max_vec(x, -x));
  return x * select_vec(x < 0.0f, lower, 1.0f - lower);
}

static float
dot(const float *x, const float *y, int64_t n)
{
  vec s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
  int64_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    s0 += load(x + i) * load(y + i);
    s1 += load(x + i + LANES) * load(y + i + LANES);
    s2 += load(x + i + 2 * LANES) * load(y + i + 2 * LANES);
    s3 += load(x + i + 3 * LANES) * load(y + i + 3 * LANES);
  }
  for (; i + LANES <= n; i += LANES)
    s0 += load(x + i) * load(y + i);
  if (i < n)
    s1 += load_tail(x + i, (int)(n - i), 0) * load_tail(y + i, (int)(n - i), 0);
  return sum_lanes((s0 + s1) + (s2 + s3));
}

static void
row_moments(const float *x, int D, float *mean, float *variance)
{
  vec sum = {0}, square = {0};
  for (int i = 0; i < D; i += LANES)
    sum += load_some(x + i, D - i, 0);
  *mean = sum_lanes(sum) / (float)D;
  for (int i = 0; i < D; i += LANES) {
    vec d = load_some(x + i, D - i, *mean) - *mean;
    square += d * d;
  }
  *variance = sum_lanes(square) / (float)D;
}

static void
layer_norm(float *y, const float *x, const float *gamma, const float *beta, int rows, int D,
           float eps)
{
  for (int r = 0; r < rows; r++, x += D, y += D) {
    float mean, variance;
    row_moments(x, D, &mean, &variance);
    float inv = 1.0f / sqrtf(variance + eps);
    for (int i = 0; i < D; i += LANES) {
      vec v = (load_some(x + i, D - i, 0) - mean) * inv * load_some(gamma + i, D - i, 0);
      if (beta)
        v += load_some(beta + i, D - i, 0);
      store_some(y + i, v, D - i);
    }
  }
}

static float
row_max(const float *x, int n)
{
  vec top = splat(x[0]);
  for (int i = 0; i < n; i += LANES)
    top = max_vec(top, load_some(x + i, n - i, x[0]));
  float lanes[LANES], best;
  memcpy(lanes, &top, sizeof lanes);
  best = lanes[0];
  for (int i = 1; i < LANES; i++)
    best = lanes[i] > best ? lanes[i] : best;
  return best;
}

static void
softmax(float *x, int rows, int n, int ld)
{
  for (int r = 0; r < rows; r++, x += ld) {
    float top = row_max(x, n);
    vec sum = {0};
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
      vec e = exp_vec(load(x + i) - top);
      store(x + i, e);
      sum += e;
    }
    if (i < n) {
      vec e = exp_vec(load_tail(x + i, n - i, top) - top);
      store_some(x + i, e, n - i);
      sum += load_tail(x + i, n - i, 0);
    }
    float inv = 1.0f / sum_lanes(sum);
    for (i = 0; i < n; i += LANES)
      store_some(x + i, load_some(x + i, n - i, 0) * inv, n - i);
  }
}

static void
gelu_gate(float *y, const float *ag, int rows, int I)
{
  for (int r = 0; r < rows; r++, ag += 2 * (int64_t)I, y += I)
    for (int i = 0; i < I; i += LANES)
      store_some(y + i, load_some(ag + i, I - i, 0) * gelu_vec(load_some(ag + I + i, I - i, 0)),
                 I - i);
}

static void
bias_gelu(float *x, const float *bias, int rows, int n)
{
  for (int r = 0; r < rows; r++, x += n)
    for (int i = 0; i < n; i += LANES)
      store_some(x + i, gelu_vec(load_some(x + i, n - i, 0) + load_some(bias + i, n - i, 0)),
                 n - i);
}

static void
bias_add(float *x, const float *bias, int rows, int n)
{
  for (int r = 0; r < rows; r++, x += n)
    for (int i = 0; i < n; i += LANES)
      store_some(x + i, load_some(x + i, n - i, 0) + load_some(bias + i, n - i, 0), n - i);
}

static void
add(float *y, const float *x, int64_t n)
{
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES)
    store(y + i, load(y + i) + load(x + i));
  for (; i < n; i++)
    y[i] += x[i];
}

static void
normalise_heads(float *x, const float *scale, int rows, int heads, int d, int ld)
{
  for (int r = 0; r < rows; r++)
    for (int h = 0; h < heads; h++) {
      float *head = x + (int64_t)r * ld + h * d;
      float norm = sqrtf(dot(head, head, d));
      float inv = 1.0f / (norm > 1e-12f ? norm : 1e-12f);
      for (int i = 0; i < d; i += LANES)
        store_some(head + i, load_some(head + i, d - i, 0) * inv * load_some(scale + i, d - i, 0),
                   d - i);
    }
}

static void
taps(float *y, const float *const *x, const float *const *w, int n_taps, int D)
{
  for (int i = 0; i < D; i += LANES) {
    vec sum = load_some(y + i, D - i, 0);
    for (int j = 0; j < n_taps; j++)
      sum += load_some(x[j] + i, D - i, 0) * load_some(w[j] + i, D - i, 0);
    store_some(y + i, sum, D - i);
  }
}

static int
argmax(float *value, const float *x, int n)
{
  float top = row_max(x, n);
  *value = top;
  for (int i = 0; i < n; i += LANES) {
    int stop = n - i < LANES ? n - i : LANES;
    for (int l = 0; l < stop; l++)
      if (x[i + l] == top)
        return i + l;
  }
  return 0;
}

/* Pairs of neighbours summed: those of a, then those of b. */
static inline vec
add_pairs(vec a, vec b)
{
  return __builtin_shufflevector(a, b, EVEN_LANES) + __builtin_shufflevector(a, b, ODD_LANES);
}

/* Lane i of the result is the sum of the lanes of s[i]: a tree, cheaper than as many sums alone. */
__attribute__((always_inline)) static inline vec
sum_lanes_of_each(vec s[LANES])
{
#pragma GCC unroll 4
  for (int n = LANES / 2; n > 0; n /= 2)
#pragma GCC unroll 8
    for (int i = 0; i < n; i++)
      s[i] = add_pairs(s[2 * i], s[2 * i + 1]);
  return s[0];
}

/* Sums of n_out rows of w with n_rows rows of x, all in registers; n_out·n_rows ≤ LANES. w is asked
 * for `ahead` floats before it is needed. */
__attribute__((always_inline)) static inline void
skinny_tile(float *y, int ldy, const float *x, const float *w, int in, int64_t ahead, int n_rows,
            int n_out)
{
  vec s[LANES] = {{0}};
  float sums[LANES];
  int i = 0;
  for (; i + LANES <= in; i += LANES)
#pragma GCC unroll 16
    for (int o = 0; o < n_out; o++) {
      const float *wo = w + (int64_t)o * in + i;
      vec wv = load(wo);
      if (ahead)
        __builtin_prefetch(wo + ahead);
#pragma GCC unroll 16
      for (int r = 0; r < n_rows; r++)
        s[o * n_rows + r] += wv * load(x + (int64_t)r * in + i);
    }
  if (i < in)
    for (int o = 0; o < n_out; o++) {
      vec wv = load_tail(w + (int64_t)o * in + i, in - i, 0);
      for (int r = 0; r < n_rows; r++)
        s[o * n_rows + r] += wv * load_tail(x + (int64_t)r * in + i, in - i, 0);
    }
  store(sums, sum_lanes_of_each(s));
  for (int o = 0; o < n_out; o++)
    for (int r = 0; r < n_rows; r++)
      y[(int64_t)r * ldy + o] = sums[o * n_rows + r];
}

/* n_rows rows of x against `out` rows of w. */
__attribute__((always_inline)) static inline void
skinny_strip(float *y, int ldy, const float *x, const float *w, int in, int64_t ahead, int n_rows,
             int out)
{
  const int n_out = TILE_SUMS / n_rows;
  int o = 0;
  for (; o + n_out <= out; o += n_out)
    skinny_tile(y + o, ldy, x, w + (int64_t)o * in, in, ahead, n_rows, n_out);
  for (; o < out; o++)
    skinny_tile(y + o, ldy, x, w + (int64_t)o * in, in, ahead, n_rows, 1);
}

/* The same for a number of rows that is known only now. */
static void
skinny_rows(float *y, int ldy, const float *x, const float *w, int in, int64_t ahead, int rows,
            int out)
{
  switch (rows) {
#define STRIP(n)                                                                                   \
  case n:                                                                                          \
    skinny_strip(y, ldy, x, w, in, ahead, n, out);                                                 \
    break
    STRIP(1);
    STRIP(2);
    STRIP(3);
    STRIP(4);
#if TILE_ROWS == 8
    STRIP(5);
    STRIP(6);
    STRIP(7);
    STRIP(8);
#endif
#undef STRIP
  }
}

/* w streams from memory once: all rows, in equal parts, pass over a few rows of it while they lie
 * in cache. */
static void
skinny(float *y, int ldy, const float *x, const float *w, int rows, int in, int out)
{
  /* A multiple of 6 suits tiles of 2 and of 3 outputs; 6 · 1024 floats leave room in the L1 cache.
   */
  const int block = in <= 1024 ? 12 : 6;
  int parts = (rows + TILE_ROWS - 1) / TILE_ROWS;
  for (int o = 0; o < out; o += block) {
    int n = out - o < block ? out - o : block;
    for (int part = 0; part < parts; part++) {
      int first = rows * part / parts, next = rows * (part + 1) / parts;
      skinny_rows(y + (int64_t)first * ldy + o, ldy, x + (int64_t)first * in, w + (int64_t)o * in,
                  in, part == 0 ? (int64_t)block * in : 0, next - first, n);
    }
  }
}

#define PANEL_VECTORS (MEDCT_PANEL / LANES)
/* Floats that a panel is asked for before they are needed: 8 KiB cover the way from memory. */
#define PANEL_AHEAD 2048

/* sums [n_rows][MEDCT_PANEL] += x · panelᵀ over inputs 0 … n − 1, all in registers. */
__attribute__((always_inline)) static inline void
panel_tile(float *sums, const float *x, int ldx, const float *panel, int n, int n_rows, int fetch)
{
  vec s[PANEL_ROWS][PANEL_VECTORS];
  for (int r = 0; r < n_rows; r++)
    for (int v = 0; v < PANEL_VECTORS; v++)
      s[r][v] = load(sums + r * MEDCT_PANEL + v * LANES);
  for (int i = 0; i < n; i++, panel += MEDCT_PANEL) {
    vec w[PANEL_VECTORS];
#pragma GCC unroll 8
    for (int v = 0; v < PANEL_VECTORS; v++)
      w[v] = load(panel + v * LANES);
    if (fetch) {
      __builtin_prefetch(panel + PANEL_AHEAD);
      __builtin_prefetch(panel + PANEL_AHEAD + MEDCT_PANEL / 2);
    }
#pragma GCC unroll 12
    for (int r = 0; r < n_rows; r++) {
      vec a = splat(x[(int64_t)r * ldx + i]);
#pragma GCC unroll 8
      for (int v = 0; v < PANEL_VECTORS; v++)
        s[r][v] += w[v] * a;
    }
  }
  for (int r = 0; r < n_rows; r++)
    for (int v = 0; v < PANEL_VECTORS; v++)
      store(sums + r * MEDCT_PANEL + v * LANES, s[r][v]);
}

/* The same for a number of rows that is known only now. */
static void
panel_rows(float *sums, const float *x, int ldx, const float *panel, int n, int rows, int fetch)
{
  switch (rows) {
#define TILE(n_rows)                                                                               \
  case n_rows:                                                                                     \
    if (fetch)                                                                                     \
      panel_tile(sums, x, ldx, panel, n, n_rows, 1);                                               \
    else                                                                                           \
      panel_tile(sums, x, ldx, panel, n, n_rows, 0);                                               \
    break
    TILE(1);
#if PANEL_ROWS >= 3
    TILE(2);
    TILE(3);
#endif
#if PANEL_ROWS == 12
    TILE(4);
    TILE(5);
    TILE(6);
    TILE(7);
    TILE(8);
    TILE(9);
    TILE(10);
    TILE(11);
    TILE(12);
#endif
#undef TILE
  }
}

/* The panel streams from memory once: where the rows do not fit the registers, parts of them pass
 * one after the other over as much of it as stays in the L1 cache. */
static void
panel_product(float *y, int ldy, const float *x, const float *panel, int rows, int in, int n,
              int add)
{
  enum { MOST_ROWS = 64, BLOCK = 128 };
  float sums[MOST_ROWS * MEDCT_PANEL] = {0};
  int parts = (rows + PANEL_ROWS - 1) / PANEL_ROWS, block = parts == 1 ? in : BLOCK;
  for (int i = 0; i < in; i += block) {
    int length = in - i < block ? in - i : block;
    for (int part = 0; part < parts; part++) {
      int first = rows * part / parts, next = rows * (part + 1) / parts;
      panel_rows(sums + first * MEDCT_PANEL, x + (int64_t)first * in + i, in,
                 panel + (int64_t)i * MEDCT_PANEL, length, next - first, part == 0);
    }
  }
  for (int r = 0; r < rows; r++)
    for (int o = 0; o < n; o++)
      y[(int64_t)r * ldy + o] = (add ? y[(int64_t)r * ldy + o] : 0) + sums[r * MEDCT_PANEL + o];
}

static void
attend(float *out, int ldo, const float *q, int ldq, const float *k, const float *v, int ldkv,
       const float *bias, float scale, float *logits, int n, int d)
{
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++)
      logits[j] = scale * dot(q + (int64_t)i * ldq, k + (int64_t)j * ldkv, d) +
                  (bias ? bias[(int64_t)i * n + j] : 0);
    softmax(logits, 1, n, n);
    for (int c = 0; c < d; c += LANES) {
      vec sum = {0};
      for (int j = 0; j < n; j++)
        sum += logits[j] * load_some(v + (int64_t)j * ldkv + c, d - c, 0);
      store_some(out + (int64_t)i * ldo + c, sum, d - c);
    }
  }
}

#include "model/kernels_backward_impl.h"

const MedctKernels KERNELS_TABLE = {
    KERNELS_NAME,
    layer_norm,
    softmax,
    gelu_gate,
    bias_gelu,
    bias_add,
    add,
    normalise_heads,
    taps,
    argmax,
    dot,
    skinny,
    panel_product,
    attend,
    layer_norm_backward,
    softmax_backward,
    gelu_gate_backward,
    bias_gelu_backward,
    normalise_heads_backward,
};
