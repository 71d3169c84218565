#define KERNELS_NAME  "avx512"
#define KERNELS_TABLE medct_kernels_avx512
#include "model/kernels_impl.h"
