/* A LoRA adapter in Hugging Face PEFT's two files (adapter_config.json,
 * adapter_model.safetensors). Spec §8: ΔW = scale · B·A. Immutable after opening,
 * reference-counted. */
#pragma once

#include "model/tensor_file.h"

G_BEGIN_DECLS

typedef struct {
  const char *module; /* path of the adapted Linear, without ".weight" */
  int rank, in, out;
  double alpha;   /* α_m */
  float scale;    /* α_m / r_m, or α_m / √r_m with rsLoRA */
  const float *A; /* [rank, in] */
  const float *B; /* [out, rank] */
} MedctAdapterModule;

typedef struct _MedctAdapter MedctAdapter;

MedctAdapter *medct_adapter_open(const char *folder, GError **error);
MedctAdapter *medct_adapter_ref(MedctAdapter *adapter);
void medct_adapter_unref(MedctAdapter *adapter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctAdapter, medct_adapter_unref)

/* α/r, or α/√r with rsLoRA. */
double medct_adapter_scale(double alpha, int rank, gboolean rslora);
guint medct_adapter_count(const MedctAdapter *adapter);
const MedctAdapterModule *medct_adapter_get(const MedctAdapter *adapter, guint index);
const MedctAdapterModule *medct_adapter_lookup(const MedctAdapter *adapter, const char *module);
int64_t medct_adapter_parameters(const MedctAdapter *adapter);
const char *medct_adapter_base_sha256(const MedctAdapter *adapter); /* NULL when not recorded */
/* The base's temperature becomes the adapter's; FALSE when that was not trained. PEFT has no place
 * for it: it stands in the weights' metadata. */
gboolean medct_adapter_temperature(const MedctAdapter *adapter, float *temperature);
gboolean medct_adapter_rslora(const MedctAdapter *adapter);
double medct_adapter_dropout(const MedctAdapter *adapter); /* that it was trained with; [0, 1) */
/* Of the weights' file; of what medct_adapter_describe() says where there are several. */
char *medct_adapter_sha256(const MedctAdapter *adapter, GError **error);
/* "SHA256:WEIGHT" of each part, with spaces between. */
char *medct_adapter_describe(const MedctAdapter *adapter, GError **error);

/* Against the base: every module must exist there with these sizes, and every module that the
 * configuration targets must have its pair. Lists all offending keys. */
gboolean medct_adapter_check(const MedctAdapter *adapter, const MedctTensorFile *base,
                             GError **error);

G_END_DECLS
