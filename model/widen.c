#include "model/widen.h"
#include "model/tensor_file_private.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

gboolean
medct_dtype_is_float(MedctDtype dtype)
{
  return dtype == MEDCT_DTYPE_F64 || dtype == MEDCT_DTYPE_F32 || dtype == MEDCT_DTYPE_F16 ||
         dtype == MEDCT_DTYPE_BF16;
}

static float
float_of_bits(guint32 bits)
{
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
static float
from_f16(guint16 h)
{
  guint32 sign = (guint32)(h & 0x8000) << 16, exponent = (h >> 10) & 31, fraction = h & 1023;
  if (exponent == 0) { /* zero or denormal: fraction · 2⁻²⁴, exact in float32 */
    float x = (float)fraction * 0x1p-24f;
    return sign ? -x : x;
  }
  guint32 wide = exponent == 31 ? 255 : exponent + 127 - 15;
  return float_of_bits(sign | wide << 23 | fraction << 13);
}

void
medct_tensor_read_f32(const MedctTensor *tensor, int64_t first, int64_t n, float *out)
{
  switch (tensor->dtype) {
  case MEDCT_DTYPE_F32:
    memcpy(out, (const float *)tensor->data + first, (gsize)n * sizeof *out);
    return;
  case MEDCT_DTYPE_F64:
    for (int64_t i = 0; i < n; i++)
      out[i] = (float)((const double *)tensor->data)[first + i];
    return;
  case MEDCT_DTYPE_F16:
    for (int64_t i = 0; i < n; i++)
      out[i] = from_f16(((const guint16 *)tensor->data)[first + i]);
    return;
  case MEDCT_DTYPE_BF16: /* the upper half of a float32 */
    for (int64_t i = 0; i < n; i++)
      out[i] = float_of_bits((guint32)((const guint16 *)tensor->data)[first + i] << 16);
    return;
  default:
    g_return_if_reached();
  }
}

gboolean
medct_tensor_file_widen(MedctTensorFile *file, const char *name, GError **error)
{
  MedctTensor *tensor = g_hash_table_lookup(file->by_name, name);
  if (tensor == NULL || tensor->dtype == MEDCT_DTYPE_F32 || !medct_dtype_is_float(tensor->dtype))
    return TRUE;
  float *copy = medct_tensor_file_new_copy(file, (gsize)tensor->n_elements * sizeof *copy);
  if (copy == NULL) {
    medct_error_field(error, MEDCT_ERROR_MEMORY, file->path, name, "memory for a float32 copy",
                      N_("too large: %" PRId64 " numbers"), tensor->n_elements);
    return FALSE;
  }
  medct_tensor_read_f32(tensor, 0, tensor->n_elements, copy);
  tensor->data = copy;
  tensor->dtype = MEDCT_DTYPE_F32;
  return TRUE;
}
