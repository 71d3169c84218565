/* Dropout of what goes into A while a LoRA is trained (spec §8). Which elements are dropped follows
 * from a draw, the module's name and the element's place alone: the same when a layer is computed
 * again and for any number of threads. Thread: any. */
#pragma once

#include <glib.h>

typedef struct {
  double p;     /* [0, 1); 0: nothing is dropped */
  guint64 draw; /* another for every volume of every step */
} MedctLoraDropout;

/* y [rows, n] ← x with its elements dropped or divided by 1 − p; y may be x. `first_row` is the
 * place of the first row among all rows that go through the module. */
void medct_lora_drop(float *y, const float *x, const MedctLoraDropout *dropout, const char *module,
                     gint64 first_row, int rows, int n);
