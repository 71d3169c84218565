/* The parent's side: one process a check, with a deadline. */
#include "plugins/check-private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCAN_SECONDS 0.1
#define MOST_OUTPUT  4096

MedctCheckState
medct_check_fail(MedctCheck *check, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_string_vprintf(check->message, format, args);
  va_end(args);
  return MEDCT_CHECK_FAILED;
}

MedctCheckState
medct_check_skip(MedctCheck *check, const char *why)
{
  g_string_assign(check->message, why);
  return MEDCT_CHECK_SKIPPED;
}

/* Seconds of a clock that stands while others have the processors: a busy machine is not the
 * plugin's fault. Where the kernel does not tell, it never stands. */
static double
own_clock(void)
{
  g_autofree char *text = NULL;
  guint64 waited_ns = 0;
  if (g_file_get_contents("/proc/self/schedstat", &text, NULL, NULL)) {
    char *rest;
    g_ascii_strtoull(text, &rest, 10); /* time on a processor */
    waited_ns = g_ascii_strtoull(rest, NULL, 10);
  }
  return (double)g_get_monotonic_time() / 1e6 - (double)waited_ns / 1e9;
}

/* ---- checks that need only the entry -------------------------------------------------------- */

static MedctCheckState
check_loads(MedctCheck *check)
{
  return MEDCT_CHECK_PASSED; /* the loading before every check did the work */
}

static MedctCheckState
check_scan(MedctCheck *check)
{
  double start = own_clock();
  for (gsize i = 0; medct_plugin_kinds[i] != NULL; i++) {
    const medct_factory *factory = check->entry->get_factory(medct_plugin_kinds[i]);
    for (guint k = 0; factory != NULL && k < MIN(factory->count(), 256); k++)
      factory->descriptor(k);
  }
  double seconds = check->scan_seconds + own_clock() - start;
  if (seconds > SCAN_SECONDS)
    return medct_check_fail(check, "took %.0f ms to start, expected at most 100", seconds * 1e3);
  return MEDCT_CHECK_PASSED;
}

static MedctCheckState
check_unknown_id(MedctCheck *check)
{
  MedctCheckHost host;
  medct_check_host_init(&host);
  if (check->entry->get_factory("medct.no-such-kind/9") != NULL)
    return medct_check_fail(check, "get_factory gave something for an unknown kind");
  for (gsize i = 0; medct_plugin_kinds[i] != NULL; i++) {
    const medct_factory *factory = check->entry->get_factory(medct_plugin_kinds[i]);
    if (factory != NULL && factory->create(&host.base.abi, "org.example.no-such-id") != NULL)
      return medct_check_fail(check, "create gave an instance for an unknown id");
  }
  return MEDCT_CHECK_PASSED;
}

static MedctCheckState
check_init_twice(MedctCheck *check)
{
  for (int i = 0; i < 2; i++) {
    g_autoptr(GError) error = NULL;
    check->entry->deinit();
    if (!medct_plugin_start(check->entry, check->target->plugin, &error))
      return medct_check_fail(check, "init after deinit failed: %s", error->message);
  }
  for (gsize i = 0; medct_plugin_kinds[i] != NULL; i++) /* still alive? */
    check->entry->get_factory(medct_plugin_kinds[i]);
  return MEDCT_CHECK_PASSED;
}

static gboolean
text_is_fit(const char *tainted)
{
  return tainted != NULL && strnlen(tainted, 4096) < 4096 && g_utf8_validate(tainted, -1, NULL);
}

static MedctCheckState
check_descriptors(MedctCheck *check)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  for (gsize i = 0; medct_plugin_kinds[i] != NULL; i++) {
    const medct_factory *factory = check->entry->get_factory(medct_plugin_kinds[i]);
    guint n = factory ? factory->count() : 0;
    if (factory != NULL && (n == 0 || n > 256))
      return medct_check_fail(check, "count of %s is %u, expected 1 to 256", medct_plugin_kinds[i],
                              n);
    for (guint k = 0; k < n; k++) {
      const medct_descriptor *d = factory->descriptor(k);
      if (d == NULL || d->size < sizeof *d)
        return medct_check_fail(check, "descriptor %u is absent or its size is too small", k);
      if (!text_is_fit(d->id) || !text_is_fit(d->name) || !text_is_fit(d->version) ||
          !text_is_fit(d->description) || !text_is_fit(d->extensions) || d->id[0] == '\0')
        return medct_check_fail(check, "descriptor %u has a text that is absent or not UTF-8", k);
      if (!g_hash_table_add(seen, (gpointer)d->id))
        return medct_check_fail(check, "the id %s is given twice", d->id);
    }
  }
  return MEDCT_CHECK_PASSED;
}

/* ---- the list ------------------------------------------------------------------------------ */

static const struct {
  const char *name;
  double seconds; /* until it counts as hanging */
  MedctCheckRun run;
} checks[] = {
    {"loads", 5, check_loads},
    {"scan", 5, check_scan},
    {"unknown-id", 5, check_unknown_id},
    {"init-twice", 5, check_init_twice},
    {"descriptors", 5, check_descriptors},
    {"threads", 10, medct_check_threads},
    {"hostile-streams", 30, medct_check_hostile_streams},
    {"reader-sample", 30, medct_check_reader_sample},
    {"backend-refuses", 10, medct_check_backend_refuses},
    {"cancel", 60, medct_check_cancel},
    {"trainer-refuses", 10, medct_check_trainer_refuses},
    {"trainer-cancel", 120, medct_check_trainer_cancel},
};

