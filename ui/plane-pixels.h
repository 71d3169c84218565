/* The pixels of one plane of a study, as a texture for the toolkit: drawn by OpenGL once the
 * study's texture is complete, by Cairo before that, without OpenGL, and where the texture is
 * coarser than the volume. Kept until something that it depends on has changed.
 *
 * Owner: the viewport. Thread: main. */
#pragma once

#include "ui/gl-study.h"

G_BEGIN_DECLS

typedef struct _MedctPlanePixels MedctPlanePixels;

/* What is seen through; in device pixels. */
typedef struct {
  MedctView view;
  int64_t index;
  int width, height;
} MedctPlaneFrame;

/* `changed` is called when the pixels would come out differently without the study's saying so. */
MedctPlanePixels *medct_plane_pixels_new(void (*changed)(gpointer data), gpointer data);
void medct_plane_pixels_free(MedctPlanePixels *pixels);

/* The study is borrowed until the next call; NULL: none. `display` NULL: never OpenGL. */
void medct_plane_pixels_set_study(MedctPlanePixels *pixels, MedctStudy *study, MedctPlaneKind kind,
                                  GdkDisplay *display);
/* Which of two maps: the base model's where both are shown. */
void medct_plane_pixels_set_of_base(MedctPlanePixels *pixels, gboolean of_base);
/* One slice of a study that is still loading; taken. Shown while there is no study. */
void medct_plane_pixels_set_preview(MedctPlanePixels *pixels, MedctSlice *slice);

/* Draws the frame into width × height units of the snapshot. */
void medct_plane_pixels_snapshot(MedctPlanePixels *pixels, GtkSnapshot *snapshot,
                                 const MedctPlaneFrame *frame, float width, float height);
/* "OpenGL" or "Cairo": what drew last. */
const char *medct_plane_pixels_drawn_by(const MedctPlanePixels *pixels);

G_END_DECLS
