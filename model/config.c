#include "model/config.h"
#include "model/json.h"
#include "model/widen.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define T "text_transformer."
#define V "visual_transformer."

/* ---- finding the configuration ------------------------------------------------------------------
 */

typedef struct {
  const MedctTensorFile *weights;
  GError **error;
  gboolean ok;
} Finder;

/* Size of one axis of a tensor that decides a field; 0 after a refusal. */
static int
axis(Finder *f, const char *name, int n_dims, int index)
{
  if (!f->ok)
    return 0;
  const MedctTensor *t = medct_tensor_file_lookup(f->weights, name);
  const char *path = medct_tensor_file_path(f->weights);
  if (t == NULL) {
    medct_error_field(f->error, MEDCT_ERROR_MISMATCH, path, name, "a CT-CLIP checkpoint",
                      N_("missing"));
    f->ok = FALSE;
    return 0;
  }
  if (t->n_dims != n_dims || t->shape[index] < 1 || t->shape[index] > 1 << 26) {
    medct_error_field(f->error, MEDCT_ERROR_MISMATCH, path, name, "a usable size on every axis",
                      N_("of %d dimensions"), t->n_dims);
    f->ok = FALSE;
    return 0;
  }
  return (int)t->shape[index];
}

static int
count_layers(const MedctTensorFile *weights, const char *format)
{
  for (int n = 0;; n++) {
    g_autofree char *name =
        g_strdup_printf("%s%d%s", format, n,
                        g_str_has_prefix(format, T) ? ".output.dense.weight" : ".1.to_q.weight");
    if (medct_tensor_file_lookup(weights, name) == NULL || n > 1000)
      return n;
  }
}

static int
whole_root(int64_t square)
{
  int64_t root = (int64_t)llround(sqrt((double)square));
  return root * root == square ? (int)root : 0;
}

/* Metadata are strings; 0 for anything but a whole number from 1. */
static int
whole_number(const char *text)
{
  gint64 number = 0;
  return g_ascii_string_to_signed(text, 10, 1, 1 << 20, &number, NULL) ? (int)number : 0;
}

static gboolean
refuse_geometry(Finder *f, const char *name, const char *expected, int64_t found)
{
  medct_error_field(f->error, MEDCT_ERROR_MISMATCH, medct_tensor_file_path(f->weights), name,
                    expected, "%" PRId64, found);
  return f->ok = FALSE;
}

/* CT-CLIP v1: patch 30, temporal patch 15, tokens not pooled over time (spec §1). */
static gboolean
refuse_v1(Finder *f, int columns, int block)
{
#define V1 "CT-CLIP v1 checkpoints are not supported, use CT-CLIP_v2.pt or CT_VocabFine_v2.pt"
  if (columns == 2097152)
    return refuse_geometry(f, "to_visual_latent.weight", "294,912 columns (CT-CLIP_v2); " V1,
                           columns);
  if (block == 15 * 30 * 30)
    return refuse_geometry(f, V "to_patch_emb.2.weight",
                           "4,000 columns (CT-CLIP_v2; patches of 10×20×20); " V1, block);
#undef V1
  return TRUE;
}

