/* Two made-up hospitals. They differ as hospitals do: in who comes and how they lie, in scanners
 * and protocols, in what else is seen, and in how reports are worded. Each factor can be taken from
 * either site on its own, so that its effect can be shown. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_FACTOR_NOISE,
  MEDCT_FACTOR_KERNEL,
  MEDCT_FACTOR_THICKNESS,
  MEDCT_FACTOR_HU,
  MEDCT_FACTOR_CONTRAST,
  MEDCT_FACTOR_INSPIRATION,
  MEDCT_FACTOR_FAT,
  MEDCT_FACTOR_SCALE,
  MEDCT_FACTOR_CENTRE,
  MEDCT_FACTOR_ARMS,
  MEDCT_FACTOR_POSITION,
  MEDCT_FACTOR_PREVALENCE,
  MEDCT_FACTOR_LOOKALIKES,
  MEDCT_FACTOR_WORDING,
  MEDCT_N_FACTORS,
} MedctFactor;

/* from_b[f]: factor f is that of site B. */
typedef struct {
  gboolean from_b[MEDCT_N_FACTORS];
} MedctSite;

MedctSite medct_site_a(void);
MedctSite medct_site_b(void);
/* `setting` is "noise=B": takes one factor from that site. An unknown name is refused
 * with the list of them. */
gboolean medct_site_set(MedctSite *site, const char *setting, GError **error);

G_END_DECLS
