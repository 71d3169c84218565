#include "ui/viewport-input.h"
#include "render/region-window.h"
#include "ui/measure-hand.h"
#include "ui/viewport-keys.h"
#include <math.h>

/* What a drag does is settled when it starts. */
typedef enum {
  DRAG_NONE,
  DRAG_CROSSHAIR,
  DRAG_WINDOW,
  DRAG_REGION, /* a rectangle whose voxels make the window */
  DRAG_PAN,
  DRAG_ZOOM,
  DRAG_TRACK,
  DRAG_MEASURE,
} DragKind;

typedef struct {
  DragKind kind;
  double x, y; /* start */
  MedctWindow window;
  double pan[2], zoom;
  double wheel;      /* part of a slice that a touch pad has scrolled */
  double at_x, at_y; /* of the pointer */
} Input;

static Input *
input_of(MedctViewport *viewport)
{
  return g_object_get_data(G_OBJECT(viewport), "input");
}

static gboolean
voxel_at(MedctViewport *viewport, double x, double y, double voxel[3])
{
  MedctView view;
  if (!medct_viewport_get_view(viewport, &view))
    return FALSE;
  MedctStudy *study = medct_viewport_get_study(viewport);
  const MedctPlane *plane = &study->planes[medct_viewport_get_kind(viewport)];
  double cell[3];
  medct_view_to_cell(&view, x, y, &cell[0], &cell[1]);
  cell[2] = (double)medct_study_slice(study, plane->kind);
  medct_plane_cell_to_voxel(plane, cell, voxel);
  return TRUE;
}

static void
tell_pointer(MedctViewport *viewport, double x, double y)
{
  double voxel[3];
  MedctStudy *study = medct_viewport_get_study(viewport);
  g_autofree char *text =
      voxel_at(viewport, x, y, voxel) ? medct_study_readout(study, voxel) : g_strdup("");
  if (*text == '\0' && study != NULL) { /* beside the volume */
    g_free(text);
    text = medct_study_readout(study, study->voxel);
  }
  g_signal_emit_by_name(viewport, "pointer", text);
}

/* ---- zoom ---------------------------------------------------------------------------------- */

/* What the hand points at stays, and in the other planes the crosshair: they are as large as this
 * one, or they are not seen. */
static void
zoom_at(MedctViewport *viewport, double zoom, double x, double y)
{
  MedctStudy *study = medct_viewport_get_study(viewport);
  double width = MAX(gtk_widget_get_width(GTK_WIDGET(viewport)) - MEDCT_TRACK_WIDTH, 1);
  double height = MAX(gtk_widget_get_height(GTK_WIDGET(viewport)), 1);
  double still[3][2];
  for (int n = 0; n < 3; n++) {
    const MedctPlane *plane = &study->planes[n];
    double scale = medct_view_fit_scale(plane, width, height) * study->zoom, cell[3];
    MedctView view = medct_view_centred(plane, -width / 2, -height / 2, width, height, scale);
    medct_plane_voxel_to_cell(plane, study->voxel, cell);
    medct_view_from_cell(&view, cell[0], cell[1], &still[n][0], &still[n][1]);
    still[n][0] += study->pan[n][0];
    still[n][1] += study->pan[n][1];
  }
  still[medct_viewport_get_kind(viewport)][0] = x - width / 2;
  still[medct_viewport_get_kind(viewport)][1] = y - height / 2;
  medct_study_zoom_about(study, zoom, still);
}

/* ---- wheel --------------------------------------------------------------------------------- */

static gboolean
scrolled(GtkEventControllerScroll *controller, double dx, double dy, MedctViewport *viewport)
{
  MedctStudy *study = medct_viewport_get_study(viewport);
  Input *input = input_of(viewport);
  if (study == NULL)
    return FALSE;
  GdkModifierType state =
      gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(controller));
  if (state & GDK_CONTROL_MASK) {
    zoom_at(viewport, study->zoom * pow(1.15, -dy), input->at_x, input->at_y);
    return TRUE;
  }
  input->wheel -= dy;
  double whole = trunc(input->wheel);
  input->wheel -= whole;
  if (whole != 0)
    medct_study_step(study, medct_viewport_get_kind(viewport),
                     whole * medct_viewport_upward(viewport));
  tell_pointer(viewport, input->at_x, input->at_y);
  return TRUE;
}

/* ---- drags --------------------------------------------------------------------------------- */

static void
set_crosshair(MedctViewport *viewport, double x, double y)
{
  double voxel[3];
  if (voxel_at(viewport, x, y, voxel))
    medct_study_set_voxel(medct_viewport_get_study(viewport), voxel);
}

static void
set_track(MedctViewport *viewport, double y)
{
  MedctStudy *study = medct_viewport_get_study(viewport);
  MedctPlaneKind kind = medct_viewport_get_kind(viewport);
  double slices = (double)study->planes[kind].count[2];
  double part = CLAMP(y / MAX(gtk_widget_get_height(GTK_WIDGET(viewport)), 1), 0, 1);
  if (kind == MEDCT_PLANE_AXIAL)
    part = 1 - part;
  medct_study_set_slice(study, kind, floor(part * slices));
}

