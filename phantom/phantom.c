#include "phantom/phantom.h"
#include "phantom/anatomy.h"
#include "phantom/findings.h"
#include "phantom/lookalikes.h"
#include "phantom/report.h"

MedctPhantom *
medct_phantom_new(const MedctPhantomOptions *options, const MedctLabelModel *label_model,
                  guint64 index, MedctPool *pool)
{
  MedctPhantom *phantom = g_new0(MedctPhantom, 1);
  phantom->labels = options->findings ? *options->findings
                                      : medct_label_model_draw(label_model, options->seed, index);
  phantom->grid = medct_grid_new(options->spacing);
  medct_patient_draw(&phantom->patient, &options->site, options->seed, index);
  g_autoptr(MedctScene) scene = medct_scene_new(&phantom->patient, pool);
  medct_anatomy_build(scene);
  medct_lookalikes_draw(scene, &options->site);
  medct_findings_draw(scene, &phantom->labels);
  phantom->boxes = g_new(MedctBox, MAX(scene->objects->len, 1));
  phantom->voxels = medct_phantom_render(scene, &phantom->grid, pool, phantom->boxes);
  phantom->objects = g_array_ref(scene->objects);
  phantom->report =
      medct_phantom_report(phantom->objects, &phantom->labels, &phantom->patient, &options->site);
  return phantom;
}

void
medct_phantom_free(MedctPhantom *phantom)
{
  if (phantom == NULL)
    return;
  g_free(phantom->voxels);
  g_free(phantom->boxes);
  g_free(phantom->report);
  g_array_unref(phantom->objects);
  g_free(phantom);
}
