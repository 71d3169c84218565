/* make-chest OUT [SIZE IN-PLANE-MM SLICES SLICE-MM]: one made-up chest of a size in voxels, for
 * tests and benches. Always the same patient, stored toward Left, Posterior, Superior. Whole
 * cohorts: medct phantom. */
#include "model/nifti_write.h"
#include "phantom/anatomy.h"
#include "phantom/findings.h"
#include "phantom/volume.h"
#include <stdlib.h>

static gboolean
write_chest(const char *path, const MedctGrid *grid, GError **error)
{
  MedctSite site = medct_site_a();
  MedctPatient patient;
  MedctLabels findings;
  double affine[16];
  if (!medct_labels_parse("nodule:2,pleural-effusion:1", &findings, error))
    return FALSE;
  medct_patient_draw(&patient, &site, 20240229, 0);
  MedctPool *pool = medct_pool_new(0);
  g_autoptr(MedctScene) scene = medct_scene_new(&patient, pool);
  medct_anatomy_build(scene);
  medct_findings_draw(scene, &findings);
  g_autofree MedctBox *boxes = g_new(MedctBox, scene->objects->len);
  g_autofree int16_t *voxels = medct_phantom_render(scene, grid, pool, boxes);
  medct_pool_free(pool);
  medct_grid_affine(grid, affine);
  return medct_nifti_write_int16(path, voxels, grid->dims, affine, error);
}

int
main(int argc, char **argv)
{
  if (argc != 2 && argc != 6) {
    g_printerr("make-chest OUT [SIZE IN-PLANE-MM SLICES SLICE-MM]\n");
    return 2;
  }
  double given[4] = {256, 1.4, 200, 1.5};
  for (int i = 0; i + 2 < argc; i++)
    given[i] = g_ascii_strtod(argv[i + 2], NULL);
  if (!(given[0] >= 1 && given[0] <= 2048 && given[2] >= 1 && given[2] <= 4096 && given[1] > 0 &&
        given[3] > 0)) {
    g_printerr("make-chest: sizes must be at least 1 and spacings above 0\n");
    return 2;
  }
  MedctGrid grid = {{(int64_t)given[0], (int64_t)given[0], (int64_t)given[2]},
                    {given[1], given[1], given[3]}};
  g_autoptr(GError) error = NULL;
  if (write_chest(argv[1], &grid, &error))
    return 0;
  g_printerr("make-chest: %s\n", error->message);
  return 1;
}
