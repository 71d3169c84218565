/* Read once for all widgets: the toolkit is most of what the compiler sees of a small file. */
#include <adwaita.h>
