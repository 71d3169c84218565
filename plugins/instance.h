/* What the host hands to one plugin instance: the medct_host struct with its extensions, and which
 * call is running on this thread. Thread: any. */
#pragma once

#include "model/error.h"
#include "model/monitor.h"
#include "plugins/medct-plugin.h"

G_BEGIN_DECLS

/* Fills `host` (owned by the caller; must outlive the instance). `main_thread` answers
 * thread-check; `plugin` names the instance in the log and must live as long. */
typedef struct {
  medct_host abi;
  GThread *main_thread;
  const char *plugin;
} MedctInstanceHost;
void medct_instance_host_init(MedctInstanceHost *host, GThread *main_thread, const char *plugin);

/* Brackets a [job-thread] call: until leave, this thread is a job thread and is_cancelled and
 * report go to `monitor` (may be NULL). Nests. */
typedef struct _MedctCall {
  const MedctMonitor *monitor;
  struct _MedctCall *outer;
} MedctCall;
void medct_call_enter(MedctCall *call, const MedctMonitor *monitor);
void medct_call_leave(MedctCall *call);

/* An empty error for a plugin to fill, and what it said as a GError ("PLUGIN: …" when `plugin`
 * is not NULL). A plugin that says nothing, or in broken UTF-8, still yields a sentence. */
medct_error medct_plugin_error(void);
void medct_plugin_error_propagate(GError **error, const char *plugin, const medct_error *said);

G_END_DECLS
