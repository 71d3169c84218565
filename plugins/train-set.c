#include "plugins/train-set.h"

#include "model/metadata_csv.h"
#include "model/sha256.h"
#include "plugins/volume-view.h"
#include <glib/gi18n.h>

#include <string.h>

struct _MedctTrainCohort {
  MedctHost *host;
  MedctCohort *cohort;
  const MedctMonitor *monitor;
  GArray *items;         /* of medct_train_item */
  GArray *rows;          /* of guint: the cohort's row of each */
  GStringChunk *strings; /* identities and patients */
  const char **classes;
  MedctVolume *open; /* or NULL */
  medct_train_set set;
};

/* ---- what the trainer calls ---------------------------------------------------------------- */

static const medct_train_item *
set_item(const medct_train_set *set, uint32_t index)
{
  const MedctTrainCohort *self = set->data;
  return index < self->items->len ? &g_array_index(self->items, medct_train_item, index) : NULL;
}

static MedctVolume *
open_row(const MedctTrainCohort *self, guint index, GError **error)
{
  const MedctCohortRow *row =
      medct_cohort_row(self->cohort, g_array_index(self->rows, guint, index));
  g_autoptr(MedctVolume) volume =
      medct_host_open_volume(self->host, row->path, self->monitor, NULL, NULL, error);
  if (volume == NULL || row->metadata == NULL)
    return g_steal_pointer(&volume);
  return medct_metadata_csv_apply(volume, row->metadata, MEDCT_RESCALE_AUTO, error);
}

static bool
set_open(const medct_train_set *set, uint32_t index, medct_volume_view *view, medct_error *said)
{
  MedctTrainCohort *self = set->data;
  g_autoptr(GError) error = NULL;
  g_clear_pointer(&self->open, medct_volume_unref);
  self->open = index < self->rows->len ? open_row(self, index, &error) : NULL;
  if (self->open != NULL) {
    *view = medct_volume_view_of(self->open);
    return true;
  }
  gboolean cancelled = g_error_matches(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
  said->code = cancelled ? MEDCT_PLUGIN_CANCELLED : MEDCT_PLUGIN_IO;
  g_strlcpy(said->message, error ? error->message : "there is no such volume",
            sizeof said->message);
  return false;
}

static void
set_close(const medct_train_set *set, uint32_t index)
{
  MedctTrainCohort *self = set->data;
  g_clear_pointer(&self->open, medct_volume_unref);
}

/* ---- making it ----------------------------------------------------------------------------- */

/* "" for what has no single file: then nothing is kept of it. */
static const char *
identify(MedctTrainCohort *self, const MedctCohortRow *row)
{
  g_autofree char *file = medct_sha256_file(row->path, NULL);
  if (file == NULL || row->metadata == NULL)
    return g_string_chunk_insert(self->strings, file ? file : "");
  g_autofree char *table = medct_sha256_file(row->metadata, NULL);
  g_autofree char *both = g_strconcat(file, " by ", table ? table : "", NULL);
  return g_string_chunk_insert(self->strings, table ? both : "");
}

static void
add_item(MedctTrainCohort *self, guint index)
{
  const MedctCohortRow *row = medct_cohort_row(self->cohort, index);
  g_autofree char *patient =
      g_strdup_printf("%u", medct_cohort_patient(self->cohort, index)); /* no name leaves here */
  g_autofree char *name = g_path_get_basename(row->volume);
  medct_train_item item = {
      .size = sizeof item,
      .validation = row->split == MEDCT_SPLIT_VALIDATION,
      .name = g_string_chunk_insert(self->strings, name),
      .identity = identify(self, row),
      .patient = g_string_chunk_insert(self->strings, patient),
      .report = row->report,
      .labels = medct_cohort_labels(self->cohort, index),
  };
  g_array_append_val(self->items, item);
  g_array_append_val(self->rows, index);
}

static gboolean
is_used(const MedctCohortRow *row)
{
  return row->split == MEDCT_SPLIT_TRAIN || row->split == MEDCT_SPLIT_VALIDATION;
}

static gboolean
check_there(const MedctCohort *cohort, GError **error)
{
  enum { MOST_NAMED = 5 };
  g_autoptr(GString) missing = g_string_new(NULL);
  guint n = 0, training = 0;
  for (guint i = 0; i < medct_cohort_n_rows(cohort); i++) {
    const MedctCohortRow *row = medct_cohort_row(cohort, i);
    training += row->split == MEDCT_SPLIT_TRAIN;
    if (!is_used(row) || g_file_test(row->path, G_FILE_TEST_EXISTS))
      continue;
    if (n++ < MOST_NAMED)
      g_string_append_printf(missing, "%s%s", missing->len ? ", " : "", row->volume);
  }
  if (n > 0) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_IO,
                _("%u of the cohort's volumes %s not there: %s%s"), n, n == 1 ? "is" : "are",
                missing->str, n > MOST_NAMED ? ", …" : "");
    return FALSE;
  }
  if (training == 0) {
    g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                        _("the cohort has no rows in the split train: \"medct cohort split\" makes "
                          "splits by patient"));
    return FALSE;
  }
  return TRUE;
}