static DragKind
drag_kind(MedctViewport *viewport, guint button, GdkModifierType state, double x)
{
  if (button == GDK_BUTTON_MIDDLE)
    return DRAG_PAN;
  if (button == GDK_BUTTON_SECONDARY)
    return DRAG_ZOOM;
  if (button != GDK_BUTTON_PRIMARY)
    return DRAG_NONE;
  if (x >= gtk_widget_get_width(GTK_WIDGET(viewport)) - MEDCT_TRACK_WIDTH)
    return DRAG_TRACK;
  if (state & GDK_SHIFT_MASK)
    return DRAG_PAN;
  if (medct_measure_hand_is_for(medct_viewport_get_mode(viewport)))
    return DRAG_MEASURE;
  if (medct_viewport_get_mode(viewport) == MEDCT_MOUSE_CROSSHAIR)
    return DRAG_CROSSHAIR;
  return state & GDK_CONTROL_MASK ? DRAG_REGION : DRAG_WINDOW;
}

/* The window from the voxels that the rectangle shows, slab or slice. */
static void
window_from_region(MedctViewport *viewport, const MedctArea *area)
{
  MedctStudy *study = medct_viewport_get_study(viewport);
  MedctPlaneKind kind = medct_viewport_get_kind(viewport);
  MedctView view;
  MedctWindow window;
  double from[2], to[2];
  medct_viewport_get_view(viewport, &view);
  medct_view_to_cell(&view, area->x, area->y, &from[0], &from[1]);
  medct_view_to_cell(&view, area->x + area->width, area->y + area->height, &to[0], &to[1]);
  g_auto(MedctSlice) slice = {0};
  medct_slice_take(&slice, &study->image, &study->planes[kind], medct_study_slice(study, kind),
                   study->slab);
  if (medct_region_window(&slice, from, to, &window))
    medct_study_set_window(study, window);
}

static void
drag_end(GtkGestureDrag *gesture, double dx, double dy, MedctViewport *viewport)
{
  Input *input = input_of(viewport);
  const MedctArea *area = medct_viewport_get_area(viewport);
  if (input->kind == DRAG_REGION && area != NULL && medct_viewport_get_study(viewport) != NULL)
    window_from_region(viewport, area);
  if (input->kind == DRAG_MEASURE && medct_viewport_get_study(viewport) != NULL)
    medct_measure_hand_end(viewport);
  medct_viewport_show_area(viewport, NULL);
  input->kind = DRAG_NONE;
}

static void
drag_cancelled(GtkGesture *gesture, GdkEventSequence *sequence, MedctViewport *viewport)
{
  medct_viewport_show_area(viewport, NULL);
  if (input_of(viewport)->kind == DRAG_MEASURE)
    medct_measure_hand_cancel(viewport);
  input_of(viewport)->kind = DRAG_NONE;
}

static void
set_region(MedctViewport *viewport, double dx, double dy)
{
  enum { CLICK = 3 }; /* px: less is a trembling hand */
  const Input *input = input_of(viewport);
  MedctArea area = {fmin(input->x, input->x + dx), fmin(input->y, input->y + dy), fabs(dx),
                    fabs(dy)};
  gboolean meant = area.width > CLICK && area.height > CLICK;
  medct_viewport_show_area(viewport, meant ? &area : NULL);
}

static void
drag_begin(GtkGestureDrag *gesture, double x, double y, MedctViewport *viewport)
{
  MedctStudy *study = medct_viewport_get_study(viewport);
  Input *input = input_of(viewport);
  gtk_widget_grab_focus(GTK_WIDGET(viewport));
  input->kind = DRAG_NONE;
  if (study == NULL)
    return;
  GdkModifierType state =
      gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(gesture));
  guint button = gtk_gesture_single_get_current_button(GTK_GESTURE_SINGLE(gesture));
  input->kind = drag_kind(viewport, button, state, x);
  input->x = x;
  input->y = y;
  input->window = study->window;
  input->zoom = study->zoom;
  const double *pan = study->pan[medct_viewport_get_kind(viewport)];
  input->pan[0] = pan[0];
  input->pan[1] = pan[1];
  if (input->kind == DRAG_CROSSHAIR)
    set_crosshair(viewport, x, y);
  if (input->kind == DRAG_TRACK)
    set_track(viewport, y);
  if (input->kind == DRAG_MEASURE && !medct_measure_hand_begin(viewport, x, y))
    input->kind = DRAG_NONE;
}

static void
drag_update(GtkGestureDrag *gesture, double dx, double dy, MedctViewport *viewport)
{
  MedctStudy *study = medct_viewport_get_study(viewport);
  const Input *input = input_of(viewport);
  if (study == NULL)
    return;
  switch (input->kind) {
  case DRAG_CROSSHAIR:
    set_crosshair(viewport, input->x + dx, input->y + dy);
    break;
  case DRAG_TRACK:
    set_track(viewport, input->y + dy);
    break;
  case DRAG_PAN:
    medct_study_set_pan(study, medct_viewport_get_kind(viewport), input->pan[0] + dx,
                        input->pan[1] + dy);
    break;
  case DRAG_ZOOM:
    zoom_at(viewport, input->zoom * exp(-dy / 150), input->x, input->y);
    break;
  case DRAG_WINDOW: /* right widens, up raises; finer for narrow windows */
    medct_study_set_window(
        study, (MedctWindow){input->window.width + dx * fmax(1, input->window.width / 300),
                             input->window.level - dy * fmax(1, input->window.width / 300)});
    break;
  case DRAG_REGION:
    set_region(viewport, dx, dy);
    break;
  case DRAG_MEASURE:
    medct_measure_hand_drag(viewport, input->x + dx, input->y + dy);
    break;
  case DRAG_NONE:
    break;
  }
}

