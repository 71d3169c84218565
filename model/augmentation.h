/* Augmentation of training volumes: small shifts, noise and an offset of the HU, so that a model
 * does not learn a patient by heart. What is drawn follows from the seed and the number of the draw
 * alone: threads, order and an interruption leave no trace.
 *
 * Tensors are those of the model: [frames, image, image], HU / 1000. Thread: any. */
#pragma once

#include "model/config.h"

G_BEGIN_DECLS

/* How far it may go; all 0: no augmentation. */
typedef struct {
  int shift;        /* voxels along each axis, either way */
  double noise_hu;  /* standard deviation of normal noise */
  double offset_hu; /* either way */
} MedctAugmentationLimits;

/* One draw. */
typedef struct {
  int shift[3];        /* s, l, p: voxel i goes to i + shift */
  float noise, offset; /* HU */
  guint64 key;         /* of the noise */
} MedctAugmentation;

gboolean medct_augmentation_limits_any(const MedctAugmentationLimits *limits);
/* The draw of an item's turn in an epoch: another for every item in every epoch. */
guint64 medct_augmentation_turn(guint64 epoch, guint item);
/* Another for every `draw` of a seed. */
MedctAugmentation medct_augmentation_draw(const MedctAugmentationLimits *limits, guint64 seed,
                                          guint64 draw);

/* A seed's table of normal numbers [MEDCT_AUGMENTATION_NOISE]; g_free. */
#define MEDCT_AUGMENTATION_NOISE 65536
float *medct_augmentation_noise_new(guint64 seed);
/* [n] of the table: those of the draw for a row of n voxels. */
const float *medct_augmentation_row(const MedctAugmentation *augmentation, const float *noise,
                                    guint64 row, int n);

/* to ← from, augmented; they are two tensors. What comes in from outside the volume is air, and
 * nothing leaves the model's range of HU. */
void medct_augmentation_apply(const MedctAugmentation *augmentation, const float *noise,
                              const MedctConfig *config, float *to, const float *from);

G_END_DECLS
