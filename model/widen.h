/* Weights stored as float16, bfloat16 or float64, read as the float32 everything computes in.
 * F16 and BF16 widen exactly (denormals, infinities, NaN included); F64 is rounded to nearest. */
#pragma once

#include "model/tensor_file.h"

G_BEGIN_DECLS

/* F64, F32, F16 or BF16. */
gboolean medct_dtype_is_float(MedctDtype dtype);

/* out [n] ← elements [first, first + n) of a tensor of a float type. Thread: any. */
void medct_tensor_read_f32(const MedctTensor *tensor, int64_t first, int64_t n, float *out);

/* Replaces a tensor of another float type by a float32 copy, which the file owns; others, and a
 * name that is not there, are left alone. Before the file is shared: pointers into the tensor's
 * data must not have been taken. FALSE when there is no memory. */
gboolean medct_tensor_file_widen(MedctTensorFile *file, const char *name, GError **error);

G_END_DECLS
