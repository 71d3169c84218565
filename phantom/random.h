/* Random numbers that depend on a seed, a patient and the name of what is drawn, never on what was
 * drawn before elsewhere: with one finding left out, all else of the patient stays bit-equal.
 * A stream belongs to one thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint64 key, n;
} MedctRandom;

/* One step of SplitMix64: hashes a counter. */
static inline guint64
medct_random_mix(guint64 x)
{
  x += G_GUINT64_CONSTANT(0x9E3779B97F4A7C15);
  x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT(0xBF58476D1CE4E5B9);
  x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT(0x94D049BB133111EB);
  return x ^ (x >> 31);
}

MedctRandom medct_random_stream(guint64 seed, guint64 patient, const char *what);

double medct_random_uniform(MedctRandom *random);                          /* [0, 1) */
double medct_random_between(MedctRandom *random, double low, double high); /* [low, high) */
int medct_random_integer(MedctRandom *random, int low, int high);          /* both ends included */
gboolean medct_random_chance(MedctRandom *random, double probability);
/* Sum of twelve uniforms: no library function whose last bit differs between machines. */
double medct_random_normal(MedctRandom *random, double mean, double sd);

G_END_DECLS
