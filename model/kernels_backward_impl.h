/* The kernels that gradients need, in the compiler's vectors. Included by kernels_impl.h only. */

/* Φ(x) and φ(x), the normal distribution and its density; Φ as in gelu_vec(). */
static inline vec
normal_vec(vec x, vec *density)
{
  vec lower = lower_tail_vec(max_vec(x, -x));
  *density = 0.3989422804f * exp_vec(-0.5f * x * x);
  return select_vec(x < 0.0f, lower, 1.0f - lower);
}

static void
gelu_gate_backward(float *dag, const float *dy, const float *ag, int rows, int I)
{
  for (int r = 0; r < rows; r++, dag += 2 * (int64_t)I, ag += 2 * (int64_t)I, dy += I)
    for (int i = 0; i < I; i += LANES) {
      vec a = load_some(ag + i, I - i, 0), g = load_some(ag + I + i, I - i, 0);
      vec d = load_some(dy + i, I - i, 0), density, phi = normal_vec(g, &density);
      /* y = a·GELU(g) */
      store_some(dag + i, d * g * phi, I - i);
      store_some(dag + I + i, d * a * (phi + g * density), I - i);
    }
}

static void
bias_gelu_backward(float *dy, const float *x, const float *bias, int rows, int n)
{
  for (int r = 0; r < rows; r++, dy += n, x += n)
    for (int i = 0; i < n; i += LANES) {
      vec g = load_some(x + i, n - i, 0) + load_some(bias + i, n - i, 0), density;
      vec phi = normal_vec(g, &density);
      store_some(dy + i, load_some(dy + i, n - i, 0) * (phi + g * density), n - i);
    }
}

static void
layer_norm_backward(float *dx, int add_up, const float *dy, const float *x, const float *gamma,
                    int rows, int D, float eps)
{
  for (int r = 0; r < rows; r++, dx += D, dy += D, x += D) {
    float mean, variance;
    row_moments(x, D, &mean, &variance);
    float inv = 1.0f / sqrtf(variance + eps);
    vec sum = {0}, sum_x = {0};
    /* y = x̂·gamma, x̂ = (x − mean)·inv */
    for (int i = 0; i < D; i += LANES) {
      vec g = load_some(dy + i, D - i, 0) * load_some(gamma + i, D - i, 0);
      sum += g;
      sum_x += g * (load_some(x + i, D - i, mean) - mean);
    }
    float g_mean = sum_lanes(sum) / (float)D, gx_mean = sum_lanes(sum_x) * inv / (float)D;
    for (int i = 0; i < D; i += LANES) {
      vec g = load_some(dy + i, D - i, 0) * load_some(gamma + i, D - i, 0);
      vec d = inv * (g - g_mean - (load_some(x + i, D - i, mean) - mean) * (inv * gx_mean));
      store_some(dx + i, add_up ? load_some(dx + i, D - i, 0) + d : d, D - i);
    }
  }
}

static void
softmax_backward(float *dp, const float *p, int rows, int n)
{
  for (int r = 0; r < rows; r++, dp += n, p += n) {
    /* p_i = exp(s_i)/Σ exp(s_j) */
    float sum = dot(dp, p, n);
    for (int i = 0; i < n; i += LANES)
      store_some(dp + i, load_some(p + i, n - i, 0) * (load_some(dp + i, n - i, 0) - sum), n - i);
  }
}

static void
normalise_heads_backward(float *dy, const float *x, const float *scale, int rows, int heads, int d,
                         int ld)
{
  for (int r = 0; r < rows; r++)
    for (int h = 0; h < heads; h++) {
      float *dhead = dy + (int64_t)r * ld + h * d;
      const float *head = x + (int64_t)r * ld + h * d;
      float norm = sqrtf(dot(head, head, d)), inv = 1.0f / (norm > 1e-12f ? norm : 1e-12f);
      vec sum = {0};
      /* y_i = x_i/‖x‖·scale_i; below the floor of the norm the divisor is a constant. */
      for (int i = 0; i < d; i += LANES)
        sum += load_some(dhead + i, d - i, 0) * load_some(scale + i, d - i, 0) *
               load_some(head + i, d - i, 0);
      float along = norm > 1e-12f ? sum_lanes(sum) * inv * inv : 0;
      for (int i = 0; i < d; i += LANES) {
        vec g = load_some(dhead + i, d - i, 0) * load_some(scale + i, d - i, 0);
        store_some(dhead + i, inv * (g - along * load_some(head + i, d - i, 0)), d - i);
      }
    }
}
