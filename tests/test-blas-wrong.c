/* A BLAS that is wrong must be found before anything is computed with it: this program is linked
 * with a cblas_sgemm that is off by one part in a thousand. */
#include "model/ctclip.h"
#include <cblas.h>

void __wrap_cblas_sgemm(const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE ta,
                        const enum CBLAS_TRANSPOSE tb, const blasint m, const blasint n,
                        const blasint k, const float alpha, const float *A, const blasint lda,
                        const float *B, const blasint ldb, const float beta, float *C,
                        const blasint ldc);
void __real_cblas_sgemm(const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE ta,
                        const enum CBLAS_TRANSPOSE tb, const blasint m, const blasint n,
                        const blasint k, const float alpha, const float *A, const blasint lda,
                        const float *B, const blasint ldb, const float beta, float *C,
                        const blasint ldc);

void
__wrap_cblas_sgemm(const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE ta,
                   const enum CBLAS_TRANSPOSE tb, const blasint m, const blasint n, const blasint k,
                   const float alpha, const float *A, const blasint lda, const float *B,
                   const blasint ldb, const float beta, float *C, const blasint ldc)
{
  __real_cblas_sgemm(order, ta, tb, m, n, k, alpha * 1.001f, A, lda, B, ldb, beta, C, ldc);
}

static void
test_refused(void)
{
  g_autoptr(GError) error = NULL;
  g_assert_false(medct_blas_check(&error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_UNSUPPORTED);
  g_assert_nonnull(strstr(error->message, "OPENBLAS_CORETYPE"));
  g_clear_error(&error);
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", "mini.safetensors", NULL);
  g_assert_null(medct_model_open(path, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_UNSUPPORTED);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/blas-wrong/refused", test_refused);
  return g_test_run();
}
