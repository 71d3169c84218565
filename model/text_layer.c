#include "model/text_layer.h"
#include "model/linear.h"
#include <string.h>

static const float *
tensor(const MedctTensorFile *weights, const char *prefix, const char *name)
{
  g_autofree char *path = g_strconcat(prefix, name, NULL);
  return medct_tensor_file_lookup(weights, path)->data;
}

void
medct_text_embedding_load(MedctTextEmbedding *e, const MedctTensorFile *weights)
{
  static const char prefix[] = "text_transformer.embeddings.";
  e->words = tensor(weights, prefix, "word_embeddings.weight");
  e->positions = tensor(weights, prefix, "position_embeddings.weight");
  e->types = tensor(weights, prefix, "token_type_embeddings.weight");
  e->gamma = tensor(weights, prefix, "LayerNorm.weight");
  e->beta = tensor(weights, prefix, "LayerNorm.bias");
}

void
medct_text_embed(float *x, const MedctTextEmbedding *e, const int32_t *ids, int n, int hidden)
{
  for (int i = 0; i < n; i++) {
    float *row = x + (gsize)i * hidden;
    memcpy(row, e->words + (gsize)ids[i] * hidden, sizeof(float) * hidden);
    medct_kernels()->add(row, e->types, hidden);
    medct_kernels()->add(row, e->positions + (gsize)i * hidden, hidden);
  }
  medct_kernels()->layer_norm(x, x, e->gamma, e->beta, n, hidden, MEDCT_TEXT_NORM_EPS);
}

void
medct_text_layer_load(MedctTextLayer *l, const MedctTensorFile *weights,
                      const MedctAdapter *adapter, int n)
{
  g_autofree char *prefix = g_strdup_printf("text_transformer.encoder.layer.%d.", n);
  medct_linear_load(&l->query, weights, adapter, prefix, "attention.self.query");
  medct_linear_load(&l->key, weights, adapter, prefix, "attention.self.key");
  medct_linear_load(&l->value, weights, adapter, prefix, "attention.self.value");
  medct_linear_load(&l->output, weights, adapter, prefix, "attention.output.dense");
  medct_linear_load(&l->intermediate, weights, adapter, prefix, "intermediate.dense");
  medct_linear_load(&l->dense, weights, adapter, prefix, "output.dense");
  l->attention_gamma = tensor(weights, prefix, "attention.output.LayerNorm.weight");
  l->attention_beta = tensor(weights, prefix, "attention.output.LayerNorm.bias");
  l->output_gamma = tensor(weights, prefix, "output.LayerNorm.weight");
  l->output_beta = tensor(weights, prefix, "output.LayerNorm.bias");
}
