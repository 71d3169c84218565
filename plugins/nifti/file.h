/* One NIfTI file or pair, opened: the header checked, the bytes standing at the first voxel. */
#pragma once

#include "plugins/nifti/bytes.h"
#include "plugins/nifti/header.h"

typedef struct {
  const medct_host *host;
  const char *name; /* the file that the next message is about */
  NiftiHeader header;
  NiftiBytes *bytes; /* NULL: nothing is open */
} NiftiFile;

/* `host` may be NULL. Close it also after a failure. */
bool nifti_file_open(NiftiFile *file, const medct_source *source, const medct_host *host,
                     medct_error *error);
void nifti_file_close(NiftiFile *file);
/* After the first volume was read: the rest, so that truncation and a bad checksum are seen. */
bool nifti_file_finish(NiftiFile *file, medct_error *error);
