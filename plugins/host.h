/* The plugin host: finds plugins, decides which may run, and hands out readers and backends.
 * The programs reach readers and models only through here. Built-in plugins (nifti, ctclip) give
 * the same medct_plugin_entry as strangers' do.
 *
 * Owner: one MedctHost a process, reference-counted. Thread: create it on the main thread; the
 * calls marked [job] belong on a worker. */
#pragma once

#include "model/monitor.h"
#include "model/volume.h"
#include "plugins/medct-plugin.h"

G_BEGIN_DECLS

typedef struct _MedctHost MedctHost;

/* Finds the plugins and starts those that may run. Never fails: what could not be loaded is said in
 * its record. */
MedctHost *medct_host_new(void);
MedctHost *medct_host_ref(MedctHost *host);
void medct_host_unref(MedctHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctHost, medct_host_unref)

typedef enum {
  MEDCT_PLUGIN_BUILT_IN,
  MEDCT_PLUGIN_ENABLED,
  MEDCT_PLUGIN_OFF,     /* not enabled by the user, or changed since */
  MEDCT_PLUGIN_REFUSED, /* manifest, permissions or the plugin itself: see `problem` */
} MedctPluginState;

/* Owned by the host, immutable; any thread. Strings are "" when not known. */
typedef struct {
  char *name, *version, *kinds, *file_types, *authors, *licence;
  char *path;   /* of the shared object; "" when built in */
  char *sha256; /* of the shared object */
  MedctPluginState state;
  char *problem; /* why it does not run, and what to do */
} MedctPluginRecord;
guint medct_host_n_plugins(const MedctHost *host);
const MedctPluginRecord *medct_host_plugin(const MedctHost *host, guint index);

/* [job] Reads a volume (a file now; a folder for readers that take one). The reader is chosen by
 * probing. `slab` (may be NULL) is called after each slab with the volume under construction's
 * header, the voxel buffer and the number of slices ready, on the calling thread. */
typedef void (*MedctSlabReady)(const MedctVolumeHeader *header, const void *voxels,
                               int64_t slices_ready, void *user_data);
MedctVolume *medct_host_open_volume(MedctHost *host, const char *path, const MedctMonitor *monitor,
                                    MedctSlabReady slab, void *user_data, GError **error);

/* A loaded model, whichever plugin computes it. Wraps a medct_model_backend; adds the encoding
 * cache on disk. Reference-counted; [job] unless stated. */
typedef struct _MedctBackend MedctBackend;
typedef struct _MedctStudyEncoding MedctStudyEncoding;

MedctBackend *medct_host_load_model(MedctHost *host, const char *path, const char *adapter,
                                    const MedctMonitor *monitor, GError **error);
MedctBackend *medct_backend_ref(MedctBackend *backend);
void medct_backend_unref(MedctBackend *backend);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctBackend, medct_backend_unref)

const medct_model_info *medct_backend_info(const MedctBackend *backend); /* any thread */
guint medct_backend_n_warnings(const MedctBackend *backend);
const MedctWarning *medct_backend_warning(const MedctBackend *backend, guint index);
gboolean medct_backend_set_adapter(MedctBackend *backend, const char *adapter, GError **error);

typedef struct {
  guint32 flags;     /* MEDCT_ENCODE_… */
  gboolean no_cache; /* neither read nor write the cache on disk */
} MedctEncodeRequest;

/* Encodes, or restores from the cache keyed by volume · weights · adapter · options. */
MedctStudyEncoding *medct_backend_encode(MedctBackend *backend, MedctVolume *volume,
                                         const MedctEncodeRequest *request,
                                         const MedctMonitor *monitor, GError **error);
MedctStudyEncoding *medct_study_encoding_ref(MedctStudyEncoding *encoding);
void medct_study_encoding_unref(MedctStudyEncoding *encoding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctStudyEncoding, medct_study_encoding_unref)
const medct_encoding_info *medct_study_encoding_info(const MedctStudyEncoding *encoding);
gboolean medct_study_encoding_was_cached(const MedctStudyEncoding *encoding);

/* latents [n][info.latent]; asked for together, the weights are read once. May run beside encode.
 * monitor NULL: cannot be stopped. */
gboolean medct_backend_encode_texts(MedctBackend *backend, const char *const *texts, guint n,
                                    float *latents, const MedctMonitor *monitor, GError **error);
/* latents [n][info.latent] → cosine [n] */
gboolean medct_backend_score(MedctBackend *backend, MedctStudyEncoding *encoding,
                             const float *latents, guint n, float *cosine, GError **error);
/* u [info.latent] → share [t·h·w] */
gboolean medct_backend_share(MedctBackend *backend, MedctStudyEncoding *encoding, const float *u,
                             float *share, const MedctMonitor *monitor, GError **error);

G_END_DECLS
