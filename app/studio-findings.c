/* Rows of the findings list: scores, and what the patch at the crosshair speaks for. */
#include "app/studio-private.h"
#include <glib/gi18n.h>
#include <math.h>

/* ---- patch --------------------------------------------------------------------------------- */

/* The grid cell at the crosshair as an index into a share; −1 outside the model's field. */
static int64_t
cell_of(const MedctStudyRecord *record)
{
  const medct_encoding_info *info = medct_study_encoding_info(record->scored->encoding);
  double ras[3], inverse[16], point[3]; /* w, h, t */
  int64_t cell = 0;
  medct_plane_voxel_to_ras(&record->study->planes[0], record->study->voxel, ras);
  if (!medct_matrix_invert(info->grid_to_ras, inverse))
    return -1;
  medct_matrix_apply(inverse, ras, point);
  for (int n = 0; n < 3; n++) {
    int64_t at = (int64_t)floor(point[2 - n] + 0.5), size = info->grid[n];
    if (at < 0 || at >= size)
      return -1;
    cell = cell * size + at;
  }
  return cell;
}

static double
share_at(const MedctAnswer *answer, int64_t cell)
{
  return answer != NULL && cell >= 0 && (gsize)cell < answer->n_cells ? (double)answer->share[cell]
                                                                      : NAN;
}

/* ---- rows ---------------------------------------------------------------------------------- */

static MedctFindingRow
row_of(const MedctStudioWindow *window, const char *name, const MedctAnswer *base,
       const MedctAnswer *adapted, int64_t cell)
{
  MedctMapOf of = medct_result_card_get_map_of(MEDCT_RESULT_CARD(window->card));
  gboolean of_base = adapted == NULL || of == MEDCT_MAP_OF_BASE;
  MedctFindingRow row = {name, NAN, NAN, NAN, NAN, FALSE};
  row.base = base != NULL ? base->probability : NAN;
  row.adapted = adapted != NULL ? adapted->probability : NAN;
  row.share = share_at(of_base ? base : adapted, cell);
  if (!of_base && of == MEDCT_MAP_OF_DIFFERENCE)
    row.share -= share_at(base, cell);
  return row;
}

static void
append_findings(const MedctStudioWindow *window, GArray *rows, int64_t cell)
{
  const MedctStudyRecord *record = window->current;
  const MedctScoredStudy *base = record != NULL ? record->scored : NULL;
  const MedctScoredStudy *adapted = record != NULL ? record->adapted : NULL;
  for (guint n = 0; n < MEDCT_N_PATHOLOGIES; n++) {
    MedctFindingRow row = row_of(window, NULL, base != NULL ? base->answers[n] : NULL,
                                 adapted != NULL ? adapted->answers[n] : NULL, cell);
    row.threshold = window->model != NULL ? window->model->thresholds[n] : NAN;
    g_array_append_val(rows, row);
  }
}

static void
append_answers(const MedctStudioWindow *window, GArray *rows, const char *name,
               const GPtrArray *answers, gboolean asked, int64_t cell)
{
  const MedctAnswer *base = answers != NULL && answers->len > 0 ? answers->pdata[0] : NULL;
  const MedctAnswer *adapted = answers != NULL && answers->len > 1 ? answers->pdata[1] : NULL;
  MedctFindingRow row = row_of(window, name, base, adapted, cell);
  row.asked = asked;
  g_array_append_val(rows, row);
}

void
medct_studio_show_findings(MedctStudioWindow *window)
{
  const MedctStudyRecord *record = window->current;
  g_autoptr(GArray) rows = g_array_new(FALSE, TRUE, sizeof(MedctFindingRow));
  int64_t cell = record != NULL && record->scored != NULL ? cell_of(record) : -1;
  append_findings(window, rows, cell);
  for (guint n = 0; n < medct_prompts_n_saved(window->prompts); n++) {
    const char *text = medct_prompts_saved(window->prompts, n);
    append_answers(window, rows, text,
                   record != NULL ? g_hash_table_lookup(record->kept, text) : NULL, FALSE, cell);
  }
  if (record != NULL && record->asked == MEDCT_TYPED && record->answers != NULL &&
      !medct_prompts_is_kept(window->prompts, record->typed))
    append_answers(window, rows, record->typed, record->answers, TRUE, cell);
  window->patch = cell;
  medct_findings_view_set(MEDCT_FINDINGS_VIEW(window->findings),
                          (const MedctFindingRow *)(void *)rows->data, rows->len);
}

/* The crosshair moved: the list follows it when it is about the patch. */
void
medct_studio_follow_patch(MedctStudioWindow *window)
{
  const MedctStudyRecord *record = window->current;
  if (record != NULL && record->scored != NULL &&
      medct_findings_view_get_order(MEDCT_FINDINGS_VIEW(window->findings)) == MEDCT_ORDER_PATCH &&
      cell_of(record) != window->patch)
    medct_studio_show_findings(window);
}

/* ---- a click on a voxel -------------------------------------------------------------------- */

static void
pressed(GtkGestureClick *gesture, int n_press, double x, double y, MedctStudioWindow *window)
{
  window->pressed_at[0] = x;
  window->pressed_at[1] = y;
}

static void
released(GtkGestureClick *gesture, int n_press, double x, double y, MedctStudioWindow *window)
{
  enum { STILL = 4 }; /* px: more is a drag */
  GtkWidget *picture = gtk_event_controller_get_widget(GTK_EVENT_CONTROLLER(gesture));
  GdkModifierType state =
      gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(gesture));
  if (n_press != 1 || window->current == NULL || window->current->scored == NULL ||
      (state & (GDK_SHIFT_MASK | GDK_CONTROL_MASK)) != 0 ||
      medct_viewport_get_mode(MEDCT_VIEWPORT(picture)) != MEDCT_MOUSE_CROSSHAIR ||
      x >= gtk_widget_get_width(picture) - MEDCT_TRACK_WIDTH ||
      hypot(x - window->pressed_at[0], y - window->pressed_at[1]) > STILL)
    return;
  medct_findings_view_set_order(MEDCT_FINDINGS_VIEW(window->findings), MEDCT_ORDER_PATCH);
  medct_studio_show_findings(window);
}

void
medct_studio_add_voxel_click(MedctStudioWindow *window, GtkWidget *viewport)
{
  GtkGesture *click = gtk_gesture_click_new();
  g_signal_connect(click, "pressed", G_CALLBACK(pressed), window);
  g_signal_connect(click, "released", G_CALLBACK(released), window);
  gtk_widget_add_controller(viewport, GTK_EVENT_CONTROLLER(click));
}
