#include "model/adapter_config.h"
#include "model/json.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

typedef struct {
  GRegex *regex; /* (.*\.)?(key)$ */
  double value;
} Pattern;

struct _MedctAdapterConfig {
  gint64 rank;
  double alpha;
  gboolean rslora;
  double dropout;
  GPtrArray *suffixes;    /* target_modules as a list */
  GRegex *target;         /* target_modules as one expression */
  GArray *ranks, *alphas; /* of Pattern, file order */
};

static void
clear_pattern(gpointer data)
{
  g_regex_unref(((Pattern *)data)->regex);
}

void
medct_adapter_config_free(MedctAdapterConfig *config)
{
  if (config == NULL)
    return;
  g_clear_pointer(&config->suffixes, g_ptr_array_unref);
  g_clear_pointer(&config->target, g_regex_unref);
  g_clear_pointer(&config->ranks, g_array_unref);
  g_clear_pointer(&config->alphas, g_array_unref);
  g_free(config);
}

/* Expressions come from outside: (*LIMIT_MATCH) bounds what a hostile one can cost. */
static GRegex *
compile(const char *path, const char *field, const char *before, const char *text,
        const char *after, GError **error)
{
  g_autofree char *expression = g_strconcat("(*LIMIT_MATCH=20000)", before, text, after, NULL);
  g_autoptr(GError) local = NULL;
  GRegex *regex = strlen(text) > 1000 ? NULL : g_regex_new(expression, 0, 0, &local);
  if (regex == NULL)
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, field, "a regular expression", "\"%.80s\"",
                      text);
  return regex;
}

static gboolean
read_patterns(JsonObject *root, const char *path, const char *field, GArray *patterns,
              GError **error)
{
  JsonNode *node = json_object_get_member(root, field);
  if (node == NULL || JSON_NODE_HOLDS_NULL(node))
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT(node)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, field, "an object", N_("something else"));
    return FALSE;
  }
  JsonObject *object = json_node_get_object(node);
  JsonObjectIter iter;
  const char *key;
  json_object_iter_init_ordered(&iter, object);
  while (json_object_iter_next_ordered(&iter, &key, NULL)) {
    Pattern pattern = {.value = NAN};
    if (!medct_json_get_double(object, path, key, &pattern.value, error))
      return FALSE;
    pattern.regex = compile(path, field, "^(.*\\.)?(", key, ")$", error);
    if (pattern.regex == NULL)
      return FALSE;
    g_array_append_val(patterns, pattern);
  }
  return TRUE;
}

static gboolean
read_targets(JsonObject *root, const char *path, MedctAdapterConfig *config, GError **error)
{
  JsonNode *node = json_object_get_member(root, "target_modules");
  if (node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_string(node)) {
    config->target =
        compile(path, "target_modules", "^(?:", json_node_get_string(node), ")$", error);
    return config->target != NULL;
  }
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
  guint n = array ? json_array_get_length(array) : 0;
  config->suffixes = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < n; i++) {
    JsonNode *element = json_array_get_element(array, i);
    const char *text = JSON_NODE_HOLDS_VALUE(element) ? json_node_get_string(element) : NULL;
    if (text == NULL || *text == 0) {
      n = 0;
      break;
    }
    g_ptr_array_add(config->suffixes, g_strdup(text));
  }
  if (n == 0)
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, "target_modules",
                      "a list of module names or one regular expression", N_("something else"));
  return n > 0;
}

static gboolean
is_set(JsonObject *root, const char *key)
{
  JsonNode *node = json_object_get_member(root, key);
  if (node == NULL || JSON_NODE_HOLDS_NULL(node))
    return FALSE;
  if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_BOOLEAN)
    return json_node_get_boolean(node);
  return !JSON_NODE_HOLDS_ARRAY(node) || json_array_get_length(json_node_get_array(node)) > 0;
}

static const char *
string_member(JsonObject *root, const char *key)
{
  JsonNode *node = json_object_get_member(root, key);
  return node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
}

