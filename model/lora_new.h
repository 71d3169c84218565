/* A LoRA for training that does nothing yet (spec §8): A Kaiming-uniform (a = √5), B zero, equal
 * bit for bit for a seed. Thread: any. */
#pragma once

#include "model/config.h"
#include "model/lora.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_LORA_SPATIAL_Q,
  MEDCT_LORA_SPATIAL_KV,
  MEDCT_LORA_SPATIAL_OUT,
  MEDCT_LORA_TEMPORAL_Q,
  MEDCT_LORA_TEMPORAL_KV,
  MEDCT_LORA_TEMPORAL_OUT,
  MEDCT_LORA_TEXT_QUERY,
  MEDCT_LORA_TEXT_KEY,
  MEDCT_LORA_TEXT_VALUE,
  MEDCT_LORA_TEXT_OUTPUT,
  MEDCT_LORA_N_ROLES,
} MedctLoraRole;

#define MEDCT_LORA_MAX_RANK 1024

/* Which linears get a pair, in all layers of their encoder. */
typedef struct {
  struct {
    int rank; /* 0: none */
    double alpha;
  } roles[MEDCT_LORA_N_ROLES];
  gboolean rslora;             /* scale α/√r in place of α/r */
  double dropout;              /* [0, 1) of the input of A while training */
  gboolean trains_temperature; /* and that begins at `temperature`, the base's */
  float temperature;
  guint64 seed;
} MedctLoraSpec;

/* The same rank and α for the roles first … last. */
void medct_lora_spec_set(MedctLoraSpec *spec, MedctLoraRole first, MedctLoraRole last, int rank,
                         double alpha);

/* Refuses ranks over MEDCT_LORA_MAX_RANK, α and dropout outside their ranges, and a spec that
 * adapts nothing. */
MedctLora *medct_lora_new(const MedctConfig *config, const MedctLoraSpec *spec, GError **error);

G_END_DECLS
