#include "app/demo-study.h"
#include "app/engine.h"
#include "model/folder.h"
#include "model/nifti_write.h"
#include "phantom/orientation.h"
#include "phantom/phantom.h"

#define FINDINGS "nodule:3,pleural-effusion:2,consolidation:2,emphysema:1,arterial:2"

static char *
demo_folder(void)
{
  return g_build_filename(g_get_user_cache_dir(), "medct", "demo", NULL);
}

/* In the order in which most scanners' files come. */
static gboolean
write_chest(const MedctPhantom *phantom, const char *path, GError **error)
{
  MedctOrientation orientation;
  int64_t dims[3];
  double affine[16];
  if (!medct_orientation_parse("LPS", &orientation, error))
    return FALSE;
  g_autofree int16_t *stored =
      medct_orientation_store(&orientation, phantom->voxels, &phantom->grid, dims, affine);
  return medct_nifti_write_int16(path, stored, dims, affine, error);
}

static gboolean
draw_chest(const char *path, GError **error)
{
  MedctLabels findings;
  if (!medct_labels_parse(FINDINGS, &findings, error))
    return FALSE;
  const MedctPhantomOptions options = {
      .site = medct_site_a(), .seed = 2, .spacing = {1, 1, 1}, .findings = &findings};
  g_autoptr(MedctLabelModel) labels = medct_label_model_new(&options.site);
  MedctPool *pool = medct_pool_new(0);
  g_autoptr(MedctPhantom) phantom = medct_phantom_new(&options, labels, 0, pool);
  medct_pool_free(pool);
  return write_chest(phantom, path, error);
}

static void
make_work(GTask *task, gpointer source, gpointer job, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autofree char *folder = demo_folder();
  g_autofree char *path = g_build_filename(folder, "demo-chest.nii.gz", NULL);
  gboolean there = g_file_test(path, G_FILE_TEST_IS_REGULAR);
  if (there || (medct_folder_make(folder, 0700, &error) && draw_chest(path, &error)))
    g_task_return_pointer(task, g_steal_pointer(&path), g_free);
  else
    g_task_return_error(task, error);
}

void
medct_demo_study_make(MedctJob *job, GAsyncReadyCallback done, gpointer data)
{
  g_autoptr(GTask) task = g_task_new(NULL, NULL, done, data);
  g_task_set_task_data(task, medct_job_ref(job), (GDestroyNotify)medct_job_unref);
  medct_engine_hold_program(task);
  g_task_run_in_thread(task, make_work);
}

char *
medct_demo_study_make_finish(GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer(G_TASK(result), error);
}

char *
medct_demo_model_folder(void)
{
  const char *given = g_getenv("MEDCT_DEMO_MODEL"); /* run from a build folder */
  const char *folder = given != NULL ? given : MEDCT_DEMO_DIR;
  return g_file_test(folder, G_FILE_TEST_IS_DIR) ? g_strdup(folder) : NULL;
}
