/* A model backend in one file. Its "model" is a text file that begins with "EXMODEL"; its latent
 * holds the mean HU of the volume's upper and lower half, and its texts are hashed. It shows who
 * calls what; a real backend computes something worth knowing. */
#include <medct-plugin.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LATENT 2u
#define CELLS  2u /* grid 2 × 1 × 1: lower and upper half along k */

typedef struct {
  medct_model_backend abi;
  const medct_host *host;
  const medct_host_progress *progress;
  bool loaded;
} backend;

struct medct_encoding {
  float half[CELLS]; /* unit norm; latent and share basis in one */
  double affine[16];
  uint64_t dims[3];
};

static bool
fail(medct_error *error, int32_t code, const char *what)
{
  error->code = code;
  snprintf(error->message, sizeof error->message, "example backend: %s", what);
  return false;
}

static bool
backend_init(const medct_model_backend *abi, medct_error *error)
{
  (void)error;
  backend *self = abi->plugin_data;
  self->progress = self->host->get_extension(self->host, MEDCT_HOST_PROGRESS);
  return true;
}

static void
backend_destroy(const medct_model_backend *abi)
{
  free(abi->plugin_data);
}

static bool
begins_with_magic(const char *path)
{
  char head[7] = {0};
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return false;
  size_t n = fread(head, 1, sizeof head, file);
  fclose(file);
  return n == sizeof head && memcmp(head, "EXMODEL", sizeof head) == 0;
}

static uint32_t
backend_probe(const medct_model_backend *abi, const char *path)
{
  (void)abi;
  return begins_with_magic(path) ? 90 : 0;
}

static bool
backend_load(const medct_model_backend *abi, const char *path, medct_error *error)
{
  backend *self = abi->plugin_data;
  self->loaded = begins_with_magic(path);
  return self->loaded || fail(error, MEDCT_PLUGIN_FORMAT, "the file does not begin with EXMODEL");
}

static bool
backend_load_adapter(const medct_model_backend *abi, const char *path, medct_error *error)
{
  (void)abi;
  return path == NULL || fail(error, MEDCT_PLUGIN_UNSUPPORTED, "this model takes no adapters");
}

static bool
backend_describe(const medct_model_backend *abi, medct_model_info *info, medct_error *error)
{
  backend *self = abi->plugin_data;
  if (!self->loaded)
    return fail(error, MEDCT_PLUGIN_ARGUMENT, "no model is loaded");
  info->flags = MEDCT_MODEL_DEMO;
  snprintf(info->name, sizeof info->name, "Example");
  snprintf(info->architecture, sizeof info->architecture, "mean of halves");
  info->latent = LATENT;
  info->grid[0] = CELLS;
  info->grid[1] = info->grid[2] = 1;
  info->scale = 1;
  /* A real backend gives the SHA-256 of its weights; without one, the host caches nothing. */
  info->weights_sha256[0] = info->adapter_sha256[0] = '\0';
  return true;
}

static uint32_t
backend_warning_count(const medct_model_backend *abi)
{
  (void)abi;
  return 0;
}

static bool
backend_warning(const medct_model_backend *abi, uint32_t index, medct_warning *warning)
{
  (void)abi, (void)index, (void)warning;
  return false;
}

static double
hu(const medct_volume_view *volume, uint64_t index)
{
  double value = volume->voxel_type == MEDCT_VOXELS_INT16
                     ? (double)((const int16_t *)volume->voxels)[index]
                     : (double)((const float *)volume->voxels)[index];
  value = volume->hu_slope * value + volume->hu_intercept;
  return isfinite(value) ? value : 0;
}

/* The vector (a, b) at unit norm; (1, 0) for zero. */
static void
normalise(double a, double b, float out[CELLS])
{
  double norm = sqrt(a * a + b * b);
  out[0] = norm > 0 ? (float)(a / norm) : 1;
  out[1] = norm > 0 ? (float)(b / norm) : 0;
}

static bool
backend_encode_volume(const medct_model_backend *abi, const medct_volume_view *volume,
                      const medct_encode_options *options, medct_encoding **encoding,
                      medct_error *error)
{
  (void)options;
  backend *self = abi->plugin_data;
  uint64_t slice = volume->dims[0] * volume->dims[1];
  double sum[CELLS] = {0, 0};
  for (uint64_t k = 0; k < volume->dims[2]; k++) {
    if (self->progress && self->progress->is_cancelled(self->host))
      return fail(error, MEDCT_PLUGIN_CANCELLED, "stopped");
    for (uint64_t i = 0; i < slice; i++)
      sum[2 * k >= volume->dims[2]] += hu(volume, k * slice + i);
    if (self->progress)
      self->progress->report(self->host, (double)(k + 1) / (double)volume->dims[2], "Adding up");
  }
  medct_encoding *made = calloc(1, sizeof *made);
  if (made == NULL)
    return fail(error, MEDCT_PLUGIN_MEMORY, "out of memory");
  normalise(sum[0], sum[1], made->half);
  memcpy(made->affine, volume->affine, sizeof made->affine);
  memcpy(made->dims, volume->dims, sizeof made->dims);
  *encoding = made;
  return true;
}

static void
backend_release_encoding(const medct_model_backend *abi, medct_encoding *encoding)
{
  (void)abi;
  free(encoding);
}

