#include "app/pretrain-recipe.h"
#include "model/json.h"
#include "model/pathologies.h"
#include <string.h>

/* What may stand where; anything else is refused, since an hour's training would pass it over. */
static const char *const of_root[] = {"name",
                                      "dim",
                                      "image",
                                      "patch",
                                      "temporal_patch",
                                      "spatial_layers",
                                      "temporal_layers",
                                      "heads",
                                      "dim_head",
                                      "ff_inner",
                                      "codebook",
                                      "text_hidden",
                                      "text_layers",
                                      "text_heads",
                                      "text_inter",
                                      "text_vocab",
                                      "text_positions",
                                      "latent",
                                      "frames",
                                      "input",
                                      "patients",
                                      "withheld",
                                      "pretrain",
                                      NULL};
static const char *const of_patients[] = {"seed", "train", "validation", "test", NULL};
static const char *const of_options[] = {
    "seed",      "warm_up", "shift", "evaluate_every", "weight_decay", "clip", "noise_hu",
    "offset_hu", "dense",   "text",  "joint",          "sentences",    NULL};
static const char *const of_stage[] = {"steps", "batch", "lr", NULL};

/* A member object with nothing but `known` in it; an empty one when it is missing. */
static JsonObject *
part_of(JsonObject *object, const char *path, const char *key, const char *const *known,
        GError **error)
{
  if (!json_object_has_member(object, key))
    return json_object_new();
  JsonNode *node = json_object_get_member(object, key);
  if (!JSON_NODE_HOLDS_OBJECT(node)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, key, "an object", "something else");
    return NULL;
  }
  JsonObject *part = json_node_get_object(node);
  return medct_json_check_members(part, path, key, known, error) ? json_object_ref(part) : NULL;
}

static gboolean
read_int(JsonObject *object, const char *path, const char *key, int low, int high, int *value,
         GError **error)
{
  gint64 found = *value;
  if (!medct_json_get_int(object, path, key, low, high, &found, error))
    return FALSE;
  *value = (int)found;
  return TRUE;
}

static gboolean
read_number(JsonObject *object, const char *path, const char *key, double low, double high,
            double *value, GError **error)
{
  if (!medct_json_get_double(object, path, key, value, error))
    return FALSE;
  if (*value >= low && *value <= high)
    return TRUE;
  g_autofree char *expected = g_strdup_printf("%g to %g", low, high);
  medct_error_field(error, MEDCT_ERROR_FORMAT, path, key, expected, "%g", *value);
  return FALSE;
}

static gboolean
read_stage(JsonObject *object, const char *path, MedctPretrainOptions *o, int stage, GError **error)
{
  g_autoptr(JsonObject) part =
      part_of(object, path, medct_pretrain_stage_name(stage), of_stage, error);
  return part && read_int(part, path, "steps", 0, 10000000, &o->stages[stage].steps, error) &&
         read_number(part, path, "lr", 1e-9, 1, &o->stages[stage].lr, error) &&
         read_int(part, path, "batch", 1, 1024, &o->stages[stage].batch, error);
}

static gboolean
read_options(JsonObject *root, const char *path, MedctPretrainOptions *o, GError **error)
{
  gint64 seed = (gint64)o->seed;
  g_autoptr(JsonObject) part = part_of(root, path, "pretrain", of_options, error);
  if (part == NULL || !medct_json_get_int(part, path, "seed", 0, G_MAXINT32, &seed, error) ||
      !read_int(part, path, "warm_up", 0, 1000000, &o->warm_up, error) ||
      !read_int(part, path, "shift", 0, 64, &o->shift, error) ||
      !read_int(part, path, "evaluate_every", 1, 1000000, &o->evaluate_every, error) ||
      !read_number(part, path, "weight_decay", 0, 1, &o->weight_decay, error) ||
      !read_number(part, path, "clip", 1e-6, 1e6, &o->clip, error) ||
      !read_number(part, path, "noise_hu", 0, 1000, &o->noise_hu, error) ||
      !read_number(part, path, "offset_hu", 0, 1000, &o->offset_hu, error))
    return FALSE;
  o->seed = (guint64)seed;
  for (int stage = 0; stage < MEDCT_N_PRETRAIN_STAGES; stage++)
    if (!read_stage(part, path, o, stage, error))
      return FALSE;
  return TRUE;
}

