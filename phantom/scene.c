#include "phantom/scene.h"
#include "phantom/random.h"
#include <string.h>

MedctScene *
medct_scene_new(const MedctPatient *patient, MedctPool *pool)
{
  MedctScene *scene = g_new0(MedctScene, 1);
  scene->patient = patient;
  scene->pool = pool;
  scene->heart_size = patient->heart;
  scene->noises = g_ptr_array_new_with_free_func((GDestroyNotify)medct_lattice_free);
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
  g_array_unref(scene->bronchi);
  g_array_unref(scene->arteries);
  g_array_unref(scene->strokes);
  g_array_unref(scene->objects);
  g_ptr_array_unref(scene->noises);
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

static float
ellipsoid_field(MedctVec p, const void *ellipsoid)
{
  return medct_ellipsoid_distance(ellipsoid, p);
}

void
medct_scene_add_ellipsoid(MedctScene *scene, MedctStroke stroke, MedctEllipsoid ellipsoid)
{
  stroke.shape = ellipsoid_field;
  stroke.data = medct_scene_keep(scene, &ellipsoid, sizeof ellipsoid);
  stroke.bounds = medct_ellipsoid_bounds(&ellipsoid);
  medct_scene_add(scene, stroke);
}

const MedctLattice *
medct_scene_noise(MedctScene *scene, const char *name, float mm)
{
  const MedctBounds room = {{-190, -200, -215}, {190, 200, 215}};
  MedctRandom random = medct_random_stream(scene->patient->seed, scene->patient->index, name);
  MedctLattice *noise = medct_lattice_new(room, mm);
  medct_lattice_noise(noise, random.key, 1, scene->pool);
  g_ptr_array_add(scene->noises, noise);
  return noise;
}

float
medct_scene_skin_in_front(const MedctScene *scene, float x, float z)
{
  float y = -200;
  while (y < 0 && medct_lattice_at(scene->skin, (MedctVec){x, y, z}) > 0)
    y += 1;
  return y;
}
