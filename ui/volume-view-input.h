/* Mouse and keys of the 3-D picture. */
#pragma once

#include "ui/volume-view.h"

G_BEGIN_DECLS

/* The keys as data: the view acts by this table, and the shortcuts window is checked against it. */
typedef enum {
  MEDCT_VOLUME_KEY_TURN, /* right, down */
  MEDCT_VOLUME_KEY_MOVE, /* right, down */
  MEDCT_VOLUME_KEY_ZOOM,
  MEDCT_VOLUME_KEY_PRESET, /* which */
  MEDCT_VOLUME_KEY_SIDE,   /* a MedctViewSide */
  MEDCT_VOLUME_KEY_CUT,
  MEDCT_VOLUME_KEY_GLOW,
  MEDCT_VOLUME_KEY_RESET,
  MEDCT_VOLUME_KEY_ALONE, /* as a double click */
} MedctVolumeCommand;

typedef struct {
  guint key; /* GDK_KEY_…, in lower case */
  gboolean shift;
  MedctVolumeCommand command;
  int amount[2];
} MedctVolumeKey;

extern const MedctVolumeKey medct_volume_keys[];
extern const gsize medct_n_volume_keys;

/* FALSE: not one of the table. */
gboolean medct_volume_view_act_on_key(MedctVolumeView *view, guint key, GdkModifierType state);
/* Adds the controllers; they live as long as the view. */
void medct_volume_view_add_input(MedctVolumeView *view);

G_END_DECLS
