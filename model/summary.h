/* What a weights file holds, counted: for people who want to know what they have. */
#pragma once

#include "model/config.h"

G_BEGIN_DECLS

typedef struct {
  /* trainable numbers by part; buffers (codebook, its statistics, zero betas) stand apart */
  int64_t text, vision, projections, extra, temperature;
  int64_t parameters; /* their sum: 438,148,761 in the released model */
  int64_t buffers;
  guint n_used, n_unused; /* tensors that inference reads, and others of a CT-CLIP checkpoint */
  guint n_unknown;        /* tensors that no CT-CLIP checkpoint has */
} MedctSummary;

/* Of a file that medct_config_from_tensors accepted. Thread: any. */
void medct_summary_count(const MedctTensorFile *weights, const MedctConfig *config,
                         MedctSummary *summary);

G_END_DECLS
