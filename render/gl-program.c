#include "render/gl-program.h"
#include <glib/gi18n.h>

#include <string.h>

static const char vertex_source[] = "void main()\n"
                                    "{\n"
                                    "  vec2 at = vec2(gl_VertexID == 1 ? 3.0 : -1.0,\n"
                                    "                 gl_VertexID == 2 ? 3.0 : -1.0);\n"
                                    "  gl_Position = vec4(at, 0.0, 1.0);\n"
                                    "}\n";

static const char *
prologue(void)
{
  if (epoxy_is_desktop_gl())
    return "#version 330 core\n";
  return "#version 300 es\nprecision highp float;\nprecision highp int;\n"
         "precision highp isampler3D;\nprecision highp sampler3D;\n";
}

static GLuint
compile(GLenum type, const char *name, const char *source, GError **error)
{
  const char *parts[2] = {prologue(), source};
  GLuint shader = glCreateShader(type);
  GLint good = GL_FALSE;
  glShaderSource(shader, 2, parts, NULL);
  glCompileShader(shader);
  glGetShaderiv(shader, GL_COMPILE_STATUS, &good);
  if (good)
    return shader;
  char log[1024] = "";
  glGetShaderInfoLog(shader, sizeof log, NULL, log);
  glDeleteShader(shader);
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_UNSUPPORTED,
              _("the graphics driver refused the %s shader: %s"), name, g_strstrip(log));
  return 0;
}

GLuint
medct_gl_program_new(const char *name, const char *fragment, GError **error)
{
  GLuint vertex = compile(GL_VERTEX_SHADER, name, vertex_source, error);
  if (vertex == 0)
    return 0;
  GLuint pixels = compile(GL_FRAGMENT_SHADER, name, fragment, error);
  if (pixels == 0) {
    glDeleteShader(vertex);
    return 0;
  }
  GLuint program = glCreateProgram();
  GLint good = GL_FALSE;
  glAttachShader(program, vertex);
  glAttachShader(program, pixels);
  glLinkProgram(program);
  glDeleteShader(vertex);
  glDeleteShader(pixels);
  glGetProgramiv(program, GL_LINK_STATUS, &good);
  if (good)
    return program;
  char log[1024] = "";
  glGetProgramInfoLog(program, sizeof log, NULL, log);
  glDeleteProgram(program);
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_UNSUPPORTED,
              _("the graphics driver refused to link the %s shader: %s"), name, g_strstrip(log));
  return 0;
}
