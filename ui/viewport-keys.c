#include "ui/viewport-keys.h"
#include "ui/plain-key.h"

const MedctPlaneKey medct_plane_keys[] = {
    {GDK_KEY_Up, MEDCT_PLANE_KEY_STEP, 1},       {GDK_KEY_Down, MEDCT_PLANE_KEY_STEP, -1},
    {GDK_KEY_Page_Up, MEDCT_PLANE_KEY_STEP, 10}, {GDK_KEY_Page_Down, MEDCT_PLANE_KEY_STEP, -10},
    {GDK_KEY_f, MEDCT_PLANE_KEY_FORWARD, 1},     {GDK_KEY_b, MEDCT_PLANE_KEY_FORWARD, -1},
    {GDK_KEY_Home, MEDCT_PLANE_KEY_FIRST, 0},    {GDK_KEY_End, MEDCT_PLANE_KEY_LAST, 0},
    {GDK_KEY_1, MEDCT_PLANE_KEY_PRESET, 0},      {GDK_KEY_2, MEDCT_PLANE_KEY_PRESET, 1},
    {GDK_KEY_3, MEDCT_PLANE_KEY_PRESET, 2},      {GDK_KEY_4, MEDCT_PLANE_KEY_PRESET, 3},
    {GDK_KEY_5, MEDCT_PLANE_KEY_PRESET, 4},      {GDK_KEY_6, MEDCT_PLANE_KEY_PRESET, 5},
    {GDK_KEY_r, MEDCT_PLANE_KEY_RESET, 0},       {GDK_KEY_space, MEDCT_PLANE_KEY_RESET, 0},
    {GDK_KEY_x, MEDCT_PLANE_KEY_MARKS, 0},       {GDK_KEY_c, MEDCT_PLANE_KEY_CENTRE, 0},
    {GDK_KEY_w, MEDCT_PLANE_KEY_MAP, 0},         {GDK_KEY_e, MEDCT_PLANE_KEY_OPACITY, 0.1},
    {GDK_KEY_q, MEDCT_PLANE_KEY_OPACITY, -0.1},  {GDK_KEY_Return, MEDCT_PLANE_KEY_ALONE, 0},
};
const gsize medct_n_plane_keys = G_N_ELEMENTS(medct_plane_keys);

double
medct_viewport_upward(MedctViewport *viewport)
{
  return medct_viewport_get_kind(viewport) == MEDCT_PLANE_AXIAL ? 1 : -1;
}

static void
change_slice(MedctViewport *viewport, MedctStudy *study, const MedctPlaneKey *key)
{
  MedctPlaneKind kind = medct_viewport_get_kind(viewport);
  switch (key->command) {
  case MEDCT_PLANE_KEY_STEP:
    medct_study_step(study, kind, key->amount * medct_viewport_upward(viewport));
    break;
  case MEDCT_PLANE_KEY_FORWARD:
    medct_study_step(study, kind, key->amount);
    break;
  case MEDCT_PLANE_KEY_FIRST:
    medct_study_set_slice(study, kind, 0);
    break;
  default:
    medct_study_set_slice(study, kind, (double)study->planes[kind].count[2] - 1);
    break;
  }
}

static void
change_view(MedctStudy *study, const MedctPlaneKey *key)
{
  const MedctOverlay *overlay = &study->overlay;
  switch (key->command) {
  case MEDCT_PLANE_KEY_PRESET:
    medct_study_set_window(study, medct_window_presets[(int)key->amount].window);
    break;
  case MEDCT_PLANE_KEY_RESET:
    medct_study_reset_view(study);
    break;
  case MEDCT_PLANE_KEY_MARKS:
    medct_study_set_annotations(study, !study->annotations);
    break;
  case MEDCT_PLANE_KEY_CENTRE:
    medct_study_centre(study);
    break;
  case MEDCT_PLANE_KEY_MAP:
    if (study->share != NULL) /* else the next map would stay away for no visible reason */
      medct_study_show_map(study, !study->map_shown);
    break;
  default:
    medct_study_set_map_looks(study, overlay->opacity + key->amount, study->against, overlay->raw);
    break;
  }
}

gboolean
medct_viewport_act_on_key(MedctViewport *viewport, guint key)
{
  MedctStudy *study = medct_viewport_get_study(viewport);
  key = medct_plain_key(key);
  for (gsize n = 0; study != NULL && n < medct_n_plane_keys; n++) {
    const MedctPlaneKey *found = &medct_plane_keys[n];
    if (found->key != key)
      continue;
    if (found->command <= MEDCT_PLANE_KEY_LAST)
      change_slice(viewport, study, found);
    else if (found->command == MEDCT_PLANE_KEY_ALONE)
      g_signal_emit_by_name(viewport, "maximise");
    else
      change_view(study, found);
    return TRUE;
  }
  return FALSE;
}
