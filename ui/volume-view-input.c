#include "ui/volume-view-input.h"
#include "ui/plain-key.h"
#include <math.h>

enum { KEY_TURN = 15, KEY_MOVE = 20 }; /* pixels of a drag that a key stands for */

typedef enum { DRAG_NONE, DRAG_ORBIT, DRAG_PAN, DRAG_ZOOM } DragKind;

typedef struct {
  DragKind kind;
  double x, y;           /* what of the drag has been done */
  double from_x, from_y; /* where it began */
} Input;

static Input *
input_of(MedctVolumeView *view)
{
  return g_object_get_data(G_OBJECT(view), "input");
}

/* ---- mouse --------------------------------------------------------------------------------- */

static void
drag_begin(GtkGestureDrag *gesture, double x, double y, MedctVolumeView *view)
{
  Input *input = input_of(view);
  guint button = gtk_gesture_single_get_current_button(GTK_GESTURE_SINGLE(gesture));
  GdkModifierType state =
      gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(gesture));
  gtk_widget_grab_focus(GTK_WIDGET(view));
  *input = (Input){DRAG_NONE, 0, 0, x, y};
  if (button == GDK_BUTTON_SECONDARY)
    input->kind = DRAG_ZOOM;
  else if (button == GDK_BUTTON_MIDDLE || (state & GDK_SHIFT_MASK))
    input->kind = DRAG_PAN;
  else if (button == GDK_BUTTON_PRIMARY)
    input->kind = DRAG_ORBIT;
}

static void
drag_update(GtkGestureDrag *gesture, double x, double y, MedctVolumeView *view)
{
  Input *input = input_of(view);
  double right = x - input->x, down = y - input->y;
  input->x = x;
  input->y = y;
  if (input->kind == DRAG_ORBIT)
    medct_volume_view_orbit(view, right, down);
  else if (input->kind == DRAG_PAN)
    medct_volume_view_pan(view, right, down);
  else if (input->kind == DRAG_ZOOM)
    medct_volume_view_zoom(view, exp(-down / 150));
}

/* On release: two quick turns are two presses too. */
static void
released(GtkGestureClick *gesture, int n_press, double x, double y, MedctVolumeView *view)
{
  enum { STILL = 4 }; /* px: more is a drag */
  const Input *input = input_of(view);
  if (n_press == 2 && hypot(x - input->from_x, y - input->from_y) <= STILL)
    g_signal_emit_by_name(view, "maximise");
}

static gboolean
scrolled(GtkEventControllerScroll *controller, double dx, double dy, MedctVolumeView *view)
{
  medct_volume_view_zoom(view, pow(1.15, -dy));
  return TRUE;
}

/* ---- keys ---------------------------------------------------------------------------------- */

const MedctVolumeKey medct_volume_keys[] = {
    {GDK_KEY_Left, FALSE, MEDCT_VOLUME_KEY_TURN, {-1, 0}},
    {GDK_KEY_Right, FALSE, MEDCT_VOLUME_KEY_TURN, {1, 0}},
    {GDK_KEY_Up, FALSE, MEDCT_VOLUME_KEY_TURN, {0, -1}},
    {GDK_KEY_Down, FALSE, MEDCT_VOLUME_KEY_TURN, {0, 1}},
    {GDK_KEY_Left, TRUE, MEDCT_VOLUME_KEY_MOVE, {-1, 0}},
    {GDK_KEY_Right, TRUE, MEDCT_VOLUME_KEY_MOVE, {1, 0}},
    {GDK_KEY_Up, TRUE, MEDCT_VOLUME_KEY_MOVE, {0, -1}},
    {GDK_KEY_Down, TRUE, MEDCT_VOLUME_KEY_MOVE, {0, 1}},
    {GDK_KEY_plus, FALSE, MEDCT_VOLUME_KEY_ZOOM, {1, 0}},
    {GDK_KEY_minus, FALSE, MEDCT_VOLUME_KEY_ZOOM, {-1, 0}},
    {GDK_KEY_1, FALSE, MEDCT_VOLUME_KEY_PRESET, {0, 0}},
    {GDK_KEY_2, FALSE, MEDCT_VOLUME_KEY_PRESET, {1, 0}},
    {GDK_KEY_3, FALSE, MEDCT_VOLUME_KEY_PRESET, {2, 0}},
    {GDK_KEY_a, FALSE, MEDCT_VOLUME_KEY_SIDE, {MEDCT_VIEW_FRONT, 0}},
    {GDK_KEY_p, FALSE, MEDCT_VOLUME_KEY_SIDE, {MEDCT_VIEW_BACK, 0}},
    {GDK_KEY_r, FALSE, MEDCT_VOLUME_KEY_SIDE, {MEDCT_VIEW_RIGHT, 0}},
    {GDK_KEY_l, FALSE, MEDCT_VOLUME_KEY_SIDE, {MEDCT_VIEW_LEFT, 0}},
    {GDK_KEY_s, FALSE, MEDCT_VOLUME_KEY_SIDE, {MEDCT_VIEW_ABOVE, 0}},
    {GDK_KEY_i, FALSE, MEDCT_VOLUME_KEY_SIDE, {MEDCT_VIEW_BELOW, 0}},
    {GDK_KEY_k, FALSE, MEDCT_VOLUME_KEY_CUT, {0, 0}},
    {GDK_KEY_w, FALSE, MEDCT_VOLUME_KEY_GLOW, {0, 0}},
    {GDK_KEY_space, FALSE, MEDCT_VOLUME_KEY_RESET, {0, 0}},
    {GDK_KEY_Home, FALSE, MEDCT_VOLUME_KEY_RESET, {0, 0}},
    {GDK_KEY_Return, FALSE, MEDCT_VOLUME_KEY_ALONE, {0, 0}},
};
const gsize medct_n_volume_keys = G_N_ELEMENTS(medct_volume_keys);

