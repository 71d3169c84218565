/* MedCT's public plugin interface, ABI 1.1. Plain C11; compiles alone as C17 and C++17.
 *
 * A plugin is a shared object that exports one symbol, `medct_entry`, beside a manifest
 * NAME.ini that is read before any code runs. See plugins/template/ for a plugin that builds.
 *
 * Rules
 *   - Strings are UTF-8 and end with NUL. Sizes are bytes unless the name says otherwise.
 *   - Data structs begin with `uint32_t size`: the caller sets it to sizeof; they only ever grow at
 *     the end. Vtables never change: growth is a new id ("medct.volume-reader/2").
 *   - Only a different ABI major is refused.
 *   - Memory is freed by the side that allocated it. Unless stated otherwise a pointer that is
 * passed in is valid until the call returns.
 *   - Errors: the function returns false and fills the caller's medct_error (never NULL).
 *   - Threads: every function carries a tag.
 *       [main-thread]  only on the host's main thread
 *       [job-thread]   on any one thread at a time per instance; may take long
 *       [thread-safe]  from any thread at any time
 *   - Long work asks progress->is_cancelled at least every 100 ms and then fails with
 *     MEDCT_PLUGIN_CANCELLED. */
#ifndef MEDCT_PLUGIN_H
#define MEDCT_PLUGIN_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MEDCT_ABI_MAJOR 1u
#define MEDCT_ABI_MINOR 1u

#if defined(_WIN32)
#define MEDCT_PLUGIN_EXPORT __declspec(dllexport)
#else
#define MEDCT_PLUGIN_EXPORT __attribute__((visibility("default")))
#endif

/* ---- errors ------------------------------------------------------------------------------- */

#define MEDCT_PLUGIN_IO          1 /* the operating system refused */
#define MEDCT_PLUGIN_FORMAT      2 /* the bytes are not what the format demands */
#define MEDCT_PLUGIN_UNSUPPORTED 3 /* well-formed, but not handled */
#define MEDCT_PLUGIN_MISMATCH    4 /* two inputs do not fit each other */
#define MEDCT_PLUGIN_ARGUMENT    5 /* the caller's argument is wrong */
#define MEDCT_PLUGIN_CANCELLED   6 /* stopped on request */
#define MEDCT_PLUGIN_MEMORY      7

typedef struct medct_error {
  uint32_t size;
  int32_t code;
  char message[512]; /* file, field, found, expected */
} medct_error;

/* Something that was put right while reading, and that must stay visible. */
typedef struct medct_warning {
  uint32_t size;
  char code[48]; /* stable, for programs: "orientation-unknown" */
  char message[256];
} medct_warning;

/* ---- the host ----------------------------------------------------------------------------- */

typedef struct medct_host {
  uint32_t abi_major, abi_minor;
  const char *name, *version; /* "MedCT", "0.1.0" */
  void *host_data;            /* the host's own */
  /* [thread-safe] NULL when unknown. Not to be called inside factory->create. */
  const void *(*get_extension)(const struct medct_host *host, const char *id);
} medct_host;

#define MEDCT_HOST_LOG    "medct.log/1"
#define MEDCT_LOG_DEBUG   0
#define MEDCT_LOG_INFO    1
#define MEDCT_LOG_WARNING 2
#define MEDCT_LOG_ERROR   3
typedef struct medct_host_log {
  void (*log)(const medct_host *host, int32_t severity, const char *message); /* [thread-safe] */
} medct_host_log;

#define MEDCT_HOST_THREAD_CHECK "medct.thread-check/1"
typedef struct medct_host_thread_check {
  bool (*is_main_thread)(const medct_host *host); /* [thread-safe] */
  bool (*is_job_thread)(const medct_host *host);  /* [thread-safe] */
} medct_host_thread_check;

#define MEDCT_HOST_PROGRESS "medct.progress/1"
typedef struct medct_host_progress {
  bool (*is_cancelled)(const medct_host *host);                               /* [job-thread] */
  void (*report)(const medct_host *host, double fraction, const char *stage); /* [job-thread] */
} medct_host_progress;

#define MEDCT_HOST_SETTINGS "medct.settings/1"
typedef struct medct_host_settings {
  /* Copies the value of the plugin's own `key` into value[capacity]; false when not set.
   * "threads" is always set. [thread-safe] */
  bool (*get)(const medct_host *host, const char *key, char *value, uint64_t capacity);
} medct_host_settings;

/* ---- entry and factories ------------------------------------------------------------------ */

