#include "model/batch_order.h"
#include "model/counter_random.h"

void
medct_batch_order(guint *order, guint n, guint64 seed, guint64 epoch)
{
  guint64 key = medct_counter_mix(medct_counter_key(seed, "order") ^ epoch);
  for (guint i = 0; i < n; i++)
    order[i] = i;
  for (guint i = n; i > 1; i--) { /* Fisher–Yates */
    guint j = (guint)(medct_counter_mix(key + i) % i), swap = order[i - 1];
    order[i - 1] = order[j];
    order[j] = swap;
  }
}