static gboolean
find_vision(Finder *f, MedctConfig *c)
{
  c->dim = axis(f, V "to_patch_emb.2.weight", 2, 0);
  int block = axis(f, V "to_patch_emb.2.weight", 2, 1);
  int inner = axis(f, V "enc_spatial_transformer.layers.0.1.to_q.weight", 2, 0);
  c->dim_head = axis(f, V "enc_spatial_transformer.layers.0.1.q_scale", 1, 0);
  c->ff_inner = axis(f, V "enc_spatial_transformer.layers.0.3.4.weight", 2, 1);
  c->codebook = axis(f, V "vq._codebook.embed", 3, 1);
  c->latent = axis(f, "to_visual_latent.weight", 2, 0);
  int columns = axis(f, "to_visual_latent.weight", 2, 1);
  if (!f->ok)
    return FALSE;
  if (!refuse_v1(f, columns, block))
    return FALSE;
  /* Where the unused first-frame patch is left out (convert --no-unused), the file's metadata
   * keeps the patch; without either there is nothing to tell 20×20×10 from 10×10×40. */
  const MedctTensor *first =
      medct_tensor_file_lookup(f->weights, V "to_patch_emb_first_frame.2.weight");
  const char *noted = medct_tensor_file_metadata(f->weights, "patch");
  int64_t plane = first && first->n_dims == 2 ? first->shape[1] : 0;
  c->patch = plane > 0 ? whole_root(plane) : noted ? whole_number(noted) : 20;
  if (c->patch < 1 || c->patch > 4096 || block % (c->patch * c->patch) != 0)
    return refuse_geometry(f, V "to_patch_emb.2.weight", "patch² × temporal patch columns", block);
  c->temporal_patch = block / (c->patch * c->patch);
  int grid = columns % c->dim == 0 ? whole_root(columns / c->dim) : 0;
  if (grid < 1)
    return refuse_geometry(f, "to_visual_latent.weight", "grid² × D columns", columns);
  c->image = grid * c->patch;
  if (inner % c->dim_head != 0)
    return refuse_geometry(f, V "enc_spatial_transformer.layers.0.1.to_q.weight",
                           "heads × dim_head rows", inner);
  c->heads = inner / c->dim_head;
  c->spatial_layers = count_layers(f->weights, V "enc_spatial_transformer.layers.");
  c->temporal_layers = count_layers(f->weights, V "enc_temporal_transformer.layers.");
  return TRUE;
}

static gboolean
find_text(Finder *f, MedctConfig *c)
{
  c->text_vocab = axis(f, T "embeddings.word_embeddings.weight", 2, 0);
  c->text_hidden = axis(f, T "embeddings.word_embeddings.weight", 2, 1);
  c->text_positions = axis(f, T "embeddings.position_embeddings.weight", 2, 0);
  c->text_inter = axis(f, T "encoder.layer.0.intermediate.dense.weight", 2, 0);
  c->text_layers = count_layers(f->weights, T "encoder.layer.");
  return f->ok;
}

/* Spec §1: safetensors metadata, else config.json, else hidden/64 when whole. */
static gboolean
find_text_heads(Finder *f, MedctConfig *c, gint64 from_json)
{
  const char *noted = medct_tensor_file_metadata(f->weights, "text_heads");
  gint64 heads = noted ? whole_number(noted) : from_json;
  if (heads == 0 && !noted && c->text_hidden % 64 == 0)
    heads = c->text_hidden / 64;
  if (heads < 1 || c->text_hidden % heads != 0) {
    medct_error_field(f->error, MEDCT_ERROR_MISMATCH, medct_tensor_file_path(f->weights),
                      "text_heads",
                      "a divisor of the hidden size, given as safetensors metadata \"text_heads\" "
                      "or as num_attention_heads in config.json",
                      N_("%" PRId64 " for a hidden size of %d"), heads, c->text_hidden);
    return f->ok = FALSE;
  }
  c->text_heads = (int)heads;
  return TRUE;
}

/* ---- config.json --------------------------------------------------------------------------- */

static gboolean
read_numbers(JsonObject *object, const char *what, const char *key, double *values, guint n,
             GError **error)
{
  JsonNode *node = json_object_get_member(object, key);
  if (node == NULL)
    return TRUE;
  JsonArray *array = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
  gboolean ok = array && json_array_get_length(array) == n;
  for (guint i = 0; ok && i < n; i++) {
    JsonNode *element = json_array_get_element(array, i);
    ok = JSON_NODE_HOLDS_VALUE(element) && json_node_get_value_type(element) != G_TYPE_STRING;
    values[i] = ok ? json_node_get_double(element) : NAN;
    ok = ok && isfinite(values[i]);
  }
  if (!ok) {
    g_autofree char *expected = g_strdup_printf("an array of %u numbers", n);
    medct_error_field(error, MEDCT_ERROR_FORMAT, what, key, expected, N_("something else"));
  }
  return ok;
}

