/* The 3-D vision transformer of CT-CLIP (spec §4): volume tensor → tokens before quantisation.
 *
 * Owner: MedctVision borrows the weights, which must outlive it. Thread: one encode at a time; the
 * pool's workers do the work. Memory is measured once per size and reused. */
#pragma once

#include "model/config.h"
#include "model/matmul.h"
#include "model/pool.h"

G_BEGIN_DECLS

typedef struct _MedctVision MedctVision;

/* Intermediate results for golden-check; see model/ctclip.h. */
typedef void (*MedctVisionTrace)(const char *name, const float *data, int64_t n, void *user_data);

/* Tensors must have been checked by medct_config_from_tensors(). `adapter` may be NULL. */
MedctVision *medct_vision_new(const MedctTensorFile *weights, const MedctConfig *config,
                              const MedctAdapter *adapter);
void medct_vision_free(MedctVision *vision);
/* After a change of the weights: what was made from them is made again. */
void medct_vision_refresh(MedctVision *vision);
void medct_vision_set_trace(MedctVision *vision, MedctVisionTrace trace, void *user_data);

/* volume [frames][image][image] → tokens [t·h·w][D], valid until the next call. NULL with
 * MEDCT_ERROR_CANCELLED. Progress runs from 0 to 0.85: quantisation follows. */
const float *medct_vision_encode(MedctVision *vision, MedctPool *pool, const float *volume,
                                 int frames, const MedctMonitor *monitor, GError **error);
/* The same from `input` [t·h·w, D] of a layer, counted from the first spatial one; that of the
 * first temporal layer is laid out [(h w)][t]. Bit-equal to encoding from the volume. */
const float *medct_vision_encode_from(MedctVision *vision, MedctPool *pool, const float *input,
                                      int layer, int frames, const MedctMonitor *monitor,
                                      GError **error);

G_END_DECLS