/* On release: a second press that becomes a drag is no double click. */
static void
released(GtkGestureClick *gesture, int n_press, double x, double y, MedctViewport *viewport)
{
  enum { STILL = 4 }; /* px: more is a drag */
  const Input *input = input_of(viewport);
  if (n_press == 2 && x < gtk_widget_get_width(GTK_WIDGET(viewport)) - MEDCT_TRACK_WIDTH &&
      hypot(x - input->x, y - input->y) <= STILL)
    g_signal_emit_by_name(viewport, "maximise");
}

static void
moved(GtkEventControllerMotion *controller, double x, double y, MedctViewport *viewport)
{
  Input *input = input_of(viewport);
  /* The toolkit tells of motion after a change of layout too: with a capital letter just typed. */
  gboolean really = x != input->at_x || y != input->at_y;
  input->at_x = x;
  input->at_y = y;
  MedctStudy *study = medct_viewport_get_study(viewport);
  GdkModifierType state =
      gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(controller));
  if (study != NULL && really && (state & GDK_SHIFT_MASK) && !(state & GDK_BUTTON1_MASK))
    set_crosshair(viewport, x, y);
  if (study != NULL)
    medct_measure_hand_move(viewport, x, y);
  tell_pointer(viewport, x, y);
}

static void
entered(GtkEventControllerMotion *controller, double x, double y, MedctViewport *viewport)
{
  Input *input = input_of(viewport);
  input->at_x = x;
  input->at_y = y;
}

static void
left(GtkEventControllerMotion *controller, MedctViewport *viewport)
{
  MedctStudy *study = medct_viewport_get_study(viewport);
  g_autofree char *text = study != NULL ? medct_study_readout(study, study->voxel) : NULL;
  g_signal_emit_by_name(viewport, "pointer", text != NULL ? text : "");
}

/* ---- keys ---------------------------------------------------------------------------------- */

/* Takes back a window drag, or drops its rectangle. */
static gboolean
cancel_drag(MedctViewport *viewport, MedctStudy *study)
{
  Input *input = input_of(viewport);
  if (medct_measure_hand_cancel(viewport)) {
    input->kind = DRAG_NONE;
    return TRUE;
  }
  if (input->kind != DRAG_WINDOW && input->kind != DRAG_REGION)
    return FALSE;
  medct_study_set_window(study, input->window);
  medct_viewport_show_area(viewport, NULL);
  input->kind = DRAG_NONE;
  return TRUE;
}

static gboolean
key_pressed(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
            MedctViewport *viewport)
{
  MedctStudy *study = medct_viewport_get_study(viewport);
  if (study == NULL)
    return FALSE;
  if (key == GDK_KEY_Escape) /* with Ctrl too: the rectangle is drawn with it */
    return cancel_drag(viewport, study);
  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK))
    return FALSE;
  return medct_viewport_act_on_key(viewport, key);
}

void
medct_viewport_add_input(MedctViewport *viewport)
{
  GtkWidget *widget = GTK_WIDGET(viewport);
  g_object_set_data_full(G_OBJECT(viewport), "input", g_new0(Input, 1), g_free);

  GtkEventController *scroll =
      gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  g_signal_connect(scroll, "scroll", G_CALLBACK(scrolled), viewport);
  gtk_widget_add_controller(widget, scroll);

  GtkGesture *drag = gtk_gesture_drag_new();
  gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(drag), 0);
  g_signal_connect(drag, "drag-begin", G_CALLBACK(drag_begin), viewport);
  g_signal_connect(drag, "drag-update", G_CALLBACK(drag_update), viewport);
  g_signal_connect(drag, "drag-end", G_CALLBACK(drag_end), viewport);
  g_signal_connect(drag, "cancel", G_CALLBACK(drag_cancelled), viewport);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(drag));

  GtkGesture *click = gtk_gesture_click_new();
  g_signal_connect(click, "released", G_CALLBACK(released), viewport);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(click));

  GtkEventController *motion = gtk_event_controller_motion_new();
  g_signal_connect(motion, "motion", G_CALLBACK(moved), viewport);
  g_signal_connect(motion, "enter", G_CALLBACK(entered), viewport);
  g_signal_connect(motion, "leave", G_CALLBACK(left), viewport);
  gtk_widget_add_controller(widget, motion);

  GtkEventController *keys = gtk_event_controller_key_new();
  g_signal_connect(keys, "key-pressed", G_CALLBACK(key_pressed), viewport);
  gtk_widget_add_controller(widget, keys);
}
