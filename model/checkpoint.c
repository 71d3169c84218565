#include "model/checkpoint.h"
#include "model/atomic_file.h"
#include "model/folder.h"
#include "model/json.h"
#include "model/sha256.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define PREFIX   "step-"
#define UNDONE   ".tmp"
#define STATE    "state.safetensors"
#define MANIFEST "manifest.json"
#define KEPT     2

/* ---- folders ------------------------------------------------------------------------------- */

static void
sync_folder(const char *path)
{
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return;
  fsync(fd);
  close(fd);
}

/* A checkpoint holds files only. */
static void
remove_folder(const char *path)
{
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *file = g_build_filename(path, name, NULL);
    g_unlink(file);
  }
  g_rmdir(path);
}

/* N of "step-N", or −1. */
static gint64
step_of(const char *name)
{
  guint64 step;
  if (!g_str_has_prefix(name, PREFIX) ||
      !g_ascii_string_to_unsigned(name + strlen(PREFIX), 10, 0, G_MAXINT64, &step, NULL))
    return -1;
  return (gint64)step;
}

static int
compare_steps(gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;
  return (x < y) - (x > y); /* newest first */
}

/* GArray of gint64, newest first. */
static GArray *
list_steps(const char *folder)
{
  GArray *steps = g_array_new(FALSE, FALSE, sizeof(gint64));
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
    gint64 step = step_of(name);
    if (step >= 0)
      g_array_append_val(steps, step);
  }
  g_array_sort(steps, compare_steps);
  return steps;
}

static char *
step_path(const char *folder, gint64 step)
{
  g_autofree char *name = g_strdup_printf(PREFIX "%" G_GINT64_FORMAT, step);
  return g_build_filename(folder, name, NULL);
}

/* What a killed save left behind. */
static void
remove_undone(const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (g_str_has_prefix(name, PREFIX) && g_str_has_suffix(name, UNDONE))
      remove_folder(path);
  }
}

/* ---- saving -------------------------------------------------------------------------------- */

/* hex ← of a file, mapped: unlike medct_sha256_file() nothing is remembered of it. */
static gboolean
hash_file(const char *path, char hex[65], GError **error)
{
  g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
  if (file == NULL) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "the checkpoint's state cannot be read");
    return FALSE;
  }
  medct_sha256_bytes(g_mapped_file_get_contents(file), g_mapped_file_get_length(file), hex);
  return TRUE;
}

static gboolean
write_manifest(const char *folder, GError **error)
{
  g_autofree char *state = g_build_filename(folder, STATE, NULL);
  g_autofree char *path = g_build_filename(folder, MANIFEST, NULL);
  char sha256[65];
  if (!hash_file(state, sha256, error))
    return FALSE;
  g_autofree char *json = g_strdup_printf("{\"" STATE "\": \"%s\"}\n", sha256);
  return medct_atomic_file_save(path, json, strlen(json), error);
}

static gboolean
write_checkpoint(const char *folder, const MedctTensor *tensors, guint n_tensors,
                 const char *const *metadata, GError **error)
{
  g_autofree char *state = g_build_filename(folder, STATE, NULL);
  if (!medct_folder_make(folder, 0777, error))
    return FALSE;
  return medct_safetensors_write(state, tensors, n_tensors, metadata, error) &&
         write_manifest(folder, error);
}

static gboolean
put_in_place(const char *undone, const char *path, const char *folder, GError **error)
{
  sync_folder(undone);
  if (g_rename(undone, path) != 0) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "the checkpoint cannot be put in place: %s",
                     g_strerror(errno));
    return FALSE;
  }
  sync_folder(folder);
  return TRUE;
}

/* Keeps this one and those before it, up to KEPT; newer ones did not verify, or it would not be the
 * last. */
static void
remove_others(const char *folder, gint64 step)
{
  g_autoptr(GArray) steps = list_steps(folder);
  guint kept = 0;
  for (guint i = 0; i < steps->len; i++) {
    gint64 other = g_array_index(steps, gint64, i);
    g_autofree char *path = step_path(folder, other);
    if (other > step || kept == KEPT)
      remove_folder(path);
    else
      kept++;
  }
}

gboolean
medct_checkpoint_save(const char *folder, gint64 step, const MedctTensor *tensors, guint n_tensors,
                      const char *const *metadata, GError **error)
{
  g_autofree char *path = step_path(folder, step);
  g_autofree char *undone = g_strconcat(path, UNDONE, NULL);
  remove_undone(folder);
  if (g_file_test(path, G_FILE_TEST_EXISTS)) /* one that did not verify, from before a resume */
    remove_folder(path);
  if (!write_checkpoint(undone, tensors, n_tensors, metadata, error) ||
      !put_in_place(undone, path, folder, error)) {
    remove_folder(undone);
    return FALSE;
  }
  remove_others(folder, step);
  return TRUE;
}

/* ---- loading ------------------------------------------------------------------------------- */

/* The checksum that the manifest has for the state, or NULL. */
static const char *
expected_sha256(JsonNode *manifest)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT(manifest) ? json_node_get_object(manifest) : NULL;
  JsonNode *member = object ? json_object_get_member(object, STATE) : NULL;
  return member != NULL && JSON_NODE_HOLDS_VALUE(member) &&
                 json_node_get_value_type(member) == G_TYPE_STRING
             ? json_node_get_string(member)
             : NULL;
}

static gboolean
verify(const char *folder, const char *state, GError **error)
{
  g_autofree char *path = g_build_filename(folder, MANIFEST, NULL);
  g_autoptr(JsonNode) manifest = medct_json_load(path, error);
  char sha256[65];
  if (manifest == NULL || !hash_file(state, sha256, error))
    return FALSE;
  const char *expected = expected_sha256(manifest);
  if (g_strcmp0(expected, sha256) == 0)
    return TRUE;
  medct_error_field(error, MEDCT_ERROR_FORMAT, state, "SHA-256",
                    expected ? expected : _("a checksum"), "%s", sha256);
  return FALSE;
}

MedctTensorFile *
medct_checkpoint_load(const char *folder, guint *damaged, GError **error)
{
  g_autoptr(GArray) steps = list_steps(folder);
  g_autoptr(GError) why = NULL;
  for (guint i = 0; i < steps->len; i++) {
    g_autofree char *path = step_path(folder, g_array_index(steps, gint64, i));
    g_autofree char *state = g_build_filename(path, STATE, NULL);
    g_clear_error(&why);
    *damaged = i;
    MedctTensorFile *file = verify(path, state, &why) ? medct_tensor_file_open(state, &why) : NULL;
    if (file != NULL)
      return file;
  }
  if (why != NULL)
    g_propagate_prefixed_error(error, g_steal_pointer(&why), "no checkpoint verifies: ");
  return NULL;
}

/* Renamed first, so that a kill meanwhile leaves either all of them or none. */
void
medct_checkpoint_remove_all(const char *folder)
{
  g_autofree char *done = g_strconcat(folder, ".done", NULL);
  for (int i = 0; i < 2; i++) { /* a rest of the last time, then these */
    g_autoptr(GArray) steps = list_steps(done);
    remove_undone(done);
    for (guint k = 0; k < steps->len; k++) {
      g_autofree char *path = step_path(done, g_array_index(steps, gint64, k));
      remove_folder(path);
    }
    g_rmdir(done);
    if (i == 0 && g_rename(folder, done) != 0)
      return;
  }
}
