/* medct model info: what a model folder or a weights file is. */
#include "app/commands.h"
#include "app/json-out.h"
#include "model/adapter.h"
#include "model/card.h"
#include "model/json.h"
#include "model/model_files.h"
#include "model/summary.h"
#include "model/tokenizer.h"

typedef struct {
  MedctTensorFile *weights;
  MedctConfig config;
  MedctSummary summary;
  MedctCard *card;
  const char *heads_source;
  char *sha256;
  int n_vocabulary; /* lines of vocab.txt; 0 without it */
  MedctAdapter *adapter;
  char *adapter_name, *adapter_sha256;
  GPtrArray *warnings;
} Info;

static void
clear_info(Info *info)
{
  medct_tensor_file_free(info->weights);
  medct_card_free(info->card);
  medct_adapter_unref(info->adapter);
  g_free(info->sha256);
  g_free(info->adapter_name);
  g_free(info->adapter_sha256);
  g_ptr_array_unref(info->warnings);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Info, clear_info)

static void G_GNUC_PRINTF(2, 3) warn(Info *info, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_ptr_array_add(info->warnings, g_strdup_vprintf(format, args));
  va_end(args);
}

/* ---- collecting ---------------------------------------------------------------------------- */

/* Where the number of text heads comes from, in the order of the loader. */
static const char *
heads_source(const MedctTensorFile *weights, const char *config_json)
{
  if (medct_tensor_file_metadata(weights, "text_heads"))
    return "the weights' metadata";
  g_autoptr(JsonNode) root = config_json ? medct_json_load(config_json, NULL) : NULL;
  JsonObject *object = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
  if (object && (json_object_has_member(object, "text_heads") ||
                 json_object_has_member(object, "num_attention_heads")))
    return "config.json";
  return "the hidden size, 64 a head";
}

static gboolean
read_vocabulary(Info *info, const char *path, GError **error)
{
  g_autofree char *file = medct_model_find_file(path, "vocab.txt");
  if (file == NULL) {
    warn(info, "There is no vocab.txt beside the weights: prompts cannot be read.");
    return TRUE;
  }
  g_autoptr(MedctTokenizer) tokenizer = medct_tokenizer_open(file, error);
  if (tokenizer == NULL)
    return FALSE;
  info->n_vocabulary = medct_tokenizer_size(tokenizer);
  if (info->n_vocabulary != info->config.text_vocab)
    warn(info, "vocab.txt has %d pieces, the weights were made for %d.", info->n_vocabulary,
         info->config.text_vocab);
  return TRUE;
}

static gboolean
read_adapter(Info *info, const char *folder, GError **error)
{
  if (folder == NULL)
    return TRUE;
  info->adapter = medct_adapter_open(folder, error);
  if (info->adapter == NULL || !medct_adapter_check(info->adapter, info->weights, error))
    return FALSE;
  info->adapter_name = g_path_get_basename(folder);
  info->adapter_sha256 = medct_adapter_sha256(info->adapter, error);
  const char *base = medct_adapter_base_sha256(info->adapter);
  if (base && g_ascii_strcasecmp(base, info->sha256) != 0)
    warn(info, "The adapter was made for other base weights: %.64s.", base);
  return info->adapter_sha256 != NULL;
}

static void
collect_warnings(Info *info)
{
  for (const char *const *w = medct_tensor_file_warnings(info->weights); *w; w++)
    warn(info, "%s", *w);
  if (info->summary.n_unknown > 0)
    warn(info, "%u tensors are no part of CT-CLIP and are ignored.", info->summary.n_unknown);
  const char *kind = medct_tensor_file_metadata(info->weights, "kind");
  if (g_strcmp0(kind ? kind : info->card->kind, "random") == 0)
    warn(info, "The weights are random: scores mean nothing.");
}

static gboolean
collect(Info *info, const char *path, const char *adapter, GError **error)
{
  g_autofree char *weights = medct_model_find_weights(path, error);
  g_autofree char *config = medct_model_find_file(path, "config.json");
  info->weights = weights ? medct_tensor_file_open(weights, error) : NULL;
  if (info->weights == NULL ||
      !medct_config_from_tensors(info->weights, config, 0, &info->config, error))
    return FALSE;
  info->heads_source = heads_source(info->weights, config);
  medct_summary_count(info->weights, &info->config, &info->summary);
  info->card = medct_card_for_model(path, error);
  info->sha256 = info->card ? medct_tensor_file_sha256(info->weights, error) : NULL;
  if (info->sha256 == NULL || !read_vocabulary(info, path, error) ||
      !read_adapter(info, adapter, error))
    return FALSE;
  collect_warnings(info);
  return TRUE;
}

static double
adapter_percent(const Info *info)
{
  return 100.0 * (double)medct_adapter_parameters(info->adapter) / (double)info->summary.parameters;
}

/* ---- for people ---------------------------------------------------------------------------- */

