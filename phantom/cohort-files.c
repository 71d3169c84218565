#include "phantom/cohort-files.h"
#include "model/atomic_file.h"
#include "model/csv.h"
#include "model/folder.h"
#include "model/folder_lock.h"
#include "model/nifti_write.h"
#include "phantom/orientation.h"
#include "phantom/random.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  const char *folder;
  const MedctCohortOptions *options;
  GString *cohort, *grades, *boxes;
  gboolean begun; /* volumes are being written */
} Writing;

static const char *const tables[] = {"cohort.csv", "grades.csv", "boxes.csv"};

/* ---- rows ---------------------------------------------------------------------------------- */

static void
add_cell(GString *table, const char *text)
{
  g_autofree char *cell = medct_csv_quote(text);
  g_string_append(table, cell);
}

static void
add_labels(GString *table, const MedctLabels *labels, gboolean grades)
{
  for (int n = 0; n < MEDCT_N_PATHOLOGIES; n++)
    g_string_append_printf(table, ",%d", grades ? labels->grade[n] : labels->grade[n] > 0);
}

static void
begin_tables(Writing *writing)
{
  writing->cohort = g_string_new("volume,patient,split");
  writing->grades = g_string_new("volume");
  for (guint n = 0; n < MEDCT_N_PATHOLOGIES; n++) {
    g_string_append_printf(writing->cohort, ",%s", medct_pathology_name(n));
    g_string_append_printf(writing->grades, ",%s", medct_pathology_name(n));
  }
  g_string_append(writing->cohort, ",report\n");
  g_string_append_c(writing->grades, '\n');
  writing->boxes = g_string_new("volume,finding,grade,object,place,side,size_mm,i_low,i_high,j_low,"
                                "j_high,k_low,k_high,right_low,right_high,anterior_low,"
                                "anterior_high,superior_low,superior_high\n");
}

/* Outer faces of the outermost voxels, in RAS mm; the affine's columns lie along the axes. */
static void
add_world(GString *row, const MedctBox *box, const double affine[16])
{
  for (int axis = 0; axis < 3; axis++) {
    double low = affine[4 * axis + 3], high = low;
    for (int n = 0; n < 3; n++) {
      double step = affine[4 * axis + n], a = step * (box->low[n] - 0.5),
             b = step * (box->high[n] + 0.5);
      low += MIN(a, b), high += MAX(a, b);
    }
    g_string_append_printf(row, ",%.2f,%.2f", low, high);
  }
}

static void
add_boxes(Writing *writing, const char *name, const MedctPhantom *phantom,
          const MedctOrientation *orientation, const double affine[16])
{
  static const char *const sides[] = {"right", "", "left"};
  for (guint n = 0; n < phantom->objects->len; n++) {
    const MedctObject *object = &g_array_index(phantom->objects, MedctObject, n);
    if (medct_box_is_empty(&phantom->boxes[n]))
      continue;
    MedctBox box = medct_orientation_box(orientation, &phantom->grid, &phantom->boxes[n]);
    g_string_append_printf(writing->boxes, "%s,%s,%d,%s,%s,%s,%.1f", name,
                           medct_pathology_name((guint)object->finding), object->grade,
                           object->name, object->place, sides[object->side + 1],
                           (double)object->size_mm);
    for (int axis = 0; axis < 3; axis++)
      g_string_append_printf(writing->boxes, ",%d,%d", box.low[axis], box.high[axis]);
    add_world(writing->boxes, &box, affine);
    g_string_append_c(writing->boxes, '\n');
  }
}

/* Before the first volume: those of a cohort that was there are of other volumes from now on, and
 * would pass for true if this ends early. */
static gboolean
remove_tables(Writing *writing, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS(tables) && !writing->begun; i++) {
    g_autofree char *path = g_build_filename(writing->folder, tables[i], NULL);
    if (g_unlink(path) != 0 && errno != ENOENT) {
      medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be replaced: %s", g_strerror(errno));
      return FALSE;
    }
  }
  return writing->begun = TRUE;
}

/* ---- one patient --------------------------------------------------------------------------- */

