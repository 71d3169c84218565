/* How often each HU occurs, with the window that is on screen marked. Role img. Thread: main. */
#pragma once

#include "model/volume.h"
#include "render/window.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_HISTOGRAM (medct_histogram_get_type())
G_DECLARE_FINAL_TYPE(MedctHistogram, medct_histogram, MEDCT, HISTOGRAM, GtkWidget)

GtkWidget *medct_histogram_new(void);
void medct_histogram_set(MedctHistogram *histogram, const MedctVolumeStatistics *statistics);
void medct_histogram_set_window(MedctHistogram *histogram, MedctWindow window);

G_END_DECLS
