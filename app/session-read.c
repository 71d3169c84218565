/* A session from JSON that anybody may have written: every member is checked, and one that is wrong
 * refuses the whole, since half a session is a session that nobody had. */
#include "app/session.h"
#include "model/json.h"
#include "render/transfer.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

typedef struct {
  JsonObject *object; /* borrowed */
  const char *what;
  GError **error;
} Reader;

static gboolean
refuse(const Reader *reader, const char *key, const char *expected)
{
  medct_error_field(reader->error, MEDCT_ERROR_FORMAT, reader->what, key, expected,
                    N_("something else"));
  return FALSE;
}

static gboolean
read_boolean(const Reader *reader, const char *key, gboolean *value)
{
  JsonNode *node = json_object_get_member(reader->object, key);
  if (node == NULL || !JSON_NODE_HOLDS_VALUE(node) ||
      json_node_get_value_type(node) != G_TYPE_BOOLEAN)
    return refuse(reader, key, N_("true or false"));
  *value = json_node_get_boolean(node);
  return TRUE;
}

static gboolean
read_number(const Reader *reader, const char *key, double low, double high, double *value)
{
  if (!json_object_has_member(reader->object, key))
    return refuse(reader, key, N_("a number"));
  if (!medct_json_get_double(reader->object, reader->what, key, value, reader->error))
    return FALSE;
  return (*value >= low && *value <= high) || refuse(reader, key, N_("a number in its range"));
}

static gboolean
read_int(const Reader *reader, const char *key, gint64 low, gint64 high, gint64 *value)
{
  if (!json_object_has_member(reader->object, key))
    return refuse(reader, key, N_("a whole number"));
  return medct_json_get_int(reader->object, reader->what, key, low, high, value, reader->error);
}

/* *value: a copy, NULL for null. */
static gboolean
read_text(const Reader *reader, const char *key, gsize most, const char *expected, char **value)
{
  JsonNode *node = json_object_get_member(reader->object, key);
  *value = NULL;
  if (node != NULL && JSON_NODE_HOLDS_NULL(node))
    return TRUE;
  const char *text =
      node != NULL && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
          ? json_node_get_string(node)
          : NULL;
  if (text == NULL || strlen(text) > most)
    return refuse(reader, key, expected);
  *value = g_strdup(text);
  return TRUE;
}

static gboolean
read_string(const Reader *reader, const char *key, char **value)
{
  return read_text(reader, key, MEDCT_SESSION_MOST_BYTES,
                   N_("null or a text of at most 4096 bytes"), value);
}

/* Only files of this computer: another host's URI would be a surprise on the network. */
static gboolean
read_path(const Reader *reader, const char *key, char **value)
{
  g_autofree char *uri = NULL, *host = NULL;
  if (!read_text(reader, key, MEDCT_SESSION_MOST_PATH, N_("null or a file's URI"), &uri))
    return FALSE;
  *value = uri != NULL ? g_filename_from_uri(uri, &host, NULL) : NULL;
  if (uri == NULL || (*value != NULL && host == NULL))
    return TRUE;
  g_clear_pointer(value, g_free);
  return refuse(reader, key, N_("the file:/// URI of a file on this computer"));
}

static gboolean
read_numbers(const Reader *reader, const char *key, double *values, guint n)
{
  JsonNode *node = json_object_get_member(reader->object, key);
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
  if (array == NULL || json_array_get_length(array) != n)
    return refuse(reader, key, N_("a list of numbers of its length"));
  for (guint i = 0; i < n; i++) {
    JsonNode *entry = json_array_get_element(array, i);
    GType type = JSON_NODE_HOLDS_VALUE(entry) ? json_node_get_value_type(entry) : G_TYPE_INVALID;
    values[i] = type == G_TYPE_DOUBLE || type == G_TYPE_INT64 ? json_node_get_double(entry) : 1e300;
    if (!(values[i] >= -1e9 && values[i] <= 1e9))
      return refuse(reader, key, N_("numbers within ±1e9"));
  }
  return TRUE;
}

static gboolean
read_inner(const Reader *reader, const char *key, Reader *inner)
{
  JsonNode *node = json_object_get_member(reader->object, key);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node))
    return refuse(reader, key, N_("an object"));
  *inner = *reader;
  inner->object = json_node_get_object(node);
  return TRUE;
}

/* Unit vectors that stand on each other; else the 3-D picture would be sheared. */
static gboolean
is_turned(const double axes[3][3])
{
  for (int a = 0; a < 3; a++)
    for (int b = a; b < 3; b++) {
      double product = axes[a][0] * axes[b][0] + axes[a][1] * axes[b][1] + axes[a][2] * axes[b][2];
      if (!(fabs(product - (a == b)) < 1e-3))
        return FALSE;
    }
  return TRUE;
}

