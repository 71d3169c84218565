/* Fills a MedctLinear from a checkpoint and, where the adapter has a pair for it, with LoRA. */
#pragma once

#include "model/matmul.h"

/* Reads prefix+name+".weight" and ".bias" (if there) that the configuration has checked. */
void medct_linear_load(MedctLinear *linear, const MedctTensorFile *weights,
                       const MedctAdapter *adapter, const char *prefix, const char *name);
/* The rows out = first … first + n − 1 of a linear: for spreading one product over workers. `lora`
 * is filled when the linear has one. Of a packed linear, first is a multiple of MEDCT_PANEL. */
MedctLinear medct_linear_rows(const MedctLinear *linear, MedctAdapterModule *lora, int first,
                              int n);
/* The same linear for rows that begin at `first_row` of all rows, which dropout looks at. */
MedctLinear medct_linear_at(const MedctLinear *linear, gint64 first_row);
/* Largest LoRA rank of an adapter; 0 for NULL. */
int medct_adapter_max_rank(const MedctAdapter *adapter);
