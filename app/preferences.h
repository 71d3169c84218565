/* What the user has set once: GObject properties, bound to GSettings (org.medct.Studio) where its
 * schema is installed, else kept for this run only. Thread: main. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_PREFERENCES (medct_preferences_get_type())
G_DECLARE_FINAL_TYPE(MedctPreferences, medct_preferences, MEDCT, PREFERENCES, GObject)

/* Read freely; change through g_object_set or a binding, by the keys' names. */
struct _MedctPreferences {
  GObject parent;
  GSettings *settings;  /* NULL: no schema */
  char *default_preset; /* of medct_window_presets */
  gboolean smooth_pixels, show_map, restore_session;
  int threads;   /* 0: one a processor */
  int cache_mib; /* most that is kept of encoded studies */
  char *color_scheme;
};

MedctPreferences *medct_preferences_new(void);

G_END_DECLS
