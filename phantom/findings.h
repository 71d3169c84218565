/* The 18 findings. Each is defined by how it looks on CT, at the top of its family's file, and
 * drawn in three grades; all that is drawn for it names its object. The anatomy must be built
 * before. */
#pragma once

#include "phantom/labels.h"
#include "phantom/random.h"
#include "phantom/scene.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_FINDING_MEDICAL_MATERIAL,
  MEDCT_FINDING_ARTERIAL_CALCIFICATION,
  MEDCT_FINDING_CARDIOMEGALY,
  MEDCT_FINDING_PERICARDIAL_EFFUSION,
  MEDCT_FINDING_CORONARY_CALCIFICATION,
  MEDCT_FINDING_HIATAL_HERNIA,
  MEDCT_FINDING_LYMPHADENOPATHY,
  MEDCT_FINDING_EMPHYSEMA,
  MEDCT_FINDING_ATELECTASIS,
  MEDCT_FINDING_NODULE,
  MEDCT_FINDING_OPACITY,
  MEDCT_FINDING_FIBROTIC_SEQUELA,
  MEDCT_FINDING_PLEURAL_EFFUSION,
  MEDCT_FINDING_MOSAIC,
  MEDCT_FINDING_PERIBRONCHIAL_THICKENING,
  MEDCT_FINDING_CONSOLIDATION,
  MEDCT_FINDING_BRONCHIECTASIS,
  MEDCT_FINDING_SEPTAL_THICKENING,
} MedctFinding;

void medct_findings_draw(MedctScene *scene, const MedctLabels *labels);

G_END_DECLS
