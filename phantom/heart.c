#include "phantom/heart.h"

/* Middle and half axes in mm, thickness of the wall; the first axis runs along the heart's own. */
typedef struct {
  MedctVec middle, half;
  float wall;
  gboolean upright; /* along the body's axes instead */
} Form;

static const Form forms[MEDCT_N_CHAMBERS] = {
    [MEDCT_CHAMBER_LEFT_VENTRICLE] = {{37, -27, -44}, {45, 29, 28}, 10, FALSE},
    [MEDCT_CHAMBER_RIGHT_VENTRICLE] = {{14, -50, -38}, {42, 22, 29}, 3.5f, FALSE},
    [MEDCT_CHAMBER_RIGHT_ATRIUM] = {{-25, -32, -32}, {23, 27, 32}, 2.5f, TRUE},
    [MEDCT_CHAMBER_LEFT_ATRIUM] = {{5, 7, -11}, {33, 19, 23}, 2.5f, TRUE},
};

static const MedctVec pivot = {4, -12, -22}; /* where the great vessels hold it */

MedctHeart
medct_heart(const MedctPatient *patient, float size)
{
  static const MedctVec along = {0.78f, -0.48f, -0.40f}, up = {0, -0.5f, 0.86f};
  MedctHeart heart = {.fat = 3 + 0.12f * patient->fat};
  for (int c = 0; c < MEDCT_N_CHAMBERS; c++) {
    const Form *form = &forms[c];
    MedctVec middle =
        medct_vec_add(pivot, medct_vec_scale(medct_vec_sub(form->middle, pivot), size));
    MedctVec half = medct_vec_scale(form->half, size), in = half;
    in.x -= form->wall, in.y -= form->wall, in.z -= form->wall;
    heart.outer[c] = form->upright ? medct_ellipsoid(middle, half)
                                   : medct_ellipsoid_turned(middle, half, along, up);
    heart.inner[c] = heart.outer[c];
    heart.inner[c].half = in;
  }
  return heart;
}

float
medct_heart_distance(const MedctHeart *heart, MedctVec p)
{
  float d = medct_ellipsoid_distance(&heart->outer[0], p);
  for (int c = 1; c < MEDCT_N_CHAMBERS; c++)
    d = medct_shape_join(d, medct_ellipsoid_distance(&heart->outer[c], p), 16);
  return d;
}

/* Places on the surface of a normal heart, and along them; taken to the surface of any. */
static const MedctVec courses[MEDCT_N_CORONARIES][4] = {
    [MEDCT_CORONARY_LEFT_ANTERIOR] = {{18, -34, -4},
                                      {32, -54, -16},
                                      {46, -62, -36},
                                      {58, -58, -58}},
    [MEDCT_CORONARY_CIRCUMFLEX] = {{20, -28, -4}, {40, -10, -12}, {48, 2, -26}, {42, 4, -44}},
    [MEDCT_CORONARY_RIGHT] = {{-2, -44, -8}, {-16, -62, -20}, {-16, -62, -48}, {0, -34, -70}},
};

MedctVec
medct_heart_coronary(const MedctHeart *heart, MedctCoronary coronary, float t)
{
  const MedctVec *course = courses[coronary];
  int n = CLAMP((int)(3 * t), 0, 2);
  MedctVec p = medct_vec_mix(course[n], course[n + 1], 3 * t - (float)n);
  for (int step = 0; step < 8; step++) {
    float d = medct_heart_distance(heart, p), h = 0.5f;
    MedctVec x = {h, 0, 0}, y = {0, h, 0}, z = {0, 0, h};
    MedctVec slope = {medct_heart_distance(heart, medct_vec_add(p, x)) - d,
                      medct_heart_distance(heart, medct_vec_add(p, y)) - d,
                      medct_heart_distance(heart, medct_vec_add(p, z)) - d};
    p = medct_vec_sub(p, medct_vec_scale(medct_vec_unit(slope), 0.9f * (d - 1.5f)));
  }
  return p;
}

static void
draw_coronaries(const MedctHeart *heart, MedctScene *scene, int object)
{
  enum { PIECES = 12 };
  MedctStroke stroke = {.layer = MEDCT_LAYER_HEART, .object = object};
  stroke.hu = scene->patient->blood_left;
  for (int c = 0; c < MEDCT_N_CORONARIES; c++) {
    MedctVec from = medct_heart_coronary(heart, (MedctCoronary)c, 0);
    for (int n = 1; n <= PIECES; n++) {
      float t = (float)n / PIECES, r = 1.9f - 0.9f * t;
      MedctVec to = medct_heart_coronary(heart, (MedctCoronary)c, t);
      medct_scene_add_tube(scene, stroke, (MedctTube){from, to, r, r});
      from = to;
    }
  }
}

static float
muscle_field(MedctVec p, const void *heart)
{
  return medct_heart_distance(heart, p);
}

static float
sac_field(MedctVec p, const void *data)
{
  const MedctHeart *heart = data;
  return medct_heart_distance(heart, p) - heart->fat;
}

static float
pericardium_field(MedctVec p, const void *data)
{
  const MedctHeart *heart = data;
  return fabsf(medct_heart_distance(heart, p) - heart->fat) - 0.6f;
}

MedctBounds
medct_heart_bounds(const MedctHeart *heart)
{
  MedctBounds bounds = medct_ellipsoid_bounds(&heart->outer[0]);
  for (int c = 1; c < MEDCT_N_CHAMBERS; c++)
    bounds = medct_bounds_join(bounds, medct_ellipsoid_bounds(&heart->outer[c]));
  return medct_bounds_grow(bounds, 5);
}

void
medct_heart_draw(const MedctHeart *heart, MedctScene *scene, int object)
{
  const MedctPatient *p = scene->patient;
  const MedctHeart *kept = medct_scene_keep(scene, heart, sizeof *heart);
  MedctStroke stroke = {.layer = MEDCT_LAYER_HEART, .object = object, .data = kept};
  stroke.bounds = medct_bounds_grow(medct_heart_bounds(heart), heart->fat);
  stroke.shape = sac_field, stroke.hu = -85;
  medct_scene_add(scene, stroke);
  stroke.shape = pericardium_field, stroke.hu = 25;
  medct_scene_add(scene, stroke);
  stroke.shape = muscle_field, stroke.hu = p->wall;
  medct_scene_add(scene, stroke);
  for (int c = 0; c < MEDCT_N_CHAMBERS; c++) {
    gboolean left = c == MEDCT_CHAMBER_LEFT_VENTRICLE || c == MEDCT_CHAMBER_LEFT_ATRIUM;
    MedctStroke blood = {
        .layer = MEDCT_LAYER_HEART, .object = object, .hu = left ? p->blood_left : p->blood_right};
    medct_scene_add_ellipsoid(scene, blood, heart->inner[c]);
  }
  draw_coronaries(heart, scene, object);
}
