/* For measuring: what drawing takes, and when the first slice is on screen. */
#include "app/studio-private.h"

enum { MOVING_MS = 200 }; /* frames further apart than this are not of one movement */

/* Only frames that follow a change of the view are counted: scrolling, not what blinks. */
static void
frame_begins(GdkFrameClock *clock, MedctStudioWindow *window)
{
  window->frame_started = g_get_monotonic_time();
  window->frame_counts = window->view_changed;
  window->view_changed = FALSE;
}

static void
frame_ends(GdkFrameClock *clock, MedctStudioWindow *window)
{
  if (!window->frame_counts)
    return;
  gint64 now = g_get_monotonic_time();
  double gap = (double)(now - window->frame_ended) / 1000;
  medct_frame_times_add(&window->frame_times, (double)(now - window->frame_started) / 1000);
  if (gap < MOVING_MS)
    medct_frame_times_add(&window->frame_gaps, gap);
  window->frame_ended = now;
}

static void
follow_frames(GtkWidget *widget)
{
  MedctStudioWindow *window = MEDCT_STUDIO_WINDOW(widget);
  GdkFrameClock *clock = gtk_widget_get_frame_clock(widget);
  g_signal_connect_object(clock, "before-paint", G_CALLBACK(frame_begins), window, 0);
  g_signal_connect_object(clock, "after-paint", G_CALLBACK(frame_ends), window, 0);
}

void
medct_studio_window_time_frames(MedctStudioWindow *window)
{
  g_signal_connect(window, "realize", G_CALLBACK(follow_frames), NULL);
}

void
medct_studio_print_frames(const MedctStudioWindow *window)
{
  const MedctFrameTimes *gaps = &window->frame_gaps;
  if (window->frame_times.n == 0)
    return;
  g_autofree char *text = medct_frame_times_print(&window->frame_times);
  g_print("%s", text);
  if (gaps->n > 0)
    g_print("moving: %.1f frames a second, p99 from one to the next %.2f ms, drawn by %s\n",
            1000 * (double)gaps->n / gaps->sum_ms, medct_frame_times_percentile(gaps, 0.99),
            medct_viewport_drawn_by(MEDCT_VIEWPORT(window->viewports[0])));
}

/* ---- first slice --------------------------------------------------------------------------- */

static void
first_slice_painted(GdkFrameClock *clock, MedctStudioWindow *window)
{
  g_signal_handlers_disconnect_by_func(clock, first_slice_painted, window);
  g_print("first slice at %" G_GINT64_FORMAT "\n", g_get_real_time());
}

void
medct_studio_tell_slice(MedctStudioWindow *window)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(window));
  if (!window->first_slice_wanted || clock == NULL)
    return;
  window->first_slice_wanted = FALSE;
  g_signal_connect_object(clock, "after-paint", G_CALLBACK(first_slice_painted), window, 0);
}

void
medct_studio_window_time_first_slice(MedctStudioWindow *window)
{
  window->first_slice_wanted = TRUE;
}
