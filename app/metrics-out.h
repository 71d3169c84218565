/* Metrics of classes, as JSON members and as lines of a table. Used by `medct metrics` and
 * `medct eval`. */
#pragma once

#include "model/metrics.h"
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Members of the object at hand; what is not defined is null, and youden_j and at_upstream are left
 * out. */
void medct_json_add_class_metrics(JsonBuilder *b, const MedctClassMetrics *metrics);
void medct_json_add_rates(JsonBuilder *b, const char *key, const MedctRates *rates);
/* "0.732", or "—" for NaN. `text` [16] */
void medct_format_metric(double value, char text[16]);

G_END_DECLS
