/* What the families of findings share. */
#pragma once

#include "phantom/findings.h"
#include "phantom/lobes.h"

G_BEGIN_DECLS

/* Draws one finding of a grade, 1 to 3; `random` is the finding's own stream. */
typedef void (*MedctFindingDraw)(MedctScene *scene, int grade, MedctRandom *random);

void medct_draw_devices(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_arterial_calcification(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_cardiomegaly(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_pericardial_effusion(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_coronary_calcification(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_hernia(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_lymphadenopathy(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_emphysema(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_atelectasis(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_scars(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_mosaic(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_peribronchial_thickening(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_bronchiectasis(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_septal_thickening(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_nodules(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_opacity(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_consolidation(MedctScene *scene, int grade, MedctRandom *random);
void medct_draw_pleural_effusion(MedctScene *scene, int grade, MedctRandom *random);

/* A number of a grade: between low[grade − 1] and high[grade − 1]. */
typedef struct {
  float low[3], high[3];
} MedctRange;
float medct_range_draw(const MedctRange *range, int grade, MedctRandom *random);
int medct_range_count(const MedctRange *range, int grade, MedctRandom *random);

/* A point in a lung at least `depth` mm from its surface and at most `deepest`; `lobe` −1: any. The
 * lobe that it lies in. */
MedctVec medct_finding_point(const MedctScene *scene, MedctRandom *random, int lobe, float depth,
                             float deepest, int *found_lobe);
/* The object's struct for a lesion in a lobe. */
MedctObject medct_finding_in_lobe(MedctFinding finding, int grade, const char *name, int lobe,
                                  float size_mm);

/* A rough ball that may stop at the lobe's fissures. */
typedef struct {
  MedctVec middle;
  float radius, rough; /* mm: how far the surface leaves the ball */
  float squash;        /* > 1: flatter along gravity */
  int lobe;            /* −1: no limit */
  const MedctScene *scene;
} MedctBlob;
void medct_finding_add_blob(MedctScene *scene, MedctStroke stroke, MedctBlob blob);

G_END_DECLS