MedctCheckState
medct_check_child(const char *name, const MedctCheckTarget *target, char **message)
{
  g_autofree char *manifest = medct_discovery_manifest_path(target->plugin);
  MedctCheck check = {.target = target, .message = g_string_new(NULL)};
  MedctCheckState state = MEDCT_CHECK_FAILED;
  double start = own_clock();
  g_autoptr(MedctPlugin) plugin = medct_discovery_load(manifest, TRUE);
  check.scan_seconds = own_clock() - start;
  check.entry = plugin->entry;
  if (plugin->entry == NULL)
    medct_check_fail(&check, "%s", plugin->record.problem);
  for (gsize i = 0; i < G_N_ELEMENTS(checks) && check.entry != NULL; i++)
    if (strcmp(checks[i].name, name) == 0)
      state = checks[i].run(&check);
  *message = g_string_free(check.message, FALSE);
  return state;
}

/* ---- the parent ---------------------------------------------------------------------------- */

/* Reads until the child closes its output; FALSE at the deadline. */
static gboolean
read_until(int fd, gint64 deadline, GString *output)
{
  char chunk[512];
  for (;;) {
    gint64 left = deadline - g_get_monotonic_time();
    struct pollfd poll_fd = {fd, POLLIN, 0};
    if (left <= 0)
      return FALSE;
    int ready = poll(&poll_fd, 1, (int)(left / 1000 + 1));
    if (ready < 0 && errno != EINTR)
      return TRUE;
    if (ready <= 0)
      continue;
    ssize_t n = read(fd, chunk, sizeof chunk);
    if (n == 0 || (n < 0 && errno != EINTR))
      return TRUE;
    if (n > 0 && output->len < MOST_OUTPUT)
      g_string_append_len(output, chunk, n);
  }
}

/* The child's own line begins with a mark; whatever else the plugin prints is passed over. */
static char *
own_line(const char *output)
{
  const char *mark = g_strrstr(output, "medct-check: ");
  g_autofree char *text = g_strdup(mark ? mark + strlen("medct-check: ") : "");
  g_strdelimit(g_strchomp(text), "\n", ' ');
  return g_utf8_make_valid(text, -1);
}

static void
judge(MedctCheckResult *result, int status, gboolean in_time, double limit, const char *output)
{
  result->state = MEDCT_CHECK_FAILED;
  if (!in_time) {
    result->message = g_strdup_printf("did not end within %.0f s", limit);
  } else if (WIFSIGNALED(status)) {
    result->message = g_strdup_printf("crashed: %s", strsignal(WTERMSIG(status)));
  } else if (WEXITSTATUS(status) == 0) {
    result->state = MEDCT_CHECK_PASSED;
    result->message = g_strdup("");
  } else {
    result->message = own_line(output);
    if (WEXITSTATUS(status) == 77)
      result->state = MEDCT_CHECK_SKIPPED;
    else if (result->message[0] == '\0') {
      g_free(result->message);
      result->message = g_strdup_printf("ended the process with status %d", WEXITSTATUS(status));
    }
  }
}

static char **
child_arguments(const char *program, const char *name, const MedctCheckTarget *target)
{
  GPtrArray *argv = g_ptr_array_new();
  const char *const fixed[] = {program, "plugins", "check", "--child", name};
  for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
    g_ptr_array_add(argv, g_strdup(fixed[i]));
  const char *const pairs[][2] = {{"--sample", target->sample}, {"--model", target->model}};
  for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++)
    if (pairs[i][1] != NULL) {
      g_ptr_array_add(argv, g_strdup(pairs[i][0]));
      g_ptr_array_add(argv, g_strdup(pairs[i][1]));
    }
  g_ptr_array_add(argv, g_strdup("--"));
  g_ptr_array_add(argv, g_strdup(target->plugin));
  g_ptr_array_add(argv, NULL);
  return (char **)g_ptr_array_free(argv, FALSE);
}

static MedctCheckResult *
run_one(const char *program, const char *name, double limit, const MedctCheckTarget *target)
{
  MedctCheckResult *result = g_new0(MedctCheckResult, 1);
  result->name = g_strdup(name);
  g_auto(GStrv) argv = child_arguments(program, name, target);
  g_autoptr(GError) error = NULL;
  GPid pid = 0;
  int output_fd = -1;
  gint64 start = g_get_monotonic_time();
  if (!g_spawn_async_with_pipes(NULL, argv, NULL,
                                G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                                &pid, NULL, &output_fd, NULL, &error)) {
    result->state = MEDCT_CHECK_FAILED;
    result->message = g_strdup(error->message);
    return result;
  }
  g_autoptr(GString) output = g_string_new(NULL);
  gboolean in_time = read_until(output_fd, start + (gint64)(limit * 1e6), output);
  close(output_fd);
  if (!in_time)
    kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    continue;
  result->seconds = (double)(g_get_monotonic_time() - start) / 1e6;
  judge(result, status, in_time, limit, output->str);
  return result;
}

static void
result_free(gpointer data)
{
  MedctCheckResult *result = data;
  g_free(result->name);
  g_free(result->message);
  g_free(result);
}

GPtrArray *
medct_check_run(const char *program, const MedctCheckTarget *target)
{
  GPtrArray *results = g_ptr_array_new_with_free_func(result_free);
  for (gsize i = 0; i < G_N_ELEMENTS(checks); i++)
    g_ptr_array_add(results, run_one(program, checks[i].name, checks[i].seconds, target));
  return results;
}
