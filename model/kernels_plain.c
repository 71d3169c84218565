#define KERNELS_NAME  "plain"
#define KERNELS_TABLE medct_kernels_plain
#include "model/kernels_impl.h"
