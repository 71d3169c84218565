/* What to look at before a score is believed: range and histogram, rescale, orientation,
 * spacing, body in the model's field, every warning. Thread: main. */
#pragma once

#include "model/volume.h"
#include "render/window.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_INPUT_CHECK (medct_input_check_get_type())
G_DECLARE_FINAL_TYPE(MedctInputCheck, medct_input_check, MEDCT, INPUT_CHECK, GtkBox)

GtkWidget *medct_input_check_new(void);
/* volume NULL: nothing is open. `inside`: share of the body that the model sees, below 0: not
 * known yet. `padding`: share of the model's field outside of the study, 0 while it is not known.
 * field_mm [3]: what the model sees along s, l, p; NULL: no model. The volume's
 * statistics must have been computed, else this waits for them. */
void medct_input_check_set(MedctInputCheck *check, const MedctVolume *volume, double inside,
                           double padding, const double *field_mm);
/* As its heading says. */
guint medct_input_check_n_warnings(MedctInputCheck *check);
/* The window that is on screen, marked in the histogram. */
void medct_input_check_set_window(MedctInputCheck *check, MedctWindow window);

G_END_DECLS
