/* What is to be drawn, before any voxel exists: fields of the large organs and a list of strokes,
 * each a shape with what it is made of. A finding is a few strokes that name their object; the box
 * of an object is where its strokes changed a voxel.
 * Owner: whoever called medct_scene_new. Thread: built by one, then read by any. */
#pragma once

#include "model/pool.h"
#include "phantom/lattice.h"
#include "phantom/patient.h"
#include "phantom/shape.h"

G_BEGIN_DECLS

/* Painted in this order: what comes later covers what came before. */
typedef enum {
  MEDCT_LAYER_BODY,       /* bones drawn one by one */
  MEDCT_LAYER_PARENCHYMA, /* the lung's substance; vessels and air tubes stay visible */
  MEDCT_LAYER_VESSELS,
  MEDCT_LAYER_AIRWAYS, /* walls */
  MEDCT_LAYER_LUMENS,
  MEDCT_LAYER_MASSES, /* nodules, strands, plates */
  MEDCT_LAYER_PLEURA,
  MEDCT_LAYER_HEART,
  MEDCT_LAYER_ORGANS,
  MEDCT_LAYER_CHAMBERS, /* what organs hold */
  MEDCT_LAYER_DEPOSITS, /* calcium, nodes, devices */
  MEDCT_N_LAYERS,
} MedctLayer;

typedef enum {
  MEDCT_BLEND_SET,
  MEDCT_BLEND_RAISE, /* only where it is less dense than the stroke */
  MEDCT_BLEND_LOWER, /* only where it is denser */
  MEDCT_BLEND_ADD,   /* the stroke's HU are a difference */
  MEDCT_BLEND_GROW,  /* a tube in lung: the densest tube wins, so joints leave no knots */
  MEDCT_BLEND_BORE,  /* a lumen: the emptiest wins */
} MedctBlend;

typedef struct {
  MedctLayer layer;
  MedctBlend blend;
  gboolean in_lung; /* weighted with the share of lung in the voxel */
  int object;       /* index among the scene's objects; −1: anatomy */
  MedctField shape; /* signed distance in mm; NULL: the tube */
  const void *data; /* of `shape`; owned by the scene */
  MedctTube tube;
  MedctBounds bounds; /* nothing is drawn outside */
  float hu, opacity;
  float edge; /* mm over which it fades; never less than a voxel */
} MedctStroke;

/* One thing that was drawn because a finding is present; reports and boxes name it. */
typedef struct {
  int finding, grade; /* index among the pathologies; 1 mild, 2 moderate, 3 severe */
  const char *name;   /* "nodule", "sternal wire", …: static */
  const char *place;  /* "right upper lobe", …: static */
  int side;           /* −1 right, 0 neither, 1 left */
  float size_mm;      /* the largest extent, as a reader would measure it */
} MedctObject;

/* Smooth noise that several painters share. */
typedef enum {
  MEDCT_TEXTURE_SHEETS, /* fat lies between muscles where it is 0 */
  MEDCT_TEXTURE_CLOUDS, /* 9 mm */
  MEDCT_TEXTURE_GRAIN,  /* 3.5 mm */
  MEDCT_N_TEXTURES,
} MedctTexture;

/* A piece of an airway in the lung: the lumen, and how thick the wall is (mm). */
typedef struct {
  MedctTube lumen;
  float wall;
  int lobe;
} MedctBronchus;

typedef struct {
  const MedctPatient *patient;
  MedctPool *pool;  /* for what is built on the way */
  float heart_size; /* as a factor, with what a finding did to it */
  const MedctLattice *texture[MEDCT_N_TEXTURES];
  GArray *bronchi;                  /* of MedctBronchus; the first branches come first */
  GArray *arteries;                 /* of MedctTube */
  MedctLattice *skin, *cage, *lung; /* signed distances in mm, negative inside */
  MedctLattice *fat;                /* thickness below the skin, mm */
  GArray *strokes;                  /* of MedctStroke */
  GArray *objects;                  /* of MedctObject */
  GPtrArray *noises;                /* of MedctLattice */
  GPtrArray *owned;                 /* what `data` of the strokes points to */
} MedctScene;

MedctScene *medct_scene_new(const MedctPatient *patient, MedctPool *pool);
void medct_scene_free(MedctScene *scene);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctScene, medct_scene_free)

/* The scene keeps a copy of `data`, and of the object's struct; both return what was kept. */
const void *medct_scene_keep(MedctScene *scene, const void *data, gsize n);
int medct_scene_add_object(MedctScene *scene, MedctObject object);

void medct_scene_add(MedctScene *scene, MedctStroke stroke);
void medct_scene_add_tube(MedctScene *scene, MedctStroke stroke, MedctTube tube);
void medct_scene_add_ellipsoid(MedctScene *scene, MedctStroke stroke, MedctEllipsoid ellipsoid);

/* Noise of mean 0 and sd 1 with its own name, interpolated between nodes `mm` apart; the scene's.
 */
const MedctLattice *medct_scene_noise(MedctScene *scene, const char *name, float mm);

/* y of the skin in front of (x, z). */
float medct_scene_skin_in_front(const MedctScene *scene, float x, float z);

G_END_DECLS
