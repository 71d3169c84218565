#include "ui/plain-key.h"

guint
medct_plain_key(guint key)
{
  static const guint pad[][2] = {
      {GDK_KEY_KP_Up, GDK_KEY_Up},           {GDK_KEY_KP_Down, GDK_KEY_Down},
      {GDK_KEY_KP_Page_Up, GDK_KEY_Page_Up}, {GDK_KEY_KP_Page_Down, GDK_KEY_Page_Down},
      {GDK_KEY_KP_Home, GDK_KEY_Home},       {GDK_KEY_KP_End, GDK_KEY_End},
      {GDK_KEY_KP_Left, GDK_KEY_Left},       {GDK_KEY_KP_Right, GDK_KEY_Right},
      {GDK_KEY_KP_Add, GDK_KEY_plus},        {GDK_KEY_KP_Subtract, GDK_KEY_minus},
      {GDK_KEY_KP_Space, GDK_KEY_space},     {GDK_KEY_KP_Enter, GDK_KEY_Return},
  };
  for (gsize n = 0; n < G_N_ELEMENTS(pad); n++)
    if (key == pad[n][0])
      return pad[n][1];
  if (key >= GDK_KEY_KP_0 && key <= GDK_KEY_KP_9)
    return GDK_KEY_0 + (key - GDK_KEY_KP_0);
  return gdk_keyval_to_lower(key);
}
