/* Window and level: HU to grey, and the six presets.
 *
 * DICOM PS3.3 C.11.2.1.2.1 (linear): with centre c and width w, HU ≤ c − 0.5 − (w − 1)/2 is black,
 * HU > c − 0.5 + (w − 1)/2 is white, between them ((HU − (c − 0.5))/(w − 1) + 0.5) · 255.
 * Thread: any; no allocation. */
#pragma once

#include "model/volume.h"

G_BEGIN_DECLS

typedef struct {
  double width; /* HU, ≥ 1 */
  double level; /* HU */
} MedctWindow;

typedef struct {
  const char *name;  /* "lung", for programs */
  const char *title; /* "Lung" */
  MedctWindow window;
} MedctWindowPreset;

#define MEDCT_N_WINDOW_PRESETS 6
extern const MedctWindowPreset medct_window_presets[MEDCT_N_WINDOW_PRESETS]; /* keys 1 … 6 */

const MedctWindowPreset *medct_window_preset_find(const char *name); /* NULL: none */
/* Reads "WIDTH/LEVEL", with either minus sign. */
gboolean medct_window_parse(const char *text, MedctWindow *window, GError **error);
guint8 medct_window_grey(MedctWindow window, double hu); /* NaN is black */
/* grey[voxel + 32768] for every int16 voxel of HU = slope · voxel + intercept. */
void medct_window_table(MedctWindow window, double hu_slope, double hu_intercept,
                        guint8 grey[65536]);

G_END_DECLS
