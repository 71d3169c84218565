#include "model/train_volumes.h"
#include "model/prefix_cache.h"
#include <string.h>

struct _MedctTrainVolumes {
  MedctConfig config;
  const MedctTrainSet *set;
  MedctVisionTrainer *trainer;
  MedctPrefixCache *cache;
  gboolean trained;
  MedctAugmentationLimits limits;
  MedctAugmentation augmentation; /* of the next volume, while `augments` */
  gboolean augments;
  guint64 seed;
  float *noise;    /* the seed's table, or NULL without augmentation */
  float *latents;  /* [n_items, latent] where no layer is trained */
  gboolean *known; /* [n_items] */
  float *prefix;   /* [prefix_floats], of `held` */
  gsize prefix_floats;
  guint held; /* item, or G_MAXUINT */
};

static gsize
tokens(const MedctConfig *c)
{
  gsize side = (gsize)(c->image / c->patch);
  return (gsize)(c->frames / c->temporal_patch) * side * side;
}

MedctTrainVolumes *
medct_train_volumes_new(const MedctTensorFile *weights, const MedctConfig *config, MedctLora *lora,
                        const MedctTrainSet *set, const MedctTrainOptions *options, GError **error)
{
  g_autofree char *sha256 = medct_tensor_file_sha256(weights, error);
  if (sha256 == NULL)
    return NULL;
  MedctTrainVolumes *volumes = g_new0(MedctTrainVolumes, 1);
  volumes->config = *config;
  volumes->set = set;
  volumes->trainer = medct_vision_trainer_new(weights, config, lora);
  int frozen = medct_vision_trainer_frozen(volumes->trainer);
  volumes->trained = frozen < config->spatial_layers + config->temporal_layers;
  g_autofree char *prefix =
      volumes->trained ? g_strdup_printf("layer %d", frozen) : g_strdup("latent");
  g_autofree char *blas = medct_blas_describe(); /* another one gives other last bits */
  g_autofree char *input = g_strdup_printf(
      "%s of %d slices, %g %g %g mm, %g to %g HU, by %s and %s", prefix, config->frames,
      config->spacing_mm[0], config->spacing_mm[1], config->spacing_mm[2], config->clip_hu[0],
      config->clip_hu[1], blas, medct_kernels()->name);
  volumes->cache = medct_prefix_cache_new(sha256, input, options->cache_bytes);
  volumes->limits = options->augmentation;
  volumes->seed = options->seed;
  if (medct_augmentation_limits_any(&volumes->limits))
    volumes->noise = medct_augmentation_noise_new(options->seed);
  volumes->held = G_MAXUINT;
  if (volumes->trained) {
    volumes->prefix_floats = tokens(config) * (gsize)config->dim;
    volumes->prefix = g_new(float, volumes->prefix_floats);
  } else {
    volumes->latents = g_new(float, (gsize)set->n_items *(gsize)config->latent + 1);
    volumes->known = g_new0(gboolean, set->n_items + 1);
  }
  return volumes;
}

void
medct_train_volumes_free(MedctTrainVolumes *volumes)
{
  if (volumes == NULL)
    return;
  medct_vision_trainer_free(volumes->trainer);
  medct_prefix_cache_free(volumes->cache);
  g_free(volumes->latents);
  g_free(volumes->known);
  g_free(volumes->prefix);
  g_free(volumes->noise);
  g_free(volumes);
}

gboolean
medct_train_volumes_trained(const MedctTrainVolumes *volumes)
{
  return volumes->trained;
}

int
medct_train_volumes_frozen(const MedctTrainVolumes *volumes)
{
  return medct_vision_trainer_frozen(volumes->trainer);
}

guint64
medct_train_volumes_kept_bytes(const MedctTrainVolumes *volumes)
{
  return sizeof(float) *
         (volumes->trained ? volumes->prefix_floats : (guint64)volumes->config.latent);
}

