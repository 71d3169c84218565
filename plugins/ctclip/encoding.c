/* Volume → tensor → encoding, kept encodings, and where the grid lies in the patient. */
#include "model/body_inside.h"
#include "plugins/ctclip/backend.h"

#include "plugins/ctclip/stored.h"
#include <glib/gi18n.h>

#include <string.h>

MedctVolume *
medct_ctclip_borrow_volume(const medct_volume_view *view, GError **error)
{
  MedctVolumeHeader header = {
      .voxel_type =
          view->voxel_type == MEDCT_VOXELS_INT16 ? MEDCT_VOXEL_INT16 : MEDCT_VOXEL_FLOAT32,
      .hu_slope = view->hu_slope,
      .hu_intercept = view->hu_intercept,
      .orientation_known = view->orientation_known != 0,
      .spacing_known = view->spacing_known != 0,
      .format = "",
      .name = "volume",
  };
  for (int i = 0; i < 3; i++)
    header.dims[i] = (int64_t)view->dims[i];
  memcpy(header.spacing_mm, view->spacing_mm, sizeof header.spacing_mm);
  memcpy(header.affine, view->affine, sizeof header.affine);
  return medct_volume_new(&header, (void *)view->voxels, NULL, error);
}

MedctPreprocessOptions
medct_ctclip_preprocess_options(guint32 encode_flags)
{
  return (MedctPreprocessOptions){
      .as_stored = (encode_flags & MEDCT_ENCODE_AS_STORED) != 0,
      .clip_after = (encode_flags & MEDCT_ENCODE_CLIP_AFTER) != 0,
  };
}

static bool
loaded(const MedctCtclip *self, medct_error *said)
{
  if (self->model != NULL)
    return true;
  return medct_ctclip_fail(
      said, g_error_new_literal(MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, _("no model is loaded")));
}

static medct_encoding *
wrap(MedctEncoding *encoding, const MedctField *field, const medct_volume_view *view, double inside)
{
  medct_encoding *wrapped = g_new0(medct_encoding, 1);
  wrapped->encoding = encoding;
  wrapped->field = *field;
  wrapped->inside = inside;
  memcpy(wrapped->affine, view->affine, sizeof wrapped->affine);
  return wrapped;
}

bool
medct_ctclip_encode(const medct_model_backend *abi, const medct_volume_view *view,
                    const medct_encode_options *options, medct_encoding **out, medct_error *said)
{
  MedctCtclip *self = abi->plugin_data;
  if (!loaded(self, said))
    return false;
  GError *error = NULL;
  const MedctConfig *config = medct_model_config(self->model);
  MedctPreprocessOptions wanted = medct_ctclip_preprocess_options(options->flags);
  MedctField field;
  g_autoptr(MedctVolume) volume = medct_ctclip_borrow_volume(view, &error);
  g_autofree float *tensor = volume ? medct_preprocess(volume, config, &wanted, self->n_threads,
                                                       &field, &self->monitor, &error)
                                    : NULL;
  MedctEncoding *encoding = tensor ? medct_model_encode_volume(self->model, tensor, config->frames,
                                                               &self->monitor, &error)
                                   : NULL;
  if (encoding == NULL)
    return medct_ctclip_fail(said, error);
  *out = wrap(encoding, &field, view, medct_body_inside(volume, config, &field));
  return true;
}

void
medct_ctclip_release(const medct_model_backend *abi, medct_encoding *encoding)
{
  medct_encoding_free(encoding->encoding);
  g_free(encoding);
}

/* out [4×4] ← a [4×4] · b [3×4 with the row 0 0 0 1 below]. */
static void
multiply_affine(double *out, const double *a, const double *b)
{
  for (int row = 0; row < 4; row++)
    for (int column = 0; column < 4; column++) {
      double sum = column == 3 ? a[4 * row + 3] : 0;
      for (int k = 0; k < 3; k++)
        sum += a[4 * row + k] * b[4 * k + column];
      out[4 * row + column] = sum;
    }
}

/* Cell (w, h, t) → tensor (s, l, p): the centre of a patch of n voxels lies at (i + ½)·n − ½. */
bool
medct_ctclip_describe_encoding(const medct_model_backend *abi, const medct_encoding *encoding,
                               medct_encoding_info *info, medct_error *said)
{
  const MedctCtclip *self = abi->plugin_data;
  const MedctConfig *config = medct_model_config(self->model);
  double p = config->patch, tp = config->temporal_patch;
  const double cell_to_tensor[12] = {0, 0, tp, tp / 2 - 0.5, /* s from t */
                                     0, p, 0,  p / 2 - 0.5,  /* l from h */
                                     p, 0, 0,  p / 2 - 0.5}; /* p from w */
  double tensor_to_ras[16];
  int t, h, w;
  multiply_affine(tensor_to_ras, encoding->affine, encoding->field.to_voxel);
  multiply_affine(info->grid_to_ras, tensor_to_ras, cell_to_tensor);
  medct_encoding_grid(encoding->encoding, &t, &h, &w);
  info->grid[0] = (uint32_t)t;
  info->grid[1] = (uint32_t)h;
  info->grid[2] = (uint32_t)w;
  info->inside = encoding->inside;
  return true;
}

bool
medct_ctclip_store(const medct_model_backend *abi, const medct_encoding *encoding, void *buffer,
                   uint64_t capacity, uint64_t *n_bytes, medct_error *said)
{
  const MedctCtclip *self = abi->plugin_data;
  g_autoptr(GByteArray) bytes =
      medct_stored_pack(medct_model_config(self->model), encoding->encoding, encoding->inside);
  *n_bytes = bytes->len;
  if (buffer == NULL)
    return true;
  if (capacity < bytes->len)
    return medct_ctclip_fail(said,
                             g_error_new_literal(MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                                                 _("the buffer for an encoding is too small")));
  memcpy(buffer, bytes->data, bytes->len);
  return true;
}

bool
medct_ctclip_restore(const medct_model_backend *abi, const void *bytes, uint64_t n_bytes,
                     const medct_volume_view *view, const medct_encode_options *options,
                     medct_encoding **out, medct_error *said)
{
  MedctCtclip *self = abi->plugin_data;
  if (!loaded(self, said))
    return false;
  GError *error = NULL;
  MedctField field;
  double inside = -1;
  MedctPreprocessOptions wanted = medct_ctclip_preprocess_options(options->flags);
  g_autoptr(MedctVolume) volume = medct_ctclip_borrow_volume(view, &error);
  MedctEncoding *encoding =
      volume && medct_preprocess_field(volume, medct_model_config(self->model), &wanted, &field,
                                       &error)
          ? medct_stored_unpack(self->model, bytes, n_bytes, &inside, &error)
          : NULL;
  if (encoding == NULL)
    return medct_ctclip_fail(said, error);
  *out = wrap(encoding, &field, view, inside);
  return true;
}
