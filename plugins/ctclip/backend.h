/* One CT-CLIP instance: the vtable and what it keeps. Private to this folder. */
#pragma once

#include "model/ctclip.h"
#include "model/preprocess.h"
#include "plugins/medct-plugin.h"

G_BEGIN_DECLS

typedef struct {
  medct_model_backend abi;
  const medct_host *host;
  const medct_host_progress *progress;
  MedctMonitor monitor;
  MedctModel *model; /* NULL until loaded */
  char weights_sha256[65], adapter_sha256[65];
  int64_t adapter_parameters;
  guint32 flags; /* MEDCT_MODEL_… */
  char *name;
  GPtrArray *weights_warnings, *adapter_warnings; /* of medct_warning */
  int n_threads;
} MedctCtclip;

struct medct_encoding {
  MedctEncoding *encoding;
  MedctField field;
  double affine[16]; /* of the volume */
  double inside;
};

/* FALSE, with the plugin's error filled from `error` (freed). */
bool medct_ctclip_fail(medct_error *said, GError *error);

/* encoding.c: lent voxels as a volume: nothing is copied, nothing is freed. */
MedctVolume *medct_ctclip_borrow_volume(const medct_volume_view *view, GError **error);
MedctPreprocessOptions medct_ctclip_preprocess_options(guint32 encode_flags);
/* ctclip.c: 0 … 100, may `path` be a model of this plugin? */
uint32_t medct_ctclip_probe(const char *path);

/* trainer.c */
extern const medct_factory medct_ctclip_trainer_factory;

/* encoding.c: the entries of the vtable that concern one volume. */
bool medct_ctclip_encode(const medct_model_backend *abi, const medct_volume_view *view,
                         const medct_encode_options *options, medct_encoding **out,
                         medct_error *said);
void medct_ctclip_release(const medct_model_backend *abi, medct_encoding *encoding);
bool medct_ctclip_describe_encoding(const medct_model_backend *abi, const medct_encoding *encoding,
                                    medct_encoding_info *info, medct_error *said);
bool medct_ctclip_store(const medct_model_backend *abi, const medct_encoding *encoding,
                        void *buffer, uint64_t capacity, uint64_t *n_bytes, medct_error *said);
bool medct_ctclip_restore(const medct_model_backend *abi, const void *bytes, uint64_t n_bytes,
                          const medct_volume_view *view, const medct_encode_options *options,
                          medct_encoding **out, medct_error *said);

G_END_DECLS