void
medct_train_volumes_set_dropout(MedctTrainVolumes *volumes, gboolean on, guint64 draw)
{
  medct_vision_trainer_set_dropout(volumes->trainer, on, draw);
}

void
medct_train_volumes_set_augmentation(MedctTrainVolumes *volumes, gboolean on, guint64 draw)
{
  volumes->augments = on && volumes->noise != NULL;
  if (volumes->augments)
    volumes->augmentation = medct_augmentation_draw(&volumes->limits, volumes->seed, draw);
}

/* The whole way, from the voxels. */
static gboolean
encode(MedctTrainVolumes *volumes, MedctPool *pool, float *v, guint item,
       const MedctMonitor *monitor, GError **error)
{
  g_autofree float *tensor = volumes->set->load(volumes->set->user_data, item, monitor, error);
  return tensor && medct_vision_trainer_forward(volumes->trainer, pool, v, tensor,
                                                volumes->config.frames, monitor, error);
}

static gboolean
forward_frozen(MedctTrainVolumes *volumes, MedctPool *pool, float *v, guint item,
               const MedctMonitor *monitor, GError **error)
{
  gsize L = (gsize)volumes->config.latent;
  const char *identity = volumes->set->items[item].identity;
  float *latent = volumes->latents + item * L;
  if (!volumes->known[item] && !medct_prefix_cache_load(volumes->cache, identity, latent, L)) {
    if (!encode(volumes, pool, latent, item, monitor, error))
      return FALSE;
    medct_prefix_cache_store(volumes->cache, identity, latent, L);
  }
  volumes->known[item] = TRUE;
  memcpy(v, latent, sizeof *v * L);
  return TRUE;
}

/* What is kept of this volume is of the volume as it is, and stays so. */
static gboolean
encode_augmented(MedctTrainVolumes *volumes, MedctPool *pool, float *v, guint item,
                 const MedctMonitor *monitor, GError **error)
{
  const MedctConfig *c = &volumes->config;
  g_autofree float *tensor = volumes->set->load(volumes->set->user_data, item, monitor, error);
  if (tensor == NULL)
    return FALSE;
  g_autofree float *augmented = g_new(float, (gsize)c->frames *(gsize)c->image *(gsize)c->image);
  medct_augmentation_apply(&volumes->augmentation, volumes->noise, c, augmented, tensor);
  g_clear_pointer(&tensor, g_free);
  return medct_vision_trainer_forward(volumes->trainer, pool, v, augmented, c->frames, monitor,
                                      error);
}

gboolean
medct_train_volumes_forward(MedctTrainVolumes *volumes, MedctPool *pool, float *v, guint item,
                            const MedctMonitor *monitor, GError **error)
{
  const char *identity = volumes->set->items[item].identity;
  if (volumes->augments)
    return encode_augmented(volumes, pool, v, item, monitor, error);
  if (!volumes->trained)
    return forward_frozen(volumes, pool, v, item, monitor, error);
  if (volumes->held == item ||
      medct_prefix_cache_load(volumes->cache, identity, volumes->prefix, volumes->prefix_floats)) {
    volumes->held = item;
    return medct_vision_trainer_forward_from(volumes->trainer, pool, v, volumes->prefix,
                                             volumes->config.frames, monitor, error);
  }
  volumes->held = G_MAXUINT; /* a load that failed may have written half of it */
  if (!encode(volumes, pool, v, item, monitor, error))
    return FALSE;
  memcpy(volumes->prefix, medct_vision_trainer_prefix(volumes->trainer),
         sizeof(float) * volumes->prefix_floats);
  volumes->held = item;
  medct_prefix_cache_store(volumes->cache, identity, volumes->prefix, volumes->prefix_floats);
  return TRUE;
}

gboolean
medct_train_volumes_backward(MedctTrainVolumes *volumes, MedctPool *pool, const float *dv,
                             const MedctMonitor *monitor, GError **error)
{
  return medct_vision_trainer_backward(volumes->trainer, pool, dv, monitor, error);
}
