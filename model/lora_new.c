#include "model/lora_new.h"
#include "model/counter_random.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

typedef enum { SPATIAL, TEMPORAL, TEXT } Part;

#define V "visual_transformer.enc_"
#define T "text_transformer.encoder.layer."

static const struct {
  const char *name;
  Part part;
  const char *before, *after; /* the number of a layer in its module's path */
} roles[MEDCT_LORA_N_ROLES] = {
    {"spatial.to_q", SPATIAL, V "spatial_transformer.layers.", ".1.to_q"},
    {"spatial.to_kv", SPATIAL, V "spatial_transformer.layers.", ".1.to_kv"},
    {"spatial.to_out", SPATIAL, V "spatial_transformer.layers.", ".1.to_out"},
    {"temporal.to_q", TEMPORAL, V "temporal_transformer.layers.", ".1.to_q"},
    {"temporal.to_kv", TEMPORAL, V "temporal_transformer.layers.", ".1.to_kv"},
    {"temporal.to_out", TEMPORAL, V "temporal_transformer.layers.", ".1.to_out"},
    {"text.query", TEXT, T, ".attention.self.query"},
    {"text.key", TEXT, T, ".attention.self.key"},
    {"text.value", TEXT, T, ".attention.self.value"},
    {"text.attention.output.dense", TEXT, T, ".attention.output.dense"},
};

void
medct_lora_spec_set(MedctLoraSpec *spec, MedctLoraRole first, MedctLoraRole last, int rank,
                    double alpha)
{
  for (guint role = first; role <= (guint)last; role++) {
    spec->roles[role].rank = rank;
    spec->roles[role].alpha = alpha;
  }
}

static gboolean
check_spec(const MedctLoraSpec *spec, GError **error)
{
  if (!(spec->dropout >= 0 && spec->dropout < 1)) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                _("the dropout is %g, expected from 0 to less than 1"), spec->dropout);
    return FALSE;
  }
  for (guint role = 0; role < MEDCT_LORA_N_ROLES; role++) {
    int rank = spec->roles[role].rank;
    double alpha = spec->roles[role].alpha;
    if (rank < 0 || rank > MEDCT_LORA_MAX_RANK) {
      g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, _("%s has rank %d, expected 1 to %d"),
                  roles[role].name, rank, MEDCT_LORA_MAX_RANK);
      return FALSE;
    }
    if (rank > 0 && !(alpha > 0 && alpha <= 1e6)) {
      g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                  _("%s has alpha %g, expected more than 0 and at most 1000000"), roles[role].name,
                  alpha);
      return FALSE;
    }
  }
  return TRUE;
}

static void
role_size(const MedctConfig *c, guint role, int *layers, int *in, int *out)
{
  int inner = c->heads * c->dim_head;
  gboolean is_out = role == MEDCT_LORA_SPATIAL_OUT || role == MEDCT_LORA_TEMPORAL_OUT;
  gboolean is_kv = role == MEDCT_LORA_SPATIAL_KV || role == MEDCT_LORA_TEMPORAL_KV;
  if (roles[role].part == TEXT) {
    *layers = c->text_layers;
    *in = *out = c->text_hidden;
    return;
  }
  *layers = roles[role].part == SPATIAL ? c->spatial_layers : c->temporal_layers;
  *in = is_out ? inner : c->dim;
  *out = is_out ? c->dim : is_kv ? 2 * inner : inner;
}

static int
by_name(gconstpointer a, gconstpointer b)
{
  const MedctLoraModule *x = a, *y = b;
  return strcmp(x->module.module, y->module.module);
}

/* nn.init.kaiming_uniform_(A, a=√5): uniform within √(6/((1 + 5)·in)) = 1/√in. B stays zero. */
static void
fill_pair(MedctLora *lora, MedctLoraModule *m, guint64 seed)
{
  gsize a = (gsize)m->module.rank * m->module.in;
  float *A = lora->parameters + m->at, bound = (float)(1 / sqrt(m->module.in));
  guint64 key = medct_counter_key(seed, m->module.module);
  for (gsize i = 0; i < a; i++)
    A[i] = bound * medct_counter_unit(key + i);
  m->module.A = A;
  m->module.B = A + a;
}

static void
add_role(GArray *modules, const MedctConfig *config, const MedctLoraSpec *spec, guint role)
{
  int layers, in, out, rank = spec->roles[role].rank;
  double alpha = spec->roles[role].alpha;
  role_size(config, role, &layers, &in, &out);
  for (int n = 0; rank > 0 && n < layers; n++) {
    MedctLoraModule m = {.n = (gsize)rank * ((gsize)in + out)};
    m.module = (MedctAdapterModule){
        .module = g_strdup_printf("%s%d%s", roles[role].before, n, roles[role].after),
        .rank = rank,
        .in = in,
        .out = out,
        .alpha = alpha,
        .scale = (float)medct_adapter_scale(alpha, rank, spec->rslora)};
    g_array_append_val(modules, m);
  }
}

MedctLora *
medct_lora_new(const MedctConfig *config, const MedctLoraSpec *spec, GError **error)
{
  if (!check_spec(spec, error))
    return NULL;
  g_autoptr(GArray) modules = g_array_new(FALSE, TRUE, sizeof(MedctLoraModule));
  for (guint role = 0; role < MEDCT_LORA_N_ROLES; role++)
    add_role(modules, config, spec, role);
  if (modules->len == 0) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                _("nothing would be trained: give at least one module a rank"));
    return NULL;
  }
  g_array_sort(modules, by_name); /* as in the file, so that both are laid out alike */
  MedctLora *lora = g_new0(MedctLora, 1);
  lora->rslora = spec->rslora;
  lora->dropout = spec->dropout;
  lora->n_modules = modules->len;
  lora->modules = (MedctLoraModule *)(void *)g_array_free(g_steal_pointer(&modules), FALSE);
  for (guint i = 0; i < lora->n_modules; i++) {
    lora->modules[i].at = lora->n;
    lora->n += lora->modules[i].n;
  }
  lora->parameters = g_new0(float, lora->n + 1);
  lora->gradients = g_new0(float, lora->n + 1);
  for (guint i = 0; i < lora->n_modules; i++)
    fill_pair(lora, &lora->modules[i], spec->seed);
  if (spec->trains_temperature)
    medct_lora_add_temperature(lora, spec->temperature);
  return lora;
}
