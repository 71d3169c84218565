#include "phantom/lookalikes.h"
#include "phantom/findings-private.h"

typedef void (*Draw)(MedctScene *scene, MedctRandom *random);

static const MedctBounds chest = {{-160, -135, -160}, {160, 140, 160}};

/* Electrodes stuck to the skin of the front, and their cables. */
static void
draw_monitor_leads(MedctScene *scene, MedctRandom *random)
{
  static const MedctVec places[] = {{-70, 0, 70}, {72, 0, 66}, {84, 0, -60}};
  MedctStroke stroke = {.layer = MEDCT_LAYER_DEPOSITS, .object = -1};
  for (gsize n = 0; n < G_N_ELEMENTS(places); n++) {
    MedctVec p = places[n];
    p.x += (float)medct_random_normal(random, 0, 8);
    p.z += (float)medct_random_normal(random, 0, 8);
    p.y = medct_scene_skin_in_front(scene, p.x, p.z) - 2;
    stroke.hu = 700;
    medct_scene_add_ellipsoid(scene, stroke, medct_ellipsoid(p, (MedctVec){9, 2.5f, 9}));
    MedctVec up = {p.x * 0.8f, p.y - 6, p.z + 60};
    stroke.hu = 1900;
    medct_scene_add_tube(scene, stroke, (MedctTube){p, up, 1.1f, 1.1f});
  }
}

typedef struct {
  const MedctScene *scene;
  float level;
} Depth;

static float
depth_field(MedctVec p, const void *data)
{
  const Depth *depth = data;
  return depth->level - medct_vec_dot(p, depth->scene->patient->down);
}

/* A lying patient's lowest lung is denser: a band that fades upward. */
static void
draw_dependent_density(MedctScene *scene, MedctRandom *random)
{
  Depth depth = {scene, 0};
  MedctVec down = scene->patient->down;
  depth.level = (down.y != 0 ? scene->patient->depth - 14 : scene->patient->width - 18) +
                (float)medct_random_normal(random, 0, 4) + 2 * down.y;
  medct_scene_add(scene, (MedctStroke){.layer = MEDCT_LAYER_PARENCHYMA,
                                       .blend = MEDCT_BLEND_RAISE,
                                       .in_lung = TRUE,
                                       .object = -1,
                                       .hu = -560,
                                       .edge = 24,
                                       .shape = depth_field,
                                       .data = medct_scene_keep(scene, &depth, sizeof depth),
                                       .bounds = chest});
}

static void
draw_fat_pads(MedctScene *scene, MedctRandom *random)
{
  float size = (float)medct_random_between(random, 0.8, 1.4);
  MedctStroke stroke = {.layer = MEDCT_LAYER_PLEURA, .object = -1, .hu = -98};
  const MedctEllipsoid pads[] = {
      medct_ellipsoid((MedctVec){62, -60, -66}, (MedctVec){24 * size, 19 * size, 20 * size}),
      medct_ellipsoid((MedctVec){-42, -62, -62}, (MedctVec){20 * size, 18 * size, 20 * size})};
  for (gsize n = 0; n < G_N_ELEMENTS(pads); n++)
    medct_scene_add_ellipsoid(scene, stroke, pads[n]);
}

/* Contrast medium comes in undiluted from the left arm, with streaks around. */
static void
draw_dense_contrast(MedctScene *scene, MedctRandom *random)
{
  static const MedctTube veins[] = {
      {{42, -8, 140}, {32, -22, 110}, 6, 6},     {{32, -22, 110}, {12, -38, 90}, 6, 6},
      {{12, -38, 90}, {-8, -40, 80}, 6, 6},      {{-8, -40, 80}, {-27, -20, 72}, 6, 7},
      {{-29, -16, 70}, {-30, -20, 40}, 7.5f, 8}, {{-30, -20, 40}, {-27, -24, 0}, 8, 8.5f}};
  if (!scene->patient->enhanced)
    return;
  MedctStroke stroke = {.layer = MEDCT_LAYER_CHAMBERS, .object = -1};
  stroke.hu = (float)medct_random_between(random, 600, 1100);
  for (gsize n = 0; n < G_N_ELEMENTS(veins); n++)
    medct_scene_add_tube(scene, stroke, veins[n]);
  MedctStroke streak = {
      .layer = MEDCT_LAYER_DEPOSITS, .blend = MEDCT_BLEND_ADD, .object = -1, .edge = 6};
  for (int n = 0; n < 14; n++) {
    float angle = (float)medct_random_between(random, 0, 2 * G_PI);
    float z = (float)medct_random_between(random, 10, 90);
    MedctVec from = {-29, -19, z}, to = {-29 + 55 * cosf(angle), -19 + 55 * sinf(angle), z};
    streak.hu = n % 2 ? 70 : -90;
    medct_scene_add_tube(scene, streak, (MedctTube){from, to, 2.5f, 1});
  }
}

