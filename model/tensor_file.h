/* Named tensors in a file: .safetensors (mapped) and PyTorch zip .pt (mapped where stored
 * uncompressed). One reading interface; which format it is, is found from the bytes.
 *
 * Owner: the file owns names, shapes and data; they live until it is freed. Immutable after
 * opening: any thread may read. The bytes are mapped; should the file shrink meanwhile, reads give
 * zeros and medct_tensor_file_check() fails: call it after a computation, before believing it.
 * Source: safetensors format description; PyTorch torch.save zip layout. Refusals: see
 * docs and tests/test-safetensors.c, tests/test-pt.c. */
#pragma once

#include "model/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef enum {
  MEDCT_DTYPE_F64,
  MEDCT_DTYPE_F32,
  MEDCT_DTYPE_F16,
  MEDCT_DTYPE_BF16,
  MEDCT_DTYPE_I64,
  MEDCT_DTYPE_I32,
  MEDCT_DTYPE_I16,
  MEDCT_DTYPE_I8,
  MEDCT_DTYPE_U64,
  MEDCT_DTYPE_U32,
  MEDCT_DTYPE_U16,
  MEDCT_DTYPE_U8,
  MEDCT_DTYPE_BOOL,
} MedctDtype;

size_t medct_dtype_bytes(MedctDtype dtype);
const char *medct_dtype_name(MedctDtype dtype); /* safetensors spelling: "F32" */

#define MEDCT_TENSOR_MAX_DIMS 8

typedef struct {
  const char *name;
  MedctDtype dtype;
  int n_dims; /* 0: a scalar */
  int64_t shape[MEDCT_TENSOR_MAX_DIMS];
  int64_t n_elements;
  const void *data; /* row-major, contiguous, native byte order, aligned to the dtype */
} MedctTensor;

typedef struct _MedctTensorFile MedctTensorFile;

/* Opens weights of either format. A .pt state_dict keeps its key names after `module.` and a
 * {"model": …} / {"state_dict": …} wrapper are taken off (spec §2). */
MedctTensorFile *medct_tensor_file_open(const char *path, GError **error);
void medct_tensor_file_free(MedctTensorFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctTensorFile, medct_tensor_file_free)

const char *medct_tensor_file_path(const MedctTensorFile *file);
guint medct_tensor_file_count(const MedctTensorFile *file);
const MedctTensor *medct_tensor_file_get(const MedctTensorFile *file, guint index);
const MedctTensor *medct_tensor_file_lookup(const MedctTensorFile *file, const char *name);
const char *medct_tensor_file_metadata(const MedctTensorFile *file, const char *key); /* or NULL */
/* What was odd but tolerated, one sentence each; ends with NULL, never NULL. */
const char *const *medct_tensor_file_warnings(const MedctTensorFile *file);
/* FALSE with MEDCT_ERROR_IO when the file shrank or failed under the mapping. */
gboolean medct_tensor_file_check(const MedctTensorFile *file, GError **error);
/* SHA-256 of the whole file, hex (caller frees); remembered in the user cache by path, size and
 * times, since 1.75 GB take a second. */
char *medct_tensor_file_sha256(const MedctTensorFile *file, GError **error);

/* Writes atomically: temporary file beside it, fsync, rename, fsync of the folder. `metadata` is
 * key, value, …, NULL and may be NULL. Data is streamed, not gathered. */
gboolean medct_safetensors_write(const char *path, const MedctTensor *tensors, guint n_tensors,
                                 const char *const *metadata, GError **error);

/* The same for data that is made while it is written: `fill` gives elements [first, first + n) of
 * tensor `index` as its dtype, a piece at a time. Data pointers are not looked at. */
typedef void (*MedctTensorFill)(guint index, int64_t first, int64_t n, void *out, void *user_data);
gboolean medct_safetensors_write_filled(const char *path, const MedctTensor *tensors,
                                        guint n_tensors, const char *const *metadata,
                                        MedctTensorFill fill, void *user_data, GError **error);

G_END_DECLS
