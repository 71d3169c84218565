#include "model/projection_init.h"
#include <math.h>
#include <string.h>

#define PRINCIPAL_SCALE 0.4
#define CONSTANT        2.0

/* LAPACK, which comes with OpenBLAS: eigenvalues ascending, eigenvectors in the columns of the
 * column-major matrix, that is in our rows. And the solution of a symmetric positive system. */
extern void dsyev_(const char *job, const char *part, const int *n, double *a, const int *lda,
                   double *values, double *work, const int *lwork, int *info, size_t, size_t);
extern void dposv_(const char *part, const int *n, const int *columns, double *a, const int *lda,
                   double *b, const int *ldb, int *info, size_t);

static double
dot(const double *a, const double *b, int n)
{
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

/* mean [D] and the second moments about `centre` [D], moments [D, D]. */
static void
moments_about(double *moments, const double *centre, const MedctProjectionData *p)
{
  memset(moments, 0, sizeof *moments * p->D * p->D);
  for (int i = 0; i < p->n; i++)
    for (int a = 0; a < p->D; a++)
      for (int b = 0; b < p->D; b++)
        moments[a * p->D + b] += ((double)p->pooled[(gsize)i * p->D + a] - centre[a]) *
                                 ((double)p->pooled[(gsize)i * p->D + b] - centre[b]) / p->n;
}

static void
mean_of(double *mean, const MedctProjectionData *p)
{
  memset(mean, 0, sizeof *mean * p->D);
  for (int i = 0; i < p->n; i++)
    for (int d = 0; d < p->D; d++)
      mean[d] += (double)p->pooled[(gsize)i * p->D + d] / p->n;
}

static void
add_to_diagonal(double *matrix, int D, double share)
{
  double trace = 0;
  for (int d = 0; d < D; d++)
    trace += matrix[d * D + d];
  for (int d = 0; d < D; d++)
    matrix[d * D + d] += share * trace / D + 1e-30;
}

/* c [D] with ⟨c, mean⟩ = 1 that answers the least to what varies: C₂⁻¹·mean, scaled. */
static void
answer_to_the_mean(double *c, const double *mean, const MedctProjectionData *p)
{
  int D = p->D, one = 1, info;
  g_autofree double *second = g_new(double, D *D), *zero = g_new0(double, D);
  moments_about(second, zero, p);
  add_to_diagonal(second, D, 1e-6);
  memcpy(c, mean, sizeof *c * D);
  dposv_("U", &D, &one, second, &D, c, &D, &info, 1);
  double scale = dot(c, mean, D);
  for (int d = 0; d < D; d++)
    c[d] /= fabs(scale) > 1e-30 ? scale : 1;
}

/* rows [n_rows, D] ← whitened principal directions, largest first; zero where there are none. */
static void
principal_rows(double *rows, int n_rows, const double *mean, const MedctProjectionData *p)
{
  int D = p->D, info, n_work = 8 * D;
  g_autofree double *spread = g_new(double, D *D), *values = g_new(double, D);
  g_autofree double *work = g_new(double, n_work);
  moments_about(spread, mean, p);
  dsyev_("V", "U", &D, spread, &D, values, work, &n_work, &info, 1, 1);
  for (int r = 0; r < n_rows; r++) {
    int k = D - 1 - r;
    gboolean is_there = info == 0 && k >= 0 && values[k] > 1e-9 * values[D - 1];
    for (int d = 0; d < D; d++)
      rows[r * D + d] = is_there ? PRINCIPAL_SCALE * spread[k * D + d] / sqrt(values[k]) : 0;
  }
}

void
medct_projection_init(float *projection, int latent, const MedctProjectionData *p)
{
  int D = p->D, given = p->n_directions;
  g_autofree double *rows = g_new0(double, latent *D), *mean = g_new(double, D);
  g_autofree double *c = g_new(double, D);
  mean_of(mean, p);
  answer_to_the_mean(c, mean, p);
  for (int i = 0; i < given * D; i++)
    rows[i] = p->directions[i];
  principal_rows(rows + given * D, latent - 1 - given, mean, p);
  for (int r = 0; r < latent - 1; r++) {
    double constant = dot(rows + r * D, mean, D);
    for (int d = 0; d < D; d++)
      rows[r * D + d] -= constant * c[d];
  }
  for (int d = 0; d < D; d++)
    rows[(latent - 1) * D + d] = CONSTANT * c[d];
  for (int r = 0; r < latent; r++)
    for (int cell = 0; cell < p->cells; cell++)
      for (int d = 0; d < D; d++)
        projection[((gsize)r * p->cells + cell) * D + d] = (float)(rows[r * D + d] / p->cells);
}
