/* Finished trainings in the experiment's folder, and which settings they belong to. */
#include "app/experiment-private.h"
#include "model/folder.h"
#include "model/json.h"
#include "model/model_folder.h"
#include <string.h>

#define SETTINGS "settings.txt"
#define PART     "part.json"

char *
medct_experiment_folder(const MedctExperiment *x, const MedctExperimentRun *run)
{
  return g_build_filename(x->options.folder, "trained", run->name, NULL);
}

/* Everything that decides the numbers of a part but its arm, seed and rate, which its name says. */
static char *
settings_text(const MedctExperiment *x)
{
  const MedctExperimentOptions *o = &x->options;
  return g_strdup_printf(
      "SYNTHETIC: made-up patients\n"
      "weights %s\n"
      "patients of B: %u to learn from, %u to choose on, seed %" G_GUINT64_FORMAT "\n"
      "test patients of each site: %u, seed %" G_GUINT64_FORMAT "\n"
      "epochs %d, batch %d, rank %d\n"
      "augmentation: shift %d voxels, noise %g HU, offset %g HU\n",
      x->weights_sha256, o->n_train, o->n_validation, o->development_seed, o->n_test, o->test_seed,
      o->epochs, o->batch, o->rank, o->augmentation.shift, o->augmentation.noise_hu,
      o->augmentation.offset_hu);
}

gboolean
medct_experiment_settings_claim(const MedctExperiment *x, GError **error)
{
  g_autofree char *path = g_build_filename(x->options.folder, SETTINGS, NULL);
  g_autofree char *ours = settings_text(x), *tainted_theirs = NULL;
  if (!medct_folder_make(x->options.folder, 0777, error))
    return FALSE;
  if (!g_file_get_contents(path, &tainted_theirs, NULL, NULL))
    return medct_model_folder_save_text(x->options.folder, SETTINGS, ours, error);
  if (strcmp(ours, tainted_theirs) == 0)
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_MISMATCH, x->options.folder,
                   "holds parts of an experiment with other settings (see its " SETTINGS
                   "): choose another --out");
  return FALSE;
}

/* ---- a training ----------------------------------------------------------------------------- */

gboolean
medct_experiment_part_load(const MedctExperiment *x, MedctExperimentRun *run, gboolean *found,
                           GError **error)
{
  g_autofree char *folder = medct_experiment_folder(x, run);
  g_autofree char *path = g_build_filename(folder, PART, NULL);
  *found = g_file_test(path, G_FILE_TEST_EXISTS);
  if (!*found)
    return TRUE;
  g_autoptr(JsonNode) node = medct_json_load(path, error);
  if (node == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_OBJECT(node)) {
    medct_error_file(error, MEDCT_ERROR_FORMAT, path, "is not an object: remove the file");
    return FALSE;
  }
  JsonObject *part = json_node_get_object(node);
  JsonNode *choice = json_object_get_member(part, "choice");
  if (choice && json_node_get_value_type(choice) == G_TYPE_STRING)
    run->choice = g_strdup(json_node_get_string(choice));
  return medct_json_get_double(part, path, "seconds", &run->seconds, error) &&
         medct_json_get_int(part, path, "trainable", 0, G_MAXINT64, &run->trainable, error);
}

gboolean
medct_experiment_part_save(const MedctExperiment *x, const MedctExperimentRun *run, GError **error)
{
  g_autofree char *folder = medct_experiment_folder(x, run);
  g_autoptr(JsonBuilder) b = json_builder_new();
  json_builder_begin_object(b);
  json_builder_set_member_name(b, "data");
  json_builder_add_string_value(b, "SYNTHETIC");
  json_builder_set_member_name(b, "seconds");
  json_builder_add_double_value(b, run->seconds);
  json_builder_set_member_name(b, "trainable");
  json_builder_add_int_value(b, run->trainable);
  json_builder_set_member_name(b, "choice");
  json_builder_add_string_value(b, run->choice ? run->choice : "");
  json_builder_end_object(b);
  return medct_model_folder_save_json(folder, PART, b, error);
}
