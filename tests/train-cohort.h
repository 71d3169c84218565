/* A small model and a cohort of NIfTI files with findings drawn into them. For tests only. */
#pragma once

#include "model/counter_random.h"
#include "model/nifti_write.h"
#include "model/random_model.h"

enum { COHORT_N = 30, COHORT_TRAINING = 20, COHORT_SIDE = 32, COHORT_SLICES = 24 };

/* Air and noise; `nodule`: a dense ball somewhere in front, `effusion`: water along the back. */
static inline void
train_cohort_draw(gint16 *voxels, guint64 key, gboolean nodule, gboolean effusion)
{
  int S = COHORT_SIDE, at = S / 3 + (int)(medct_counter_mix(key) % (guint64)(S / 3));
  for (int k = 0; k < COHORT_SLICES; k++)
    for (int j = 0; j < S; j++)
      for (int i = 0; i < S; i++) {
        gsize n = ((gsize)k * S + j) * S + i;
        int x = i - at, y = j - S / 4, z = (k - COHORT_SLICES / 2) * S / COHORT_SLICES;
        voxels[n] = (gint16)(-800 + 100 * medct_counter_unit(key + n));
        if (nodule && x * x + y * y + z * z < S * S / 12)
          voxels[n] = 900;
        if (effusion && j > 3 * S / 4)
          voxels[n] = 100;
      }
}

/* folder/model and folder/cohort.csv with its volumes; the mini model's field is 360 mm. */
static inline void
train_cohort_make(const char *folder)
{
  const double mm = 360.0 / COHORT_SIDE, slice = 360.0 / COHORT_SLICES;
  const int64_t dims[3] = {COHORT_SIDE, COHORT_SIDE, COHORT_SLICES};
  const double affine[16] = {-mm, 0, 0, 0, 0, -mm, 0, 0, 0, 0, slice, 0, 0, 0, 0, 1};
  g_autoptr(GString) csv =
      g_string_new("volume,patient,split,Lung nodule,Pleural effusion,report\n");
  g_autofree gint16 *voxels = g_new(gint16, dims[0] * dims[1] * dims[2]);
  g_autofree char *model = g_build_filename(folder, "model", NULL);
  g_autofree char *table = g_build_filename(folder, "cohort.csv", NULL);
  g_autoptr(GError) error = NULL;
  MedctConfig config;
  medct_config_named("mini", &config, &error);
  medct_random_model_write(model, "small", &config, 3, FALSE, &error);
  for (guint n = 0; n < COHORT_N; n++) {
    g_autofree char *name = g_strdup_printf("v%02u.nii.gz", n);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    gboolean nodule = n % 2, effusion = n / 2 % 2;
    train_cohort_draw(voxels, medct_counter_key(7, name), nodule, effusion);
    medct_nifti_write_int16(path, voxels, dims, affine, &error);
    g_string_append_printf(csv, "%s,p%02u,%s,%d,%s,%s\n", name, n,
                           n < COHORT_TRAINING ? "train" : "validation", nodule,
                           n == 4     ? ""
                           : effusion ? "1"
                                      : "0",
                           nodule ? "There is a nodule." : "No nodule is seen.");
  }
  g_file_set_contents(table, csv->str, -1, &error);
  g_assert_no_error(error);
}
