/* Read once for all parts of the window, as in ui/pch. */
#include <adwaita.h>