typedef struct {
  const MedctLattice *noise;
} Areas;

static float
areas_field(MedctVec p, const void *data)
{
  return 14 * medct_lattice_at(((const Areas *)data)->noise, p);
}

/* Not all lobules breathe out alike. */
static void
draw_shallow_breathing(MedctScene *scene, MedctRandom *random)
{
  Areas areas = {medct_scene_noise(scene, "shallow breathing", 20)};
  medct_scene_add(scene, (MedctStroke){.layer = MEDCT_LAYER_PARENCHYMA,
                                       .blend = MEDCT_BLEND_ADD,
                                       .in_lung = TRUE,
                                       .object = -1,
                                       .hu = (float)medct_random_between(random, 20, 45),
                                       .edge = 6,
                                       .shape = areas_field,
                                       .data = medct_scene_keep(scene, &areas, sizeof areas),
                                       .bounds = chest});
}

/* Calcified spots of a millimetre or two, of no account. */
static void
draw_granulomas(MedctScene *scene, MedctRandom *random)
{
  MedctStroke stroke = {.layer = MEDCT_LAYER_MASSES, .object = -1, .in_lung = TRUE, .hu = 380};
  int n = medct_random_integer(random, 1, 3), lobe;
  for (int i = 0; i < n; i++) {
    float r = (float)medct_random_between(random, 1, 1.7);
    MedctVec p = medct_finding_point(scene, random, -1, 3, 50, &lobe);
    medct_scene_add_ellipsoid(scene, stroke, medct_ellipsoid(p, (MedctVec){r, r, r}));
  }
}

static float
stripe_field(MedctVec p, const void *data)
{
  const MedctScene *scene = data;
  float wall = medct_lattice_at(scene->cage, p);
  return -4.5f * medct_shape_step(-10, 30, p.y) * medct_shape_step(50, -10, p.z) - wall - 1.5f;
}

/* Fat between ribs and pleura passes for a little fluid. */
static void
draw_extrapleural_fat(MedctScene *scene, MedctRandom *random)
{
  medct_scene_add(scene, (MedctStroke){.layer = MEDCT_LAYER_PLEURA,
                                       .in_lung = TRUE,
                                       .object = -1,
                                       .hu = -92,
                                       .shape = stripe_field,
                                       .data = scene,
                                       .bounds = chest});
}

static const struct {
  Draw draw;
  const char *name;
  double at_a, at_b; /* how often */
} lookalikes[] = {
    {draw_monitor_leads, "leads", 0.02, 0.7},
    {draw_dependent_density, "dependent density", 0.15, 0.75},
    {draw_fat_pads, "fat pads", 0.1, 0.6},
    {draw_dense_contrast, "dense contrast", 0.2, 0.8},
    {draw_shallow_breathing, "shallow breathing", 0.05, 0.7},
    {draw_granulomas, "granulomas", 0.12, 0.6},
    {draw_extrapleural_fat, "extrapleural fat", 0.1, 0.65},
};

void
medct_lookalikes_draw(MedctScene *scene, const MedctSite *site)
{
  const MedctPatient *patient = scene->patient;
  gboolean b = site->from_b[MEDCT_FACTOR_LOOKALIKES];
  for (gsize n = 0; n < G_N_ELEMENTS(lookalikes); n++) {
    MedctRandom random = medct_random_stream(patient->seed, patient->index, lookalikes[n].name);
    if (medct_random_chance(&random, b ? lookalikes[n].at_b : lookalikes[n].at_a))
      lookalikes[n].draw(scene, &random);
  }
}
