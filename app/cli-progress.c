/* Progress on a terminal and cancelling by Ctrl-C.
 *
 * The only mutable globals of the program: a signal handler has no other place to write to, and
 * there is one terminal. Thread: the monitor is used by one worker at a time. */
#include "app/cli-private.h"
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;
static gint64 last_shown_us;
static gboolean line_shown;

static void
on_interrupt(int signal_number)
{
  interrupted = 1;
}

void
medct_cli_watch_interrupt(void)
{
  /* SA_RESETHAND: a second Ctrl-C ends the program at once, should the first go unheard. */
  struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESETHAND | SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

static bool
monitor_cancelled(void *data)
{
  return interrupted != 0;
}

void
medct_cli_show_line(const char *format, ...)
{
  gint64 now = g_get_monotonic_time();
  if (now - last_shown_us < 100000 || !isatty(STDERR_FILENO))
    return;
  last_shown_us = now;
  line_shown = TRUE;
  va_list args;
  va_start(args, format);
  fputs("\r\033[K", stderr);
  vfprintf(stderr, format, args);
  fflush(stderr);
  va_end(args);
}

static void
monitor_progress(void *data, double fraction, const char *stage)
{
  medct_cli_show_line("%s  %.0f %%", stage ? stage : "", 100 * CLAMP(fraction, 0, 1));
}

void
medct_cli_clear_progress(void)
{
  if (!line_shown)
    return;
  line_shown = FALSE;
  fputs("\r\033[K", stderr);
  fflush(stderr);
}

const MedctMonitor *
medct_cli_monitor(void)
{
  static const MedctMonitor monitor = {monitor_cancelled, monitor_progress, NULL};
  return &monitor;
}
