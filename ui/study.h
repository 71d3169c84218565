/* An open study as the pictures see it: the volume, and how it is being looked at. Every change is
 * announced by "changed". Owner: reference-counted. Thread: main. */
#pragma once

#include "render/annotate.h"
#include "render/measures.h"
#include "render/overlay.h"
#include "render/ray-camera.h"
#include "render/slice.h"
#include <glib-object.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_STUDY (medct_study_get_type())
G_DECLARE_FINAL_TYPE(MedctStudy, medct_study, MEDCT, STUDY, GObject)

/* Read freely; change through the functions below. */
struct _MedctStudy {
  GObject parent;
  MedctVolume *volume;
  char *name;
  MedctImage image;
  MedctPlane planes[3]; /* by MedctPlaneKind */
  double voxel[3];      /* crosshair: i, j, k, inside the volume */
  MedctWindow window;
  MedctSlab slab;
  double zoom;           /* 1: the plane fits its picture; shared by the planes */
  double pan[3][2];      /* px at scale 1, by plane */
  MedctRayCamera camera; /* of the 3-D picture; its mm_per_pixel is not kept */
  double camera_zoom;    /* 1: the volume fits; 0: it was not looked at yet */
  gboolean annotations;
  gboolean linear;   /* neighbouring voxels are mixed; else they are squares */
  float *share;      /* [t·h·w] behind the overlay; NULL: no map */
  float *base_share; /* of the base model, where `share` is the adapted one's and both are shown */
  MedctOverlay overlay;
  gboolean map_shown;
  gboolean against;    /* the reader's choice; while a difference is shown it waits */
  gboolean difference; /* the map is of a change: both signs at once */
  gboolean field_known;
  MedctFieldGrid field; /* what the model sees of the study */
  double *profile[3];   /* [slices] by plane, NULL without map */
  double *base_profile[3];
  MedctMeasures *measures;
  guint64 map_version; /* changes with the maps and their looks; no other study has the same */
};

/* Keeps a reference to the volume. NULL when its affine cannot be inverted. */
MedctStudy *medct_study_new(MedctVolume *volume, GError **error);
/* The file's, as text that can be shown: bytes that are none are replaced. The study's. */
const char *medct_study_name(MedctStudy *study);

void medct_study_set_voxel(MedctStudy *study, const double voxel[3]); /* clamped */
/* Moves the crosshair through a plane's slices. */
void medct_study_step(MedctStudy *study, MedctPlaneKind kind, double slices);
void medct_study_set_slice(MedctStudy *study, MedctPlaneKind kind, double slice);
int64_t medct_study_slice(MedctStudy *study, MedctPlaneKind kind);
void medct_study_set_window(MedctStudy *study, MedctWindow window); /* clamped */
void medct_study_set_slab(MedctStudy *study, MedctSlab slab);
void medct_study_set_zoom(MedctStudy *study, double zoom); /* clamped; the pictures' middles stay */
/* By plane, px at scale 1 from the picture's middle: what stays where it is. */
void medct_study_zoom_about(MedctStudy *study, double zoom, const double still[3][2]);
void medct_study_set_pan(MedctStudy *study, MedctPlaneKind kind, double x, double y);
/* Says nothing: the 3-D picture is the only one that follows. */
void medct_study_keep_camera(MedctStudy *study, const MedctRayCamera *camera, double zoom);
void medct_study_reset_view(MedctStudy *study);
void medct_study_centre(MedctStudy *study); /* the crosshair to the middle */
void medct_study_set_linear(MedctStudy *study, gboolean linear);
void medct_study_set_annotations(MedctStudy *study, gboolean shown);

/* share [size t·h·w] is taken; grid_to_ras as in MedctOverlay. NULL takes the map away. */
void medct_study_set_map(MedctStudy *study, float *share, const int size[3],
                         const double grid_to_ras[16]);
/* The base model's beside it, on the same grid and with the same scale and looks; taken. Until the
 * next medct_study_set_map. */
void medct_study_set_base_map(MedctStudy *study, float *share);
/* The map that is to be drawn; FALSE: none. */
gboolean medct_study_map(const MedctStudy *study, gboolean of_base, MedctOverlay *overlay);
/* Changes with the map and its looks; no other map has the same. */
guint64 medct_study_map_version(const MedctStudy *study, gboolean of_base);
/* Another scale than the map's own, from the largest share of several maps. A difference is
 * coloured in both directions. Until the next medct_study_set_map. */
void medct_study_set_map_scale(MedctStudy *study, double peak, gboolean difference);
/* What the model sees of the study; size [3] t, h, w. NULL: not known. */
void medct_study_set_field(MedctStudy *study, const guint *size, const double *field_to_ras);
void medct_study_show_map(MedctStudy *study, gboolean shown);
void medct_study_set_map_looks(MedctStudy *study, double opacity, gboolean against, gboolean raw);
void medct_study_go_to_peak(MedctStudy *study); /* stays when the peak lies outside the volume */

/* Measurements: the list changes through these, each step of it can be undone. */
void medct_study_add_measure(MedctStudy *study, const MedctMeasure *measure);
/* One of an earlier session: no step to undo. Beyond the study's slices: none. */
void medct_study_put_measure(MedctStudy *study, const MedctMeasure *measure);
void medct_study_remove_measure(MedctStudy *study, guint place);
void medct_study_undo(MedctStudy *study);
void medct_study_redo(MedctStudy *study);

/* "R 62.4  A 68.4  I 276.3 mm · i j k · 25 HU · share +0.0142"; the caller frees. */
char *medct_study_readout(MedctStudy *study, const double voxel[3]);

G_END_DECLS
