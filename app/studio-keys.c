#include "app/studio-keys.h"
#include "app/studio-private.h"
#include "ui/part-names.h"
#include "ui/plain-key.h"

const MedctStudioAccel medct_studio_accels[] = {
    {"app.quit", {"<Control>q", NULL}},
    {"win.open", {"<Control>o", NULL}},
    {"win.undo", {"<Control>z", NULL}},
    {"win.redo", {"<Control>y", "<Control><Shift>z", NULL}},
    {"win.label-study", {"<Control>l", NULL}},
    {"win.side-by-side", {"<Control>d", NULL}},
    {"win.toggle-studies", {"F9", NULL}},
    {"win.toggle-findings", {"<Shift>F9", NULL}},
    {"win.fullscreen", {"F11", NULL}},
    {"win.preferences", {"<Control>comma", NULL}},
    {"win.save-report", {"<Control>s", NULL}},
    {"win.save-picture", {"<Control><Shift>s", NULL}},
    {"win.copy-picture", {"<Control><Shift>c", NULL}},
};
const gsize medct_n_studio_accels = G_N_ELEMENTS(medct_studio_accels);

/* The prompt, out of whatever hides it; while labelling it stays away. */
static gboolean
go_to_prompt(MedctStudioWindow *window)
{
  if (!gtk_widget_get_sensitive(window->prompt) || medct_studio_is_labelling(window))
    return FALSE;
  if (gtk_widget_get_parent(window->prompt_row) == window->findings_pane)
    adw_flap_set_reveal_flap(ADW_FLAP(window->findings_flap), TRUE);
  gtk_widget_set_visible(window->prompt_row, TRUE);
  return gtk_widget_grab_focus(window->prompt);
}

static gboolean
switch_mouse(MedctStudioWindow *window)
{
  gboolean levels =
      gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(window->mouse_modes[MEDCT_MOUSE_WINDOW]));
  GtkWidget *other =
      levels ? window->mouse_modes[MEDCT_MOUSE_CROSSHAIR] : window->mouse_modes[MEDCT_MOUSE_WINDOW];
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(other), TRUE);
  return TRUE;
}

/* Pressed again, the crosshair is back. */
static gboolean
measure_by(MedctStudioWindow *window, MedctMouseMode mode)
{
  gboolean again = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(window->mouse_modes[mode]));
  GtkWidget *wanted =
      again ? window->mouse_modes[MEDCT_MOUSE_CROSSHAIR] : window->mouse_modes[mode];
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(wanted), TRUE);
  return TRUE;
}

static gboolean
measure_distance(MedctStudioWindow *window)
{
  return measure_by(window, MEDCT_MOUSE_DISTANCE);
}

static gboolean
measure_angle(MedctStudioWindow *window)
{
  return measure_by(window, MEDCT_MOUSE_ANGLE);
}

static gboolean
measure_region(MedctStudioWindow *window)
{
  return measure_by(window, MEDCT_MOUSE_REGION);
}

static gboolean
switch_pixels(MedctStudioWindow *window)
{
  g_object_set(window->preferences, "smooth-pixels", !window->preferences->smooth_pixels, NULL);
  return TRUE;
}

/* The last thing that stands over the pictures, hides the rest, or took the findings' place. */
static gboolean
leave_something(MedctStudioWindow *window)
{
  if (gtk_widget_get_visible(window->info_bar))
    gtk_widget_set_visible(window->info_bar, FALSE);
  else if (window->bare)
    medct_studio_set_bare(window, FALSE);
  else
    return medct_findings_view_leave_patch(MEDCT_FINDINGS_VIEW(window->findings));
  return TRUE;
}

const MedctStudioKey medct_studio_keys[] = {
    {GDK_KEY_slash, go_to_prompt},     {GDK_KEY_m, switch_mouse},  {GDK_KEY_n, switch_pixels},
    {GDK_KEY_d, measure_distance},     {GDK_KEY_g, measure_angle}, {GDK_KEY_o, measure_region},
    {GDK_KEY_Escape, leave_something},
};
const gsize medct_n_studio_keys = G_N_ELEMENTS(medct_studio_keys);

/* What is being typed is seen by its entry first, and a list moves by its own keys. What nothing
 * else takes is the active picture's: after a click on a finding the window is one key away. */
static gboolean
key_pressed(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
            MedctStudioWindow *window)
{
  guint plain = medct_plain_key(key);
  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK))
    return FALSE;
  for (gsize n = 0; n < medct_n_studio_keys; n++)
    if (medct_studio_keys[n].key == plain)
      return medct_studio_keys[n].act(window);
  return medct_studio_act_on_picture(window, key, state);
}

/* The toolkit has made it from its description by now. */
static void
name_shortcuts(GtkApplicationWindow *window)
{
  GtkShortcutsWindow *shortcuts = gtk_application_window_get_help_overlay(window);
  if (shortcuts != NULL)
    medct_name_parts(GTK_WINDOW(shortcuts));
}

void
medct_studio_add_keys(MedctStudioWindow *window)
{
  GtkEventController *keys = gtk_event_controller_key_new();
  g_signal_connect(keys, "key-pressed", G_CALLBACK(key_pressed), window);
  gtk_widget_add_controller(GTK_WIDGET(window), keys);
  g_signal_connect(window, "realize", G_CALLBACK(name_shortcuts), NULL);
}
