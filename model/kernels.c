#include "model/kernels.h"
#include <glib.h>

extern const MedctKernels medct_kernels_plain;
#ifdef MEDCT_X86_KERNELS
extern const MedctKernels medct_kernels_avx2;
extern const MedctKernels medct_kernels_avx512;
#endif

const MedctKernels *
medct_kernels_named(const char *name)
{
  if (g_str_equal(name, "plain"))
    return &medct_kernels_plain;
  if (g_str_equal(name, "naive"))
    return &medct_kernels_naive;
#ifdef MEDCT_X86_KERNELS
  __builtin_cpu_init();
  if (g_str_equal(name, "avx2") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return &medct_kernels_avx2;
  if (g_str_equal(name, "avx512") && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl"))
    return &medct_kernels_avx512;
#endif
  return NULL;
}

const MedctKernels *
medct_kernels(void)
{
  static gsize chosen = 0;
  if (g_once_init_enter(&chosen)) {
    static const char *const best_first[] = {"avx512", "avx2", "plain"};
    const char *limit = g_getenv("MEDCT_CPU");
    const MedctKernels *kernels = limit ? medct_kernels_named(limit) : NULL;
    for (gsize i = 0; kernels == NULL && i < G_N_ELEMENTS(best_first); i++)
      kernels = medct_kernels_named(best_first[i]);
    g_once_init_leave(&chosen, GPOINTER_TO_SIZE(kernels));
  }
  return GSIZE_TO_POINTER(chosen);
}