typedef struct medct_descriptor {
  uint32_t size;
  const char *id;   /* "org.example.reader", unique and stable */
  const char *name; /* for people */
  const char *version;
  const char *description; /* one sentence */
  const char *extensions;  /* readers: file name endings, ".nii;.nii.gz"; else "" */
} medct_descriptor;

/* One per kind; get_factory(MEDCT_VOLUME_READER) gives a factory whose create() returns a
 * `const medct_volume_reader *`, and so on. */
typedef struct medct_factory {
  uint32_t (*count)(void);                               /* [thread-safe] */
  const medct_descriptor *(*descriptor)(uint32_t index); /* [thread-safe] */
  /* NULL for an unknown id. The host makes one instance a job; it outlives the instance. */
  const void *(*create)(const medct_host *host, const char *descriptor_id); /* [thread-safe] */
} medct_factory;

typedef struct medct_plugin_entry {
  uint32_t abi_major, abi_minor;
  bool (*init)(const char *plugin_path, medct_error *error); /* [main-thread] may be repeated */
  void (*deinit)(void);                                      /* [main-thread] once per init */
  const void *(*get_factory)(const char *factory_id);        /* [thread-safe] NULL when unknown */
} medct_plugin_entry;

/* extern const medct_plugin_entry medct_entry;   is what a plugin exports */

/* ---- medct.volume-reader/1 ---------------------------------------------------------------- */

#define MEDCT_VOLUME_READER "medct.volume-reader/1"

#define MEDCT_VOXELS_INT16   1u
#define MEDCT_VOXELS_FLOAT32 2u

/* Bytes that the host opened; a plugin opens no file itself. */
typedef struct medct_stream {
  uint32_t size;
  void *data;
  const char *name; /* file name without folder */
  uint64_t length;  /* bytes */
  /* Copies up to n bytes from `offset`; returns how many (short only at the end), or −1 when the
   * operating system refuses. [job-thread] */
  int64_t (*read_at)(const struct medct_stream *stream, uint64_t offset, void *buffer, uint64_t n);
} medct_stream;

/* What was opened: one file, or a folder's files. Lives until close(). */
typedef struct medct_source {
  uint32_t size;
  void *data;
  uint32_t n_streams; /* ≥ 1 */
  const medct_stream *(*stream)(const struct medct_source *source,
                                uint32_t index); /* [job-thread] */
  /* A file beside the first stream ("scan.img" for "scan.hdr"); a bare name, no separator.
   * NULL when there is none. [job-thread] */
  const medct_stream *(*sibling)(const struct medct_source *source, const char *name);
} medct_source;

typedef struct medct_volume_header {
  uint32_t size;
  uint32_t voxel_type;           /* MEDCT_VOXELS_… of what read() delivers, native byte order */
  uint64_t dims[3];              /* i fastest */
  double hu_slope, hu_intercept; /* HU = slope · voxel + intercept */
  double spacing_mm[3];
  double affine[16];                         /* row-major, voxel index → RAS+ mm */
  uint32_t orientation_known, spacing_known; /* 0 or 1 */
  char format[32];                           /* "NIfTI-1" */
} medct_volume_header;

typedef struct medct_volume_reader {
  void *plugin_data;
  bool (*init)(const struct medct_volume_reader *reader, medct_error *error); /* [job-thread] */
  void (*destroy)(
      const struct medct_volume_reader *reader); /* [job-thread] also after failed init */
  /* 0: not mine … 100: certainly. Sees the first bytes only (at most 4096). [thread-safe] */
  uint32_t (*probe)(const struct medct_volume_reader *reader, const char *name, const uint8_t *head,
                    uint64_t head_bytes, uint64_t file_bytes);
  /* Validates everything that can be known without the voxels. [job-thread] */
  bool (*open)(const struct medct_volume_reader *reader, const medct_source *source,
               medct_volume_header *header, medct_error *error);
  /* Slices k = first … first + n − 1, each dims[0]·dims[1] voxels; called in rising order without
   * gaps. After the last slice the reader has checked the whole file. [job-thread] */
  bool (*read)(const struct medct_volume_reader *reader, uint64_t first, uint64_t n, void *voxels,
               medct_error *error);
  /* Warnings so far; may grow while reading. [job-thread] */
  uint32_t (*warning_count)(const struct medct_volume_reader *reader);
  bool (*warning)(const struct medct_volume_reader *reader, uint32_t index, medct_warning *warning);
  void (*close)(
      const struct medct_volume_reader *reader); /* [job-thread] after open, also failed */
  const void *(*get_extension)(const struct medct_volume_reader *reader, const char *id);
} medct_volume_reader;