/* Share index (w, h, t) → voxel → RAS: cell t covers half of the slices. */
static bool
backend_describe_encoding(const medct_model_backend *abi, const medct_encoding *encoding,
                          medct_encoding_info *info, medct_error *error)
{
  (void)abi, (void)error;
  double size[3] = {(double)encoding->dims[0], (double)encoding->dims[1],
                    (double)encoding->dims[2] / CELLS};
  for (int row = 0; row < 4; row++) {
    const double *from = encoding->affine + 4 * row;
    double *to = info->grid_to_ras + 4 * row;
    to[3] = from[3];
    for (int axis = 0; axis < 3; axis++) {
      to[axis] = from[axis] * size[axis];
      to[3] += from[axis] * (size[axis] - 1) / 2;
    }
  }
  info->grid[0] = CELLS;
  info->grid[1] = info->grid[2] = 1;
  info->inside = 1;
  return true;
}

static bool
backend_store_encoding(const medct_model_backend *abi, const medct_encoding *encoding, void *buffer,
                       uint64_t capacity, uint64_t *n_bytes, medct_error *error)
{
  (void)abi;
  *n_bytes = sizeof encoding->half;
  if (buffer == NULL)
    return true;
  if (capacity < *n_bytes)
    return fail(error, MEDCT_PLUGIN_ARGUMENT, "the buffer is too small");
  memcpy(buffer, encoding->half, sizeof encoding->half);
  return true;
}

static bool
backend_restore_encoding(const medct_model_backend *abi, const void *bytes, uint64_t n_bytes,
                         const medct_volume_view *volume, const medct_encode_options *options,
                         medct_encoding **encoding, medct_error *error)
{
  (void)abi, (void)options;
  float tainted[CELLS];
  if (n_bytes != sizeof tainted)
    return fail(error, MEDCT_PLUGIN_FORMAT, "a kept encoding has another length");
  memcpy(tainted, bytes, sizeof tainted);
  if (!(fabsf(tainted[0] * tainted[0] + tainted[1] * tainted[1] - 1) < 1e-3f))
    return fail(error, MEDCT_PLUGIN_FORMAT, "a kept encoding is not of unit norm");
  medct_encoding *made = calloc(1, sizeof *made);
  if (made == NULL)
    return fail(error, MEDCT_PLUGIN_MEMORY, "out of memory");
  memcpy(made->half, tainted, sizeof tainted);
  memcpy(made->affine, volume->affine, sizeof made->affine);
  memcpy(made->dims, volume->dims, sizeof made->dims);
  *encoding = made;
  return true;
}

static bool
backend_encode_texts(const medct_model_backend *abi, const char *const *texts, uint32_t n,
                     float *latents, medct_error *error)
{
  (void)abi, (void)error;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *c = texts[i]; *c != '\0'; c++)
      hash = (hash ^ (uint8_t)*c) * 16777619u;
    double angle = hash / 4294967296.0 * 6.283185307179586;
    normalise(cos(angle), sin(angle), latents + LATENT * i);
  }
  return true;
}

static bool
backend_score(const medct_model_backend *abi, const medct_encoding *encoding, const float *latents,
              uint32_t n, float *cosine, medct_error *error)
{
  (void)abi, (void)error;
  for (uint32_t i = 0; i < n; i++)
    cosine[i] = latents[2 * i] * encoding->half[0] + latents[2 * i + 1] * encoding->half[1];
  return true;
}

static bool
backend_score_share(const medct_model_backend *abi, medct_encoding *encoding, const float *u,
                    float *share, medct_error *error)
{
  (void)abi, (void)error;
  for (uint32_t t = 0; t < CELLS; t++)
    share[t] = u[t] * encoding->half[t];
  return true;
}

static const void *
backend_get_extension(const medct_model_backend *abi, const char *id)
{
  (void)abi, (void)id;
  return NULL;
}

/* ---- factory and entry --------------------------------------------------------------------- */

static const medct_descriptor descriptor = {
    sizeof(medct_descriptor), "org.example.backend",
    "Example backend",        "1.0",
    "Compares halves.",       "",
};

static uint32_t
factory_count(void)
{
  return 1;
}

static const medct_descriptor *
factory_descriptor(uint32_t index)
{
  return index == 0 ? &descriptor : NULL;
}

static const void *
factory_create(const medct_host *host, const char *id)
{
  if (strcmp(id, descriptor.id) != 0)
    return NULL;
  backend *self = calloc(1, sizeof *self);
  if (self == NULL)
    return NULL;
  self->host = host;
  self->abi = (medct_model_backend){
      .plugin_data = self,
      .init = backend_init,
      .destroy = backend_destroy,
      .probe = backend_probe,
      .load = backend_load,
      .load_adapter = backend_load_adapter,
      .describe = backend_describe,
      .warning_count = backend_warning_count,
      .warning = backend_warning,
      .encode_volume = backend_encode_volume,
      .release_encoding = backend_release_encoding,
      .describe_encoding = backend_describe_encoding,
      .store_encoding = backend_store_encoding,
      .restore_encoding = backend_restore_encoding,
      .encode_texts = backend_encode_texts,
      .score = backend_score,
      .score_share = backend_score_share,
      .get_extension = backend_get_extension,
  };
  return &self->abi;
}

static bool
entry_init(const char *path, medct_error *error)
{
  (void)path, (void)error;
  return true;
}

static void
entry_deinit(void)
{
}

static const void *
entry_get_factory(const char *id)
{
  static const medct_factory factory = {factory_count, factory_descriptor, factory_create};
  return strcmp(id, MEDCT_MODEL_BACKEND) == 0 ? &factory : NULL;
}

MEDCT_PLUGIN_EXPORT extern const medct_plugin_entry medct_entry;
const medct_plugin_entry medct_entry = {
    MEDCT_ABI_MAJOR, MEDCT_ABI_MINOR, entry_init, entry_deinit, entry_get_factory,
};
