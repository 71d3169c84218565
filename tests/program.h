/* Runs the real medct and keeps what it said. For tests only. */
#pragma once

#include <glib.h>

typedef struct {
  int status; /* exit status; −1 when it ended by a signal */
  char *out, *err;
} Outcome;

static inline void
outcome_clear(Outcome *outcome)
{
  g_free(outcome->out);
  g_free(outcome->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

static inline Outcome
run_words(const char *const *words)
{
  Outcome outcome = {-1, NULL, NULL};
  int wait_status = 0;
  g_autoptr(GError) error = NULL;
  g_spawn_sync(NULL, (char **)words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &outcome.out,
               &outcome.err, &wait_status, &error);
  g_assert_no_error(error);
  if (g_spawn_check_wait_status(wait_status, &error))
    outcome.status = 0;
  else if (error->domain == G_SPAWN_EXIT_ERROR)
    outcome.status = error->code;
  return outcome;
}

/* run("score", "--json", NULL) runs medct with these words. */
static inline Outcome G_GNUC_NULL_TERMINATED
run(const char *first, ...)
{
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  g_ptr_array_add(words, (gpointer)g_getenv("MEDCT_PROGRAM"));
  va_list rest;
  va_start(rest, first);
  for (const char *word = first; word; word = va_arg(rest, const char *))
    g_ptr_array_add(words, (gpointer)word);
  va_end(rest);
  g_ptr_array_add(words, NULL);
  return run_words((const char *const *)words->pdata);
}

#define assert_contains(text, part) g_assert_nonnull(strstr(text, part))
