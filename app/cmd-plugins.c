/* medct plugins list, check, enable, disable. */
#include "app/commands.h"
#include "app/json-out.h"

#include "plugins/check.h"
#include "plugins/discovery.h"
#include "plugins/host.h"
#include "plugins/trust.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- list ---------------------------------------------------------------------------------- */

static const char *
state_name(MedctPluginState state)
{
  static const char *const names[] = {"built in", "enabled", "off", "refused"};
  return names[state];
}

static void
list_json(const MedctHost *host)
{
  g_autoptr(JsonBuilder) builder = json_builder_new();
  json_builder_begin_array(builder);
  for (guint i = 0; i < medct_host_n_plugins(host); i++) {
    const MedctPluginRecord *record = medct_host_plugin(host, i);
    json_builder_begin_object(builder);
    medct_json_add_string(builder, "name", record->name);
    medct_json_add_string(builder, "version", record->version);
    medct_json_add_string(builder, "kinds", record->kinds);
    medct_json_add_string(builder, "file_types", record->file_types);
    medct_json_add_string(builder, "authors", record->authors);
    medct_json_add_string(builder, "licence", record->licence);
    medct_json_add_string(builder, "path", record->path);
    medct_json_add_string(builder, "sha256", record->sha256);
    medct_json_add_string(builder, "state", state_name(record->state));
    medct_json_add_string(builder, "problem", record->problem);
    json_builder_end_object(builder);
  }
  json_builder_end_array(builder);
  medct_json_print(builder, TRUE);
}

static int
run_list(const MedctInvocation *invocation)
{
  g_autoptr(MedctHost) host = medct_host_new();
  if (medct_invocation_flag(invocation, "json")) {
    list_json(host);
    return 0;
  }
  for (guint i = 0; i < medct_host_n_plugins(host); i++) {
    const MedctPluginRecord *record = medct_host_plugin(host, i);
    printf("%-10s%s %s  %s\n", state_name(record->state), record->name, record->version,
           record->kinds);
    if (record->problem[0] != '\0')
      printf("          %s\n", record->problem);
  }
  return 0;
}

static const MedctOption list_options[] = {
    {.name = "json", .help = "Print as JSON."},
    {NULL},
};

const MedctCommand medct_command_plugins_list = {
    .name = "plugins list",
    .arguments = "",
    .summary = "list the plugins and whether they run",
    .description = "Shows what is built in and what lies in the plugin folders: those in "
                   "MEDCT_PLUGIN_PATH, the user's data folder and the library folder.",
    .options = list_options,
    .examples = "medct plugins list\n  what is there, and why something does not run",
    .run = run_list,
};

/* ---- check --------------------------------------------------------------------------------- */

static int
run_child(const char *name, const MedctCheckTarget *target)
{
  g_autofree char *message = NULL;
  MedctCheckState state = medct_check_child(name, target, &message);
  if (message[0] != '\0')
    printf("medct-check: %s\n", message);
  fflush(stdout);
  return state == MEDCT_CHECK_PASSED ? 0 : state == MEDCT_CHECK_SKIPPED ? 77 : 1;
}

static const char *
verdict(MedctCheckState state)
{
  static const char *const names[] = {"passed", "failed", "skipped"};
  return names[state];
}

static void
check_json(const GPtrArray *results)
{
  g_autoptr(JsonBuilder) builder = json_builder_new();
  json_builder_begin_array(builder);
  for (guint i = 0; i < results->len; i++) {
    const MedctCheckResult *result = results->pdata[i];
    json_builder_begin_object(builder);
    medct_json_add_string(builder, "check", result->name);
    medct_json_add_string(builder, "verdict", verdict(result->state));
    medct_json_add_string(builder, "message", result->message);
    medct_json_add_number(builder, "seconds", result->seconds);
    json_builder_end_object(builder);
  }
  json_builder_end_array(builder);
  medct_json_print(builder, TRUE);
}

