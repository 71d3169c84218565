#include "phantom/limbs.h"

/* Fat, muscle, bone, marrow around one line. */
static void
draw_limb(MedctScene *scene, const MedctVec *line, int n, float thick)
{
  const MedctPatient *p = scene->patient;
  const struct {
    float r, hu;
  } parts[] = {{thick, -100}, {thick - 0.35f * p->fat - 2, p->muscle}, {12, 900}, {7.5f, 60}};
  MedctStroke stroke = {.layer = MEDCT_LAYER_BODY, .object = -1};
  for (gsize part = 0; part < G_N_ELEMENTS(parts); part++)
    for (int i = 0; i + 1 < n; i++) {
      stroke.hu = parts[part].hu;
      medct_scene_add_tube(scene, stroke,
                           (MedctTube){line[i], line[i + 1], parts[part].r, parts[part].r});
    }
}

/* Collar bones run from the breast bone to above the shoulder blade. */
static void
draw_collar_bones(MedctScene *scene, float side)
{
  const MedctVec line[] = {
      {side * 24, -62, 104}, {side * 62, -48, 120}, {side * 108, -8, 134}, {side * 142, 12, 138}};
  MedctStroke stroke = {.layer = MEDCT_LAYER_BODY, .object = -1};
  for (int part = 0; part < 2; part++)
    for (int i = 0; i < 3; i++) {
      float r = part == 0 ? 6 : 3.8f;
      stroke.hu = part == 0 ? 620 : 220;
      medct_scene_add_tube(scene, stroke, (MedctTube){line[i], line[i + 1], r, r});
    }
}

void
medct_limbs_draw(MedctScene *scene)
{
  float out = scene->patient->width + 70 + scene->patient->fat;
  for (int n = -1; n <= 1; n += 2) {
    float side = (float)n;
    const MedctVec down[] = {
        {side * 170, 20, 150}, {side * out, 16, 90}, {side * (out + 8), 24, -215}};
    const MedctVec head = {side * 160, 24, 140};
    draw_collar_bones(scene, side);
    if (scene->patient->arms_down) {
      draw_limb(scene, down, G_N_ELEMENTS(down), 42);
      continue;
    }
    MedctStroke bone = {.layer = MEDCT_LAYER_BODY, .object = -1, .hu = 560};
    medct_scene_add_ellipsoid(scene, bone, medct_ellipsoid(head, (MedctVec){24, 24, 24}));
    bone.hu = 190;
    medct_scene_add_ellipsoid(scene, bone, medct_ellipsoid(head, (MedctVec){22, 22, 22}));
  }
}
