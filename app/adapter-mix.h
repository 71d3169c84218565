/* Several adapters with weights, as the window shows and changes them: what a backend takes as one
 * text, a line each, FOLDER or FOLDER:WEIGHT (plugins/medct-plugin.h). Plain data; thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char *folder;
  double weight; /* 1: the adapter as it is */
} MedctMixPart;

/* MedctMixPart; the caller's. A folder that is there as it is written has no weight, whatever its
 * name; what is no number stays part of the name. */
GArray *medct_adapter_mix_parse(const char *text);
void medct_adapter_mix_add(GArray *parts, const char *folder, double weight);
/* Free it. */
char *medct_adapter_mix_text(const GArray *parts);
/* "quick-1 × 0.5 + full-2", without a path. Free it. */
char *medct_adapter_mix_title(const GArray *parts);
/* What one adapter is called: its folder; of an unfinished run, the run. Free it. */
char *medct_adapter_mix_name(const char *folder);

G_END_DECLS
