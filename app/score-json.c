/* One study's scores as a line of JSON. */
#include "app/cmd-version.h"
#include "app/json-out.h"
#include "app/score.h"
#include <math.h>

static void
add_model(JsonBuilder *b, const medct_model_info *info)
{
  medct_json_begin_object(b, "model");
  medct_json_add_string(b, "name", info->name);
  medct_json_add_string(b, "architecture", info->architecture);
  medct_json_add_string(b, "sha256", info->weights_sha256);
  medct_json_add_int(b, "parameters", info->n_parameters);
  medct_json_add_number(b, "scale", info->scale);
  medct_json_add_boolean(b, "random_weights", (info->flags & MEDCT_MODEL_RANDOM) != 0);
  medct_json_add_boolean(b, "demo", (info->flags & MEDCT_MODEL_DEMO) != 0);
  json_builder_end_object(b);
  json_builder_set_member_name(b, "adapter");
  if (!info->adapter_sha256[0]) {
    json_builder_add_null_value(b);
    return;
  }
  json_builder_begin_object(b);
  medct_json_add_string(b, "sha256", info->adapter_sha256);
  medct_json_add_int(b, "parameters", info->adapter_parameters);
  json_builder_end_object(b);
}

static void
add_input(JsonBuilder *b, const MedctVolume *volume)
{
  const MedctVolumeHeader *header = medct_volume_get_header(volume);
  char letters[4];
  medct_volume_orientation(volume, letters);
  medct_json_begin_object(b, "input");
  medct_json_add_string(b, "sha256", header->sha256);
  medct_json_add_string(b, "content_sha256", medct_volume_content_hash(volume));
  medct_json_add_string(b, "format", header->format);
  medct_json_add_ints(b, "dims", header->dims, 3);
  medct_json_add_numbers(b, "spacing_mm", header->spacing_mm, 3);
  medct_json_add_string(b, "orientation", header->orientation_known ? letters : NULL);
  json_builder_end_object(b);
}

static void
add_preprocessing(JsonBuilder *b, const MedctScorer *scorer, const MedctStudyScore *study)
{
  const MedctVolumeHeader *header = medct_volume_get_header(study->volume);
  const medct_encoding_info *info = medct_study_encoding_info(study->encoding);
  medct_json_begin_object(b, "preprocessing");
  medct_json_add_boolean(b, "as_stored", (scorer->flags & MEDCT_ENCODE_AS_STORED) != 0);
  medct_json_add_string(b, "clip", scorer->flags & MEDCT_ENCODE_CLIP_AFTER ? "after" : "before");
  medct_json_add_string(b, "metadata", scorer->metadata);
  medct_json_add_number(b, "hu_slope", header->hu_slope);
  medct_json_add_number(b, "hu_intercept", header->hu_intercept);
  medct_json_add_number(b, "inside", info->inside >= 0 ? info->inside : NAN);
  json_builder_end_object(b);
}

static void
add_warnings(JsonBuilder *b, const MedctScorer *scorer, const MedctStudyScore *study)
{
  g_autoptr(GPtrArray) warnings = medct_study_score_warnings(scorer, study);
  medct_json_begin_array(b, "warnings");
  for (guint i = 0; i < warnings->len; i++) {
    const MedctWarning *warning = warnings->pdata[i];
    medct_json_add_warning(b, warning->code, warning->message);
  }
  json_builder_end_array(b);
}

static void
add_finding(JsonBuilder *b, const MedctFinding *finding, const MedctFindingScore *score,
            const MedctFindingScore *base)
{
  json_builder_begin_object(b);
  medct_json_add_string(b, "name", finding->name);
  medct_json_add_string(b, "prompt", finding->prompt);
  medct_json_add_string(b, "negation", finding->negation);
  medct_json_add_number(b, "cosine", score->cosine[0]);
  medct_json_add_number(b, "cosine_negation", score->cosine[1]);
  medct_json_add_number(b, "similarity", score->similarity[0]);
  medct_json_add_number(b, "similarity_negation", score->similarity[1]);
  medct_json_add_number(b, "probability", score->probability);
  if (base != NULL)
    medct_json_add_number(b, "base_probability", base->probability);
  medct_json_add_number(b, "threshold", finding->threshold);
  if (score->grid_map) {
    medct_json_begin_object(b, "map");
    medct_json_add_string(b, "grid", score->grid_map);
    medct_json_add_string(b, "smooth", score->smooth_map);
    json_builder_end_object(b);
  }
  json_builder_end_object(b);
}

static void
begin_line(JsonBuilder *b, const char *name)
{
  json_builder_begin_object(b);
  medct_json_add_string(b, "volume", name);
  medct_json_add_string(b, "version", MEDCT_VERSION);
  medct_json_add_string(b, "notice", "not for diagnostic use");
}

static char *
end_line(JsonBuilder *b)
{
  json_builder_end_object(b);
  g_autoptr(JsonNode) root = json_builder_get_root(b);
  return json_to_string(root, FALSE);
}

char *
medct_study_score_json(const MedctScorer *scorer, const MedctStudyScore *study, const char *volume,
                       const MedctStudyScore *base)
{
  g_autoptr(JsonBuilder) b = json_builder_new();
  begin_line(b, volume);
  add_input(b, study->volume);
  add_model(b, medct_backend_info(scorer->backend));
  add_preprocessing(b, scorer, study);
  medct_json_add_boolean(b, "cached", medct_study_encoding_was_cached(study->encoding));
  add_warnings(b, scorer, study);
  json_builder_set_member_name(b, "findings");
  json_builder_begin_array(b);
  for (guint i = 0; i < study->n; i++)
    add_finding(b, scorer->findings->pdata[i], &study->scores[i],
                base != NULL ? &base->scores[i] : NULL);
  json_builder_end_array(b);
  return end_line(b);
}

char *
medct_study_error_json(const char *name, const GError *error)
{
  g_autoptr(JsonBuilder) b = json_builder_new();
  g_autofree char *shown = g_path_get_basename(name);
  g_autofree char *valid = g_utf8_make_valid(shown, -1);
  g_autofree char *message = g_utf8_make_valid(error->message, -1);
  begin_line(b, valid);
  medct_json_add_string(b, "error", message);
  return end_line(b);
}
