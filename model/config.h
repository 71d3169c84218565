/* The shape of a CT-CLIP checkpoint, found from its tensors (spec §1), and what the model folder's
 * config.json may override (spec §3). Plain data; copy it freely. */
#pragma once

#include "model/tensor_file.h"

G_BEGIN_DECLS

typedef struct {
  /* vision */
  int dim;            /* D, 512 in the released model */
  int image;          /* H = W of the input, voxels, 480 */
  int patch;          /* in-plane patch, voxels, 20 */
  int temporal_patch; /* patch along s, slices, 10 */
  int spatial_layers, temporal_layers;
  int heads, dim_head; /* 8, 32 */
  int ff_inner;        /* I = int(4·(2/3)·D), 1365 */
  int codebook;        /* K, 8192 */
  /* text */
  int text_hidden, text_layers, text_heads, text_inter, text_vocab, text_positions;
  /* both */
  int latent; /* 512 */
  /* input, from config.json or CT-CLIP's defaults */
  double spacing_mm[3]; /* s, l, p: 1.5, 0.75, 0.75 */
  int frames;           /* slices of the input, 240; a multiple of temporal_patch */
  double clip_hu[2];    /* −1000, 1000 */
} MedctConfig;

/* Finds the configuration from the tensors; a missing or misshapen used tensor is refused by
 * name; float16, bfloat16 and float64 are accepted (medct_config_widen). `config_json` (the model
 * folder's, may be NULL) overrides the input fields. `text_heads` is what is known from elsewhere
 * when neither file says; 0: nothing. */
gboolean medct_config_from_tensors(const MedctTensorFile *weights, const char *config_json,
                                   int text_heads, MedctConfig *config, GError **error);

/* Every tensor of a checkpoint of this shape, used and unused, in state_dict order. `used` says
 * whether inference reads it. For the checks, for `model random` and for `convert`. */
typedef struct {
  char *name;
  int n_dims;
  int64_t shape[MEDCT_TENSOR_MAX_DIMS];
  gboolean used;
} MedctTensorSpec;
GPtrArray *medct_config_tensor_specs(const MedctConfig *config); /* of MedctTensorSpec, owned */

/* Makes float32 of the used tensors that are of another float type (model/widen.h), before
 * anything else holds the file. */
gboolean medct_config_widen(const MedctConfig *config, MedctTensorFile *weights, GError **error);

/* "released" or "mini" (spec §1), or the path of a JSON file with the fields above. */
gboolean medct_config_named(const char *name, MedctConfig *config, GError **error);

G_END_DECLS
