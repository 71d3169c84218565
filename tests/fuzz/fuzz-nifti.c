/* The NIfTI reader through the plugin interface, from memory: single files, gzip in pieces, and
 * pairs, whose image follows the header in the same bytes. */
#include "tests/nifti-memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  gboolean pair = (size > 348 && data[344] == 'n' && data[345] == 'i') ||
                  (size > 540 && data[4] == 'n' && data[5] == 'i');
  gsize header = pair ? size - size / 8 : size;
  MemoryFile files[2] = {{pair ? "a.hdr" : "a.nii", data, header},
                         {"a.img", data + header, size - header}};
  g_auto(MemoryRead) read = memory_read((MemoryHost){.files = files,
                                                     .n_files = pair ? 2 : 1,
                                                     .most_per_read = size % 7 * 50 + 2,
                                                     .slices_per_read = 1 + size % 3,
                                                     .polls_before_cancel = -1,
                                                     .most_voxel_bytes = 1 << 22});
  g_assert_true(read.done || !read.opened || read.error.code != 0 ||
                read.header.dims[0] * read.header.dims[1] * read.header.dims[2] > 1 << 20);
  return 0;
}
