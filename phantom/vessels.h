/* The great vessels, the windpipe with its main branches, and the gullet, as chains of tubes. */
#pragma once

#include "phantom/scene.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_VESSEL_AORTA,
  MEDCT_VESSEL_ARCH_BRANCH,
  MEDCT_VESSEL_PULMONARY_ARTERY,
  MEDCT_VESSEL_PULMONARY_VEIN,
  MEDCT_VESSEL_VEIN,
  MEDCT_VESSEL_AIRWAY,
  MEDCT_VESSEL_GULLET,
} MedctVesselKind;

typedef struct {
  MedctVesselKind kind;
  MedctTube tube;    /* the outer radius; of an airway the inner one */
  gboolean in_hilum; /* lies in the lung's root: the lung need not make room */
  MedctBounds bounds;
} MedctGreatVessel;

/* GArray of MedctGreatVessel. */
GArray *medct_great_vessels(const MedctPatient *patient);
void medct_great_vessels_draw(GArray *vessels, MedctScene *scene);

G_END_DECLS