static void
act_on_key(MedctVolumeView *view, const MedctVolumeKey *key)
{
  GtkWidget *widget = GTK_WIDGET(view);
  switch (key->command) {
  case MEDCT_VOLUME_KEY_TURN:
    medct_volume_view_orbit(view, KEY_TURN * key->amount[0], KEY_TURN * key->amount[1]);
    break;
  case MEDCT_VOLUME_KEY_MOVE:
    medct_volume_view_pan(view, KEY_MOVE * key->amount[0], KEY_MOVE * key->amount[1]);
    break;
  case MEDCT_VOLUME_KEY_ZOOM:
    medct_volume_view_zoom(view, pow(1.15, key->amount[0]));
    break;
  case MEDCT_VOLUME_KEY_PRESET:
    gtk_widget_activate_action(widget, "volume.preset", "s", medct_transfers[key->amount[0]].name);
    break;
  case MEDCT_VOLUME_KEY_SIDE:
    medct_volume_view_look_from(view, (MedctViewSide)key->amount[0]);
    break;
  case MEDCT_VOLUME_KEY_CUT:
    gtk_widget_activate_action(widget, "volume.cut", NULL);
    break;
  case MEDCT_VOLUME_KEY_GLOW:
    gtk_widget_activate_action(widget, "volume.glow", NULL);
    break;
  case MEDCT_VOLUME_KEY_RESET:
    medct_volume_view_reset(view);
    break;
  case MEDCT_VOLUME_KEY_ALONE:
    g_signal_emit_by_name(view, "maximise");
    break;
  }
}

gboolean
medct_volume_view_act_on_key(MedctVolumeView *view, guint key, GdkModifierType state)
{
  key = medct_plain_key(key);
  for (gsize n = 0; n < medct_n_volume_keys; n++) {
    const MedctVolumeKey *found = &medct_volume_keys[n];
    /* Plus needs Shift on some keyboards: only where both exist does it decide. */
    gboolean moves = found->command == MEDCT_VOLUME_KEY_TURN || found->shift;
    if (found->key == key && (!moves || found->shift == ((state & GDK_SHIFT_MASK) != 0))) {
      act_on_key(view, found);
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
key_pressed(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
            MedctVolumeView *view)
{
  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK))
    return FALSE;
  return medct_volume_view_act_on_key(view, key, state);
}

void
medct_volume_view_add_input(MedctVolumeView *view)
{
  GtkWidget *widget = GTK_WIDGET(view);
  g_object_set_data_full(G_OBJECT(view), "input", g_new0(Input, 1), g_free);

  GtkGesture *drag = gtk_gesture_drag_new();
  gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(drag), 0);
  g_signal_connect(drag, "drag-begin", G_CALLBACK(drag_begin), view);
  g_signal_connect(drag, "drag-update", G_CALLBACK(drag_update), view);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(drag));

  GtkGesture *click = gtk_gesture_click_new();
  g_signal_connect(click, "released", G_CALLBACK(released), view);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(click));

  GtkEventController *scroll =
      gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  g_signal_connect(scroll, "scroll", G_CALLBACK(scrolled), view);
  gtk_widget_add_controller(widget, scroll);

  GtkEventController *keys = gtk_event_controller_key_new();
  g_signal_connect(keys, "key-pressed", G_CALLBACK(key_pressed), view);
  gtk_widget_add_controller(widget, keys);
}
