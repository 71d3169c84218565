#include "model/adapter_write.h"
#include "model/atomic_file.h"
#include "model/folder.h"
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

/* ---- adapter_config.json
 * -------------------------------------------------------------------------------- */

typedef double (*Value)(const MedctAdapterModule *module);

static double
rank_of(const MedctAdapterModule *module)
{
  return module->rank;
}

static double
alpha_of(const MedctAdapterModule *module)
{
  return module->alpha;
}

/* The value that most modules have, the first of equals. */
static double
most_common(const MedctLora *lora, Value value)
{
  double best = 0;
  guint most = 0;
  for (guint i = 0; i < lora->n_modules; i++) {
    guint n = 0;
    for (guint j = 0; j < lora->n_modules; j++)
      n += value(&lora->modules[i].module) == value(&lora->modules[j].module);
    if (n > most) {
      most = n;
      best = value(&lora->modules[i].module);
    }
  }
  return best;
}

static void
add_number(JsonBuilder *b, const char *key, double value)
{
  json_builder_set_member_name(b, key);
  if (value == floor(value))
    json_builder_add_int_value(b, (gint64)value);
  else
    json_builder_add_double_value(b, value);
}

static void
add_pattern(JsonBuilder *b, const char *key, const MedctLora *lora, Value value, double common)
{
  json_builder_set_member_name(b, key);
  json_builder_begin_object(b);
  for (guint i = 0; i < lora->n_modules; i++) {
    const MedctAdapterModule *m = &lora->modules[i].module;
    if (value(m) != common)
      add_number(b, m->module, value(m));
  }
  json_builder_end_object(b);
}

static void
add_text(JsonBuilder *b, const char *key, const char *text)
{
  json_builder_set_member_name(b, key);
  if (text)
    json_builder_add_string_value(b, text);
  else
    json_builder_add_null_value(b);
}

static void
add_boolean(JsonBuilder *b, const char *key, gboolean value)
{
  json_builder_set_member_name(b, key);
  json_builder_add_boolean_value(b, value);
}

static void
add_targets(JsonBuilder *b, const MedctLora *lora)
{
  json_builder_set_member_name(b, "target_modules");
  json_builder_begin_array(b);
  for (guint i = 0; i < lora->n_modules; i++)
    json_builder_add_string_value(b, lora->modules[i].module.module);
  json_builder_end_array(b);
}

/* The fields and their order are those of LoraConfig.save_pretrained(). */
static char *
make_config(const MedctLora *lora, const char *base_name)
{
  static const char *const unset[] = {"layer_replication", "layers_pattern", "layers_to_transform"};
  g_autoptr(JsonBuilder) b = json_builder_new();
  double rank = most_common(lora, rank_of), alpha = most_common(lora, alpha_of);
  json_builder_begin_object(b);
  add_pattern(b, "alpha_pattern", lora, alpha_of, alpha);
  add_text(b, "auto_mapping", NULL);
  add_text(b, "base_model_name_or_path", base_name);
  add_text(b, "bias", "none");
  add_boolean(b, "fan_in_fan_out", FALSE);
  add_boolean(b, "inference_mode", TRUE);
  add_boolean(b, "init_lora_weights", TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS(unset); i++)
    add_text(b, unset[i], NULL);
  add_number(b, "lora_alpha", alpha);
  add_number(b, "lora_dropout", lora->dropout);
  add_text(b, "modules_to_save", NULL);
  add_text(b, "peft_type", "LORA");
  add_number(b, "r", rank);
  add_pattern(b, "rank_pattern", lora, rank_of, rank);
  add_text(b, "revision", NULL);
  add_targets(b, lora);
  add_text(b, "task_type", NULL);
  add_boolean(b, "use_dora", FALSE);
  add_boolean(b, "use_rslora", lora->rslora);
  json_builder_end_object(b);
  g_autoptr(JsonNode) root = json_builder_get_root(b);
  g_autoptr(JsonGenerator) generator = json_generator_new();
  json_generator_set_root(generator, root);
  json_generator_set_pretty(generator, TRUE);
  return json_generator_to_data(generator, NULL);
}

static gboolean
write_config(const char *folder, const MedctLora *lora, const char *base_name, GError **error)
{
  g_autofree char *path = g_build_filename(folder, "adapter_config.json", NULL);
  g_autofree char *json = make_config(lora, base_name);
  g_autofree char *line = g_strconcat(json, "\n", NULL);
  return medct_atomic_file_save(path, line, strlen(line), error);
}

/* ---- adapter_model.safetensors
 * -------------------------------------------------------------------------- */

static MedctTensor
matrix(const MedctAdapterModule *m, char which)
{
  gboolean is_a = which == 'A';
  int rows = is_a ? m->rank : m->out, columns = is_a ? m->in : m->rank;
  return (MedctTensor){.name =
                           g_strdup_printf("base_model.model.%s.lora_%c.weight", m->module, which),
                       .dtype = MEDCT_DTYPE_F32,
                       .n_dims = 2,
                       .shape = {rows, columns},
                       .n_elements = (int64_t)rows * columns,
                       .data = is_a ? m->A : m->B};
}

static gboolean
write_weights(const char *folder, const MedctLora *lora, const char *base_sha256, GError **error)
{
  g_autofree char *path = g_build_filename(folder, "adapter_model.safetensors", NULL);
  g_autofree MedctTensor *tensors = g_new(MedctTensor, 2 * lora->n_modules);
  const char *metadata[7] = {"format", "pt"};
  char temperature[G_ASCII_DTOSTR_BUF_SIZE];
  int at = 2;
  if (base_sha256) {
    metadata[at++] = "base_sha256";
    metadata[at++] = base_sha256;
  }
  if (lora->temperature) {
    metadata[at++] = "temperature";
    metadata[at] = g_ascii_formatd(temperature, sizeof temperature, "%.9g", *lora->temperature);
  }
  for (guint i = 0; i < lora->n_modules; i++) {
    tensors[2 * i] = matrix(&lora->modules[i].module, 'A');
    tensors[2 * i + 1] = matrix(&lora->modules[i].module, 'B');
  }
  gboolean ok = medct_safetensors_write(path, tensors, 2 * lora->n_modules, metadata, error);
  for (guint i = 0; i < 2 * lora->n_modules; i++)
    g_free((char *)tensors[i].name);
  return ok;
}

gboolean
medct_adapter_write(const char *folder, const MedctLora *lora, const char *base_name,
                    const char *base_sha256, GError **error)
{
  if (!medct_folder_make(folder, 0777, error))
    return FALSE;
  /* An adapter begins to exist with its weights. */
  return write_config(folder, lora, base_name, error) &&
         write_weights(folder, lora, base_sha256, error);
}