static gboolean
refuse_unsupported(JsonObject *root, const char *path, GError **error)
{
  static const char *const unsupported[] = {"use_dora",
                                            "lora_bias",
                                            "modules_to_save",
                                            "fan_in_fan_out",
                                            "layer_replication",
                                            "exclude_modules",
                                            "layers_to_transform",
                                            "use_qalora",
                                            "target_parameters",
                                            "trainable_token_indices",
                                            "alora_invocation_tokens"};
  const char *type = string_member(root, "peft_type");
  if (g_strcmp0(type, "LORA") != 0) {
    medct_error_field(error, MEDCT_ERROR_UNSUPPORTED, path, "peft_type", "\"LORA\"", "\"%s\"",
                      type ? type : "");
    return FALSE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS(unsupported); i++)
    if (is_set(root, unsupported[i])) {
      medct_error_field(error, MEDCT_ERROR_UNSUPPORTED, path, unsupported[i],
                        "false or empty: MedCT applies plain LoRA only", N_("set"));
      return FALSE;
    }
  const char *bias = string_member(root, "bias");
  if (bias && !g_str_equal(bias, "none")) {
    medct_error_field(error, MEDCT_ERROR_UNSUPPORTED, path, "bias", "\"none\"", "\"%s\"", bias);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_ranks(const MedctAdapterConfig *config, const char *path, GError **error)
{
  for (guint i = 0; i < config->ranks->len; i++) {
    double rank = g_array_index(config->ranks, Pattern, i).value;
    if (!(rank >= 1 && rank <= 65536 && rank == floor(rank))) {
      medct_error_field(error, MEDCT_ERROR_FORMAT, path, "rank_pattern", "whole ranks from 1", "%g",
                        rank);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
read_fields(JsonObject *root, const char *path, MedctAdapterConfig *config, GError **error)
{
  config->alpha = NAN;
  if (!refuse_unsupported(root, path, error) ||
      !medct_json_get_int(root, path, "r", 1, 65536, &config->rank, error) ||
      !medct_json_get_double(root, path, "lora_alpha", &config->alpha, error) ||
      !medct_json_get_double(root, path, "lora_dropout", &config->dropout, error))
    return FALSE;
  if (!(config->dropout >= 0 && config->dropout < 1)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, "lora_dropout", "from 0 to less than 1",
                      "%g", config->dropout);
    return FALSE;
  }
  if (config->rank < 1 || isnan(config->alpha)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, config->rank < 1 ? "r" : "lora_alpha",
                      "a number", N_("missing"));
    return FALSE;
  }
  config->rslora = is_set(root, "use_rslora");
  return read_targets(root, path, config, error) &&
         read_patterns(root, path, "rank_pattern", config->ranks, error) &&
         read_patterns(root, path, "alpha_pattern", config->alphas, error) &&
         check_ranks(config, path, error);
}

MedctAdapterConfig *
medct_adapter_config_load(const char *path, GError **error)
{
  g_autoptr(JsonNode) root = medct_json_load(path, error);
  if (root == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT(root)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, N_("the file"), "a JSON object",
                      N_("something else"));
    return NULL;
  }
  MedctAdapterConfig *config = g_new0(MedctAdapterConfig, 1);
  config->ranks = g_array_new(FALSE, FALSE, sizeof(Pattern));
  config->alphas = g_array_new(FALSE, FALSE, sizeof(Pattern));
  g_array_set_clear_func(config->ranks, clear_pattern);
  g_array_set_clear_func(config->alphas, clear_pattern);
  if (!read_fields(json_node_get_object(root), path, config, error))
    g_clear_pointer(&config, medct_adapter_config_free);
  return config;
}

gboolean
medct_adapter_config_targets(const MedctAdapterConfig *config, const char *module)
{
  if (config->target)
    return g_regex_match(config->target, module, 0, NULL);
  for (guint i = 0; i < config->suffixes->len; i++) {
    const char *suffix = g_ptr_array_index(config->suffixes, i);
    gsize n = strlen(suffix), whole = strlen(module);
    if (g_str_has_suffix(module, suffix) && (n == whole || module[whole - n - 1] == '.'))
      return TRUE;
  }
  return FALSE;
}

static double
first_match(const GArray *patterns, const char *module, double fallback)
{
  for (guint i = 0; i < patterns->len; i++) {
    const Pattern *pattern = &g_array_index(patterns, Pattern, i);
    if (g_regex_match(pattern->regex, module, 0, NULL))
      return pattern->value;
  }
  return fallback;
}

void
medct_adapter_config_module(const MedctAdapterConfig *config, const char *module, int *rank,
                            double *alpha)
{
  *rank = (int)first_match(config->ranks, module, (double)config->rank);
  *alpha = first_match(config->alphas, module, config->alpha);
}

gboolean
medct_adapter_config_rslora(const MedctAdapterConfig *config)
{
  return config->rslora;
}

double
medct_adapter_config_dropout(const MedctAdapterConfig *config)
{
  return config->dropout;
}
