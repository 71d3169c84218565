#include "model/objectives.h"
#include <math.h>
#include <string.h>

static double
cosine(const float *u, const float *v, int n)
{
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += (double)u[i] * v[i];
  return sum;
}

/* Gradients are gathered in double and rounded once. */
typedef struct {
  double *texts, *volumes; /* [n_texts, latent], [n, latent] */
  gsize n_texts, n_volumes;
} Sums;

static Sums
new_sums(const MedctObjectiveInput *in, int texts)
{
  Sums s = {.n_texts = (gsize)texts * in->latent, .n_volumes = (gsize)in->n * in->latent};
  s.texts = g_new0(double, s.n_texts);
  s.volumes = g_new0(double, s.n_volumes);
  return s;
}

static void
finish(Sums *s, MedctObjectiveGradient *gradient)
{
  for (gsize i = 0; i < s->n_texts; i++)
    gradient->texts[i] = (float)s->texts[i];
  for (gsize i = 0; i < s->n_volumes; i++)
    gradient->volumes[i] = (float)s->volumes[i];
  g_free(s->texts);
  g_free(s->volumes);
}

/* similarity = scale·⟨u, v⟩, scale = exp(temperature): spreads ∂loss/∂similarity. */
static void
add_similarity(Sums *s, MedctObjectiveGradient *gradient, const MedctObjectiveInput *in, int text,
               int volume, double d)
{
  const float *u = in->texts + (gsize)text * in->latent;
  const float *v = in->volumes + (gsize)volume * in->latent;
  double *du = s->texts + (gsize)text * in->latent, *dv = s->volumes + (gsize)volume * in->latent;
  for (int i = 0; i < in->latent; i++) {
    du[i] += d * in->scale * v[i];
    dv[i] += d * in->scale * u[i];
  }
  gradient->temperature += d * in->scale * cosine(u, v, in->latent);
}

/* One label: its loss, and *d ← ∂loss/∂margin; margin = similarity(present) − similarity(absent).
 */
typedef double (*LabelLoss)(double *d, double margin, gboolean present, int class_index,
                            const void *options);

static double
over_labels(MedctObjectiveGradient *gradient, const MedctObjectiveInput *in, LabelLoss label_loss,
            const void *options)
{
  Sums sums = new_sums(in, 2 * in->classes);
  double loss = 0;
  gsize known = 0;
  gradient->temperature = 0;
  for (gsize i = 0; i < (gsize)in->n * in->classes; i++)
    known += in->labels[i] == 0 || in->labels[i] == 1;
  for (int v = 0; v < in->n; v++)
    for (int c = 0; c < in->classes; c++) {
      int64_t label = in->labels[(gsize)v * in->classes + c];
      if (label != 0 && label != 1)
        continue;
      const float *volume = in->volumes + (gsize)v * in->latent;
      const float *present = in->texts + (gsize)(2 * c) * in->latent;
      double margin = in->scale * (cosine(present, volume, in->latent) -
                                   cosine(present + in->latent, volume, in->latent));
      double d;
      loss += label_loss(&d, margin, label == 1, c, options);
      add_similarity(&sums, gradient, in, 2 * c, v, d / (double)known);
      add_similarity(&sums, gradient, in, 2 * c + 1, v, -d / (double)known);
    }
  finish(&sums, gradient);
  return known ? loss / (double)known : 0;
}

static double
sigmoid(double x)
{
  return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

/* p = softmax(true, false) against (1, 0): both squares are (1 − p)², their mean is one of them. */
static double
vocab_label(double *d, double margin, gboolean present, int class_index, const void *options)
{
  double sign = present ? 1 : -1, p = sigmoid(sign * margin), off = sigmoid(-sign * margin);
  *d = -2 * off * off * p * sign;
  return off * off;
}

double
medct_objective_vocab(MedctObjectiveGradient *gradient, const MedctObjectiveInput *input)
{
  return over_labels(gradient, input, vocab_label, NULL);
}

/* −log sigmoid(x), without overflow. */
static double
softplus_minus(double x)
{
  return x >= 0 ? log1p(exp(-x)) : -x + log1p(exp(x));
}

/* loss = −w·(1 − p)^γ₊·log p */
static double
positive_label(double *d, double margin, double weight, double gamma)
{
  double p = sigmoid(margin), off = sigmoid(-margin), focus = pow(off, gamma);
  double minus_log = softplus_minus(margin);
  *d = -weight * focus * (off + gamma * p * minus_log);
  return weight * focus * minus_log;
}

/* loss = −pₘ^γ₋·log(1 − pₘ), pₘ = max(p − m, 0) */
static double
negative_label(double *d, double margin, double gamma, double m)
{
  double p = sigmoid(margin), off = sigmoid(-margin), shifted = p - m;
  *d = 0;
  if (shifted <= 0)
    return 0;
  double rest = off + m; /* 1 − pₘ */
  double minus_log = m == 0 ? softplus_minus(-margin) : -log(rest), focus = pow(shifted, gamma);
  double slope = m == 0 ? p : p * off / rest; /* ∂(−log(1 − pₘ))/∂margin */
  *d = focus * slope;
  if (gamma != 0)
    *d += gamma * pow(shifted, gamma - 1) * p * off * minus_log;
  return focus * minus_log;
}

static double
bce_label(double *d, double margin, gboolean present, int class_index, const void *data)
{
  const MedctBceOptions *o = data;
  if (present)
    return positive_label(d, margin, o->positive_weight ? o->positive_weight[class_index] : 1,
                          o->gamma_positive);
  return negative_label(d, margin, o->gamma_negative, o->margin);
}

double
medct_objective_bce(MedctObjectiveGradient *gradient, const MedctObjectiveInput *input,
                    const MedctBceOptions *options)
{
  return over_labels(gradient, input, bce_label, options);
}

/* log Σ exp over n numbers that stand `stride` apart. */
static double
log_sum(const double *x, int n, int stride)
{
  double top = x[0], sum = 0;
  for (int i = 1; i < n; i++)
    top = fmax(top, x[(gsize)i * stride]);
  for (int i = 0; i < n; i++)
    sum += exp(x[(gsize)i * stride] - top);
  return top + log(sum);
}

double
medct_objective_clip(MedctObjectiveGradient *gradient, const MedctObjectiveInput *in)
{
  int n = in->n;
  Sums sums = new_sums(in, n);
  g_autofree double *s = g_new(double, (gsize)n *n), *rows = g_new(double, n);
  g_autofree double *columns = g_new(double, n);
  double loss = 0;
  gradient->temperature = 0;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      s[(gsize)i * n + j] = in->scale * cosine(in->texts + (gsize)i * in->latent,
                                               in->volumes + (gsize)j * in->latent, in->latent);
  for (int i = 0; i < n; i++) {
    rows[i] = log_sum(s + (gsize)i * n, n, 1);
    columns[i] = log_sum(s + i, n, n);
    loss += (rows[i] + columns[i]) / 2 - s[(gsize)i * n + i];
  }
  /* loss = mean over i of ½(log Σⱼ exp sᵢⱼ + log Σⱼ exp sⱼᵢ) − sᵢᵢ */
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      double x = s[(gsize)i * n + j];
      double d = (exp(x - rows[i]) + exp(x - columns[j])) / 2 - (i == j);
      add_similarity(&sums, gradient, in, i, j, d / n);
    }
  finish(&sums, gradient);
  return loss / n;
}