static gboolean
add_items(MedctTrainCohort *self, const MedctMonitor *monitor, GError **error)
{
  guint n = medct_cohort_n_rows(self->cohort);
  for (guint i = 0; i < n; i++) {
    if (medct_monitor_cancelled(monitor)) {
      g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("reading was cancelled"));
      return FALSE;
    }
    medct_monitor_progress(monitor, (double)i / n, "reading the cohort");
    if (is_used(medct_cohort_row(self->cohort, i)))
      add_item(self, i);
  }
  return TRUE;
}

MedctTrainCohort *
medct_train_cohort_new(MedctHost *host, MedctCohort *cohort, const MedctMonitor *monitor,
                       GError **error)
{
  if (!check_there(cohort, error))
    return NULL;
  g_autoptr(MedctTrainCohort) self = g_new0(MedctTrainCohort, 1);
  self->host = medct_host_ref(host);
  self->cohort = medct_cohort_ref(cohort);
  self->items = g_array_new(FALSE, FALSE, sizeof(medct_train_item));
  self->rows = g_array_new(FALSE, FALSE, sizeof(guint));
  self->strings = g_string_chunk_new(4096);
  guint n = medct_cohort_n_classes(cohort);
  self->classes = g_new(const char *, n + 1);
  for (guint c = 0; c < n; c++)
    self->classes[c] = medct_cohort_class(cohort, c);
  if (!add_items(self, monitor, error))
    return NULL;
  self->set = (medct_train_set){.size = sizeof self->set,
                                .data = self,
                                .n_classes = n,
                                .n_items = self->items->len,
                                .classes = self->classes,
                                .item = set_item,
                                .open = set_open,
                                .close = set_close};
  return g_steal_pointer(&self);
}

void
medct_train_cohort_free(MedctTrainCohort *self)
{
  if (self == NULL)
    return;
  g_clear_pointer(&self->open, medct_volume_unref);
  g_array_unref(self->items);
  g_array_unref(self->rows);
  g_string_chunk_free(self->strings);
  g_free(self->classes);
  medct_cohort_unref(self->cohort);
  medct_host_unref(self->host);
  g_free(self);
}

const medct_train_set *
medct_train_cohort_set(MedctTrainCohort *self, const MedctMonitor *monitor)
{
  self->monitor = monitor;
  return &self->set;
}

void
medct_train_cohort_count(const MedctTrainCohort *self, guint *training, guint *validation)
{
  *training = *validation = 0;
  for (guint i = 0; i < self->items->len; i++)
    ++*(g_array_index(self->items, medct_train_item, i).validation ? validation : training);
}
