/* A report in the words of a site: present findings with side, place, size and severity, absent
 * ones in part denied, normal organs in passing, an impression. */
#pragma once

#include "phantom/labels.h"
#include "phantom/scene.h"

G_BEGIN_DECLS

/* `objects`: GArray of MedctObject. The caller frees. */
char *medct_phantom_report(const GArray *objects, const MedctLabels *labels,
                           const MedctPatient *patient, const MedctSite *site);

G_END_DECLS