/* Missing in the files of earlier versions. */
static gboolean
read_camera(const Reader *reader, MedctSessionView *view)
{
  if (!json_object_has_member(reader->object, "camera_zoom"))
    return TRUE;
  if (!read_number(reader, "camera_zoom", 0, 1000, &view->camera_zoom) ||
      !read_numbers(reader, "camera_axes", &view->camera_axes[0][0], 9) ||
      !read_numbers(reader, "camera_focus", view->camera_focus, 3))
    return FALSE;
  return view->camera_zoom == 0 || is_turned(view->camera_axes) ||
         refuse(reader, "camera_axes", N_("three unit vectors at right angles"));
}

static gboolean
read_view(const Reader *study, MedctSessionView *view)
{
  Reader reader;
  gint64 slab = 0;
  gboolean read =
      read_inner(study, "view", &reader) && read_numbers(&reader, "crosshair", view->voxel, 3) &&
      read_number(&reader, "window_width", 1, 1e6, &view->window.width) &&
      read_number(&reader, "window_level", -1e6, 1e6, &view->window.level) &&
      read_int(&reader, "slab", MEDCT_SLAB_NONE, MEDCT_SLAB_AVERAGE, &slab) &&
      read_number(&reader, "slab_mm", 0, 1000, &view->slab.thickness_mm) &&
      read_number(&reader, "zoom", 0.01, 1000, &view->zoom) &&
      read_numbers(&reader, "pan", &view->pan[0][0], 6) &&
      read_boolean(&reader, "annotations", &view->annotations) &&
      read_boolean(&reader, "map", &view->map_shown) &&
      read_boolean(&reader, "map_against", &view->against) &&
      read_boolean(&reader, "map_raw", &view->raw) &&
      read_number(&reader, "map_opacity", 0, 1, &view->opacity) && read_camera(&reader, view);
  view->slab.kind = (MedctSlabKind)slab;
  return read;
}

static gboolean
read_sha256(const Reader *reader, char hex[65])
{
  g_autofree char *text = NULL;
  if (!read_string(reader, "sha256", &text))
    return FALSE;
  gsize n = text != NULL ? strlen(text) : 0;
  if (n != 0 && (n != 64 || strspn(text, "0123456789abcdef") != 64))
    return refuse(reader, "sha256", N_("64 hexadecimal digits"));
  g_strlcpy(hex, n != 0 ? text : "", 65);
  return TRUE;
}

static gboolean
read_file(const Reader *reader, char **path)
{
  return read_path(reader, "file", path) && (*path != NULL || refuse(reader, "file", N_("a file")));
}

