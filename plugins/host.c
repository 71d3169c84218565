#include "plugins/host-private.h"

#include "plugins/builtin.h"

const char *const medct_plugin_kinds[] = {MEDCT_VOLUME_READER, MEDCT_MODEL_BACKEND,
                                          MEDCT_MODEL_TRAINER, NULL};

void
medct_plugin_free(MedctPlugin *plugin)
{
  if (plugin->entry != NULL)
    plugin->entry->deinit();
  MedctPluginRecord *record = &plugin->record;
  char *const strings[] = {record->name,       record->version, record->kinds,
                           record->file_types, record->authors, record->licence,
                           record->path,       record->sha256,  record->problem};
  for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
    g_free(strings[i]);
  g_free(plugin);
}

gboolean
medct_plugin_start(const medct_plugin_entry *entry, const char *path, GError **error)
{
  if (entry->abi_major != MEDCT_ABI_MAJOR) {
    medct_error_field(error, MEDCT_ERROR_UNSUPPORTED, path, "plugin ABI", "major 1", "%u.%u",
                      entry->abi_major, entry->abi_minor);
    return FALSE;
  }
  if (entry->init == NULL || entry->deinit == NULL || entry->get_factory == NULL) {
    medct_error_file(error, MEDCT_ERROR_FORMAT, path,
                     "its medct_entry lacks init, deinit or get_factory");
    return FALSE;
  }
  medct_error said = medct_plugin_error();
  if (entry->init(path, &said))
    return TRUE;
  g_autofree char *name = g_path_get_basename(path);
  medct_plugin_error_propagate(error, name, &said);
  return FALSE;
}

static void
fill_blanks(MedctPluginRecord *record)
{
  char **const strings[] = {&record->name,       &record->version, &record->kinds,
                            &record->file_types, &record->authors, &record->licence,
                            &record->path,       &record->sha256,  &record->problem};
  for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
    if (*strings[i] == NULL)
      *strings[i] = g_strdup("");
}

void
medct_host_add_plugin(MedctHost *host, MedctPlugin *plugin)
{
  fill_blanks(&plugin->record);
  g_ptr_array_add(host->plugins, plugin);
}

/* "medct.volume-reader/1; medct.model-backend/1" as the entry itself says. */
static char *
entry_kinds(const medct_plugin_entry *entry)
{
  GString *text = g_string_new(NULL);
  for (gsize i = 0; medct_plugin_kinds[i] != NULL; i++)
    if (entry->get_factory(medct_plugin_kinds[i]) != NULL)
      g_string_append_printf(text, "%s%s", text->len ? ";" : "", medct_plugin_kinds[i]);
  return g_string_free(text, FALSE);
}

/* Starts an entry that is linked into the program; FALSE when its ABI or init fails. */
static gboolean
add_builtin(MedctHost *host, const char *name, const medct_plugin_entry *entry, GError **error)
{
  if (!medct_plugin_start(entry, name, error))
    return FALSE;
  MedctPlugin *plugin = g_new0(MedctPlugin, 1);
  plugin->entry = entry;
  plugin->record.name = g_strdup(name);
  plugin->record.version = g_strdup(MEDCT_VERSION);
  plugin->record.kinds = entry_kinds(entry);
  plugin->record.licence = g_strdup("Apache-2.0");
  plugin->record.state = MEDCT_PLUGIN_BUILT_IN;
  medct_host_add_plugin(host, plugin);
  return TRUE;
}

MedctHost *
medct_host_new(void)
{
  MedctHost *host = g_new0(MedctHost, 1);
  g_atomic_ref_count_init(&host->references);
  host->main_thread = g_thread_self();
  host->plugins = g_ptr_array_new_with_free_func((GDestroyNotify)medct_plugin_free);
  for (const MedctBuiltin *builtin = medct_builtins; builtin->name != NULL; builtin++) {
    g_autoptr(GError) error = NULL;
    if (!add_builtin(host, builtin->name, builtin->entry, &error))
      g_warning("%s", error->message);
  }
  medct_host_discover(host);
  return host;
}

MedctHost *
medct_host_ref(MedctHost *host)
{
  g_atomic_ref_count_inc(&host->references);
  return host;
}

void
medct_host_unref(MedctHost *host)
{
  if (host == NULL || !g_atomic_ref_count_dec(&host->references))
    return;
  g_ptr_array_unref(host->plugins);
  g_free(host);
}

guint
medct_host_n_plugins(const MedctHost *host)
{
  return host->plugins->len;
}

const MedctPluginRecord *
medct_host_plugin(const MedctHost *host, guint index)
{
  g_return_val_if_fail(index < host->plugins->len, NULL);
  return &((MedctPlugin *)host->plugins->pdata[index])->record;
}

/* A descriptor that a newer plugin made longer is fine; one that is too short is not. */
static gboolean
descriptor_is_sane(const medct_descriptor *descriptor)
{
  return descriptor != NULL && descriptor->size >= sizeof(medct_descriptor) &&
         descriptor->id != NULL && descriptor->id[0] != '\0';
}

GArray *
medct_host_candidates(const MedctHost *host, const char *kind)
{
  enum { MOST_PER_PLUGIN = 256 };
  GArray *found = g_array_new(FALSE, FALSE, sizeof(MedctCandidate));
  for (guint i = 0; i < host->plugins->len; i++) {
    const MedctPlugin *plugin = host->plugins->pdata[i];
    const medct_factory *factory = plugin->entry ? plugin->entry->get_factory(kind) : NULL;
    guint n = factory ? MIN(factory->count(), MOST_PER_PLUGIN) : 0;
    for (guint k = 0; k < n; k++) {
      MedctCandidate candidate = {plugin, factory, factory->descriptor(k)};
      if (descriptor_is_sane(candidate.descriptor))
        g_array_append_val(found, candidate);
    }
  }
  return found;
}
