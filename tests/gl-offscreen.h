/* A surfaceless OpenGL context of Mesa's software driver, and a framebuffer in it. */
#pragma once

#include <epoxy/egl.h>
#include <epoxy/gl.h>
#include <glib.h>

typedef struct {
  EGLDisplay display;
  EGLContext context;
  GLuint buffer, target;
} GlOffscreen;

/* `api`: EGL_OPENGL_API for 3.3 core, EGL_OPENGL_ES_API for ES 3.0. FALSE: none here. */
static gboolean
gl_offscreen_open(GlOffscreen *gl, EGLenum api, int width, int height)
{
  *gl = (GlOffscreen){0};
  if (!epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_MESA_platform_surfaceless"))
    return FALSE;
  gl->display = eglGetPlatformDisplayEXT(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
  if (!eglInitialize(gl->display, NULL, NULL) || !eglBindAPI(api))
    return FALSE;
  const EGLint attributes[] = {EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION,
                               api == EGL_OPENGL_API ? 3 : 0, EGL_NONE};
  gl->context = eglCreateContext(gl->display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
  if (gl->context == EGL_NO_CONTEXT)
    return FALSE;
  eglMakeCurrent(gl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, gl->context);
  glGenRenderbuffers(1, &gl->buffer);
  glBindRenderbuffer(GL_RENDERBUFFER, gl->buffer);
  glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, width, height);
  glGenFramebuffers(1, &gl->target);
  glBindFramebuffer(GL_FRAMEBUFFER, gl->target);
  glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, gl->buffer);
  return TRUE;
}

static void
gl_offscreen_close(GlOffscreen *gl)
{
  glDeleteFramebuffers(1, &gl->target);
  glDeleteRenderbuffers(1, &gl->buffer);
  eglMakeCurrent(gl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  eglDestroyContext(gl->display, gl->context);
}