/* Calls `read` for every object of a list. */
static gboolean
read_list(const Reader *reader, const char *key, guint most,
          gboolean (*read)(const Reader *reader, gpointer data), gpointer data)
{
  JsonNode *node = json_object_get_member(reader->object, key);
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
  if (array == NULL || json_array_get_length(array) > most)
    return refuse(reader, key, N_("a list that is not too long"));
  for (guint i = 0; i < json_array_get_length(array); i++) {
    JsonNode *entry = json_array_get_element(array, i);
    Reader inner = *reader;
    if (!JSON_NODE_HOLDS_OBJECT(entry))
      return refuse(reader, key, N_("a list of objects"));
    inner.object = json_node_get_object(entry);
    if (!read(&inner, data))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_measure(const Reader *reader, gpointer data)
{
  MedctSessionStudy *study = data;
  MedctMeasure measure = {0};
  gint64 kind = 0, plane = 0;
  if (!read_int(reader, "kind", MEDCT_MEASURE_DISTANCE, MEDCT_MEASURE_REGION, &kind) ||
      !read_int(reader, "plane", MEDCT_PLANE_AXIAL, MEDCT_PLANE_CORONAL, &plane) ||
      !read_int(reader, "slice", 0, G_MAXINT, &measure.slice) ||
      !read_numbers(reader, "cells", &measure.cells[0][0], 6))
    return FALSE;
  measure.kind = (MedctMeasureKind)kind;
  measure.plane = (MedctPlaneKind)plane;
  g_array_append_val(study->measures, measure);
  return TRUE;
}

/* Missing in the files of earlier versions. */
static gboolean
read_measures(const Reader *reader, MedctSessionStudy *study)
{
  return !json_object_has_member(reader->object, "measures") ||
         read_list(reader, "measures", MEDCT_SESSION_MOST_MEASURES, read_measure, study);
}

static gboolean
read_study(const Reader *reader, gpointer data)
{
  MedctSession *session = data;
  MedctSessionStudy *study = medct_session_add(session);
  MedctSessionFile *file = &study->file;
  return read_file(reader, &file->path) &&
         read_int(reader, "bytes", 0, G_MAXINT64 >> 10, &file->bytes) &&
         read_int(reader, "modified_us", G_MININT64 >> 10, G_MAXINT64 >> 10, &file->modified_us) &&
         read_sha256(reader, file->sha256) && read_view(reader, &study->view) &&
         read_string(reader, "finding", &study->finding) &&
         read_string(reader, "typed", &study->typed) &&
         (!json_object_has_member(reader->object, "against") || /* missing in earlier files */
          read_string(reader, "against", &study->against)) &&
         read_measures(reader, study);
}

static gboolean
read_recent(const Reader *reader, gpointer data)
{
  MedctSession *session = data;
  MedctSessionRecent *recent = g_new0(MedctSessionRecent, 1);
  double dims[3];
  g_ptr_array_add(session->recent, recent);
  if (!read_file(reader, &recent->path) || !read_sha256(reader, recent->sha256) ||
      !read_numbers(reader, "dims", dims, 3) ||
      !read_int(reader, "opened_us", 0, G_MAXINT64 >> 10, &recent->opened_us))
    return FALSE;
  for (int n = 0; n < 3; n++)
    recent->dims[n] = (gint64)dims[n];
  return TRUE;
}

static gboolean
read_studies(const Reader *reader, MedctSession *session)
{
  gint64 current = -1;
  if (!read_list(reader, "studies", MEDCT_SESSION_MOST, read_study, session) ||
      !read_list(reader, "recent", MEDCT_SESSION_MOST_RECENT, read_recent, session) ||
      !read_int(reader, "current", -1, (gint64)session->studies->len - 1, &current))
    return FALSE;
  session->current = (int)current;
  return TRUE;
}

/* Missing in the files of earlier versions. */
static gboolean
read_looks(const Reader *reader, MedctSession *session)
{
  gint64 order = 0, preset = 0, cut = 0;
  if (!json_object_has_member(reader->object, "order"))
    return TRUE;
  gboolean read = read_int(reader, "order", 0, MEDCT_SESSION_LAST_ORDER, &order) &&
                  read_int(reader, "volume_preset", 0, MEDCT_N_TRANSFERS - 1, &preset) &&
                  read_int(reader, "volume_cut", 0, 7, &cut) &&
                  read_boolean(reader, "volume_glow", &session->volume_glow);
  session->order = (int)order;
  session->volume_preset = (int)preset;
  session->volume_cut = (int)cut;
  return read;
}

static gboolean
read_window(const Reader *outer, MedctSession *session)
{
  Reader reader;
  gint64 width = 0, height = 0, findings = 0;
  g_clear_pointer(&session->layout, g_free);
  gboolean read = read_inner(outer, "window", &reader) &&
                  read_string(&reader, "layout", &session->layout) &&
                  read_boolean(&reader, "studies_pane", &session->studies_pane) &&
                  read_boolean(&reader, "findings_pane", &session->findings_pane) &&
                  read_boolean(&reader, "window_mode", &session->window_mode) &&
                  read_int(&reader, "width", 0, 20000, &width) &&
                  read_int(&reader, "height", 0, 20000, &height) &&
                  (!json_object_has_member(reader.object, "findings_width") || /* earlier files */
                   read_int(&reader, "findings_width", 0, 20000, &findings)) &&
                  read_looks(&reader, session);
  if (session->layout == NULL)
    session->layout = g_strdup(MEDCT_SESSION_LAYOUT_FOUR);
  session->width = (int)width;
  session->height = (int)height;
  session->findings_width = (int)findings;
  return read;
}

MedctSession *
medct_session_parse(const char *tainted_text, gsize n_bytes, const char *what, GError **error)
{
  g_autoptr(JsonNode) root = medct_json_parse(tainted_text, n_bytes, what, error);
  if (root == NULL)
    return NULL;
  Reader reader = {NULL, what, error};
  if (!JSON_NODE_HOLDS_OBJECT(root)) {
    refuse(&reader, "the file", N_("an object"));
    return NULL;
  }
  reader.object = json_node_get_object(root);
  g_autoptr(MedctSession) session = medct_session_new();
  gint64 version = 0;
  if (!read_int(&reader, "version", MEDCT_SESSION_VERSION, MEDCT_SESSION_VERSION, &version) ||
      !read_path(&reader, "model", &session->model) ||
      !read_path(&reader, "adapter", &session->adapter) || !read_window(&reader, session) ||
      !read_studies(&reader, session))
    return NULL;
  return g_steal_pointer(&session);
}
