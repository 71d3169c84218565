/* Medical material: what people put into chests: pacemakers with leads, ports, central lines, wires
 * that close the breast bone, feeding tubes, heart valves. Metal of up to 3000 HU, plastic of less.
 */
#include "phantom/findings-private.h"
#include "phantom/thorax.h"

typedef void (*Device)(MedctScene *scene, MedctStroke stroke, MedctRandom *random);

static void
add_line(MedctScene *scene, MedctStroke stroke, const MedctVec *points, int n, float r)
{
  for (int i = 0; i + 1 < n; i++)
    medct_scene_add_tube(scene, stroke, (MedctTube){points[i], points[i + 1], r, r});
}

/* Just below the skin of the front, above the breast. */
static MedctVec
under_collarbone(const MedctScene *scene, int side)
{
  MedctVec p = {(float)side * 78, 0, 72};
  p.y = medct_scene_skin_in_front(scene, p.x, p.z) + 12;
  return p;
}

typedef struct {
  MedctVec middle, half;
} Box;

static float
box_field(MedctVec p, const void *data)
{
  const Box *box = data;
  float x = fabsf(p.x - box->middle.x) - box->half.x + 4,
        y = fabsf(p.y - box->middle.y) - box->half.y + 4,
        z = fabsf(p.z - box->middle.z) - box->half.z + 4;
  MedctVec out = {MAX(x, 0.0f), MAX(y, 0.0f), MAX(z, 0.0f)};
  return medct_vec_length(out) + MIN(MAX(x, MAX(y, z)), 0.0f) - 4;
}

static void
draw_pacemaker(MedctScene *scene, MedctStroke stroke, MedctRandom *random)
{
  Box box = {under_collarbone(scene, 1), {20, 6, 22}};
  MedctVec at = box.middle;
  stroke.hu = 2900;
  stroke.shape = box_field;
  stroke.data = medct_scene_keep(scene, &box, sizeof box);
  stroke.bounds = medct_bounds_around(at, 24);
  medct_scene_add(scene, stroke);
  stroke.hu = 2400;
  const MedctVec atrial[] = {at,
                             {66, -30, 112},
                             {34, -24, 108},
                             {-8, -38, 82},
                             {-28, -20, 60},
                             {-28, -24, 0},
                             {-26, -48, -22}};
  const MedctVec ventricular[] = {at,
                                  {68, -28, 108},
                                  {34, -21, 105},
                                  {-8, -36, 79},
                                  {-30, -18, 58},
                                  {-27, -26, -18},
                                  {0, -48, -50},
                                  {38, -60, -64}};
  add_line(scene, stroke, atrial, G_N_ELEMENTS(atrial), 1.3f);
  add_line(scene, stroke, ventricular, G_N_ELEMENTS(ventricular), 1.3f);
}

static void
draw_port(MedctScene *scene, MedctStroke stroke, MedctRandom *random)
{
  MedctVec at = under_collarbone(scene, -1);
  stroke.hu = 2200;
  medct_scene_add_ellipsoid(scene, stroke, medct_ellipsoid(at, (MedctVec){11, 6, 11}));
  stroke.hu = 900;
  const MedctVec line[] = {at, {-60, -36, 112}, {-38, -16, 112}, {-30, -17, 80}, {-30, -20, 20}};
  add_line(scene, stroke, line, G_N_ELEMENTS(line), 1.5f);
}

static void
draw_central_line(MedctScene *scene, MedctStroke stroke, MedctRandom *random)
{
  const MedctVec line[] = {
      {-40, -6, 215}, {-38, -14, 118}, {-32, -18, 88}, {-30, -19, 50}, {-28, -22, 8}};
  stroke.hu = (float)medct_random_between(random, 700, 1300);
  add_line(scene, stroke, line, G_N_ELEMENTS(line), 1.7f);
}

/* Loops around the breast bone, at the depth of its front and back faces. */
static void
draw_sternal_wires(MedctScene *scene, MedctStroke stroke, MedctRandom *random)
{
  enum { STEPS = 12 };
  stroke.hu = 2600;
  for (float z = -52; z < 90; z += 27) {
    MedctVec s = medct_thorax_section(scene->patient, z), from = {0};
    float y = s.y - s.z - 5.5f;
    for (int n = 0; n <= STEPS; n++) {
      float angle = 2 * (float)G_PI * (float)n / STEPS;
      MedctVec to = {15 * cosf(angle), y + 9 * sinf(angle), z + 2 * sinf(2 * angle)};
      if (n > 0)
        medct_scene_add_tube(scene, stroke, (MedctTube){from, to, 0.9f, 0.9f});
      from = to;
    }
  }
}

static void
draw_feeding_tube(MedctScene *scene, MedctStroke stroke, MedctRandom *random)
{
  const MedctVec line[] = {{4, 26, 215},  {7, 30, 70},   {8, 38, 10},    {10, 36, -40},
                           {18, 28, -74}, {32, 14, -96}, {54, -10, -118}};
  stroke.hu = (float)medct_random_between(random, 700, 1500);
  add_line(scene, stroke, line, G_N_ELEMENTS(line), 2);
}

static void
draw_valve(MedctScene *scene, MedctStroke stroke, MedctRandom *random)
{
  enum { STEPS = 14 };
  const MedctVec middle = {11, -17, -16}, u = {0.85f, 0.4f, 0.34f};
  MedctVec v = medct_vec_unit(medct_vec_cross(u, (MedctVec){-0.5f, -0.25f, 0.83f})), from = {0};
  stroke.hu = 2600;
  for (int n = 0; n <= STEPS; n++) {
    float angle = 2 * (float)G_PI * (float)n / STEPS;
    MedctVec to = medct_vec_add(middle, medct_vec_add(medct_vec_scale(u, 12 * cosf(angle)),
                                                      medct_vec_scale(v, 12 * sinf(angle))));
    if (n > 0)
      medct_scene_add_tube(scene, stroke, (MedctTube){from, to, 1.8f, 1.8f});
    from = to;
  }
}

static const struct {
  Device draw;
  const char *name, *place;
  int side;
  float size_mm;
} devices[] = {
    {draw_pacemaker, "pacemaker with leads", "left chest wall", 1, 45},
    {draw_port, "port catheter", "right chest wall", -1, 22},
    {draw_central_line, "central venous catheter", "superior vena cava", -1, 4},
    {draw_sternal_wires, "sternotomy wire set", "sternum", 0, 30},
    {draw_feeding_tube, "nasogastric tube", "esophagus", 0, 4},
    {draw_valve, "prosthetic heart valve", "aortic valve", 0, 24},
};

void
medct_draw_devices(MedctScene *scene, int grade, MedctRandom *random)
{
  int first = medct_random_integer(random, 0, G_N_ELEMENTS(devices) - 1);
  for (int n = 0; n < grade; n++) {
    gsize which = (gsize)(first + n * medct_random_integer(random, 1, 2)) % G_N_ELEMENTS(devices);
    MedctStroke stroke = {.layer = MEDCT_LAYER_DEPOSITS, .blend = MEDCT_BLEND_RAISE};
    stroke.object =
        medct_scene_add_object(scene, (MedctObject){.finding = MEDCT_FINDING_MEDICAL_MATERIAL,
                                                    .grade = grade,
                                                    .name = devices[which].name,
                                                    .place = devices[which].place,
                                                    .side = devices[which].side,
                                                    .size_mm = devices[which].size_mm});
    devices[which].draw(scene, stroke, random);
  }
}
