#include "model/lora.h"
#include <glib/gi18n.h>
#include <string.h>

MedctLora *
medct_lora_from_adapter(const MedctAdapter *adapter)
{
  MedctLora *lora = g_new0(MedctLora, 1);
  lora->n_modules = medct_adapter_count(adapter);
  lora->rslora = medct_adapter_rslora(adapter);
  lora->dropout = medct_adapter_dropout(adapter);
  lora->modules = g_new0(MedctLoraModule, MAX(lora->n_modules, 1));
  float temperature = 0;
  gboolean has_temperature = medct_adapter_temperature(adapter, &temperature);
  gsize n = (gsize)medct_adapter_parameters(adapter) + has_temperature;
  lora->parameters = g_new(float, n);
  lora->gradients = g_new0(float, n);
  for (guint i = 0; i < lora->n_modules; i++) {
    MedctLoraModule *m = &lora->modules[i];
    m->module = *medct_adapter_get(adapter, i);
    gsize a = (gsize)m->module.rank * m->module.in, b = (gsize)m->module.rank * m->module.out;
    float *A = lora->parameters + lora->n, *B = A + a;
    memcpy(A, m->module.A, sizeof(float) * a);
    memcpy(B, m->module.B, sizeof(float) * b);
    m->module.module = g_strdup(m->module.module);
    m->module.A = A;
    m->module.B = B;
    m->at = lora->n;
    m->n = a + b;
    lora->n += m->n;
  }
  if (has_temperature)
    medct_lora_add_temperature(lora, temperature);
  return lora;
}

void
medct_lora_add_temperature(MedctLora *lora, float temperature)
{
  lora->temperature = lora->parameters + lora->n;
  lora->dtemperature = lora->gradients + lora->n;
  *lora->temperature = temperature;
  lora->n++;
}

void
medct_lora_free(MedctLora *lora)
{
  if (lora == NULL)
    return;
  for (guint i = 0; i < lora->n_modules; i++)
    g_free((char *)lora->modules[i].module.module);
  g_free(lora->modules);
  g_free(lora->parameters);
  g_free(lora->gradients);
  g_free(lora);
}

