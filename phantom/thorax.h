/* The large surfaces: inside of the rib cage, diaphragm, skin, lungs. Signed distances in mm,
 * negative inside; close to the true distance near the surface. */
#pragma once

#include "phantom/scene.h"

G_BEGIN_DECLS

float medct_thorax_cage(const MedctPatient *patient, MedctVec p);
/* z of the diaphragm above (x, y), mm. */
float medct_thorax_dome(const MedctPatient *patient, float x, float y);
/* y of the chest's middle at a height, and its half axes there. */
MedctVec medct_thorax_section(const MedctPatient *patient, float z);
/* z of the oblique fissure at a place, of the left or right lung; of the horizontal one (right). */
float medct_thorax_oblique(MedctVec p);
float medct_thorax_horizontal(MedctVec p);

/* Fills skin, cage, lung and fat of the scene. */
void medct_thorax_build(MedctScene *scene);

G_END_DECLS
