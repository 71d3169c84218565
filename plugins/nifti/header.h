/* The NIfTI-1 and NIfTI-2 headers, validated by ourselves before anything acts on them: libnifti
 * crashes on hostile ones. Source: NIfTI-1.1 and NIfTI-2 standards. */
#pragma once

#include "plugins/medct-plugin.h"

#include <glib.h>

typedef struct {
  int version;         /* 1 or 2 */
  gboolean swapped;    /* the file's byte order is not ours */
  gboolean pair;       /* voxels in an .img beside */
  int64_t dims[3];     /* first volume */
  int64_t n_volumes;   /* product of dim[4…7] */
  int datatype;        /* NIfTI code */
  int bytes;           /* per voxel */
  double slope, inter; /* slope 0 already turned into 1, 0 */
  int64_t vox_offset;  /* bytes */
  double spacing_mm[3];
  gboolean spacing_known;
  double affine[16]; /* row-major, voxel → RAS mm */
  gboolean orientation_known;
  GArray *warnings; /* of medct_warning */
} NiftiHeader;

#define NIFTI_HEAD_BYTES 544 /* enough for either version and its extension flag */

/* Bytes of the header that `tainted` (at least 4 bytes) announces: 348, 540, or 0 for neither. */
int nifti_header_size(const uint8_t *tainted);
/* tainted_head [n] are the first bytes of the (decompressed) file. `name` for messages. */
bool nifti_header_parse(NiftiHeader *header, const uint8_t *tainted_head, uint64_t n,
                        const char *name, medct_error *error);
void nifti_header_clear(NiftiHeader *header);

void nifti_warn(GArray *warnings, const char *code, const char *message);
/* Fills *error with "NAME: FIELD is FOUND, expected EXPECTED"; returns false. */
bool nifti_refuse(medct_error *error, int32_t code, const char *name, const char *field,
                  const char *expected, const char *found, ...) G_GNUC_PRINTF(6, 7);
