#include "phantom/anatomy.h"
#include "phantom/abdomen.h"
#include "phantom/lung-vessels.h"
#include "phantom/random.h"
#include "phantom/spine.h"
#include "phantom/thorax.h"

static void
add_texture(MedctScene *scene, MedctTexture texture, const char *name, float mm, float sd,
            MedctPool *pool)
{
  const MedctPatient *p = scene->patient;
  const MedctBounds room = {{-190, -200, -165}, {190, 200, 165}};
  MedctRandom random = medct_random_stream(p->seed, p->index, name);
  scene->texture[texture] = medct_lattice_new(room, mm);
  medct_lattice_noise(scene->texture[texture], random.key, sd, pool);
}

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

void
medct_anatomy_build(MedctScene *scene, MedctPool *pool)
{
  add_texture(scene, MEDCT_TEXTURE_SHEETS, "sheets", 22, 15, pool);
  add_texture(scene, MEDCT_TEXTURE_CLOUDS, "clouds", 9, 1, pool);
  add_texture(scene, MEDCT_TEXTURE_GRAIN, "grain", 3.5f, 9, pool);
  medct_thorax_build(scene, pool);
  medct_spine_draw(scene);
  medct_abdomen_draw(scene);
  medct_lung_vessels_grow(scene);
  draw_bronchi(scene);
}
