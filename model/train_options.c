#include "model/train_options.h"
#include "model/error.h"
#include <glib/gi18n.h>
#include <math.h>

MedctTrainOptions
medct_train_preset_options(MedctTrainPreset preset)
{
  enum { RANK = 16, ALPHA = 32 };
  static const MedctLoraRole lowest[] = {
      [MEDCT_TRAIN_QUICK] = MEDCT_LORA_TEXT_QUERY,
      [MEDCT_TRAIN_BALANCED] = MEDCT_LORA_TEMPORAL_Q,
      [MEDCT_TRAIN_FULL] = MEDCT_LORA_SPATIAL_Q,
  };
  MedctTrainOptions options = {
      .objective = MEDCT_TRAIN_VOCAB,
      .lr = 1e-4,
      .lr_ratio = 1,
      .weight_decay = 0.1,
      .clip_norm = 1,
      .warm_up = 0.05,
      .epochs = 10,
      .batch = 1, /* activations of one volume at a time */
      .accumulate = 8,
      .patience = 3,
      .seed = 1,
      .cache_bytes = G_GUINT64_CONSTANT(20) << 30,
  };
  medct_lora_spec_set(&options.lora, lowest[preset], MEDCT_LORA_TEXT_OUTPUT, RANK, ALPHA);
  if (preset == MEDCT_TRAIN_QUICK) { /* a volume is a latent here: many fit one pass of the texts */
    options.batch = 16;
    options.accumulate = 1;
    options.lr = 2e-4;
  }
  return options;
}

static gboolean
adapts(const MedctTrainOptions *options, int first, int last)
{
  for (int role = first; role <= last; role++)
    if (options->lora.roles[role].rank > 0)
      return TRUE;
  return FALSE;
}

gboolean
medct_train_options_adapt_text(const MedctTrainOptions *options)
{
  return adapts(options, MEDCT_LORA_TEXT_QUERY, MEDCT_LORA_TEXT_OUTPUT);
}

gboolean
medct_train_options_adapt_vision(const MedctTrainOptions *options)
{
  return adapts(options, 0, MEDCT_LORA_TEXT_QUERY - 1);
}

typedef struct {
  const char *name;
  double value, low, high;
} Range;

/* Where no image layer is adapted, a volume is a latent that is computed once: augmenting would
 * encode every volume in every epoch and could change nothing but the sentences. */
static gboolean
check_augmentation(const MedctTrainOptions *o, GError **error)
{
  if (!medct_augmentation_limits_any(&o->augmentation) || medct_train_options_adapt_vision(o))
    return TRUE;
  g_set_error_literal(
      error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
      _("shift, noise and offset change training volumes, but no image layer is "
        "adapted: leave them at 0, or adapt image layers (preset balanced or full)"));
  return FALSE;
}

gboolean
medct_train_options_check(const MedctTrainOptions *o, GError **error)
{
  const Range ranges[] = {
      {"learning rate", o->lr, 1e-12, 10},
      {"learning-rate ratio", o->lr_ratio, 1e-3, 1e3},
      {"weight decay", o->weight_decay, 0, 1e3},
      {"clipping norm", o->clip_norm, 0, 1e9},
      {"warm-up", o->warm_up, 0, 1},
      {"epochs", o->epochs, 1, 1e6},
      {"batch", o->batch, 1, 4096},
      {"accumulation", o->accumulate, 1, 4096},
      {"patience", o->patience, 0, 1e6},
      {"shift", o->augmentation.shift, 0, 64},
      {"noise", o->augmentation.noise_hu, 0, 1000},
      {"offset", o->augmentation.offset_hu, 0, 1000},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++)
    if (!(ranges[i].value >= ranges[i].low && ranges[i].value <= ranges[i].high)) {
      g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, _("%s is %g, expected %g to %g"),
                  ranges[i].name, ranges[i].value, ranges[i].low, ranges[i].high);
      return FALSE;
    }
  if (o->objective == MEDCT_TRAIN_CLIP && o->batch < 2) {
    g_set_error_literal(
        error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
        _("the objective clip compares the volumes of a batch: a batch of at least 2 "
          "is needed"));
    return FALSE;
  }
  return check_augmentation(o, error);
}

char *
medct_train_options_text(const MedctTrainOptions *o)
{
  /* %a: two numbers are the same here when they are the same to the computation */
  GString *text = g_string_new(NULL);
  for (int role = 0; role < MEDCT_LORA_N_ROLES; role++)
    g_string_append_printf(text, "%d %a ", o->lora.roles[role].rank, o->lora.roles[role].alpha);
  g_string_append_printf(
      text,
      "rslora %d dropout %a temperature %d objective %d lr %a ratio %a decay %a clip %a warm-up %a "
      "epochs %d "
      "batch %d accumulate %d patience %d weights %d asymmetric %d seed %" G_GUINT64_FORMAT,
      o->lora.rslora, o->lora.dropout, o->temperature, (int)o->objective, o->lr, o->lr_ratio,
      o->weight_decay, o->clip_norm, o->warm_up, o->epochs, o->batch, o->accumulate, o->patience,
      o->positive_weights, o->asymmetric, o->seed);
  const MedctAugmentationLimits *a = &o->augmentation;
  if (medct_augmentation_limits_any(a)) /* without: the same line as before there was any */
    g_string_append_printf(text, " shift %d noise %a offset %a", a->shift, a->noise_hu,
                           a->offset_hu);
  return g_string_free(text, FALSE);
}
