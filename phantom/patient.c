#include "phantom/patient.h"
#include "phantom/random.h"

typedef struct {
  float a_mean, a_sd, b_mean, b_sd;
} Normal;

static float
of_site(MedctRandom *random, const MedctSite *site, MedctFactor factor, Normal normal)
{
  gboolean b = site->from_b[factor];
  double unit = medct_random_normal(random, 0, 1);
  return (float)((b ? normal.b_mean : normal.a_mean) + unit * (b ? normal.b_sd : normal.a_sd));
}

static gboolean
chance_of_site(MedctRandom *random, const MedctSite *site, MedctFactor factor, double a, double b)
{
  return medct_random_chance(random, site->from_b[factor] ? b : a);
}

static float
lognormal(MedctRandom *random, double median, double sd)
{
  return (float)(median * exp(medct_random_normal(random, 0, sd)));
}

/* Site B reads nine in ten chests prone, as centres for interstitial lung disease do, and of the
 * others some on the side; all that obeys gravity goes with it. */
static MedctVec
draw_down(MedctRandom *random, const MedctSite *site)
{
  double u = medct_random_uniform(random);
  if (!site->from_b[MEDCT_FACTOR_POSITION] || u < 0.07)
    return (MedctVec){0, 1, 0};
  if (u < 0.97)
    return (MedctVec){0, -1, 0};
  return (MedctVec){u < 0.985 ? 1 : -1, 0, 0};
}

static void
draw_body(MedctPatient *p, const MedctSite *site, MedctRandom *random)
{
  p->female = medct_random_chance(random, 0.45);
  p->scale = (p->female ? 0.93f : 1.0f) *
             of_site(random, site, MEDCT_FACTOR_SCALE, (Normal){1, 0.04f, 0.88f, 0.04f});
  p->width = (float)medct_random_normal(random, 132, 5);
  p->depth = (float)medct_random_normal(random, 92, 5);
  p->apex = (float)medct_random_between(random, 120, 130);
  p->breath = of_site(random, site, MEDCT_FACTOR_INSPIRATION, (Normal){0, 6, 20, 11});
  double fat = site->from_b[MEDCT_FACTOR_FAT] ? 24 : 15;
  p->fat = CLAMP(lognormal(random, fat, 0.35), 5, 42);
  p->breast = (float)medct_random_between(random, 0.7, 1.3);
  p->gland = (float)medct_random_between(random, 0.1, 0.7);
  p->heart = (float)medct_random_between(random, 0.93, 1.03);
  p->aorta = (float)medct_random_normal(random, 1, 0.07);
  p->down = draw_down(random, site);
  p->arms_down = chance_of_site(random, site, MEDCT_FACTOR_ARMS, 0.05, 0.6);
}

static void
draw_densities(MedctPatient *p, const MedctSite *site, MedctRandom *random)
{
  p->lung = of_site(random, site, MEDCT_FACTOR_INSPIRATION, (Normal){-862, 14, -785, 28});
  p->gradient = (float)medct_random_between(random, 0.15, 0.45);
  p->muscle = (float)medct_random_normal(random, 54, 5);
  p->marrow = (float)medct_random_between(random, 110, 240);
  gboolean calcified = chance_of_site(random, site, MEDCT_FACTOR_LOOKALIKES, 0.2, 0.7);
  p->cartilage = calcified ? 260 : 95;
  p->enhanced = chance_of_site(random, site, MEDCT_FACTOR_CONTRAST, 0, 0.8);
  double left = medct_random_between(random, 0, 1), right = medct_random_between(random, 0, 1),
         organ = medct_random_between(random, 0, 1);
  p->blood_left = (float)(p->enhanced ? 150 + 130 * left : 36 + 10 * left);
  p->blood_right = (float)(p->enhanced ? 130 + 190 * right : 36 + 10 * left);
  p->wall = (float)(p->enhanced ? 85 + 25 * organ : 46 + 8 * organ);
  p->liver = (float)(p->enhanced ? 85 + 35 * organ : 50 + 16 * organ);
  p->spleen = (float)(p->enhanced ? 100 + 40 * organ : 45 + 10 * organ);
}

static void
draw_scan(MedctPatient *p, const MedctSite *site, MedctRandom *random)
{
  p->off_x = of_site(random, site, MEDCT_FACTOR_CENTRE, (Normal){0, 3, 0, 11});
  p->off_y = of_site(random, site, MEDCT_FACTOR_CENTRE, (Normal){0, 3, 0, 11});
  double spread = medct_random_normal(random, 0, 0.25);
  p->noise = (float)((site->from_b[MEDCT_FACTOR_NOISE] ? 55 : 20) * exp(spread));
  p->kernel = of_site(random, site, MEDCT_FACTOR_KERNEL, (Normal){-0.3f, 0.12f, 0.9f, 0.2f});
  double u = medct_random_uniform(random);
  p->thickness = (float)(site->from_b[MEDCT_FACTOR_THICKNESS] ? 3 + 3 * u : 1 + u);
  p->offset = of_site(random, site, MEDCT_FACTOR_HU, (Normal){0, 3, 18, 8});
  p->gain = of_site(random, site, MEDCT_FACTOR_HU, (Normal){1, 0.003f, 1.015f, 0.006f});
}

void
medct_patient_draw(MedctPatient *patient, const MedctSite *site, guint64 seed, guint64 index)
{
  *patient = (MedctPatient){.seed = seed, .index = index};
  MedctRandom random = medct_random_stream(seed, index, "body");
  draw_body(patient, site, &random);
  random = medct_random_stream(seed, index, "densities");
  draw_densities(patient, site, &random);
  random = medct_random_stream(seed, index, "scan");
  draw_scan(patient, site, &random);
}
