/* Shader programs for OpenGL 3.3 core and OpenGL ES 3.0, from one source.
 *
 * Thread: the one whose GL context is current, for everything in the gl- files. */
#pragma once

#include "model/error.h"
#include <epoxy/gl.h>

G_BEGIN_DECLS

/* Compiles and links a triangle that covers the viewport with `fragment`, a source without a
 * version line. The compiler's words become the error. 0 on failure; glDeleteProgram() it. */
GLuint medct_gl_program_new(const char *name, const char *fragment, GError **error);

G_END_DECLS
