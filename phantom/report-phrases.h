/* The sentences of the two sites. Slots: {deg} mild, moderate, severe; {vol} small, moderate,
 * large; {ext} limited, scattered, extensive; {side}; {place} and {mm} of the largest object;
 * {count}; {thing} the object's name; {s} the plural's s. */
#pragma once

#include "model/pathologies.h"

G_BEGIN_DECLS

enum { MEDCT_N_PRESENT = 4, MEDCT_N_ABSENT = 3, MEDCT_N_SITES = 2 };

typedef struct {
  const char *present[MEDCT_N_SITES][MEDCT_N_PRESENT]; /* up to the first NULL */
  const char *absent[MEDCT_N_SITES][MEDCT_N_ABSENT];
} MedctPhrases;

extern const MedctPhrases medct_phrases[MEDCT_N_PATHOLOGIES];
/* Normal organs, by site; NULL-ended. */
extern const char *const medct_normal_sentences[MEDCT_N_SITES][16];

G_END_DECLS