/* 438148761 → "438,148,761" */
static char *
grouped(int64_t number)
{
  g_autofree char *digits = g_strdup_printf("%" G_GINT64_FORMAT, number);
  GString *text = g_string_new(digits);
  for (gssize at = (gssize)text->len - 3; at > 0; at -= 3)
    g_string_insert_c(text, at, ',');
  return g_string_free(text, FALSE);
}

static void
print_count(const char *label, int64_t number, const char *note)
{
  g_autofree char *text = grouped(number);
  g_print("%-14s%13s%s\n", label, text, note);
}

static void
print_shape(const MedctConfig *c, const char *heads)
{
  g_print("Input         %d × %d × %d voxels of %g × %g × %g mm, %g to %g HU\n", c->frames,
          c->image, c->image, c->spacing_mm[0], c->spacing_mm[1], c->spacing_mm[2], c->clip_hu[0],
          c->clip_hu[1]);
  g_print("Vision        width %d, %d spatial and %d temporal layers, %d heads of %d, "
          "patch %d × %d × %d, %d codes\n",
          c->dim, c->spatial_layers, c->temporal_layers, c->heads, c->dim_head, c->temporal_patch,
          c->patch, c->patch, c->codebook);
  g_print("Text          width %d, %d layers, %d heads (from %s), %d pieces, %d positions\n",
          c->text_hidden, c->text_layers, c->text_heads, heads, c->text_vocab, c->text_positions);
  g_print("Latent        %d\n", c->latent);
}

/* Smallest and largest rank and scale of its layers. */
typedef struct {
  int rank[2];
  double scale[2];
} Extent;

static Extent
adapter_extent(const MedctAdapter *adapter)
{
  Extent extent = {{G_MAXINT, 0}, {G_MAXDOUBLE, -G_MAXDOUBLE}};
  for (guint i = 0; i < medct_adapter_count(adapter); i++) {
    const MedctAdapterModule *m = medct_adapter_get(adapter, i);
    extent.rank[0] = MIN(extent.rank[0], m->rank);
    extent.rank[1] = MAX(extent.rank[1], m->rank);
    extent.scale[0] = MIN(extent.scale[0], m->scale);
    extent.scale[1] = MAX(extent.scale[1], m->scale);
  }
  return extent;
}

static void
print_adapter(const Info *info)
{
  Extent e = adapter_extent(info->adapter);
  g_autofree char *parameters = grouped(medct_adapter_parameters(info->adapter));
  g_print("Adapter       %s: %u layers, %s parameters, %.2f %% of the model\n", info->adapter_name,
          medct_adapter_count(info->adapter), parameters, adapter_percent(info));
  if (e.rank[0] == e.rank[1])
    g_print("  rank        %d\n", e.rank[0]);
  else
    g_print("  ranks       %d to %d\n", e.rank[0], e.rank[1]);
  if (e.scale[0] == e.scale[1])
    g_print("  scale       %g\n", e.scale[0]);
  else
    g_print("  scales      %g to %g\n", e.scale[0], e.scale[1]);
  if (medct_adapter_rslora(info->adapter))
    g_print("  rsLoRA      scaled by the root of the rank\n");
  if (medct_adapter_dropout(info->adapter) > 0)
    g_print("  dropout     %g while it was trained\n", medct_adapter_dropout(info->adapter));
}

static void
print_info(const Info *info)
{
  const MedctSummary *s = &info->summary;
  g_autofree char *file = g_path_get_basename(medct_tensor_file_path(info->weights));
  g_print("Weights       %s\nSHA-256       %s\n", file, info->sha256);
  if (*info->card->name)
    g_print("Name          %s\n", info->card->name);
  if (*info->card->description)
    g_print("About         %s\n", info->card->description);
  print_shape(&info->config, info->heads_source);
  print_count("Parameters", s->parameters, "");
  print_count("  text", s->text, "");
  print_count("  vision", s->vision, "");
  print_count("  projections", s->projections, "");
  print_count("  extra", s->extra, "  (never used)");
  print_count("  temperature", s->temperature, "");
  print_count("Buffers", s->buffers, "");
  g_print("Tensors       %u used, %u unused\n", s->n_used, s->n_unused + s->n_unknown);
  if (info->adapter)
    print_adapter(info);
  for (guint i = 0; i < info->warnings->len; i++)
    g_print("Warning       %s\n", (const char *)info->warnings->pdata[i]);
}

/* ---- for programs -------------------------------------------------------------------------- */