static gboolean
is_trainable(const char *module)
{
  static const char *const places[][2] = {
      {"visual_transformer.enc_", ".1.to_q"},
      {"visual_transformer.enc_", ".1.to_kv"},
      {"visual_transformer.enc_", ".1.to_out"},
      {"text_transformer.encoder.layer.", ".attention.self.query"},
      {"text_transformer.encoder.layer.", ".attention.self.key"},
      {"text_transformer.encoder.layer.", ".attention.self.value"},
      {"text_transformer.encoder.layer.", ".attention.output.dense"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
    if (g_str_has_prefix(module, places[i][0]) && g_str_has_suffix(module, places[i][1]))
      return TRUE;
  return FALSE;
}

gboolean
medct_lora_check_trainable(const MedctLora *lora, GError **error)
{
  g_autoptr(GString) list = g_string_new(NULL);
  for (guint i = 0; i < lora->n_modules; i++)
    if (!is_trainable(lora->modules[i].module.module))
      g_string_append_printf(list, "%s%s", list->len ? ", " : "", lora->modules[i].module.module);
  if (list->len == 0)
    return TRUE;
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_UNSUPPORTED,
              _("training adapts to_q, to_kv, to_out of the vision encoder and query, key, value, "
                "attention.output.dense of the text encoder, but the adapter also has: %s"),
              list->str);
  return FALSE;
}

const MedctLoraModule *
medct_lora_lookup(const MedctLora *lora, const char *module)
{
  for (guint i = 0; lora && i < lora->n_modules; i++)
    if (g_str_equal(lora->modules[i].module.module, module))
      return &lora->modules[i];
  return NULL;
}

int
medct_lora_scratch(const MedctLora *lora)
{
  int floats = 0;
  for (guint i = 0; lora && i < lora->n_modules; i++) {
    const MedctAdapterModule *m = &lora->modules[i].module;
    floats = MAX(floats, m->rank + (lora->dropout > 0 ? m->in : 0));
  }
  return floats;
}

const MedctLoraModule *
medct_lora_bind(const MedctLora *lora, MedctLinear *linear, const char *prefix, const char *name)
{
  g_autofree char *path = g_strconcat(prefix, name, NULL);
  const MedctLoraModule *found = medct_lora_lookup(lora, path);
  linear->lora = found ? &found->module : NULL;
  return found;
}

/* y = x·Wᵀ + b */
static void
weight_backward(const MedctLinearGradient *into, const float *dy, int lddy, const float *x,
                const MedctLinear *l, int rows)
{
  if (into->W)
    medct_product_at(into->W, l->in, dy, lddy, x, l->in, 1, 1, l->out, l->in, rows);
  for (int r = 0; into->bias && r < rows; r++)
    medct_kernels()->add(into->bias, dy + (gsize)r * lddy, l->out);
}

/* h = drop(x)·Aᵀ; y += s·h·Bᵀ. dh [rows, rank] is there already; h is scratch of the same size. */
static void
pair_backward(float *pair, const float *dh, float *h, const float *dy, int lddy, const float *x,
              const MedctAdapterModule *m, int rows)
{
  float *dA = pair, *dB = pair + (gsize)m->rank * m->in;
  medct_product_at(dA, m->in, dh, m->rank, x, m->in, 1, 1, m->rank, m->in, rows);
  medct_product(h, m->rank, x, m->in, m->A, m->in, TRUE, 1, 0, rows, m->rank, m->in);
  medct_product_at(dB, m->rank, dy, lddy, h, m->rank, m->scale, 1, m->out, m->rank, rows);
}

/* dx += dh·A, of what was not dropped; `dropped` [rows, in] is scratch where something is. */
static void
input_backward(float *dx, const float *dh, float *dropped, const MedctLinear *l, int rows)
{
  const MedctAdapterModule *m = l->lora;
  if (dropped == NULL) {
    medct_product(dx, l->in, dh, m->rank, m->A, m->in, FALSE, 1, 1, rows, m->in, m->rank);
    return;
  }
  medct_product(dropped, l->in, dh, m->rank, m->A, m->in, FALSE, 1, 0, rows, m->in, m->rank);
  medct_lora_drop(dropped, dropped, l->dropout, m->module, l->first_row, rows, l->in);
  medct_kernels()->add(dx, dropped, (int64_t)rows * l->in);
}

void
medct_linear_backward(float *dx, float beta, const MedctLinearGradient *into, const float *dy,
                      int lddy, const float *x, const MedctLinear *l, float *scratch, int rows)
{
  static const MedctLinearGradient nothing = {NULL};
  const MedctAdapterModule *m = dx || (into && into->pair) ? l->lora : NULL;
  float *dh = scratch, *h = m ? dh + (gsize)rows * m->rank : NULL;
  float *dropped = m && l->dropout && l->dropout->p > 0 ? h + (gsize)rows * m->rank : NULL;
  into = into ? into : &nothing;
  weight_backward(into, dy, lddy, x, l, rows);
  if (m)
    medct_product(dh, m->rank, dy, lddy, m->B, m->rank, FALSE, m->scale, 0, rows, m->rank, m->out);
  if (m && into->pair) {
    if (dropped)
      medct_lora_drop(dropped, x, l->dropout, m->module, l->first_row, rows, l->in);
    pair_backward(into->pair, dh, h, dy, lddy, dropped ? dropped : x, m, rows);
  }
  if (dx)
    medct_product(dx, l->in, dy, lddy, l->W, l->in, FALSE, 1, beta, rows, l->in, l->out);
  if (dx && m)
    input_backward(dx, dh, dropped, l, rows);
}
