/* Transfer functions of the 3-D view: what colour and opacity a HU value has. Between nodes both
 * are mixed linearly. Thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  float hu;
  float rgb[3];     /* 0 … 1 */
  float extinction; /* per mm: light left after s mm is exp(−extinction · s) */
} MedctTransferNode;

typedef struct {
  const char *name;  /* "bone", for programs */
  const char *title; /* "Bone", marked for translation */
  int n_nodes;
  MedctTransferNode
      nodes[10];    /* rising HU; nothing is seen below the first, above the last stays */
  double margin_mm; /* > 0: what lies this close to the air around the body is left out, so that
                       skin and table do not hide the lungs */
} MedctTransfer;

enum { MEDCT_TRANSFER_BONE, MEDCT_TRANSFER_SOFT, MEDCT_TRANSFER_LUNG, MEDCT_N_TRANSFERS };
extern const MedctTransfer medct_transfers[MEDCT_N_TRANSFERS];

/* HU of a table's bins: bin n stands for MEDCT_TRANSFER_LOW_HU + n · MEDCT_TRANSFER_STEP_HU. */
enum { MEDCT_TRANSFER_BINS = 256, MEDCT_TRANSFER_LOW_HU = -1024, MEDCT_TRANSFER_STEP_HU = 10 };

/* The bin of a value; the ends clamp. */
int medct_transfer_bin(double hu);

/* Pre-integrated (Engel, Kraus, Ertl 2001): rgba [back, front, 4] over MEDCT_TRANSFER_BINS each
 * holds the mean colour, weighted by extinction, and the mean extinction per mm while HU runs
 * evenly from front to back. Thin surfaces are not missed between two samples. */
void medct_transfer_table(const MedctTransfer *transfer, float *rgba);
/* Whether anything between the two values can be seen. */
gboolean medct_transfer_visible(const MedctTransfer *transfer, double low_hu, double high_hu);

G_END_DECLS
