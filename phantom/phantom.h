/* Made-up chest CTs: one call a patient. Everything about a patient follows from site, seed and
 * index. SYNTHETIC: nobody's anatomy, and no measure of how real chests look.
 * Thread: one pool, one caller. Owner: medct_phantom_free. */
#pragma once

#include "phantom/labels.h"
#include "phantom/volume.h"

G_BEGIN_DECLS

typedef struct {
  MedctSite site;
  guint64 seed;
  double spacing[3];           /* mm along Left, Posterior, Superior */
  const MedctLabels *findings; /* NULL: drawn by prevalence */
} MedctPhantomOptions;

typedef struct {
  MedctPatient patient;
  MedctLabels labels;
  MedctGrid grid;
  int16_t *voxels; /* HU [nz][ny][nx] */
  GArray *objects; /* of MedctObject */
  char *report;
  MedctBox *boxes; /* one an object; empty where it lies outside the volume */
} MedctPhantom;

MedctPhantom *medct_phantom_new(const MedctPhantomOptions *options,
                                const MedctLabelModel *label_model, guint64 index, MedctPool *pool);
void medct_phantom_free(MedctPhantom *phantom);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctPhantom, medct_phantom_free)

G_END_DECLS
