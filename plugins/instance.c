#include "plugins/instance.h"

#include <stdlib.h>
#include <string.h>

/* The innermost call on this thread; a thread-local, so text and volume may be encoded at once. */
static GPrivate current_call = G_PRIVATE_INIT(NULL);

void
medct_call_enter(MedctCall *call, const MedctMonitor *monitor)
{
  call->monitor = monitor;
  call->outer = g_private_get(&current_call);
  g_private_set(&current_call, call);
}

void
medct_call_leave(MedctCall *call)
{
  g_private_set(&current_call, call->outer);
}

static void
host_log(const medct_host *abi, int32_t severity, const char *message)
{
  static const GLogLevelFlags levels[] = {G_LOG_LEVEL_DEBUG, G_LOG_LEVEL_INFO, G_LOG_LEVEL_MESSAGE,
                                          G_LOG_LEVEL_MESSAGE};
  const MedctInstanceHost *host = abi->host_data;
  if (message == NULL)
    return;
  g_autofree char *text = g_utf8_make_valid(message, strnlen(message, 4096));
  g_log(G_LOG_DOMAIN, levels[CLAMP(severity, 0, 3)], "%s: %s", host->plugin, text);
}

static bool
host_is_main_thread(const medct_host *abi)
{
  const MedctInstanceHost *host = abi->host_data;
  return g_thread_self() == host->main_thread;
}

static bool
host_is_job_thread(const medct_host *abi)
{
  return g_private_get(&current_call) != NULL;
}

static bool
host_is_cancelled(const medct_host *abi)
{
  const MedctCall *call = g_private_get(&current_call);
  return call != NULL && medct_monitor_cancelled(call->monitor);
}

static void
host_report(const medct_host *abi, double fraction, const char *stage)
{
  const MedctCall *call = g_private_get(&current_call);
  if (call != NULL && fraction >= 0 && fraction <= 1)
    medct_monitor_progress(call->monitor, fraction, stage ? stage : "");
}

static bool
host_setting(const medct_host *abi, const char *key, char *value, uint64_t capacity)
{
  if (key == NULL || value == NULL || strcmp(key, "threads") != 0)
    return false;
  const char *wanted = g_getenv("MEDCT_THREADS");
  guint64 n = 0;
  if (wanted == NULL || !g_ascii_string_to_unsigned(wanted, 10, 1, 1024, &n, NULL))
    n = g_get_num_processors();
  g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, n);
  return g_strlcpy(value, text, capacity) < capacity;
}

static const void *
host_get_extension(const medct_host *abi, const char *id)
{
  static const medct_host_log log_extension = {host_log};
  static const medct_host_thread_check thread_check = {host_is_main_thread, host_is_job_thread};
  static const medct_host_progress progress = {host_is_cancelled, host_report};
  static const medct_host_settings settings = {host_setting};
  if (g_strcmp0(id, MEDCT_HOST_LOG) == 0)
    return &log_extension;
  if (g_strcmp0(id, MEDCT_HOST_THREAD_CHECK) == 0)
    return &thread_check;
  if (g_strcmp0(id, MEDCT_HOST_PROGRESS) == 0)
    return &progress;
  if (g_strcmp0(id, MEDCT_HOST_SETTINGS) == 0)
    return &settings;
  return NULL;
}

void
medct_instance_host_init(MedctInstanceHost *host, GThread *main_thread, const char *plugin)
{
  *host = (MedctInstanceHost){
      .abi = {.abi_major = MEDCT_ABI_MAJOR,
              .abi_minor = MEDCT_ABI_MINOR,
              .name = "MedCT",
              .version = MEDCT_VERSION,
              .host_data = host,
              .get_extension = host_get_extension},
      .main_thread = main_thread,
      .plugin = plugin,
  };
}

medct_error
medct_plugin_error(void)
{
  return (medct_error){.size = sizeof(medct_error)};
}

static MedctErrorCode
error_code(int32_t code)
{
  switch (code) {
  case MEDCT_PLUGIN_IO:
    return MEDCT_ERROR_IO;
  case MEDCT_PLUGIN_UNSUPPORTED:
    return MEDCT_ERROR_UNSUPPORTED;
  case MEDCT_PLUGIN_MISMATCH:
    return MEDCT_ERROR_MISMATCH;
  case MEDCT_PLUGIN_ARGUMENT:
    return MEDCT_ERROR_ARGUMENT;
  case MEDCT_PLUGIN_CANCELLED:
    return MEDCT_ERROR_CANCELLED;
  case MEDCT_PLUGIN_MEMORY:
    return MEDCT_ERROR_MEMORY;
  default:
    return MEDCT_ERROR_FORMAT;
  }
}

void
medct_plugin_error_propagate(GError **error, const char *plugin, const medct_error *said)
{
  size_t length = strnlen(said->message, sizeof said->message);
  g_autofree char *message = g_utf8_make_valid(said->message, (gssize)length);
  const char *text = length > 0 ? message : "failed without saying why";
  if (plugin != NULL || length == 0)
    g_set_error(error, MEDCT_ERROR, error_code(said->code), "%s: %s", plugin ? plugin : "plugin",
                text);
  else
    g_set_error_literal(error, MEDCT_ERROR, error_code(said->code), text);
}