static gboolean
read_input(JsonObject *root, const char *what, MedctConfig *c, GError **error)
{
  JsonNode *node = json_object_get_member(root, "input");
  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT(node)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, what, "input", "an object", N_("something else"));
    return FALSE;
  }
  JsonObject *input = json_node_get_object(node);
  gint64 frames = c->frames, image = c->image;
  if (!read_numbers(input, what, "spacing_mm", c->spacing_mm, 3, error) ||
      !read_numbers(input, what, "clip_hu", c->clip_hu, 2, error) ||
      !medct_json_get_int(input, what, "frames", 1, 100000, &frames, error) ||
      !medct_json_get_int(input, what, "image", 1, 100000, &image, error))
    return FALSE;
  for (int i = 0; i < 3; i++)
    if (!(c->spacing_mm[i] >= 0.01 && c->spacing_mm[i] <= 100)) {
      medct_error_field(error, MEDCT_ERROR_FORMAT, what, "input.spacing_mm", "0.01 to 100 mm", "%g",
                        c->spacing_mm[i]);
      return FALSE;
    }
  if (!(c->clip_hu[0] < c->clip_hu[1])) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, what, "input.clip_hu", "[low, high]", "[%g, %g]",
                      c->clip_hu[0], c->clip_hu[1]);
    return FALSE;
  }
  if (json_object_has_member(input, "frames") && frames % c->temporal_patch != 0) {
    medct_error_field(error, MEDCT_ERROR_MISMATCH, what, "input.frames",
                      "a multiple of the temporal patch", "%" PRId64, frames);
    return FALSE;
  }
  c->frames = (int)frames;
  if (c->image != 0 && image != c->image) {
    medct_error_field(error, MEDCT_ERROR_MISMATCH, what, "input.image",
                      "the size that the weights were made for", "%" PRId64, image);
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_config_json(const char *path, MedctConfig *c, gint64 *text_heads, GError **error)
{
  g_autoptr(JsonNode) root = medct_json_load(path, error);
  if (root == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_OBJECT(root)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, N_("the file"), "a JSON object",
                      N_("something else"));
    return FALSE;
  }
  JsonObject *object = json_node_get_object(root);
  return medct_json_get_int(object, path, "num_attention_heads", 1, 4096, text_heads, error) &&
         medct_json_get_int(object, path, "text_heads", 1, 4096, text_heads, error) &&
         read_input(object, path, c, error);
}

/* ---- checks -------------------------------------------------------------------------------- */

static gboolean
tensor_fits(const MedctTensor *t, const MedctTensorSpec *spec)
{
  if (t->n_dims != spec->n_dims)
    return FALSE;
  for (int i = 0; i < t->n_dims; i++)
    if (t->shape[i] != spec->shape[i])
      return FALSE;
  return medct_dtype_is_float(t->dtype);
}

/* Every used tensor must be there as floats of its shape; all offenders are listed (a dozen). */
static gboolean
check_tensors(const MedctTensorFile *weights, const MedctConfig *c, GError **error)
{
  g_autoptr(GPtrArray) specs = medct_config_tensor_specs(c);
  g_autoptr(GString) list = g_string_new(NULL);
  guint n = 0;
  for (guint i = 0; i < specs->len; i++) {
    const MedctTensorSpec *spec = g_ptr_array_index(specs, i);
    const MedctTensor *t = medct_tensor_file_lookup(weights, spec->name);
    if (!spec->used || (t && tensor_fits(t, spec)))
      continue;
    if (n++ < 12)
      g_string_append_printf(list, "%s%s (%s)", n > 1 ? ", " : "", spec->name,
                             t == NULL                         ? "missing"
                             : !medct_dtype_is_float(t->dtype) ? "not floating point"
                                                               : "wrong shape");
  }
  if (n == 0)
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_MISMATCH, medct_tensor_file_path(weights),
                   "%u of the tensors that CT-CLIP uses do not fit: %s%s", n, list->str,
                   n > 12 ? ", …" : "");
  return FALSE;
}

static void
set_input_defaults(MedctConfig *c)
{
  c->spacing_mm[0] = 1.5;
  c->spacing_mm[1] = c->spacing_mm[2] = 0.75;
  c->clip_hu[0] = -1000;
  c->clip_hu[1] = 1000;
  c->frames = 240;
}