static int
run_check(const MedctInvocation *invocation)
{
  const MedctCheckTarget target = {
      .plugin = medct_invocation_arguments(invocation)[0],
      .sample = medct_invocation_value(invocation, "sample"),
      .model = medct_invocation_value(invocation, "model"),
  };
  const char *child = medct_invocation_value(invocation, "child");
  if (child != NULL)
    return run_child(child, &target);
  g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
  g_autoptr(GPtrArray) results = medct_check_run(self ? self : "medct", &target);
  guint n_failed = 0;
  for (guint i = 0; i < results->len; i++)
    n_failed += ((MedctCheckResult *)results->pdata[i])->state == MEDCT_CHECK_FAILED;
  if (medct_invocation_flag(invocation, "json")) {
    check_json(results);
    return n_failed > 0;
  }
  for (guint i = 0; i < results->len; i++) {
    const MedctCheckResult *result = results->pdata[i];
    printf("%-8s %-16s %s\n", verdict(result->state), result->name, result->message);
  }
  return n_failed > 0;
}

static const MedctOption check_options[] = {
    {.name = "sample", .argument = "FILE", .help = "A good file for the reader to be checked."},
    {.name = "model", .argument = "PATH", .help = "A good model for the backend to be checked."},
    {.name = "json", .help = "Print as JSON."},
    {.name = "child",
     .argument = "CHECK",
     .help = "Run this one check here, without a process of its own (used by the command itself)."},
    {NULL},
};

const MedctCommand medct_command_plugins_check = {
    .name = "plugins check",
    .arguments = "PLUGIN",
    .min_arguments = 1,
    .max_arguments = 1,
    .summary = "run a plugin through the validator",
    .description =
        "Runs the plugin's code, enabled or not, each check in a process of its own: how "
        "fast it starts, unknown ids, repeated init, threads, hostile streams, "
        "cancelling. Only check plugins whose origin you know.",
    .options = check_options,
    .examples = "medct plugins check --sample scan.exct ./example-reader.so\n"
                "  also reads the sample, cut short and bent",
    .run = run_check,
};

/* ---- enable, disable ----------------------------------------------------------------------- */

static int
set_enabled(const MedctInvocation *invocation, gboolean enabled)
{
  g_autoptr(GError) error = NULL;
  const char *plugin = medct_invocation_arguments(invocation)[0];
  g_autofree char *name = g_path_get_basename(plugin);
  int fd = medct_trust_open(plugin, (guint64)1 << 30, &error);
  if (fd < 0)
    return medct_command_fail(invocation, error);
  g_autofree char *sha256 = medct_trust_sha256(fd, plugin, &error);
  close(fd);
  if (sha256 == NULL || !medct_trust_set_enabled(sha256, name, enabled, &error))
    return medct_command_fail(invocation, error);
  printf("%s: %s (SHA-256 %s)\n", name, enabled ? "enabled" : "disabled", sha256);
  return 0;
}

static int
run_enable(const MedctInvocation *invocation)
{
  return set_enabled(invocation, TRUE);
}

static int
run_disable(const MedctInvocation *invocation)
{
  return set_enabled(invocation, FALSE);
}

const MedctCommand medct_command_plugins_enable = {
    .name = "plugins enable",
    .arguments = "PLUGIN",
    .min_arguments = 1,
    .max_arguments = 1,
    .summary = "allow this very plugin file to run",
    .description =
        "Remembers the file's SHA-256. A changed file has to be enabled anew. The plugin "
        "runs with your rights: enable only what you trust.",
    .run = run_enable,
};

const MedctCommand medct_command_plugins_disable = {
    .name = "plugins disable",
    .arguments = "PLUGIN",
    .min_arguments = 1,
    .max_arguments = 1,
    .summary = "no longer allow this plugin file to run",
    .description = "Takes the file's SHA-256 off the list of enabled plugins.",
    .run = run_disable,
};
