/* A whole picture on a page: three planes and a panel of text, without a display.
 * Scores arrive as plain numbers. Thread: any. */
#pragma once

#include "render/annotate.h"

G_BEGIN_DECLS

/* One prompt's result; strings borrowed. */
typedef struct {
  const char *prompt, *against; /* the prompt and its negation */
  double score;                 /* 0 … 1 */
  double cosine_for, cosine_against;
  double share_for, share_against; /* sums of the map's positive and negative parts */
  const char *model, *adapter;     /* for people; adapter NULL: none */
} MedctPictureScore;

typedef struct {
  MedctImage image;
  double voxel[3]; /* crosshair: i, j, k */
  MedctWindow window;
  const char *window_title; /* "Lung", or NULL */
  MedctSlab slab;
  gboolean linear;                /* mix voxels instead of showing them as squares */
  gboolean annotations;           /* FALSE: pixels and the research notice only */
  const MedctOverlay *overlay;    /* or NULL */
  const MedctPictureScore *score; /* or NULL */
  const char *const *warnings;    /* NULL-ended, or NULL */
  const char *provenance;         /* one line at the foot */
  int width, height;              /* pixels of the result */
  double scale;                   /* 1, or 2 for HiDPI */
} MedctPicture;

enum { MEDCT_PICTURE_MINIMUM = 320, MEDCT_PICTURE_MAXIMUM = 16384 };

/* An ARGB32 image surface that the caller destroys. */
cairo_surface_t *medct_picture_draw(const MedctPicture *picture, GError **error);

/* Writes a PNG beside `path` and renames it, so that no half picture is ever found there. */
gboolean medct_picture_write(cairo_surface_t *surface, const char *path, GError **error);

G_END_DECLS
