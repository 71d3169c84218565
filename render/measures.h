/* A study's measurements in the order they were made, and the steps that led there: each can be
 * undone and done again. Owner: the study. Thread: main. */
#pragma once

#include "render/measure.h"

G_BEGIN_DECLS

typedef struct _MedctMeasures MedctMeasures;

MedctMeasures *medct_measures_new(void);
void medct_measures_free(MedctMeasures *measures);

guint medct_measures_n(const MedctMeasures *measures);
const MedctMeasure *medct_measures_at(const MedctMeasures *measures, guint place);
guint medct_measures_version(const MedctMeasures *measures); /* grows with every change */

/* At the end, as if it had always been there; before the first step. */
void medct_measures_put(MedctMeasures *measures, const MedctMeasure *measure);
/* A new step forgets what was undone. */
void medct_measures_add(MedctMeasures *measures, const MedctMeasure *measure);
void medct_measures_remove(MedctMeasures *measures, guint place);
gboolean medct_measures_can_undo(const MedctMeasures *measures);
gboolean medct_measures_can_redo(const MedctMeasures *measures);
void medct_measures_undo(MedctMeasures *measures); /* nothing when there is nothing */
void medct_measures_redo(MedctMeasures *measures);

G_END_DECLS