/* ---- medct.model-backend/1 ---------------------------------------------------------------- */

#define MEDCT_MODEL_BACKEND "medct.model-backend/1"

/* A volume lent by the host; same meaning as medct_volume_header. */
typedef struct medct_volume_view {
  uint32_t size;
  uint32_t voxel_type;
  uint64_t dims[3];
  const void *voxels; /* [dims[2]][dims[1]][dims[0]] */
  double hu_slope, hu_intercept;
  double spacing_mm[3];
  double affine[16];
  uint32_t orientation_known, spacing_known;
} medct_volume_view;

#define MEDCT_MODEL_RANDOM 1u /* random weights: scores mean nothing */
#define MEDCT_MODEL_DEMO   2u /* trained on synthetic data only */

typedef struct medct_model_info {
  uint32_t size;
  uint32_t flags; /* MEDCT_MODEL_… */
  char name[128]; /* for people */
  char architecture[64];
  uint64_t n_parameters;
  uint32_t latent;    /* numbers in a text or image latent */
  uint32_t grid[3];   /* score-share cells of a volume: t, h, w */
  double field_mm[3]; /* extent that the model sees along s, l, p */
  double scale;       /* similarity = scale · cosine */
  char weights_sha256[65];
  char adapter_sha256[65]; /* "" without */
  uint64_t adapter_parameters;
} medct_model_info;

#define MEDCT_ENCODE_AS_STORED  1u /* ignore the affine, upstream's axis order */
#define MEDCT_ENCODE_CLIP_AFTER 2u

typedef struct medct_encode_options {
  uint32_t size;
  uint32_t flags; /* MEDCT_ENCODE_… */
} medct_encode_options;

/* One encoded volume; the plugin's own. Immutable. */
typedef struct medct_encoding medct_encoding;

typedef struct medct_encoding_info {
  uint32_t size;
  uint32_t grid[3];       /* t, h, w */
  double grid_to_ras[16]; /* row-major; share index (w, h, t) → RAS mm of the cell's centre */
  double inside;          /* share of the body inside the model's field, 0..1; −1 unknown */
} medct_encoding_info;

typedef struct medct_model_backend {
  void *plugin_data;
  bool (*init)(const struct medct_model_backend *backend, medct_error *error); /* [job-thread] */
  void (*destroy)(
      const struct medct_model_backend *backend); /* [job-thread] also after failed init */
  /* 0 … 100: can this backend load the model at `path` (file or folder)? Cheap. [job-thread] */
  uint32_t (*probe)(const struct medct_model_backend *backend, const char *path);
  bool (*load)(const struct medct_model_backend *backend, const char *path,
               medct_error *error); /* [job-thread] */
  /* NULL takes the adapter away. Several stand one a line, each as PATH or PATH:WEIGHT, for
   * backends that can apply more than one. [job-thread] */
  bool (*load_adapter)(const struct medct_model_backend *backend, const char *path,
                       medct_error *error);
  bool (*describe)(const struct medct_model_backend *backend, medct_model_info *info,
                   medct_error *error); /* [job-thread] */
  /* Warnings about model and adapter. [job-thread] */
  uint32_t (*warning_count)(const struct medct_model_backend *backend);
  bool (*warning)(const struct medct_model_backend *backend, uint32_t index,
                  medct_warning *warning);
  /* Encodes; *encoding is released by release_encoding. [job-thread] */
  bool (*encode_volume)(const struct medct_model_backend *backend, const medct_volume_view *volume,
                        const medct_encode_options *options, medct_encoding **encoding,
                        medct_error *error);
  void (*release_encoding)(const struct medct_model_backend *backend, medct_encoding *encoding);
  bool (*describe_encoding)(const struct medct_model_backend *backend,
                            const medct_encoding *encoding, medct_encoding_info *info,
                            medct_error *error); /* [thread-safe] */
  /* The encoding as bytes that the host keeps between runs (27 KB for CT-CLIP's codes and latent).
   * With buffer NULL only *n_bytes is set. [job-thread] */
  bool (*store_encoding)(const struct medct_model_backend *backend, const medct_encoding *encoding,
                         void *buffer, uint64_t capacity, uint64_t *n_bytes, medct_error *error);
  /* Checks the bytes as anything from outside, and that they fit this model. [job-thread] */
  bool (*restore_encoding)(const struct medct_model_backend *backend, const void *bytes,
                           uint64_t n_bytes, const medct_volume_view *volume,
                           const medct_encode_options *options, medct_encoding **encoding,
                           medct_error *error);
  /* latents [n][info.latent], each unit norm; n ≥ 1 together, so that the weights are streamed from
   * memory once. May run beside encode_volume. [job-thread] */
  bool (*encode_texts)(const struct medct_model_backend *backend, const char *const *texts,
                       uint32_t n, float *latents, medct_error *error);
  /* cosine [n] ← ⟨u, v⟩ for n text latents u [n][latent]. [thread-safe] */
  bool (*score)(const struct medct_model_backend *backend, const medct_encoding *encoding,
                const float *latents, uint32_t n, float *cosine, medct_error *error);
  /* share [t·h·w] of the direction u [latent] (a latent, or the difference of a pair);
   * Σ share = ⟨u, v⟩. [job-thread] */
  bool (*score_share)(const struct medct_model_backend *backend, medct_encoding *encoding,
                      const float *u, float *share, medct_error *error);
  const void *(*get_extension)(const struct medct_model_backend *backend, const char *id);
} medct_model_backend;

