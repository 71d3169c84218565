/* A key as the tables of keys have it: without Caps Lock and the number pad. Thread: any. */
#pragma once

#include <gdk/gdk.h>

G_BEGIN_DECLS

guint medct_plain_key(guint key); /* GDK_KEY_… */

G_END_DECLS
