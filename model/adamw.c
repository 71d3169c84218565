#include "model/adamw.h"
#include <math.h>

void
medct_adamw_step(const MedctAdamW *adamw, float *parameters, float *first, float *second,
                 const float *gradients, double factor, double lr, int64_t step, gsize n)
{
  double correct1 = 1 - pow(adamw->beta1, (double)step);
  double correct2 = sqrt(1 - pow(adamw->beta2, (double)step));
  for (gsize i = 0; i < n; i++) {
    double g = gradients[i] * factor;
    double p = parameters[i] * (1 - lr * adamw->weight_decay);
    first[i] = (float)(adamw->beta1 * first[i] + (1 - adamw->beta1) * g);
    second[i] = (float)(adamw->beta2 * second[i] + (1 - adamw->beta2) * g * g);
    parameters[i] =
        (float)(p - lr / correct1 * first[i] / (sqrt(second[i]) / correct2 + adamw->epsilon));
  }
}

double
medct_gradient_norm(const float *gradients, gsize n)
{
  double sum = 0;
  for (gsize i = 0; i < n; i++)
    sum += (double)gradients[i] * gradients[i];
  return sqrt(sum);
}

double
medct_clip_factor(double norm, double max_norm)
{
  return max_norm > 0 ? fmin(1, max_norm / (norm + 1e-6)) : 1;
}

double
medct_learning_rate(double base, int64_t step, int64_t warm_up, int64_t steps)
{
  if (step < warm_up)
    return base * (double)(step + 1) / (double)warm_up;
  double progress = (double)(step - warm_up) / (double)MAX(1, steps - warm_up);
  return base * 0.5 * (1 + cos(G_PI * fmin(progress, 1)));
}
