#include "ui/volume-view-input.h"
#include <math.h>

enum { KEY_TURN = 15, KEY_MOVE = 20 }; /* pixels of a drag that a key stands for */

typedef enum { DRAG_NONE, DRAG_ORBIT, DRAG_PAN, DRAG_ZOOM } DragKind;

typedef struct {
  DragKind kind;
  double x, y; /* what of the drag has been done */
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
  *input = (Input){DRAG_NONE, 0, 0};
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

static void
pressed(GtkGestureClick *gesture, int n_press, double x, double y, MedctVolumeView *view)
{
  if (n_press == 2)
    g_signal_emit_by_name(view, "maximise");
}

static gboolean
scrolled(GtkEventControllerScroll *controller, double dx, double dy, MedctVolumeView *view)
{
  medct_volume_view_zoom(view, pow(1.15, -dy));
  return TRUE;
}

/* ---- keys ---------------------------------------------------------------------------------- */

static gboolean
move_by_key(MedctVolumeView *view, guint key, gboolean shift)
{
  double right = key == GDK_KEY_Right ? 1 : key == GDK_KEY_Left ? -1 : 0;
  double down = key == GDK_KEY_Down ? 1 : key == GDK_KEY_Up ? -1 : 0;
  if (right == 0 && down == 0)
    return FALSE;
  if (shift)
    medct_volume_view_pan(view, KEY_MOVE * right, KEY_MOVE * down);
  else
    medct_volume_view_orbit(view, KEY_TURN * right, KEY_TURN * down);
  return TRUE;
}

static gboolean
look_by_key(MedctVolumeView *view, guint key)
{
  static const struct {
    guint key;
    MedctViewSide side;
  } sides[] = {{GDK_KEY_a, MEDCT_VIEW_FRONT}, {GDK_KEY_p, MEDCT_VIEW_BACK},
               {GDK_KEY_r, MEDCT_VIEW_RIGHT}, {GDK_KEY_l, MEDCT_VIEW_LEFT},
               {GDK_KEY_s, MEDCT_VIEW_ABOVE}, {GDK_KEY_i, MEDCT_VIEW_BELOW}};
  for (gsize n = 0; n < G_N_ELEMENTS(sides); n++)
    if (key == sides[n].key) {
      medct_volume_view_look_from(view, sides[n].side);
      return TRUE;
    }
  return FALSE;
}

static gboolean
key_pressed(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
            MedctVolumeView *view)
{
  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK))
    return FALSE;
  GtkWidget *widget = GTK_WIDGET(view);
  switch (key) {
  case GDK_KEY_plus:
  case GDK_KEY_KP_Add:
  case GDK_KEY_minus:
  case GDK_KEY_KP_Subtract:
    medct_volume_view_zoom(view, key == GDK_KEY_plus || key == GDK_KEY_KP_Add ? 1.15 : 1 / 1.15);
    return TRUE;
  case GDK_KEY_space:
  case GDK_KEY_Home:
    medct_volume_view_reset(view);
    return TRUE;
  case GDK_KEY_k:
    return gtk_widget_activate_action(widget, "volume.cut", NULL);
  case GDK_KEY_w:
    return gtk_widget_activate_action(widget, "volume.glow", NULL);
  default:
    if (key >= GDK_KEY_1 && key < GDK_KEY_1 + MEDCT_N_TRANSFERS)
      return gtk_widget_activate_action(widget, "volume.preset", "s",
                                        medct_transfers[key - GDK_KEY_1].name);
    return move_by_key(view, key, (state & GDK_SHIFT_MASK) != 0) || look_by_key(view, key);
  }
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
  g_signal_connect(click, "pressed", G_CALLBACK(pressed), view);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(click));

  GtkEventController *scroll =
      gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  g_signal_connect(scroll, "scroll", G_CALLBACK(scrolled), view);
  gtk_widget_add_controller(widget, scroll);

  GtkEventController *keys = gtk_event_controller_key_new();
  g_signal_connect(keys, "key-pressed", G_CALLBACK(key_pressed), view);
  gtk_widget_add_controller(widget, keys);
}
