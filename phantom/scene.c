#include "phantom/scene.h"
#include <string.h>

MedctScene *
medct_scene_new(const MedctPatient *patient)
{
  MedctScene *scene = g_new0(MedctScene, 1);
  scene->patient = patient;
  scene->strokes = g_array_new(FALSE, FALSE, sizeof(MedctStroke));
  scene->objects = g_array_new(FALSE, FALSE, sizeof(MedctObject));
  scene->bronchi = g_array_new(FALSE, FALSE, sizeof(MedctBronchus));
  scene->arteries = g_array_new(FALSE, FALSE, sizeof(MedctTube));
  scene->owned = g_ptr_array_new_with_free_func(g_free);
  return scene;
}

void
medct_scene_free(MedctScene *scene)
{
  if (scene == NULL)
    return;
  medct_lattice_free(scene->skin);
  medct_lattice_free(scene->cage);
  medct_lattice_free(scene->lung);
  medct_lattice_free(scene->fat);
  for (int n = 0; n < MEDCT_N_TEXTURES; n++)
    medct_lattice_free(scene->texture[n]);
  g_array_unref(scene->bronchi);
  g_array_unref(scene->arteries);
  g_array_unref(scene->strokes);
  g_array_unref(scene->objects);
  g_ptr_array_unref(scene->owned);
  g_free(scene);
}

const void *
medct_scene_keep(MedctScene *scene, const void *data, gsize n)
{
  void *copy = g_memdup2(data, n);
  g_ptr_array_add(scene->owned, copy);
  return copy;
}

int
medct_scene_add_object(MedctScene *scene, MedctObject object)
{
  g_array_append_val(scene->objects, object);
  return (int)scene->objects->len - 1;
}

void
medct_scene_add(MedctScene *scene, MedctStroke stroke)
{
  if (stroke.opacity <= 0)
    stroke.opacity = 1;
  g_array_append_val(scene->strokes, stroke);
}

void
medct_scene_add_tube(MedctScene *scene, MedctStroke stroke, MedctTube tube)
{
  stroke.shape = NULL;
  stroke.tube = tube;
  stroke.bounds = medct_tube_bounds(&tube);
  medct_scene_add(scene, stroke);
}

void
medct_scene_add_ellipsoid(MedctScene *scene, MedctStroke stroke, MedctEllipsoid ellipsoid)
{
  stroke.shape = medct_scene_ellipsoid_field;
  stroke.data = medct_scene_keep(scene, &ellipsoid, sizeof ellipsoid);
  stroke.bounds = medct_ellipsoid_bounds(&ellipsoid);
  medct_scene_add(scene, stroke);
}

float
medct_scene_lattice_field(MedctVec p, const void *lattice)
{
  return medct_lattice_at(lattice, p);
}

float
medct_scene_ellipsoid_field(MedctVec p, const void *ellipsoid)
{
  return medct_ellipsoid_distance(ellipsoid, p);
}
