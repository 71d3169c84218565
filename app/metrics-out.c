#include "app/metrics-out.h"
#include "app/json-out.h"
#include <math.h>

void
medct_json_add_rates(JsonBuilder *b, const char *key, const MedctRates *rates)
{
  medct_json_begin_object(b, key);
  medct_json_add_number(b, "accuracy", rates->accuracy);
  medct_json_add_number(b, "f1", rates->f1);
  medct_json_add_number(b, "f1_weighted", rates->f1_weighted);
  medct_json_add_number(b, "precision", rates->precision);
  medct_json_add_number(b, "recall", rates->recall);
  medct_json_add_number(b, "specificity", rates->specificity);
  json_builder_end_object(b);
}

void
medct_json_add_class_metrics(JsonBuilder *b, const MedctClassMetrics *metrics)
{
  medct_json_add_number(b, "prevalence", metrics->prevalence);
  medct_json_add_number(b, "auroc", metrics->auroc);
  medct_json_add_number(b, "average_precision", metrics->average_precision);
  if (isfinite(metrics->youden_j))
    medct_json_add_number(b, "youden_j", metrics->youden_j);
  medct_json_add_number(b, "upstream_threshold", metrics->upstream_threshold);
  medct_json_add_rates(b, "at_0.5", &metrics->at_half);
  if (isfinite(metrics->upstream_threshold))
    medct_json_add_rates(b, "at_upstream", &metrics->at_upstream);
}

void
medct_format_metric(double value, char text[16])
{
  if (isfinite(value))
    g_snprintf(text, 16, "%.3f", value);
  else
    g_strlcpy(text, "—", 16);
}
