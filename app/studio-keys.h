/* The window's own keys, as data: the program acts by these tables, and the shortcuts window is
 * checked against them. The pictures' keys are in ui/viewport-keys.h and ui/volume-view-keys.h. */
#pragma once

#include "app/studio-window.h"

G_BEGIN_DECLS

/* With a modifier or a function key: wherever the focus is. */
typedef struct {
  const char *action, *keys[3]; /* NULL-ended, as GtkApplication takes them */
} MedctStudioAccel;

extern const MedctStudioAccel medct_studio_accels[];
extern const gsize medct_n_studio_accels;

/* Plain keys: wherever nothing is being typed. */
typedef struct {
  guint key;                                  /* GDK_KEY_… */
  gboolean (*act)(MedctStudioWindow *window); /* FALSE: nothing to do */
} MedctStudioKey;

extern const MedctStudioKey medct_studio_keys[];
extern const gsize medct_n_studio_keys;

void medct_studio_add_keys(MedctStudioWindow *window);

G_END_DECLS
