#include "render/window.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

const MedctWindowPreset medct_window_presets[MEDCT_N_WINDOW_PRESETS] = {
    {"lung", N_("Lung"), {1500, -600}},          {"mediastinum", N_("Mediastinum"), {400, 40}},
    {"bone", N_("Bone"), {2000, 350}},           {"abdomen", N_("Abdomen"), {350, 40}},
    {"emphysema", N_("Emphysema"), {500, -850}}, {"model", N_("Model view"), {2000, 0}},
};

const MedctWindowPreset *
medct_window_preset_find(const char *name)
{
  for (int n = 0; n < MEDCT_N_WINDOW_PRESETS; n++)
    if (g_ascii_strcasecmp(medct_window_presets[n].name, name) == 0)
      return &medct_window_presets[n];
  return NULL;
}

gboolean
medct_window_parse(const char *text, MedctWindow *window, GError **error)
{
  g_auto(GStrv) parts = g_strsplit(text, "\u2212", -1);
  g_autofree char *plain = g_strjoinv("-", parts);
  char *end = plain, *last = NULL;
  double width = g_ascii_strtod(plain, &end), level = 0;
  gboolean good = end != plain && *end == '/';
  if (good) {
    const char *second = end + 1;
    level = g_ascii_strtod(second, &last);
    good = last != second && *last == '\0';
  }
  if (!good || !isfinite(width) || !isfinite(level) || width < 1 || width > 65536 ||
      fabs(level) > 65536) {
    g_set_error(
        error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
        _("window is \"%s\", expected WIDTH/LEVEL in HU with a width of 1 to 65536, such as "
          "1500/-600"),
        text);
    return FALSE;
  }
  *window = (MedctWindow){width, level};
  return TRUE;
}

guint8
medct_window_grey(MedctWindow window, double hu)
{
  double centre = window.level - 0.5, half = (window.width - 1) / 2;
  if (!(hu > centre - half))
    return 0;
  if (hu > centre + half)
    return 255;
  return (guint8)lrint(((hu - centre) / (window.width - 1) + 0.5) * 255);
}

void
medct_window_table(MedctWindow window, double hu_slope, double hu_intercept, guint8 grey[65536])
{
  for (int n = 0; n < 65536; n++)
    grey[n] = medct_window_grey(window, hu_slope * (n - 32768) + hu_intercept);
}
