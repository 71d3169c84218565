/* The LoRA matrices while they are trained (spec §8): all of them in one array, so that the
 * optimiser, the gradient norm and a checkpoint see plain numbers, and beside it their gradients.
 *
 * Owner: the caller. Thread: whoever changes parameters or gradients is alone with them. */
#pragma once

#include "model/matmul.h"

G_BEGIN_DECLS

typedef struct {
  MedctAdapterModule module; /* its A and B point into the parameters; name owned */
  gsize at;                  /* where A begins; B follows it, at + rank·in */
  gsize n;                   /* rank·(in + out) */
} MedctLoraModule;

typedef struct {
  MedctLoraModule *modules;
  guint n_modules;
  float *parameters, *gradients; /* [n] */
  gsize n;
  float *temperature, *dtemperature; /* the last parameter and its gradient, where the temperature
                                        is trained too; else NULL. The scale is its exponential. */
  gboolean rslora;                   /* how the scales of the modules come from α */
  double dropout;                    /* [0, 1) of the input of A while training */
} MedctLora;

/* Copies the matrices of an adapter that fits the model; gradients are zero. */
MedctLora *medct_lora_from_adapter(const MedctAdapter *adapter);
/* For those who make one: appends the temperature to arrays that have room for it. */
void medct_lora_add_temperature(MedctLora *lora, float temperature);
void medct_lora_free(MedctLora *lora);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctLora, medct_lora_free)

/* Training knows the pairs of spec §8 only: vision to_q, to_kv, to_out and text query, key, value,
 * attention.output.dense. Lists all others. */
gboolean medct_lora_check_trainable(const MedctLora *lora, GError **error);

/* By the path of the adapted Linear; NULL when it has no pair. A NULL LoRA has none. */
const MedctLoraModule *medct_lora_lookup(const MedctLora *lora, const char *module);
/* Floats per row that the scratch of medct_linear() needs; twice of them are enough for
 * medct_linear_backward(). */
int medct_lora_scratch(const MedctLora *lora);
/* Gives a linear the pair of its name, if there is one, and returns it. `prefix` + `name` as for
 * medct_linear_load(). */
const MedctLoraModule *medct_lora_bind(const MedctLora *lora, MedctLinear *linear,
                                       const char *prefix, const char *name);

/* Where the gradients of a linear are added to; NULL where not wanted. */
typedef struct {
  float *W;    /* [out, in] */
  float *bias; /* [out] */
  float *pair; /* A [rank, in], then B [out, rank] */
} MedctLinearGradient;

/* Gradient of y = x·Wᵀ + b + s·(x·Aᵀ)·Bᵀ. dx [rows, in] ← dx·beta + …, or NULL when nothing below
 * is trained; dx may be x when beta is 0. `into` may be NULL. dy [rows, out] (row stride lddy), x
 * [rows, in], scratch [2·rows·medct_lora_scratch()]. */
void medct_linear_backward(float *dx, float beta, const MedctLinearGradient *into, const float *dy,
                           int lddy, const float *x, const MedctLinear *linear, float *scratch,
                           int rows);

G_END_DECLS
