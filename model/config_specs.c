/* The tensors of a checkpoint, in state_dict order (spec §2). */
#include "model/config.h"

#define T "text_transformer."
#define V "visual_transformer."

static void
free_spec(gpointer data)
{
  MedctTensorSpec *spec = data;
  g_free(spec->name);
  g_free(spec);
}

static void G_GNUC_PRINTF(6, 7)
    add(GPtrArray *specs, gboolean used, int n_dims, int64_t a, int64_t b, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  MedctTensorSpec *spec = g_new0(MedctTensorSpec, 1);
  spec->name = g_strdup_vprintf(format, args);
  va_end(args);
  spec->n_dims = n_dims;
  spec->shape[0] = a;
  spec->shape[1] = b;
  spec->used = used;
  g_ptr_array_add(specs, spec);
}

static MedctTensorSpec *
last(GPtrArray *specs)
{
  return g_ptr_array_index(specs, specs->len - 1);
}

static void
add_pair(GPtrArray *specs, gboolean used, int64_t out, int64_t in, const char *name)
{
  add(specs, used, in ? 2 : 1, out, in, "%s.weight", name);
  add(specs, used, 1, out, 0, "%s.bias", name);
}

static void
add_text(GPtrArray *specs, const MedctConfig *c)
{
  int h = c->text_hidden;
  add(specs, TRUE, 2, c->text_vocab, h, T "embeddings.word_embeddings.weight");
  add(specs, TRUE, 2, c->text_positions, h, T "embeddings.position_embeddings.weight");
  add(specs, TRUE, 2, 2, h, T "embeddings.token_type_embeddings.weight");
  add_pair(specs, TRUE, h, 0, T "embeddings.LayerNorm");
  for (int n = 0; n < c->text_layers; n++) {
    static const struct {
      const char *name;
      int out, in; /* 0 nothing, 1 hidden, 2 intermediate */
    } parts[] = {{"attention.self.query", 1, 1},
                 {"attention.self.key", 1, 1},
                 {"attention.self.value", 1, 1},
                 {"attention.output.dense", 1, 1},
                 {"attention.output.LayerNorm", 1, 0},
                 {"intermediate.dense", 2, 1},
                 {"output.dense", 1, 2},
                 {"output.LayerNorm", 1, 0}};
    const int sizes[] = {0, h, c->text_inter};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
      g_autofree char *name = g_strdup_printf(T "encoder.layer.%d.%s", n, parts[i].name);
      add_pair(specs, TRUE, sizes[parts[i].out], sizes[parts[i].in], name);
    }
  }
  add_pair(specs, FALSE, h, h, T "pooler.dense");
}

static void
add_vision_layer(GPtrArray *specs, const MedctConfig *c, const char *prefix)
{
  int D = c->dim, inner = c->heads * c->dim_head;
  add(specs, TRUE, 5, D, 1, "%s.0.dsconv.weight", prefix);
  last(specs)->shape[2] = last(specs)->shape[3] = last(specs)->shape[4] = 3;
  add(specs, TRUE, 1, D, 0, "%s.0.dsconv.bias", prefix);
  add(specs, FALSE, 3, c->heads, 0, "%s.1.null_kv", prefix);
  last(specs)->shape[2] = c->dim_head;
  add(specs, TRUE, 1, c->dim_head, 0, "%s.1.q_scale", prefix);
  add(specs, TRUE, 1, c->dim_head, 0, "%s.1.k_scale", prefix);
  add(specs, TRUE, 1, D, 0, "%s.1.norm.gamma", prefix);
  add(specs, TRUE, 1, D, 0, "%s.1.norm.beta", prefix);
  add(specs, FALSE, 1, D, 0, "%s.1.context_norm.gamma", prefix);
  add(specs, FALSE, 1, D, 0, "%s.1.context_norm.beta", prefix);
  add(specs, TRUE, 2, inner, D, "%s.1.to_q.weight", prefix);
  add(specs, TRUE, 2, 2 * inner, D, "%s.1.to_kv.weight", prefix);
  add(specs, TRUE, 2, D, inner, "%s.1.to_out.weight", prefix);
  add(specs, TRUE, 1, D, 0, "%s.3.0.weight", prefix);
  add(specs, TRUE, 1, D, 0, "%s.3.0.bias", prefix);
  add(specs, TRUE, 2, 2 * c->ff_inner, D, "%s.3.1.weight", prefix);
  add(specs, TRUE, 2, D, c->ff_inner, "%s.3.4.weight", prefix);
}

static void
add_transformer(GPtrArray *specs, const MedctConfig *c, const char *which, int layers)
{
  for (int n = 0; n < layers; n++) {
    g_autofree char *prefix = g_strdup_printf(V "enc_%s_transformer.layers.%d", which, n);
    add_vision_layer(specs, c, prefix);
  }
  add(specs, TRUE, 1, c->dim, 0, V "enc_%s_transformer.norm_out.gamma", which);
  add(specs, TRUE, 1, c->dim, 0, V "enc_%s_transformer.norm_out.beta", which);
}

static void
add_vision(GPtrArray *specs, const MedctConfig *c)
{
  int D = c->dim, plane = c->patch * c->patch, block = plane * c->temporal_patch;
  add_pair(specs, FALSE, plane, 0, V "to_patch_emb_first_frame.1");
  add_pair(specs, FALSE, D, plane, V "to_patch_emb_first_frame.2");
  add_pair(specs, FALSE, D, 0, V "to_patch_emb_first_frame.3");
  add_pair(specs, TRUE, block, 0, V "to_patch_emb.1");
  add_pair(specs, TRUE, D, block, V "to_patch_emb.2");
  add_pair(specs, TRUE, D, 0, V "to_patch_emb.3");
  add_pair(specs, TRUE, D, 2, V "spatial_rel_pos_bias.net.0.0");
  add_pair(specs, TRUE, D, D, V "spatial_rel_pos_bias.net.1.0");
  add_pair(specs, TRUE, c->heads, D, V "spatial_rel_pos_bias.net.2");
  add_transformer(specs, c, "spatial", c->spatial_layers);
  add_transformer(specs, c, "temporal", c->temporal_layers);
  add(specs, FALSE, 1, 1, 0, V "vq._codebook.initted");
  add(specs, FALSE, 2, 1, c->codebook, V "vq._codebook.cluster_size");
  add(specs, TRUE, 3, 1, c->codebook, V "vq._codebook.embed");
  last(specs)->shape[2] = D;
  add_pair(specs, FALSE, plane, D, V "to_pixels_first_frame.0");
  add_pair(specs, FALSE, block, D, V "to_pixels.0");
}

GPtrArray *
medct_config_tensor_specs(const MedctConfig *c)
{
  GPtrArray *specs = g_ptr_array_new_with_free_func(free_spec);
  int64_t grid = c->image / c->patch, flat = grid * grid * c->dim;
  add(specs, TRUE, 0, 0, 0, "temperature");
  add_text(specs, c);
  add_vision(specs, c);
  add(specs, TRUE, 2, c->latent, c->text_hidden, "to_text_latent.weight");
  add(specs, TRUE, 2, c->latent, flat, "to_visual_latent.weight");
  add(specs, FALSE, 2, c->latent, c->text_hidden, "to_text_latent_extra.weight");
  add(specs, FALSE, 2, c->latent, flat, "to_visual_latent_extra.weight");
  return specs;
}
