/* Shared by ctclip.c and encoding.c. */
#pragma once

#include "model/ctclip.h"
#include "model/pool.h"
#include "model/vision.h"
#include "model/vq.h"

struct _MedctModel {
  gatomicrefcount refs;
  MedctTensorFile *weights;
  MedctConfig config;
  MedctTokenizer *tokenizer; /* NULL without vocab.txt */
  MedctAdapter *adapter;     /* or NULL */
  int n_threads;             /* 0: all */
  MedctPool *pool;           /* of medct_model_pool; NULL until then */
  MedctVision *vision;
  MedctTextEncoder *text;
  MedctQuantiser *quantiser;
  GMutex text_mutex;      /* text encoder and what it remembers */
  GHashTable *remembered; /* text → latent [latent] */
  MedctTrace trace;
  void *trace_data;
};

/* Workers for volumes; texts have their own. Started by the first thread that asks, so that they
 * have its priority and not that of the thread that opened the model. */
MedctPool *medct_model_pool(MedctModel *model);