static void
add_config(JsonBuilder *b, const MedctConfig *c, const char *heads)
{
  const struct {
    const char *key;
    int value;
  } sizes[] = {{"dim", c->dim},
               {"image", c->image},
               {"frames", c->frames},
               {"patch", c->patch},
               {"temporal_patch", c->temporal_patch},
               {"spatial_layers", c->spatial_layers},
               {"temporal_layers", c->temporal_layers},
               {"heads", c->heads},
               {"dim_head", c->dim_head},
               {"ff_inner", c->ff_inner},
               {"codebook", c->codebook},
               {"latent", c->latent},
               {"text_hidden", c->text_hidden},
               {"text_layers", c->text_layers},
               {"text_heads", c->text_heads},
               {"text_inter", c->text_inter},
               {"text_vocab", c->text_vocab},
               {"text_positions", c->text_positions}};
  medct_json_begin_object(b, "config");
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
    medct_json_add_int(b, sizes[i].key, sizes[i].value);
  medct_json_add_string(b, "text_heads_from", heads);
  medct_json_add_numbers(b, "spacing_mm", c->spacing_mm, 3);
  medct_json_add_numbers(b, "clip_hu", c->clip_hu, 2);
  json_builder_end_object(b);
}

static void
add_counts(JsonBuilder *b, const MedctSummary *s)
{
  medct_json_begin_object(b, "parameters");
  medct_json_add_int(b, "total", s->parameters);
  medct_json_add_int(b, "text", s->text);
  medct_json_add_int(b, "vision", s->vision);
  medct_json_add_int(b, "projections", s->projections);
  medct_json_add_int(b, "extra", s->extra);
  medct_json_add_int(b, "temperature", s->temperature);
  json_builder_end_object(b);
  medct_json_add_int(b, "buffers", s->buffers);
  medct_json_begin_object(b, "tensors");
  medct_json_add_int(b, "used", s->n_used);
  medct_json_add_int(b, "unused", s->n_unused);
  medct_json_add_int(b, "unknown", s->n_unknown);
  json_builder_end_object(b);
}

static void
add_adapter(JsonBuilder *b, const Info *info)
{
  Extent e = adapter_extent(info->adapter);
  medct_json_begin_object(b, "adapter");
  medct_json_add_string(b, "name", info->adapter_name);
  medct_json_add_string(b, "sha256", info->adapter_sha256);
  medct_json_add_int(b, "layers", medct_adapter_count(info->adapter));
  medct_json_add_int(b, "parameters", medct_adapter_parameters(info->adapter));
  json_builder_set_member_name(b, "percent");
  json_builder_add_double_value(b, adapter_percent(info));
  medct_json_add_ints(b, "ranks", (const gint64[]){e.rank[0], e.rank[1]}, 2);
  medct_json_add_numbers(b, "scales", e.scale, 2);
  medct_json_add_boolean(b, "rslora", medct_adapter_rslora(info->adapter));
  medct_json_add_number(b, "dropout", medct_adapter_dropout(info->adapter));
  json_builder_end_object(b);
}

static void
print_json(const Info *info)
{
  g_autoptr(JsonBuilder) b = json_builder_new();
  g_autofree char *file = g_path_get_basename(medct_tensor_file_path(info->weights));
  json_builder_begin_object(b);
  medct_json_add_string(b, "weights", file);
  medct_json_add_string(b, "sha256", info->sha256);
  medct_json_begin_object(b, "card");
  medct_json_add_string(b, "name", info->card->name);
  medct_json_add_string(b, "kind", info->card->kind);
  medct_json_add_string(b, "description", info->card->description);
  json_builder_end_object(b);
  add_config(b, &info->config, info->heads_source);
  add_counts(b, &info->summary);
  medct_json_add_int(b, "vocabulary", info->n_vocabulary);
  if (info->adapter)
    add_adapter(b, info);
  json_builder_set_member_name(b, "warnings");
  json_builder_begin_array(b);
  for (guint i = 0; i < info->warnings->len; i++)
    json_builder_add_string_value(b, info->warnings->pdata[i]);
  json_builder_end_array(b);
  json_builder_end_object(b);
  medct_json_print(b, FALSE);
}

/* ---- the command --------------------------------------------------------------------------- */

static int
run_info(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  g_auto(Info) info = {.warnings = g_ptr_array_new_with_free_func(g_free)};
  const char *path = medct_invocation_arguments(invocation)[0];
  if (!collect(&info, path, medct_invocation_value(invocation, "adapter"), &error))
    return medct_command_fail(invocation, error);
  if (medct_invocation_flag(invocation, "json"))
    print_json(&info);
  else
    print_info(&info);
  return 0;
}

static const MedctOption options[] = {
    {"adapter", 'a', "DIR", FALSE, NULL, "A PEFT adapter to check against the model and count."},
    {"json", 0, NULL, FALSE, NULL, "Prints one line of JSON instead of text."},
    {NULL},
};

const MedctCommand medct_command_model_info = {
    .name = "model info",
    .arguments = "MODEL",
    .min_arguments = 1,
    .max_arguments = 1,
    .summary = "say what a model is",
    .description =
        "Checks a model folder or a weights file (.pt, .safetensors) and prints its sizes, its "
        "parameters by part, its checksum and what is odd about it. Nothing is computed.",
    .options = options,
    .examples = "medct model info CT-CLIP_v2.pt\n"
                "  Says whether this file can be used.\n\n"
                "medct model info model/ --adapter lora/\n"
                "  Checks that an adapter fits, and how large it is.",
    .run = run_info,
};