/* ---- medct.model-trainer/1 ---------------------------------------------------------------- */

#define MEDCT_MODEL_TRAINER "medct.model-trainer/1"

#define MEDCT_LABEL_IS_UNKNOWN (-1) /* 1 present, 0 absent */

/* One volume of a cohort. */
typedef struct medct_train_item {
  uint32_t size;
  uint32_t validation;  /* 0: trained on; 1: measured on */
  const char *name;     /* for messages: a file name, no path, no patient */
  const char *identity; /* hash of all that decides the voxels; "": keep nothing of it on disk */
  const char *patient;  /* a pseudonym: volumes of one are drawn together when measuring */
  const char *report;   /* "" without */
  const int8_t *labels; /* [n_classes] */
} medct_train_item;

/* A cohort's training and validation volumes, lent by the host until train() or plan() returns. */
typedef struct medct_train_set {
  uint32_t size;
  void *data; /* the host's */
  uint32_t n_classes, n_items;
  const char *const *classes;                                        /* [n_classes] */
  const medct_train_item *(*item)(const struct medct_train_set *set, /* [thread-safe] */
                                  uint32_t index);
  /* Opens a volume and lends its voxels until close; one at a time. [job-thread] */
  bool (*open)(const struct medct_train_set *set, uint32_t index, medct_volume_view *view,
               medct_error *error);
  void (*close)(const struct medct_train_set *set, uint32_t index); /* [job-thread] */
} medct_train_set;

#define MEDCT_TRAIN_PRESET_QUICK    1u /* text encoder only */
#define MEDCT_TRAIN_PRESET_BALANCED 2u /* and the temporal layers */
#define MEDCT_TRAIN_PRESET_FULL     3u /* both encoders */

#define MEDCT_TRAIN_OBJECTIVE_VOCAB 1u
#define MEDCT_TRAIN_OBJECTIVE_BCE   2u
#define MEDCT_TRAIN_OBJECTIVE_CLIP  3u

#define MEDCT_TRAIN_RESUME           1u /* go on from the checkpoint in the folder, if there is one */
#define MEDCT_TRAIN_RSLORA           2u  /* scale α/√r in place of α/r */
#define MEDCT_TRAIN_POSITIVE_WEIGHTS 4u  /* bce: rare findings count more */
#define MEDCT_TRAIN_ASYMMETRIC       8u  /* bce: asymmetric focusing */
#define MEDCT_TRAIN_TEMPERATURE      16u /* the scale of the similarities is trained too */
#define MEDCT_TRAIN_MEASURE          32u /* plan(): times pieces of the work, for its `seconds` */

/* Filled by the trainer's defaults(), then changed by whoever wants something else. */
typedef struct medct_train_options {
  uint32_t size;
  uint32_t flags; /* MEDCT_TRAIN_… */
  uint32_t preset, objective;
  uint32_t spatial_rank, temporal_rank, text_rank; /* 0: these layers stay as they are */
  double alpha, dropout;
  double lr, lr_ratio; /* of A; B learns lr_ratio times as fast */
  double weight_decay, clip_norm;
  double warm_up; /* share of the steps */
  uint32_t epochs, batch, accumulate, patience;
  uint64_t seed;
  uint64_t cache_bytes;  /* most that is kept on disk of frozen layers' work; 0: nothing */
  uint32_t encode_flags; /* MEDCT_ENCODE_… */
  uint32_t threads;      /* that plan() measures with; 0: all. train() asks its control */
  /* Since 1.1. Training volumes are changed anew each time that they are learned from; 0: not. */
  double noise_hu, offset_hu; /* standard deviation of normal noise, offset either way; at most */
  uint32_t shift;             /* voxels of the model's tensor along each axis, at most */
  uint32_t reserved;          /* 0 */
} medct_train_options;

