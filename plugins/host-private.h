/* Between the host's own files. */
#pragma once

#include "plugins/host.h"
#include "plugins/instance.h"

G_BEGIN_DECLS

typedef struct {
  MedctPluginRecord record;
  const medct_plugin_entry *entry; /* NULL: does not run */
} MedctPlugin;

struct _MedctHost {
  gatomicrefcount references;
  GThread *main_thread;
  GPtrArray *plugins; /* of MedctPlugin */
};

extern const char *const medct_plugin_kinds[]; /* all kinds that the host knows; ends with NULL */

/* One descriptor of one plugin, found by walking the factories of a kind. */
typedef struct {
  const MedctPlugin *plugin;
  const medct_factory *factory;
  const medct_descriptor *descriptor;
} MedctCandidate;
GArray *medct_host_candidates(const MedctHost *host, const char *kind); /* of MedctCandidate */

/* Checks the ABI and runs init; the entry's thread tag is [main-thread]. */
gboolean medct_plugin_start(const medct_plugin_entry *entry, const char *path, GError **error);
void medct_plugin_free(MedctPlugin *plugin); /* deinit, not unload */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctPlugin, medct_plugin_free)
void medct_host_add_plugin(MedctHost *host, MedctPlugin *plugin); /* takes it */
/* Adds what is found in the plugin folders. */
void medct_host_discover(MedctHost *host);

/* An instance of a reader or backend: created, initialised; the interface's own host struct. */
typedef struct {
  MedctInstanceHost host;
  const medct_volume_reader *abi;
} MedctReader;
MedctReader *medct_reader_new(MedctHost *host, const MedctCandidate *candidate, GError **error);
void medct_reader_free(MedctReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctReader, medct_reader_free)

/* [job] Opens through one given reader; what medct_host_open_volume does once it has chosen. */
typedef struct _MedctSource MedctSource;
MedctVolume *medct_reader_open_volume(MedctReader *reader, MedctSource *source,
                                      const MedctMonitor *monitor, MedctSlabReady slab,
                                      void *user_data, GError **error);

G_END_DECLS
