#include "render/colormap.h"

#include <math.h>
#include <stdlib.h>

static const guint32 stops[][5] = {
    [MEDCT_COLORMAP_FOR] = {0x4a0c6b, 0x932667, 0xd74b3f, 0xfa9207, 0xf2ea69},
    [MEDCT_COLORMAP_AGAINST] = {0x112f74, 0x1c54aa, 0x297ed6, 0x5eace5, 0xabdff8},
    [MEDCT_COLORMAP_DIFFERENCE] = {0x9eb0ff, 0x2f75a0, 0x190c09, 0x8a3a22, 0xffacac},
};

guint32
medct_colormap_rgb(MedctColormap map, double f)
{
  double at = 4 * (f > 0 ? fmin(f, 1) : 0);
  int n = at < 4 ? (int)at : 3;
  guint32 low = stops[map][n], high = stops[map][n + 1], rgb = 0;
  for (int shift = 16; shift >= 0; shift -= 8) {
    double a = low >> shift & 0xff, b = high >> shift & 0xff;
    rgb |= (guint32)lrint(a + (b - a) * (at - n)) << shift;
  }
  return rgb;
}

double
medct_colormap_alpha(double f, double opacity)
{
  double rise = (f - MEDCT_COLORMAP_BARE) / 0.30;
  return opacity * (rise > 0 ? fmin(rise, 1) : 0);
}

double
medct_colormap_top(double peak)
{
  if (!(peak > 0) || !isfinite(peak))
    return 1;
  static const double mantissas[] = {1, 2, 5, 10};
  int exponent = (int)floor(log10(peak));
  /* A negative power is divided by, so that 0.02 is exactly 2/100. */
  double power = pow(10, abs(exponent));
  for (int n = 0; n < 4; n++) {
    double top = exponent < 0 ? mantissas[n] / power : mantissas[n] * power;
    if (top >= peak * (1 - 1e-9))
      return top;
  }
  return 10 * pow(10, exponent);
}
