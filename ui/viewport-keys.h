/* The keys of a plane's picture, as data: the picture acts by this table, and the shortcuts window
 * is checked against it. Thread: main. */
#pragma once

#include "ui/viewport.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_PLANE_KEY_STEP,    /* by `amount` slices up the slice track */
  MEDCT_PLANE_KEY_FORWARD, /* by `amount` slices as they are numbered */
  MEDCT_PLANE_KEY_FIRST,
  MEDCT_PLANE_KEY_LAST,
  MEDCT_PLANE_KEY_PRESET, /* `amount`: which */
  MEDCT_PLANE_KEY_RESET,
  MEDCT_PLANE_KEY_MARKS,
  MEDCT_PLANE_KEY_CENTRE,
  MEDCT_PLANE_KEY_MAP,
  MEDCT_PLANE_KEY_OPACITY, /* by `amount` */
  MEDCT_PLANE_KEY_ALONE,   /* as a double click */
} MedctPlaneCommand;

typedef struct {
  guint key; /* GDK_KEY_…, in lower case */
  MedctPlaneCommand command;
  double amount;
} MedctPlaneKey;

extern const MedctPlaneKey medct_plane_keys[];
extern const gsize medct_n_plane_keys;

/* Keys of the number pad and capitals count as their plain ones. FALSE: not one of the table. */
gboolean medct_viewport_act_on_key(MedctViewport *viewport, guint key);
/* +1 where up along the slice track is a rising slice number, else −1. */
double medct_viewport_upward(MedctViewport *viewport);

G_END_DECLS
