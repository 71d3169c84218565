/* From a volume to the model's tensor (spec §3): orient, clip, resample, scale, crop or pad.
 * Source: CT-CLIP (arXiv 2403.17834) inference script. Thread: any. */
#pragma once

#include "model/config.h"
#include "model/monitor.h"
#include "model/volume.h"

G_BEGIN_DECLS

typedef struct {
  gboolean as_stored;  /* upstream's axis order instead of the affine's (spec §3.2) */
  gboolean clip_after; /* clip after resampling, as the pre-training script did */
} MedctPreprocessOptions;

/* Where the tensor lies in the volume: tensor index (s, l, p), continuous, → voxel index (i, j, k),
 * row-major 3×4. For overlays, heat-maps and the frame of the model's field. */
typedef struct {
  double to_voxel[12];
  int64_t resampled[3];                 /* size after resampling, s, l, p */
  int64_t crop_start[3], pad_before[3]; /* s, l, p */
  double inside; /* share of the body inside, by medct_body_inside(); −1 until then */
} MedctField;

/* tensor [frames, image, image], from g_malloc; NULL on error. `options`, `field`, `monitor` may be
 * NULL. `n_threads` ≤ 0: all. */
float *medct_preprocess(const MedctVolume *volume, const MedctConfig *config,
                        const MedctPreprocessOptions *options, int n_threads, MedctField *field,
                        const MedctMonitor *monitor, GError **error);

/* The field alone, without touching voxels (inside is not computed: −1). */
gboolean medct_preprocess_field(const MedctVolume *volume, const MedctConfig *config,
                                const MedctPreprocessOptions *options, MedctField *field,
                                GError **error);

G_END_DECLS
