#include "model/linear.h"

void
medct_linear_load(MedctLinear *linear, const MedctTensorFile *weights, const MedctAdapter *adapter,
                  const char *prefix, const char *name)
{
  g_autofree char *module = g_strconcat(prefix, name, NULL);
  g_autofree char *weight = g_strconcat(module, ".weight", NULL);
  g_autofree char *bias = g_strconcat(module, ".bias", NULL);
  const MedctTensor *W = medct_tensor_file_lookup(weights, weight);
  const MedctTensor *b = medct_tensor_file_lookup(weights, bias);
  *linear = (MedctLinear){.W = W->data,
                          .bias = b ? b->data : NULL,
                          .in = (int)W->shape[1],
                          .out = (int)W->shape[0],
                          .lora = adapter ? medct_adapter_lookup(adapter, module) : NULL};
}

MedctLinear
medct_linear_rows(const MedctLinear *linear, MedctAdapterModule *lora, int first, int n)
{
  MedctLinear part = *linear;
  part.W += (gsize)first * linear->in;
  part.packed = linear->packed ? linear->packed + (gsize)first * linear->in : NULL;
  part.bias = linear->bias ? linear->bias + first : NULL;
  part.out = n;
  if (linear->lora) {
    *lora = *linear->lora;
    lora->B += (gsize)first * lora->rank;
    lora->out = n;
    part.lora = lora;
  }
  return part;
}

MedctLinear
medct_linear_at(const MedctLinear *linear, gint64 first_row)
{
  MedctLinear at = *linear;
  at.first_row = first_row;
  return at;
}

int
medct_adapter_max_rank(const MedctAdapter *adapter)
{
  int rank = 0;
  for (guint i = 0; adapter && i < medct_adapter_count(adapter); i++)
    rank = MAX(rank, medct_adapter_get(adapter, i)->rank);
  return rank;
}
