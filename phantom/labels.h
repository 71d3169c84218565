/* Which of the 18 pathologies a patient has, and how severe: drawn so that each is as frequent, and
 * each two meet as often, as in the public label files of CT-RATE. Immutable once made. */
#pragma once

#include "model/pathologies.h"
#include "phantom/site.h"

G_BEGIN_DECLS

/* grade[pathology]: 0 absent, 1 mild, 2 moderate, 3 severe. */
typedef struct {
  int grade[MEDCT_N_PATHOLOGIES];
} MedctLabels;

typedef struct _MedctLabelModel MedctLabelModel;

MedctLabelModel *medct_label_model_new(const MedctSite *site);
void medct_label_model_free(MedctLabelModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctLabelModel, medct_label_model_free)

MedctLabels medct_label_model_draw(const MedctLabelModel *model, guint64 seed, guint64 index);

/* `text` is "none" or a list "nodule:3,pleural-effusion": parts of pathologies' names with a grade,
 * 2 by default. Refuses what is unknown or fits several. */
gboolean medct_labels_parse(const char *text, MedctLabels *labels, GError **error);

G_END_DECLS
