/* One made-up patient and one made-up scan of them: every number that varies, drawn before anything
 * else. Lengths are those of a man of mean size; `scale` makes the patient's own of them. */
#pragma once

#include "phantom/site.h"
#include "phantom/vec.h"

G_BEGIN_DECLS

typedef struct {
  guint64 seed, index; /* which patient of which cohort */
  /* body */
  gboolean female;
  float scale;
  float width, depth;  /* half axes of the chest's inside, mm */
  float apex;          /* z of the lungs' apices, mm */
  float breath;        /* mm by which the diaphragm stands higher than in full inspiration */
  float fat;           /* mm below the skin */
  float breast, gland; /* size as a factor, share of gland */
  float heart;         /* size as a factor */
  float aorta;         /* radius as a factor */
  MedctVec down;       /* where gravity points, from how the patient lies */
  gboolean arms_down;
  /* densities in HU */
  float lung, gradient; /* mean, and rise per mm along `down` */
  float muscle, liver, spleen, marrow;
  float cartilage; /* of the ribs: calcifies with age */
  gboolean enhanced;
  float blood_left, blood_right, wall; /* left and right heart with their vessels; heart muscle */
  /* the scan */
  float off_x, off_y; /* mm off the scanner's middle */
  float noise;        /* HU at 1 mm voxels, in water */
  float kernel;       /* below 0: smooth; above: edges enhanced */
  float thickness;    /* mm */
  float offset, gain; /* of HU */
} MedctPatient;

void medct_patient_draw(MedctPatient *patient, const MedctSite *site, guint64 seed, guint64 index);

G_END_DECLS
