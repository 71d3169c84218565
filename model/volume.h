/* A CT volume: voxels, geometry, provenance, warnings. The one type every room shares.
 *
 * Owner: reference-counted; immutable once built, so any thread may read it.
 * Index base 0; voxel (i, j, k) lies at voxels[i + nx·(j + ny·k)], i fastest (the file's order).
 * Units: HU = hu_slope · voxel + hu_intercept; millimetres in RAS+ (x to the patient's Right is
 * positive, y Anterior, z Superior), as NIfTI has it. Source: NIfTI-1.1 standard. */
#pragma once

#include "model/error.h"
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef enum {
  MEDCT_VOXEL_INT16 = 1,   /* int16_t as stored; unsigned 16-bit shifted by 32768 */
  MEDCT_VOXEL_FLOAT32 = 2, /* float */
} MedctVoxelType;

typedef struct {
  char *code;    /* stable, for programs: "orientation-unknown", "pixdim-invalid", … */
  char *message; /* one sentence for people */
} MedctWarning;

/* Copies both. */
MedctWarning *medct_warning_new(const char *code, const char *message);
void medct_warning_free(gpointer warning);

/* What a reader hands over to build a volume; copied, except `voxels` which is taken. */
typedef struct {
  MedctVoxelType voxel_type;
  int64_t dims[3]; /* voxels along i, j, k */
  double hu_slope, hu_intercept;
  double spacing_mm[3];   /* pixdim (float32 widened) along i, j, k; > 0 */
  double affine[16];      /* row-major 4×4, voxel index → RAS mm */
  bool orientation_known; /* false: the affine is spacing only; show no letters */
  bool spacing_known;     /* false: spacing was invalid and is a guess; measuring is off */
  const char *format;     /* "NIfTI-1", … */
  const char *name;       /* file name without its folder; never a patient's name */
  char sha256[65];        /* of the input file(s), hex; "" when unknown */
} MedctVolumeHeader;

typedef struct _MedctVolume MedctVolume;

/* Takes `voxels` (freed with `free_voxels(voxels)`) and checks it against the header. */
MedctVolume *medct_volume_new(const MedctVolumeHeader *header, void *voxels,
                              GDestroyNotify free_voxels, GError **error);
MedctVolume *medct_volume_ref(MedctVolume *volume);
void medct_volume_unref(MedctVolume *volume);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctVolume, medct_volume_unref)

/* Only before the volume is shared with a second thread: the reader's and the checks' warnings. */
void medct_volume_add_warning(MedctVolume *volume, const char *code, const char *message);

const MedctVolumeHeader *medct_volume_get_header(const MedctVolume *volume);
const void *medct_volume_voxels(const MedctVolume *volume);
guint medct_volume_n_warnings(const MedctVolume *volume);
const MedctWarning *medct_volume_warning(const MedctVolume *volume, guint index);

/* HU of one voxel; the index must be inside. */
double medct_volume_hu(const MedctVolume *volume, int64_t i, int64_t j, int64_t k);

/* How each patient axis runs through the array (nearest axes): array axis and direction that go
 * toward Left, Posterior, Superior. `axis` is a permutation of 0, 1, 2; flip is true where the
 * index must be reversed so that it rises toward L, P, S. With an unknown orientation:
 * axis = {0, 1, 2} and no flips, which is upstream's "as stored" order. */
typedef struct {
  int axis[3]; /* [0] Left, [1] Posterior, [2] Superior → array axis 0, 1, 2 */
  bool flip[3];
} MedctAxes;
MedctAxes medct_volume_axes(const MedctVolume *volume);

/* "LPS", "RAS", … : where i, j, k run toward; "?" ×3 when unknown. */
void medct_volume_orientation(const MedctVolume *volume, char letters[4]);

/* Statistics over finite voxels, computed once on first use (thread-safe). */
typedef struct {
  double minimum_hu, maximum_hu, mean_hu;
  int64_t n_finite, n_nan, n_infinite;
  uint64_t histogram[256]; /* bins of 16 HU from −1536; ends clamp */
} MedctVolumeStatistics;
const MedctVolumeStatistics *medct_volume_statistics(const MedctVolume *volume);

/* SHA-256 over dims, spacing, affine, slope, intercept and voxels: the cache key of a study. */
const char *medct_volume_content_hash(const MedctVolume *volume);

/* The same voxels read with other spacing / slope / intercept (a CT-RATE metadata CSV). Shares
 * the voxels and the warnings, but for those of what is replaced. A NULL pointer keeps what the
 * file says. */
MedctVolume *medct_volume_with_metadata(MedctVolume *volume, const double *spacing_mm,
                                        const double *hu_slope, const double *hu_intercept);

G_END_DECLS
