#include "plugins/nifti/voxels.h"
#include <nifti/nifti1.h>

NiftiOutput
nifti_output(const NiftiHeader *h)
{
  switch (h->datatype) {
  case DT_INT8:
  case DT_UINT8:
  case DT_INT16:
    return (NiftiOutput){MEDCT_VOXELS_INT16, 2, h->slope, h->inter};
  case DT_UINT16: /* kept in int16 by moving the zero: nothing is lost */
    return (NiftiOutput){MEDCT_VOXELS_INT16, 2, h->slope, h->inter + 32768 * h->slope};
  case DT_FLOAT32:
    return (NiftiOutput){MEDCT_VOXELS_FLOAT32, 4, h->slope, h->inter};
  default: /* wider than float32: scaled in double before narrowing, so that HU keep their digits */
    return (NiftiOutput){MEDCT_VOXELS_FLOAT32, 4, 1, 0};
  }
}

/* A word at a time, several times faster than libnifti, which swaps byte by byte. */
#define SWAP(type, swap)                                                                           \
  for (uint64_t i = 0; i < n; i++)                                                                 \
  ((type *)stored)[i] = swap(((type *)stored)[i])

static void
swap_bytes(void *stored, uint64_t n, int bytes)
{
  switch (bytes) {
  case 2:
    SWAP(uint16_t, GUINT16_SWAP_LE_BE);
    break;
  case 4:
    SWAP(uint32_t, GUINT32_SWAP_LE_BE);
    break;
  case 8:
    SWAP(uint64_t, GUINT64_SWAP_LE_BE);
    break;
  }
}

#define WIDEN(type)                                                                                \
  for (uint64_t i = 0; i < n; i++)                                                                 \
  ((int16_t *)out)[i] = ((const type *)stored)[i]
#define SCALE(type)                                                                                \
  for (uint64_t i = 0; i < n; i++)                                                                 \
  ((float *)out)[i] = (float)(h->slope * (double)((const type *)stored)[i] + h->inter)

void
nifti_convert(void *out, void *stored, const NiftiHeader *h, uint64_t n)
{
  if (h->swapped)
    swap_bytes(stored, n, h->bytes);
  switch (h->datatype) {
  case DT_INT8:
    WIDEN(int8_t);
    break;
  case DT_UINT8:
    WIDEN(uint8_t);
    break;
  case DT_UINT16:
    for (uint64_t i = 0; i < n; i++)
      ((int16_t *)out)[i] = (int16_t)(((const uint16_t *)stored)[i] ^ 0x8000u);
    break;
  case DT_INT32:
    SCALE(int32_t);
    break;
  case DT_UINT32:
    SCALE(uint32_t);
    break;
  case DT_INT64:
    SCALE(int64_t);
    break;
  case DT_UINT64:
    SCALE(uint64_t);
    break;
  case DT_FLOAT64:
    SCALE(double);
    break;
  default: /* int16 and float32 are already in place */
    break;
  }
}