static gboolean
read_patients(JsonObject *root, const char *path, MedctPretrainRecipe *recipe, GError **error)
{
  MedctPretrainPatients *patients = &recipe->patients;
  gint64 seed = 1, train = 2000, validation = 300, test = 300;
  g_autoptr(JsonObject) part = part_of(root, path, "patients", of_patients, error);
  if (part == NULL || !medct_json_get_int(part, path, "seed", 0, 999999999, &seed, error) ||
      !medct_json_get_int(part, path, "train", 2, 100000, &train, error) ||
      !medct_json_get_int(part, path, "validation", 1, 100000, &validation, error) ||
      !medct_json_get_int(part, path, "test", 1, 100000, &test, error))
    return FALSE;
  recipe->n_test = (guint)test;
  patients->site = medct_site_a();
  patients->seed = (guint64)seed;
  patients->n_train = (guint)train;
  patients->n_validation = (guint)validation;
  return TRUE;
}

static gboolean
withhold(MedctPretrainRecipe *recipe, const char *path, JsonNode *name, GError **error)
{
  const char *text = json_node_get_value_type(name) == G_TYPE_STRING ? json_node_get_string(name)
                                                                     : "something else";
  for (guint k = 0; k < MEDCT_N_PATHOLOGIES; k++)
    if (strcmp(text, medct_pathology_name(k)) == 0)
      return recipe->withheld[k] = TRUE;
  medct_error_field(error, MEDCT_ERROR_FORMAT, path, "withheld", "names of pathologies", "%s",
                    text);
  return FALSE;
}

static gboolean
read_withheld(JsonObject *root, const char *path, MedctPretrainRecipe *recipe, GError **error)
{
  if (!json_object_has_member(root, "withheld"))
    return TRUE;
  JsonNode *node = json_object_get_member(root, "withheld");
  if (!JSON_NODE_HOLDS_ARRAY(node)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, "withheld", "a list", "something else");
    return FALSE;
  }
  JsonArray *names = json_node_get_array(node);
  for (guint i = 0; i < json_array_get_length(names); i++)
    if (!withhold(recipe, path, json_array_get_element(names, i), error))
      return FALSE;
  return TRUE;
}

/* A model may see any; patients are drawn at what medct phantom draws. Memory goes with the cube.
 */
static gboolean
check_spacing(const MedctPretrainRecipe *recipe, const char *path, GError **error)
{
  for (int axis = 0; axis < 3; axis++) {
    double mm = recipe->config.spacing_mm[axis];
    if (mm >= 0.5 && mm <= 20)
      continue;
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, "input.spacing_mm", "0.5 to 20 mm", "%g",
                      mm);
    return FALSE;
  }
  return TRUE;
}

MedctPretrainRecipe *
medct_pretrain_recipe_load(const char *path, GError **error)
{
  g_autoptr(MedctPretrainRecipe) recipe = g_new0(MedctPretrainRecipe, 1);
  g_autoptr(JsonNode) node = medct_json_load(path, error);
  if (node == NULL || !medct_config_named(path, &recipe->config, error))
    return NULL;
  JsonObject *root = json_node_get_object(node);
  recipe->options = MEDCT_PRETRAIN_DEFAULT;
  if (!medct_json_check_members(root, path, "a setting", of_root, error) ||
      !check_spacing(recipe, path, error) || !read_options(root, path, &recipe->options, error) ||
      !read_patients(root, path, recipe, error) || !read_withheld(root, path, recipe, error))
    return NULL;
  recipe->patients.withheld = recipe->withheld;
  JsonNode *name = json_object_get_member(root, "name");
  recipe->name = g_strdup(name && json_node_get_value_type(name) == G_TYPE_STRING
                              ? json_node_get_string(name)
                              : "Pre-trained on made-up chests");
  return g_steal_pointer(&recipe);
}

void
medct_pretrain_recipe_free(MedctPretrainRecipe *recipe)
{
  if (recipe == NULL)
    return;
  g_free(recipe->name);
  g_free(recipe);
}
