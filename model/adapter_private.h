/* Shared by adapter.c and adapter_combine.c. */
#pragma once

#include "model/adapter.h"
#include "model/adapter_config.h"

typedef struct {
  MedctAdapter *adapter; /* owned */
  double weight;
} MedctAdapterPart;

struct _MedctAdapter {
  gatomicrefcount refs;
  GArray *modules;    /* of MedctAdapterModule, sorted by name; names owned */
  int64_t parameters; /* of the pairs */
  /* read from files … */
  char *weights_path;
  MedctTensorFile *tensors;
  MedctAdapterConfig *config;
  /* … or put together from others */
  GArray *parts;   /* of MedctAdapterPart, or NULL */
  float *matrices; /* of all modules */
  /* the temperature t becomes (1 − share)·t + temperature; both 0 where it was not trained */
  double temperature, temperature_share;
};

MedctAdapter *medct_adapter_alloc(void);