gboolean
medct_config_from_tensors(const MedctTensorFile *weights, const char *config_json, int known_heads,
                          MedctConfig *config, GError **error)
{
  Finder finder = {weights, error, TRUE};
  gint64 text_heads = known_heads;
  *config = (MedctConfig){0};
  set_input_defaults(config);
  if (!find_vision(&finder, config) || !find_text(&finder, config))
    return FALSE;
  if (config_json && !read_config_json(config_json, config, &text_heads, error))
    return FALSE;
  if (!find_text_heads(&finder, config, text_heads) || !check_tensors(weights, config, error))
    return FALSE;
  if (config->frames % config->temporal_patch == 0)
    return TRUE;
  /* 240 is a convention of the released size; another temporal patch takes the multiple below. */
  config->frames -= config->frames % config->temporal_patch;
  config->frames = MAX(config->frames, config->temporal_patch);
  return TRUE;
}

gboolean
medct_config_widen(const MedctConfig *config, MedctTensorFile *weights, GError **error)
{
  g_autoptr(GPtrArray) specs = medct_config_tensor_specs(config);
  for (guint i = 0; i < specs->len; i++) {
    const MedctTensorSpec *spec = g_ptr_array_index(specs, i);
    if (spec->used && !medct_tensor_file_widen(weights, spec->name, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- named configurations ------------------------------------------------------------------ */

static const struct {
  const char *key;
  gsize offset;
  int released, mini;
} FIELDS[] = {
#define FIELD(name, released, mini)                                                                \
  {                                                                                                \
#name, G_STRUCT_OFFSET(MedctConfig, name), released, mini                                      \
  }
    FIELD(dim, 512, 64),
    FIELD(image, 480, 80),
    FIELD(patch, 20, 20),
    FIELD(temporal_patch, 10, 10),
    FIELD(spatial_layers, 4, 2),
    FIELD(temporal_layers, 4, 2),
    FIELD(heads, 8, 4),
    FIELD(dim_head, 32, 16),
    FIELD(ff_inner, 1365, 170),
    FIELD(codebook, 8192, 128),
    FIELD(text_hidden, 768, 48),
    FIELD(text_layers, 12, 2),
    FIELD(text_heads, 12, 4),
    FIELD(text_inter, 3072, 192),
    FIELD(text_vocab, 30522, 200),
    FIELD(text_positions, 512, 64),
    FIELD(latent, 512, 32),
    FIELD(frames, 240, 50),
#undef FIELD
};

static gboolean
read_config_file(const char *path, MedctConfig *c, GError **error)
{
  g_autoptr(JsonNode) root = medct_json_load(path, error);
  if (root == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_OBJECT(root)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, N_("the file"), "a JSON object",
                      N_("something else"));
    return FALSE;
  }
  JsonObject *object = json_node_get_object(root);
  for (gsize i = 0; i < G_N_ELEMENTS(FIELDS); i++) {
    int *field = (int *)((char *)c + FIELDS[i].offset);
    gint64 value = *field;
    if (!medct_json_get_int(object, path, FIELDS[i].key, 1, 1 << 20, &value, error))
      return FALSE;
    *field = (int)value;
  }
  if (!json_object_has_member(object, "ff_inner"))
    c->ff_inner = (int)(4 * (2.0 / 3) * c->dim);
  return read_input(object, path, c, error);
}

gboolean
medct_config_named(const char *name, MedctConfig *config, GError **error)
{
  gboolean mini = g_str_equal(name, "mini");
  *config = (MedctConfig){0};
  set_input_defaults(config);
  for (gsize i = 0; i < G_N_ELEMENTS(FIELDS); i++)
    *(int *)((char *)config + FIELDS[i].offset) = mini ? FIELDS[i].mini : FIELDS[i].released;
  if (mini) { /* the released model's field of view, 360 mm, in fewer voxels */
    config->spacing_mm[0] = 7.2;
    config->spacing_mm[1] = config->spacing_mm[2] = 4.5;
  }
  if (!mini && !g_str_equal(name, "released") && !read_config_file(name, config, error))
    return FALSE;
  if (config->image % config->patch != 0 || config->frames % config->temporal_patch != 0 ||
      config->text_hidden % config->text_heads != 0) {
    medct_error_file(error, MEDCT_ERROR_ARGUMENT, name,
                     "image must be a multiple of patch, frames of temporal_patch, text_hidden of "
                     "text_heads");
    return FALSE;
  }
  return TRUE;
}
