#define KERNELS_NAME  "avx2"
#define KERNELS_TABLE medct_kernels_avx2
#include "model/kernels_impl.h"
