#include "phantom/anatomy.h"
#include "phantom/abdomen.h"
#include "phantom/limbs.h"
#include "phantom/lung-vessels.h"
#include "phantom/spine.h"
#include "phantom/thorax.h"

/* Airways of the lung: walls in front of vessels, lumens in front of all walls. */
static void
draw_bronchi(MedctScene *scene)
{
  MedctStroke wall = {
      .layer = MEDCT_LAYER_AIRWAYS, .blend = MEDCT_BLEND_GROW, .object = -1, .hu = -60};
  MedctStroke lumen = {
      .layer = MEDCT_LAYER_LUMENS, .blend = MEDCT_BLEND_BORE, .object = -1, .hu = -990};
  for (guint n = 0; n < scene->bronchi->len; n++) {
    const MedctBronchus *bronchus = &g_array_index(scene->bronchi, MedctBronchus, n);
    MedctTube outer = bronchus->lumen;
    outer.ra += bronchus->wall, outer.rb += bronchus->wall;
    medct_scene_add_tube(scene, wall, outer);
    medct_scene_add_tube(scene, lumen, bronchus->lumen);
  }
}

/* Iodine makes it denser than muscle. */
static void
draw_thyroid(MedctScene *scene)
{
  MedctStroke stroke = {.layer = MEDCT_LAYER_ORGANS, .object = -1};
  stroke.hu = scene->patient->enhanced ? 170 : 105;
  for (int side = -1; side <= 1; side += 2)
    medct_scene_add_ellipsoid(
        scene, stroke,
        medct_ellipsoid((MedctVec){(float)side * 19, -6, 148}, (MedctVec){9, 11, 22}));
}

void
medct_anatomy_build(MedctScene *scene)
{
  scene->texture[MEDCT_TEXTURE_SHEETS] = medct_scene_noise(scene, "sheets", 28);
  scene->texture[MEDCT_TEXTURE_CLOUDS] = medct_scene_noise(scene, "clouds", 9);
  scene->texture[MEDCT_TEXTURE_GRAIN] = medct_scene_noise(scene, "grain", 3.5f);
  medct_thorax_build(scene);
  medct_spine_draw(scene);
  medct_abdomen_draw(scene);
  medct_limbs_draw(scene);
  draw_thyroid(scene);
  medct_lung_vessels_grow(scene);
  draw_bronchi(scene);
}