static const char *
split_of(const MedctCohortOptions *options, guint64 index)
{
  MedctRandom random = medct_random_stream(options->phantom.seed, index, "split");
  double u = medct_random_uniform(&random);
  if (options->split != NULL)
    return options->split;
  return u < 0.7 ? "train" : u < 0.85 ? "validation" : "test";
}

static MedctOrientation
orientation_of(const MedctCohortOptions *options, guint64 index)
{
  static const char *const usual[] = {"LPS", "RAS", "LAS", "RPS", "LPI", "PSL", "ASR"};
  MedctRandom random = medct_random_stream(options->phantom.seed, index, "orientation");
  int n = medct_random_integer(&random, 0, G_N_ELEMENTS(usual) - 1);
  MedctOrientation orientation = {{0, 1, 2}, {FALSE}};
  medct_orientation_parse(options->orientation ? options->orientation : usual[n], &orientation,
                          NULL);
  return orientation;
}

static gboolean
write_patient(Writing *writing, const MedctLabelModel *label_model, guint64 index, MedctPool *pool,
              GError **error)
{
  const MedctCohortOptions *options = writing->options;
  g_autofree char *patient = g_strdup_printf("%s%" G_GUINT64_FORMAT "-%05" G_GUINT64_FORMAT,
                                             options->site_name, options->phantom.seed, index);
  g_autofree char *name = g_strconcat(patient, ".nii.gz", NULL);
  g_autofree char *path = g_build_filename(writing->folder, name, NULL);
  g_autoptr(MedctPhantom) phantom = medct_phantom_new(&options->phantom, label_model, index, pool);
  MedctOrientation orientation = orientation_of(options, index);
  int64_t dims[3];
  double affine[16];
  g_autofree int16_t *stored =
      medct_orientation_store(&orientation, phantom->voxels, &phantom->grid, dims, affine);
  if (!remove_tables(writing, error) || !medct_nifti_write_int16(path, stored, dims, affine, error))
    return FALSE;
  g_string_append_printf(writing->cohort, "%s,%s,%s", name, patient, split_of(options, index));
  add_labels(writing->cohort, &phantom->labels, FALSE);
  g_string_append_c(writing->cohort, ',');
  add_cell(writing->cohort, phantom->report);
  g_string_append_c(writing->cohort, '\n');
  g_string_append(writing->grades, name);
  add_labels(writing->grades, &phantom->labels, TRUE);
  g_string_append_c(writing->grades, '\n');
  add_boxes(writing, name, phantom, &orientation, affine);
  return TRUE;
}

/* ---- the cohort ---------------------------------------------------------------------------- */

static gboolean
write_table(const char *folder, const char *name, const GString *table, GError **error)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  return medct_atomic_file_save(path, table->str, table->len, error);
}

static gboolean
write_patients(Writing *writing, MedctPool *pool, const MedctMonitor *monitor, GError **error)
{
  const MedctCohortOptions *options = writing->options;
  g_autoptr(MedctLabelModel) label_model = medct_label_model_new(&options->phantom.site);
  for (guint64 n = 0; n < options->count; n++) {
    if (medct_monitor_cancelled(monitor)) {
      g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, "stopped on request");
      return FALSE;
    }
    if (!write_patient(writing, label_model, options->first + n, pool, error))
      return FALSE;
    medct_monitor_progress(monitor, (double)(n + 1) / (double)options->count, "drawing chests");
  }
  return TRUE;
}

gboolean
medct_cohort_files_write(const char *folder, const MedctCohortOptions *options, MedctPool *pool,
                         const MedctMonitor *monitor, GError **error)
{
  if (!medct_folder_make(folder, 0777, error))
    return FALSE;
  g_autoptr(MedctFolderLock) lock = medct_folder_lock_new(
      folder, "phantom.lock", "wait until it has ended, or choose another --out", error);
  if (lock == NULL)
    return FALSE;
  Writing writing = {.folder = folder, .options = options};
  begin_tables(&writing);
  gboolean done = write_patients(&writing, pool, monitor, error) &&
                  write_table(folder, tables[1], writing.grades, error) &&
                  write_table(folder, tables[2], writing.boxes, error) &&
                  write_table(folder, tables[0], writing.cohort, error);
  g_string_free(writing.cohort, TRUE);
  g_string_free(writing.grades, TRUE);
  g_string_free(writing.boxes, TRUE);
  return done;
}