/* What a run will be. */
typedef struct medct_train_plan {
  uint32_t size;
  uint32_t frozen_layers, vision_layers; /* of the vision encoder; the frozen run once a volume */
  uint64_t trainable, parameters;
  uint64_t steps, steps_per_epoch;
  uint64_t memory_bytes; /* resident, about */
  uint64_t cache_bytes;  /* on disk */
  double seconds;        /* of the whole run here, about; 0: not known */
} medct_train_plan;

#define MEDCT_TRAIN_STARTED                                                                        \
  1u /* `step` is where it goes on; what was said of later ones is void                            \
      */
#define MEDCT_TRAIN_PREPARED    2u /* a volume went through the frozen layers */
#define MEDCT_TRAIN_STEP        3u
#define MEDCT_TRAIN_EVALUATION  4u
#define MEDCT_TRAIN_SAVED       5u /* a checkpoint of `step` is on disk */
#define MEDCT_TRAIN_SAVE_FAILED 6u /* `message` says why; training goes on */
#define MEDCT_TRAIN_FINISHED    7u /* the adapter is written */

/* Numbers that a kind does not have are NaN. Pointers are valid during the call. */
typedef struct medct_train_record {
  uint32_t size;
  uint32_t kind;
  uint64_t step, steps;
  uint32_t epoch, epochs; /* from 1 */
  uint32_t prepared, to_prepare;
  double loss, lr, grad_norm;
  double seconds, seconds_left;
  double val_loss, val_auroc, auroc_low, auroc_high; /* 95 % interval */
  const double *class_auroc;                         /* [n_classes] or NULL */
  uint32_t n_classes;
  uint32_t best; /* 1: the best validation so far */
  const char *message;
} medct_train_record;

#define MEDCT_TRAIN_GO     0u
#define MEDCT_TRAIN_PAUSE  1u /* wait, and ask again */
#define MEDCT_TRAIN_FINISH 2u /* no further step; write the best adapter */

/* How a run is watched and steered; the host's, answers may change at any time. */
typedef struct medct_train_control {
  uint32_t size;
  void *data;
  void (*record)(const struct medct_train_control *control,
                 const medct_train_record *record);             /* [job-thread] */
  uint32_t (*state)(const struct medct_train_control *control); /* [job-thread] every 100 ms */
  uint32_t (*threads)(
      const struct medct_train_control *control); /* [job-thread] each step; 0: all */
} medct_train_control;

typedef struct medct_model_trainer {
  void *plugin_data;
  bool (*init)(const struct medct_model_trainer *trainer, medct_error *error); /* [job-thread] */
  void (*destroy)(
      const struct medct_model_trainer *trainer); /* [job-thread] also after failed init */
  /* 0 … 100: can this trainer train the model at `path`? Cheap. [job-thread] */
  uint32_t (*probe)(const struct medct_model_trainer *trainer, const char *path);
  bool (*load)(const struct medct_model_trainer *trainer, const char *path,
               medct_error *error); /* [job-thread] */
  /* The values of a preset for the loaded model. [job-thread] */
  bool (*defaults)(const struct medct_model_trainer *trainer, uint32_t preset,
                   medct_train_options *options, medct_error *error);
  /* Refuses what train() would refuse before its first step. [job-thread] */
  bool (*plan)(const struct medct_model_trainer *trainer, const medct_train_set *set,
               const medct_train_options *options, medct_train_plan *plan, medct_error *error);
  /* Trains until the end, for hours; the adapter goes into `folder`, checkpoints too while it runs.
   * Cancelled: saves what is done, so that MEDCT_TRAIN_RESUME goes on from it, and fails with
   * MEDCT_PLUGIN_CANCELLED. [job-thread] */
  bool (*train)(const struct medct_model_trainer *trainer, const medct_train_set *set,
                const medct_train_options *options, const char *folder,
                const medct_train_control *control, medct_error *error);
  const void *(*get_extension)(const struct medct_model_trainer *trainer, const char *id);
} medct_model_trainer;

#ifdef __cplusplus
}
#endif
#endif
