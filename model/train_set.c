#include "model/train_set.h"
#include "model/sha256.h"
#include <glib/gi18n.h>
#include <string.h>

static gboolean
refuse(GError **error, const char *message)
{
  g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, _(message));
  return FALSE;
}

static gboolean
check_classes(const MedctTrainSet *set, GError **error)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint c = 0; c < set->n_classes; c++) {
    if (*set->classes[c] == '\0')
      return refuse(error, N_("the cohort has a label without a name"));
    if (!g_hash_table_add(seen, (gpointer)set->classes[c])) {
      g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, _("the cohort has the label %s twice"),
                  set->classes[c]);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
medct_train_set_check(const MedctTrainSet *set, gboolean reports, GError **error)
{
  guint training = 0, labels = 0, texts = 0;
  if (!check_classes(set, error))
    return FALSE;
  for (guint i = 0; i < set->n_items; i++) {
    const MedctTrainItem *item = &set->items[i];
    if (item->validation)
      continue;
    training++;
    texts += *item->report != '\0';
    for (guint c = 0; c < set->n_classes; c++)
      labels += item->labels[c] == 0 || item->labels[c] == 1;
  }
  if (training == 0)
    return refuse(error, N_("the cohort has no volume in the split train"));
  if (reports && texts < 2)
    return refuse(error,
                  N_("the objective clip needs at least two training volumes with a report"));
  if (!reports && labels == 0)
    return refuse(error, N_("no training volume has a known label: nothing can be learned"));
  return TRUE;
}

static void
add_text(MedctSha256 *sha, const char *text)
{
  medct_sha256_update(sha, text, strlen(text) + 1);
}

void
medct_train_set_sha256(const MedctTrainSet *set, char hex[65])
{
  MedctSha256 *sha = medct_sha256_new();
  for (guint c = 0; c < set->n_classes; c++)
    add_text(sha, set->classes[c]);
  for (guint i = 0; i < set->n_items; i++) {
    const MedctTrainItem *item = &set->items[i];
    add_text(sha, item->name);
    add_text(sha, item->identity);
    add_text(sha, item->patient);
    add_text(sha, item->report);
    add_text(sha, item->validation ? "validation" : "train");
    medct_sha256_update(sha, item->labels, set->n_classes);
  }
  medct_sha256_finish(sha, hex);
}
