#include "plugins/discovery.h"

#include "plugins/trust.h"
#include <glib/gi18n.h>

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#define OBJECT_MAX_BYTES ((guint64)1 << 30)

/* Folders in order; NULL-ended, caller frees. Relative entries are left out. */
static char **
plugin_folders(void)
{
  GPtrArray *folders = g_ptr_array_new();
  const char *given = g_getenv("MEDCT_PLUGIN_PATH");
  g_auto(GStrv) parts = g_strsplit(given ? given : "", ":", 64);
  for (char **part = parts; *part != NULL; part++)
    if (g_path_is_absolute(*part))
      g_ptr_array_add(folders, g_strdup(*part));
  g_ptr_array_add(folders, g_build_filename(g_get_user_data_dir(), "medct", "plugins", NULL));
  g_ptr_array_add(folders, g_strdup(MEDCT_PLUGIN_DIR));
  g_ptr_array_add(folders, NULL);
  return (char **)g_ptr_array_free(folders, FALSE);
}

static char *
with_ending(const char *path, const char *ending)
{
  const char *dot = strrchr(path, '.');
  return g_strdup_printf("%.*s%s", dot ? (int)(dot - path) : (int)strlen(path), path, ending);
}

char *
medct_discovery_manifest_path(const char *path)
{
  return with_ending(path, ".ini");
}

static MedctManifest *
read_manifest(const char *path, GError **error)
{
  int fd = medct_trust_open(path, MEDCT_MANIFEST_MAX_BYTES, error);
  if (fd < 0)
    return NULL;
  g_autoptr(GBytes) bytes = medct_trust_read(fd, path, error);
  close(fd);
  if (bytes == NULL)
    return NULL;
  gsize n = 0;
  const char *text = g_bytes_get_data(bytes, &n);
  return medct_manifest_parse(path, text, n, error);
}

static void
fill_record(MedctPluginRecord *record, const MedctManifest *manifest)
{
  record->name = g_strdup(manifest->name);
  record->version = g_strdup(manifest->version);
  record->licence = g_strdup(manifest->licence);
  record->kinds = g_strjoinv(";", manifest->kinds);
  record->file_types = g_strjoinv(";", manifest->file_types);
  record->authors = g_strjoinv(";", manifest->authors);
}

/* Code must not bring in kinds that its manifest kept from the user. */
static gboolean
kinds_agree(const medct_plugin_entry *entry, const MedctManifest *manifest, const char *path,
            GError **error)
{
  for (gsize i = 0; medct_plugin_kinds[i] != NULL; i++) {
    gboolean offered = entry->get_factory(medct_plugin_kinds[i]) != NULL;
    if (offered == medct_manifest_has_kind(manifest, medct_plugin_kinds[i]))
      continue;
    medct_error_file(error, MEDCT_ERROR_MISMATCH, path, "%s %s, but its manifest says otherwise",
                     offered ? _("offers") : _("lacks"), medct_plugin_kinds[i]);
    return FALSE;
  }
  return TRUE;
}

/* Loads the very file that was hashed: /proc names the open descriptor. The descriptor and the
 * object stay open for the life of the process, so the name is never another file's. */
static const medct_plugin_entry *
load_object(int fd, const char *path, GError **error)
{
  g_autofree char *by_descriptor = g_strdup_printf("/proc/self/fd/%d", fd);
  gboolean have_proc = access(by_descriptor, R_OK) == 0;
  void *object = dlopen(have_proc ? by_descriptor : path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (object == NULL) {
    medct_error_file(error, MEDCT_ERROR_FORMAT, path, "cannot be loaded: %s", dlerror());
    return NULL;
  }
  const medct_plugin_entry *entry = dlsym(object, "medct_entry");
  if (entry == NULL)
    medct_error_file(error, MEDCT_ERROR_FORMAT, path,
                     "does not export medct_entry; is it a MedCT plugin?");
  return entry;
}

static gboolean
start_object(MedctPlugin *plugin, const MedctManifest *manifest, int fd, GError **error)
{
  const char *path = plugin->record.path;
  const medct_plugin_entry *entry = load_object(fd, path, error);
  if (entry == NULL || !medct_plugin_start(entry, path, error))
    return FALSE;
  if (!kinds_agree(entry, manifest, path, error)) {
    entry->deinit();
    return FALSE;
  }
  plugin->entry = entry;
  return TRUE;
}

static void
refuse(MedctPlugin *plugin, const GError *error)
{
  plugin->record.state = MEDCT_PLUGIN_REFUSED;
  plugin->record.problem = g_strdup(error->message);
}

MedctPlugin *
medct_discovery_load(const char *manifest_path, gboolean run_anyway)
{
  MedctPlugin *plugin = g_new0(MedctPlugin, 1);
  MedctPluginRecord *record = &plugin->record;
  g_autoptr(GError) error = NULL;
  record->path = with_ending(manifest_path, ".so");
  g_autoptr(MedctManifest) manifest = read_manifest(manifest_path, &error);
  if (manifest == NULL) {
    record->name = g_path_get_basename(manifest_path);
    refuse(plugin, error);
    return plugin;
  }
  fill_record(record, manifest);
  int fd = medct_trust_open(record->path, OBJECT_MAX_BYTES, &error);
  record->sha256 = fd < 0 ? NULL : medct_trust_sha256(fd, record->path, &error);
  gboolean enabled = record->sha256 && (run_anyway || medct_trust_is_enabled(record->sha256));
  if (enabled && start_object(plugin, manifest, fd, &error)) {
    record->state = MEDCT_PLUGIN_ENABLED;
    return plugin; /* the descriptor stays open: see load_object */
  }
  if (error != NULL) {
    refuse(plugin, error);
  } else {
    record->state = MEDCT_PLUGIN_OFF;
    record->problem = g_strdup("not enabled for this very file; see: medct plugins enable");
  }
  if (fd >= 0 && !enabled)
    close(fd);
  return plugin;
}

static gboolean
name_is_taken(const MedctHost *host, const char *manifest_path)
{
  g_autofree char *object = with_ending(manifest_path, ".so");
  g_autofree char *name = g_path_get_basename(object);
  for (guint i = 0; i < host->plugins->len; i++) {
    const MedctPlugin *plugin = host->plugins->pdata[i];
    g_autofree char *known = g_path_get_basename(plugin->record.path);
    if (strcmp(known, name) == 0)
      return TRUE;
  }
  return FALSE;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
discover_folder(MedctHost *host, const char *folder)
{
  enum { MOST_PER_FOLDER = 256 };
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL && names->len < MOST_PER_FOLDER)
    if (g_str_has_suffix(name, ".ini"))
      g_ptr_array_add(names, g_build_filename(folder, name, NULL));
  g_ptr_array_sort(names, compare_names);
  for (guint i = 0; i < names->len; i++)
    if (!name_is_taken(host, names->pdata[i]))
      medct_host_add_plugin(host, medct_discovery_load(names->pdata[i], FALSE));
}

void
medct_host_discover(MedctHost *host)
{
  g_auto(GStrv) folders = plugin_folders();
  for (char **folder = folders; *folder != NULL; folder++)
    discover_folder(host, *folder);
}
