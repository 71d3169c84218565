/* What the two formats hand to tensor_file.c. */
#pragma once

#include "model/mapping.h"
#include "model/tensor_file.h"

struct _MedctTensorFile {
  char *path;
  MedctMapping *mapping; /* NULL: in memory */
  GPtrArray *tensors;    /* of MedctTensor; names owned */
  GHashTable *by_name;   /* name → MedctTensor */
  GHashTable *metadata;  /* string → string */
  GPtrArray *warnings;   /* of char *, ends with NULL */
  GPtrArray *copies;     /* data that could not be used in place */
};

/* Without a file behind it: tensors are added by the caller. `path` is for messages. */
MedctTensorFile *medct_tensor_file_new_memory(const char *path);
/* The name is copied; `data` must live as long as the file. FALSE when the name is taken. */
gboolean medct_tensor_file_add(MedctTensorFile *file, const MedctTensor *tensor);
/* Memory that is freed with the file, for data that is misaligned, strided or swapped. */
void *medct_tensor_file_new_copy(MedctTensorFile *file, gsize n_bytes);
void medct_tensor_file_warn(MedctTensorFile *file, const char *message);
/* Product of the shape with an overflow check; FALSE on overflow or a negative size. */
gboolean medct_shape_elements(const int64_t *shape, int n_dims, int64_t *n_elements);

gboolean medct_safetensors_read(MedctTensorFile *file, GError **error);
gboolean medct_pt_read(MedctTensorFile *file, GError **error);
