/* The bytes of a NIfTI file in order, decompressed when they are gzip: several members, CRC
 * checked, bounded by what is asked for. Source: RFC 1952; ISA-L's streaming inflate. */
#pragma once

#include "plugins/medct-plugin.h"

#include <glib.h>

typedef struct _NiftiBytes NiftiBytes;

NiftiBytes *nifti_bytes_new(const medct_stream *stream, const medct_host *host);
void nifti_bytes_free(NiftiBytes *bytes);

/* Exactly n more bytes into `out`; false, with a message, when there are fewer. */
bool nifti_bytes_read(NiftiBytes *bytes, void *out, uint64_t n, medct_error *error);
/* Up to n; *got says how many. */
bool nifti_bytes_read_some(NiftiBytes *bytes, void *out, uint64_t n, uint64_t *got,
                           medct_error *error);
bool nifti_bytes_skip(NiftiBytes *bytes, uint64_t n, medct_error *error);
/* To the end of the file, so that its CRC is known; *extra counts the bytes, refused past `most`.
 */
bool nifti_bytes_finish(NiftiBytes *bytes, uint64_t most, uint64_t *extra, medct_error *error);
/* The most bytes that can come: the file's length, or what deflate can make of it at most. */
uint64_t nifti_bytes_capacity(const NiftiBytes *bytes);
