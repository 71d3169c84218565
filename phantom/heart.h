/* The heart: four chambers in their muscle, in fat, in the pericardium. */
#pragma once

#include "phantom/scene.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_CHAMBER_LEFT_VENTRICLE,
  MEDCT_CHAMBER_RIGHT_VENTRICLE,
  MEDCT_CHAMBER_RIGHT_ATRIUM,
  MEDCT_CHAMBER_LEFT_ATRIUM,
  MEDCT_N_CHAMBERS,
} MedctChamber;

typedef struct {
  MedctEllipsoid outer[MEDCT_N_CHAMBERS], inner[MEDCT_N_CHAMBERS];
  float fat; /* mm of fat between muscle and pericardium */
} MedctHeart;

typedef enum {
  MEDCT_CORONARY_LEFT_ANTERIOR,
  MEDCT_CORONARY_CIRCUMFLEX,
  MEDCT_CORONARY_RIGHT,
  MEDCT_N_CORONARIES,
} MedctCoronary;

/* `size` 1: normal. */
MedctHeart medct_heart(const MedctPatient *patient, float size);
/* To the muscle's surface, negative inside. */
float medct_heart_distance(const MedctHeart *heart, MedctVec p);
/* A place along a coronary artery, t from 0 to 1. */
MedctVec medct_heart_coronary(const MedctHeart *heart, MedctCoronary coronary, float t);
MedctBounds medct_heart_bounds(const MedctHeart *heart); /* of the muscle */
/* Fat, muscle and blood; with an object when it is the heart itself that is abnormal. */
void medct_heart_draw(const MedctHeart *heart, MedctScene *scene, int object);

G_END_DECLS
