#include "model/gradient_sum.h"
#include "model/kernels.h"
#include <string.h>

struct _MedctGradientSum {
  const MedctGradientSlot *slots;
  int n_slots;
  gsize floats; /* of all slots that are wanted */
  GMutex mutex;
  int next;            /* item whose turn it is */
  GHashTable *waiting; /* item → memory that came too early */
  GPtrArray *idle;     /* memory for the next block */
};

MedctGradientSum *
medct_gradient_sum_new(const MedctGradientSlot *slots, int n_slots)
{
  MedctGradientSum *sum = g_new0(MedctGradientSum, 1);
  sum->slots = slots;
  sum->n_slots = n_slots;
  for (int i = 0; i < n_slots; i++)
    sum->floats += slots[i].to ? slots[i].n : 0;
  g_mutex_init(&sum->mutex);
  sum->waiting = g_hash_table_new_full(NULL, NULL, NULL, g_free);
  sum->idle = g_ptr_array_new_with_free_func(g_free);
  return sum;
}

void
medct_gradient_sum_free(MedctGradientSum *sum)
{
  g_hash_table_unref(sum->waiting);
  g_ptr_array_unref(sum->idle);
  g_mutex_clear(&sum->mutex);
  g_free(sum);
}

float *
medct_gradient_sum_take(MedctGradientSum *sum, float **parts)
{
  float *memory = NULL, *next;
  if (sum->floats > 0) {
    g_mutex_lock(&sum->mutex);
    if (sum->idle->len > 0)
      memory = g_ptr_array_steal_index(sum->idle, sum->idle->len - 1);
    g_mutex_unlock(&sum->mutex);
    if (memory)
      memset(memory, 0, sizeof *memory * sum->floats);
    else
      memory = g_new0(float, sum->floats);
  }
  next = memory;
  for (int i = 0; i < sum->n_slots; i++) {
    parts[i] = sum->slots[i].to ? next : NULL;
    next += sum->slots[i].to ? sum->slots[i].n : 0;
  }
  return memory;
}

static void
add_item(MedctGradientSum *sum, float *memory)
{
  const float *from = memory;
  for (int i = 0; i < sum->n_slots; i++)
    if (sum->slots[i].to) {
      medct_kernels()->add(sum->slots[i].to, from, (int64_t)sum->slots[i].n);
      from += sum->slots[i].n;
    }
  g_ptr_array_add(sum->idle, memory);
  sum->next++;
}

void
medct_gradient_sum_give(MedctGradientSum *sum, int item, float *memory)
{
  if (memory == NULL)
    return;
  g_mutex_lock(&sum->mutex);
  g_hash_table_insert(sum->waiting, GINT_TO_POINTER(item), memory);
  while (g_hash_table_steal_extended(sum->waiting, GINT_TO_POINTER(sum->next), NULL,
                                     (gpointer *)&memory))
    add_item(sum, memory);
  g_mutex_unlock(&sum->mutex);
}
