#include "phantom/findings-private.h"

static const MedctFindingDraw draw[MEDCT_N_PATHOLOGIES] = {
    [MEDCT_FINDING_MEDICAL_MATERIAL] = medct_draw_devices,
    [MEDCT_FINDING_ARTERIAL_CALCIFICATION] = medct_draw_arterial_calcification,
    [MEDCT_FINDING_CARDIOMEGALY] = medct_draw_cardiomegaly,
    [MEDCT_FINDING_PERICARDIAL_EFFUSION] = medct_draw_pericardial_effusion,
    [MEDCT_FINDING_CORONARY_CALCIFICATION] = medct_draw_coronary_calcification,
    [MEDCT_FINDING_HIATAL_HERNIA] = medct_draw_hernia,
    [MEDCT_FINDING_LYMPHADENOPATHY] = medct_draw_lymphadenopathy,
    [MEDCT_FINDING_EMPHYSEMA] = medct_draw_emphysema,
    [MEDCT_FINDING_ATELECTASIS] = medct_draw_atelectasis,
    [MEDCT_FINDING_NODULE] = medct_draw_nodules,
    [MEDCT_FINDING_OPACITY] = medct_draw_opacity,
    [MEDCT_FINDING_FIBROTIC_SEQUELA] = medct_draw_scars,
    [MEDCT_FINDING_PLEURAL_EFFUSION] = medct_draw_pleural_effusion,
    [MEDCT_FINDING_MOSAIC] = medct_draw_mosaic,
    [MEDCT_FINDING_PERIBRONCHIAL_THICKENING] = medct_draw_peribronchial_thickening,
    [MEDCT_FINDING_CONSOLIDATION] = medct_draw_consolidation,
    [MEDCT_FINDING_BRONCHIECTASIS] = medct_draw_bronchiectasis,
    [MEDCT_FINDING_SEPTAL_THICKENING] = medct_draw_septal_thickening,
};

/* Streams go by the pathology's name, so that no finding changes how another one looks. */
void
medct_findings_draw(MedctScene *scene, const MedctLabels *labels)
{
  const MedctPatient *patient = scene->patient;
  for (guint n = 0; n < MEDCT_N_PATHOLOGIES; n++) {
    MedctRandom random =
        medct_random_stream(patient->seed, patient->index, medct_pathology_name(n));
    if (labels->grade[n] > 0)
      draw[n](scene, labels->grade[n], &random);
  }
}

float
medct_range_draw(const MedctRange *range, int grade, MedctRandom *random)
{
  return (float)medct_random_between(random, range->low[grade - 1], range->high[grade - 1]);
}

int
medct_range_count(const MedctRange *range, int grade, MedctRandom *random)
{
  return medct_random_integer(random, (int)range->low[grade - 1], (int)range->high[grade - 1]);
}

/* The deepest of the tried points is taken when none fits. */
MedctVec
medct_finding_point(const MedctScene *scene, MedctRandom *random, int lobe, float depth,
                    float deepest, int *found_lobe)
{
  MedctVec best = {0};
  float least = G_MAXFLOAT;
  for (int tries = 0; tries < 4000; tries++) {
    MedctVec p = {(float)medct_random_between(random, -140, 140),
                  (float)medct_random_between(random, -95, 105),
                  (float)medct_random_between(random, -130, 125)};
    if (lobe >= 0 && (int)medct_lobe_at(p) != lobe)
      continue;
    float d = medct_lattice_at(scene->lung, p);
    float off = MAX(d + depth, -deepest - d);
    if (off < least)
      least = off, best = p;
    if (off <= 0)
      break;
  }
  *found_lobe = (int)medct_lobe_at(best);
  return best;
}

MedctObject
medct_finding_in_lobe(MedctFinding finding, int grade, const char *name, int lobe, float size_mm)
{
  return (MedctObject){.finding = (int)finding,
                       .grade = grade,
                       .name = name,
                       .place = medct_lobe_name((MedctLobe)lobe),
                       .side = medct_lobe_side((MedctLobe)lobe),
                       .size_mm = size_mm};
}

static float
blob_field(MedctVec p, const void *data)
{
  const MedctBlob *blob = data;
  MedctVec q = medct_vec_sub(p, blob->middle);
  MedctVec down = blob->scene->patient->down;
  float deep = medct_vec_dot(q, down) * (blob->squash - 1);
  q = medct_vec_add(q, medct_vec_scale(down, deep));
  float d = medct_vec_length(q) - blob->radius;
  if (d > 1.7f * blob->rough)
    return d;
  float bumps = medct_lattice_at(blob->scene->texture[MEDCT_TEXTURE_CLOUDS], p);
  MedctVec slow = medct_vec_scale(p, 0.45f);
  bumps = 0.6f * bumps + 0.8f * medct_lattice_at(blob->scene->texture[MEDCT_TEXTURE_CLOUDS], slow);
  d += blob->rough * CLAMP(bumps, -1.6f, 1.6f);
  gboolean outside = blob->lobe >= 0 && (int)medct_lobe_at(p) != blob->lobe;
  return outside ? MAX(d, 3.0f) : d;
}

void
medct_finding_add_blob(MedctScene *scene, MedctStroke stroke, MedctBlob blob)
{
  blob.scene = scene;
  blob.squash = blob.squash > 0 ? blob.squash : 1;
  stroke.shape = blob_field;
  stroke.data = medct_scene_keep(scene, &blob, sizeof blob);
  stroke.bounds = medct_bounds_around(blob.middle, blob.radius + 1.7f * blob.rough);
  medct_scene_add(scene, stroke);
}
