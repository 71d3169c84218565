#include "model/tensor_file_private.h"
gboolean
medct_pt_read(MedctTensorFile *file, GError **error)
{
  medct_error_file(error, MEDCT_ERROR_UNSUPPORTED, file->path, "x");
  return FALSE;
}
