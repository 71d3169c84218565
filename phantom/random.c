#include "phantom/random.h"

MedctRandom
medct_random_stream(guint64 seed, guint64 patient, const char *what)
{
  guint64 key = medct_random_mix(medct_random_mix(seed) ^ patient);
  for (const char *c = what; *c; c++)
    key = medct_random_mix(key ^ (guint8)*c);
  return (MedctRandom){key, 0};
}

double
medct_random_uniform(MedctRandom *random)
{
  return (double)(medct_random_mix(random->key + random->n++) >> 11) * 0x1p-53;
}

double
medct_random_between(MedctRandom *random, double low, double high)
{
  return low + (high - low) * medct_random_uniform(random);
}

int
medct_random_integer(MedctRandom *random, int low, int high)
{
  return low + (int)(medct_random_uniform(random) * (high - low + 1));
}

gboolean
medct_random_chance(MedctRandom *random, double probability)
{
  return medct_random_uniform(random) < probability;
}

double
medct_random_normal(MedctRandom *random, double mean, double sd)
{
  double sum = -6;
  for (int n = 0; n < 12; n++)
    sum += medct_random_uniform(random);
  return mean + sd * sum;
}
