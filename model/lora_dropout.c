#include "model/lora_dropout.h"
#include "model/counter_random.h"

/* Four elements share a number: p is taken to 1/65536. */
#define SHARE 4
#define BITS  16

void
medct_lora_drop(float *y, const float *x, const MedctLoraDropout *dropout, const char *module,
                gint64 first_row, int rows, int n)
{
  guint64 key = medct_counter_key(dropout->draw, module), groups = (guint64)(n + SHARE - 1) / SHARE;
  guint64 threshold = (guint64)(dropout->p * (1 << BITS) + 0.5);
  float kept = (float)(1 / (1 - dropout->p));
  for (int r = 0; r < rows; r++, x += n, y += n) {
    guint64 at = key + (guint64)(first_row + r) * groups;
    for (int i = 0; i < n; i += SHARE, at++) {
      guint64 bits = medct_counter_mix(at);
      for (int j = i; j < MIN(n, i + SHARE); j++, bits >>= BITS)
        y[j] = (bits & ((1 << BITS) - 1)) < threshold ? 0 : x[j] * kept;
    }
  }
}
