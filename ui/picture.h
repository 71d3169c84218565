/* A finished picture that the toolkit shows, of a texture or of pixels in memory.
 *
 * GTK 4.8's Cairo renderer converts a texture through floats, pixel by pixel and in every frame
 * that shows it, even one that has Cairo's format already. Pixels in memory are shown as they are.
 *
 * Owner: reference-counted. Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Of an OpenGL texture, its first row at the bottom; taken. */
GdkPaintable *medct_picture_of_texture(GdkTexture *texture);
/* Of pixels [height][width] of CAIRO_FORMAT_ARGB32, its first row at the top; taken, g_free. */
GdkPaintable *medct_picture_of_pixels(guint32 *pixels, int width, int height);

G_END_DECLS
