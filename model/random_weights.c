#include "model/random_weights.h"
#include "model/counter_random.h"
#include <math.h>

typedef enum { CONSTANT, UNIFORM, NORMAL } Kind;

typedef struct {
  Kind kind;
  float scale;
  guint64 key;
} Recipe;

/* Sum of twelve uniforms of variance 1/3, halved: variance 1, and no libm whose last bit differs.
 */
static float
normal(guint64 key)
{
  float sum = 0;
  for (guint64 i = 0; i < 12; i++)
    sum += medct_counter_unit(key + i);
  return sum * 0.5f;
}

static Recipe
recipe_for(const MedctTensorSpec *spec, guint64 seed)
{
  Recipe recipe = {.kind = CONSTANT, .scale = 1, .key = medct_counter_key(seed, spec->name)};
  double fan_in = 1;
  for (int i = 1; i < spec->n_dims; i++)
    fan_in *= (double)spec->shape[i];
  if (g_str_has_suffix(spec->name, "_embeddings.weight"))
    recipe = (Recipe){NORMAL, 0.02f, recipe.key};
  else if (g_str_has_suffix(spec->name, "_codebook.embed"))
    recipe = (Recipe){NORMAL, 1, recipe.key};
  else if (g_str_has_suffix(spec->name, "bias") || g_str_has_suffix(spec->name, "beta"))
    recipe.scale = 0;
  else if (spec->n_dims >= 2 && fan_in > 0 && g_str_has_suffix(spec->name, "weight"))
    recipe = (Recipe){UNIFORM, (float)(1 / sqrt(fan_in)), recipe.key};
  return recipe;
}

static void
fill(guint index, int64_t first, int64_t n, void *out, void *user_data)
{
  const Recipe *recipe = &((const Recipe *)user_data)[index];
  float *x = out;
  for (int64_t i = 0; i < n; i++) {
    guint64 at = recipe->key + (guint64)(first + i) * 12;
    x[i] = recipe->kind == CONSTANT  ? recipe->scale
           : recipe->kind == UNIFORM ? recipe->scale * medct_counter_unit(at)
                                     : recipe->scale * normal(at);
  }
}

gboolean
medct_random_weights_write(const char *path, const MedctConfig *config, guint64 seed,
                           gboolean used_only, GError **error)
{
  g_autoptr(GPtrArray) specs = medct_config_tensor_specs(config);
  g_autofree MedctTensor *tensors = g_new0(MedctTensor, specs->len);
  g_autofree Recipe *recipes = g_new0(Recipe, specs->len);
  guint n = 0;
  for (guint i = 0; i < specs->len; i++) {
    const MedctTensorSpec *spec = specs->pdata[i];
    if (used_only && !spec->used)
      continue;
    MedctTensor *tensor = &tensors[n];
    *tensor = (MedctTensor){
        .name = spec->name, .dtype = MEDCT_DTYPE_F32, .n_dims = spec->n_dims, .n_elements = 1};
    for (int axis = 0; axis < spec->n_dims; axis++) {
      tensor->shape[axis] = spec->shape[axis];
      tensor->n_elements *= spec->shape[axis];
    }
    recipes[n++] = recipe_for(spec, seed);
  }
  g_autofree char *heads = g_strdup_printf("%d", config->text_heads);
  g_autofree char *patch = g_strdup_printf("%d", config->patch);
  const char *metadata[] = {"text_heads", heads, "patch", patch, "kind", "random", NULL};
  return medct_safetensors_write_filled(path, tensors, n, metadata, fill, recipes, error);
}
