#include "render/frame_times.h"

#include <math.h>
#include <string.h>

static void
test_empty(void)
{
  MedctFrameTimes times = {0};
  g_assert_cmpfloat(medct_frame_times_percentile(&times, 0.99), ==, 0);
  g_autofree char *text = medct_frame_times_print(&times);
  g_assert_true(g_str_has_prefix(text, "0 frames"));
}

static void
test_percentiles(void)
{
  MedctFrameTimes times = {0};
  for (int n = 0; n < 98; n++)
    medct_frame_times_add(&times, 10.1);
  medct_frame_times_add(&times, 40.1);
  medct_frame_times_add(&times, 400);
  g_assert_cmpuint(times.n, ==, 100);
  g_assert_cmpfloat(medct_frame_times_percentile(&times, 0), ==, 10.25);
  g_assert_cmpfloat(medct_frame_times_percentile(&times, 0.98), ==, 10.25);
  g_assert_cmpfloat(medct_frame_times_percentile(&times, 0.99), ==, 40.25);
  g_assert_cmpfloat(medct_frame_times_percentile(&times, 1), ==, 400);
  g_autofree char *text = medct_frame_times_print(&times);
  g_assert_nonnull(strstr(text, "100 frames: mean 14.30 ms, p50 10.25 ms, p99 40.25 ms"));
  g_assert_nonnull(strstr(text, "longest 400.00 ms"));
}

/* Every frame stands in one line of bars, the last line taking what is longer than the bins. */
static void
test_bars_add_up(void)
{
  MedctFrameTimes times = {0};
  for (int n = 0; n < 2000; n++)
    medct_frame_times_add(&times, n * 0.2);
  g_autofree char *text = medct_frame_times_print(&times);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  guint64 sum = 0;
  for (int n = 1; lines[n][0] != '\0'; n++)
    sum += g_ascii_strtoull(strrchr(lines[n], ' ') + 1, NULL, 10);
  g_assert_cmpuint(sum, ==, 2000);
}

static void
test_not_times(void)
{
  MedctFrameTimes times = {0};
  medct_frame_times_add(&times, -1);
  medct_frame_times_add(&times, NAN);
  medct_frame_times_add(&times, INFINITY);
  g_assert_cmpuint(times.n, ==, 0);
  medct_frame_times_add(&times, 3);
  g_assert_cmpfloat(medct_frame_times_percentile(&times, 0.5), ==, 3);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/frame-times/empty", test_empty);
  g_test_add_func("/frame-times/percentiles", test_percentiles);
  g_test_add_func("/frame-times/bars-add-up", test_bars_add_up);
  g_test_add_func("/frame-times/not-times", test_not_times);
  return g_test_run();
}
