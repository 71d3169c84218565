#include "ui/volume-view.h"
#include "render/text.h"
#include "ui/contrast.h"
#include "ui/plane-marks.h"
#include "ui/text-scale.h"
#include "ui/volume-marks.h"
#include "ui/volume-view-input.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define RADIANS_PER_PIXEL 0.008
#define LEAST_ZOOM        0.25
#define MOST_ZOOM         20

struct _MedctVolumeView {
  GtkWidget parent;
  MedctGlStage *stage;
  MedctStudy *study;
  MedctVolumeScene *scene; /* NULL without a study, or in trouble */
  gulong study_handler, scene_handler;
  MedctVolumeLook look; /* mm_per_pixel is set when it is drawn */
  double zoom;          /* 1: the volume, seen from the front, fits */
  gboolean active;
  const char *state;
  GSimpleActionGroup *actions;
  GtkWidget *bar, *preset_label;
};

G_DEFINE_FINAL_TYPE(MedctVolumeView, medct_volume_view, GTK_TYPE_WIDGET)

static const char *const cut_actions[3] = {"cut-axial", "cut-sagittal", "cut-coronal"};

static const struct {
  const char *name, *title;
  MedctViewSide side;
} sides[] = {
    {"front", N_("From the front (A)"), MEDCT_VIEW_FRONT},
    {"back", N_("From the back (P)"), MEDCT_VIEW_BACK},
    {"right", N_("From the patient’s right (R)"), MEDCT_VIEW_RIGHT},
    {"left", N_("From the patient’s left (L)"), MEDCT_VIEW_LEFT},
    {"above", N_("From above (S)"), MEDCT_VIEW_ABOVE},
    {"below", N_("From below (I)"), MEDCT_VIEW_BELOW},
};

/* ---- state --------------------------------------------------------------------------------- */

static gboolean
is_cut(const MedctVolumeView *view)
{
  return view->look.cut[0] || view->look.cut[1] || view->look.cut[2];
}

/* What a screen reader says of the picture. */
static void
describe(MedctVolumeView *view)
{
  static const char *const faces[] = {N_("right"), N_("left"),  N_("front"),
                                      N_("back"),  N_("above"), N_("below")};
  const double *toward = view->look.camera.axes[2];
  int most = 0;
  for (int n = 1; n < 3; n++)
    most = fabs(toward[n]) > fabs(toward[most]) ? n : most;
  const char *face = _(faces[2 * most + (toward[most] < 0)]);
  const char *preset = _(medct_transfers[view->look.transfer].title);
  g_autofree char *text = view->study != NULL
                              ? g_strdup_printf(_("3-D picture, %s, from the %s"), preset, face)
                              : g_strdup(_("3-D picture, no study"));
  g_autofree char *notice = medct_volume_view_get_notice(view);
  g_autofree char *spoken =
      notice != NULL ? g_strdup_printf("%s. %s", text, notice) : g_strdup(text);
  gtk_accessible_update_property(GTK_ACCESSIBLE(view), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_label_set_text(GTK_LABEL(view->preset_label), preset);
}

static void
set_state(MedctVolumeView *view, const char *action, GVariant *state)
{
  GAction *found = g_action_map_lookup_action(G_ACTION_MAP(view->actions), action);
  g_simple_action_set_state(G_SIMPLE_ACTION(found), state);
}

static void
looks_changed(MedctVolumeView *view)
{
  set_state(view, "preset", g_variant_new_string(medct_transfers[view->look.transfer].name));
  set_state(view, "cut", g_variant_new_boolean(is_cut(view)));
  set_state(view, "glow", g_variant_new_boolean(view->look.glow));
  for (int n = 0; n < 3; n++)
    set_state(view, cut_actions[n], g_variant_new_boolean(view->look.cut[n]));
  if (view->study != NULL)
    medct_study_keep_camera(view->study, &view->look.camera, view->zoom);
  describe(view);
  view->state = g_str_equal(view->state, "fine") ? "rough" : view->state;
  gtk_widget_queue_draw(GTK_WIDGET(view));
  g_signal_emit_by_name(view, "looks-changed");
}

void
medct_volume_view_orbit(MedctVolumeView *view, double right, double down)
{
  medct_ray_camera_orbit(&view->look.camera, RADIANS_PER_PIXEL * right, RADIANS_PER_PIXEL * down);
  looks_changed(view);
}

void
medct_volume_view_pan(MedctVolumeView *view, double right, double down)
{
  medct_ray_camera_pan(&view->look.camera, right, down);
  looks_changed(view);
}

void
medct_volume_view_zoom(MedctVolumeView *view, double factor)
{
  view->zoom = CLAMP(view->zoom * factor, LEAST_ZOOM, MOST_ZOOM);
  looks_changed(view);
}

void
medct_volume_view_look_from(MedctVolumeView *view, MedctViewSide side)
{
  if (view->study == NULL)
    return;
  double focus[3];
  memcpy(focus, view->look.camera.focus, sizeof focus);
  view->look.camera = medct_ray_camera_new(&view->study->planes[0], side, 1, 1);
  memcpy(view->look.camera.focus, focus, sizeof focus);
  looks_changed(view);
}

void
medct_volume_view_reset(MedctVolumeView *view)
{
  if (view->study == NULL)
    return;
  view->zoom = 1;
  view->look.camera = medct_ray_camera_new(&view->study->planes[0], MEDCT_VIEW_FRONT, 1, 1);
  looks_changed(view);
}

void
medct_volume_view_set_look(MedctVolumeView *view, const MedctVolumeLook *look)
{
  MedctRayCamera camera = view->look.camera;
  view->look = *look;
  view->look.camera = camera;
  looks_changed(view);
}

const MedctVolumeLook *
medct_volume_view_get_look(MedctVolumeView *view)
{
  return &view->look;
}

void
medct_volume_view_set_active(MedctVolumeView *view, gboolean active)
{
  view->active = active;
  gtk_widget_queue_draw(GTK_WIDGET(view));
}

const char *
medct_volume_view_get_state(MedctVolumeView *view)
{
  return view->state;
}

/* ---- actions ------------------------------------------------------------------------------- */

static void
choose_preset(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctVolumeView *view = data;
  for (int n = 0; n < MEDCT_N_TRANSFERS; n++)
    if (g_str_equal(medct_transfers[n].name, g_variant_get_string(value, NULL)))
      view->look.transfer = n;
  looks_changed(view);
}

static void
choose_side(GSimpleAction *action, GVariant *value, gpointer data)
{
  for (gsize n = 0; n < G_N_ELEMENTS(sides); n++)
    if (g_str_equal(sides[n].name, g_variant_get_string(value, NULL)))
      medct_volume_view_look_from(data, sides[n].side);
}

static void
toggle_cut(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctVolumeView *view = data;
  gboolean cut = !is_cut(view);
  for (int n = 0; n < 3; n++)
    view->look.cut[n] = cut;
  looks_changed(view);
}

static void
toggle_plane(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctVolumeView *view = data;
  for (int n = 0; n < 3; n++)
    if (g_str_equal(cut_actions[n], g_action_get_name(G_ACTION(action))))
      view->look.cut[n] = !view->look.cut[n];
  looks_changed(view);
}

static void
toggle_glow(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctVolumeView *view = data;
  view->look.glow = !view->look.glow;
  looks_changed(view);
}

static void
reset(GSimpleAction *action, GVariant *value, gpointer data)
{
  medct_volume_view_reset(data);
}

static void
add_actions(MedctVolumeView *view)
{
  static const GActionEntry entries[] = {
      {"preset", choose_preset, "s", "'bone'", NULL, {0}},
      {"look-from", choose_side, "s", NULL, NULL, {0}},
      {"cut", toggle_cut, NULL, "false", NULL, {0}},
      {"cut-axial", toggle_plane, NULL, "false", NULL, {0}},
      {"cut-sagittal", toggle_plane, NULL, "false", NULL, {0}},
      {"cut-coronal", toggle_plane, NULL, "false", NULL, {0}},
      {"glow", toggle_glow, NULL, "true", NULL, {0}},
      {"reset", reset, NULL, NULL, NULL, {0}},
  };
  view->actions = g_simple_action_group_new();
  g_action_map_add_action_entries(G_ACTION_MAP(view->actions), entries, G_N_ELEMENTS(entries),
                                  view);
  gtk_widget_insert_action_group(GTK_WIDGET(view), "volume", G_ACTION_GROUP(view->actions));
}

/* ---- the bar ------------------------------------------------------------------------------- */

static GMenu *
build_menu(void)
{
  GMenu *menu = g_menu_new();
  g_autoptr(GMenu) presets = g_menu_new(), cuts = g_menu_new(), views = g_menu_new();
  for (int n = 0; n < MEDCT_N_TRANSFERS; n++) {
    g_autofree char *action = g_strdup_printf("volume.preset::%s", medct_transfers[n].name);
    g_autofree char *title = g_strdup_printf("%s (%d)", _(medct_transfers[n].title), n + 1);
    g_menu_append(presets, title, action);
  }
  g_menu_append(cuts, _("Cut at the axial plane"), "volume.cut-axial");
  g_menu_append(cuts, _("Cut at the sagittal plane"), "volume.cut-sagittal");
  g_menu_append(cuts, _("Cut at the coronal plane"), "volume.cut-coronal");
  for (gsize n = 0; n < G_N_ELEMENTS(sides); n++) {
    g_autofree char *action = g_strdup_printf("volume.look-from::%s", sides[n].name);
    g_menu_append(views, _(sides[n].title), action);
  }
  g_menu_append(views, _("Reset (Space)"), "volume.reset");
  g_menu_append_section(menu, NULL, G_MENU_MODEL(presets));
  g_menu_append_section(menu, NULL, G_MENU_MODEL(cuts));
  g_menu_append_section(menu, NULL, G_MENU_MODEL(views));
  return menu;
}

static GtkWidget *
toggle_button(const char *title, const char *tooltip, const char *action)
{
  GtkWidget *button = gtk_toggle_button_new_with_label(title);
  gtk_widget_set_tooltip_text(button, tooltip);
  gtk_actionable_set_action_name(GTK_ACTIONABLE(button), action);
  return button;
}

static void
build_bar(MedctVolumeView *view)
{
  g_autoptr(GMenu) menu = build_menu();
  GtkWidget *button = gtk_menu_button_new(), *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 4);
  view->preset_label = gtk_label_new("");
  gtk_label_set_ellipsize(GTK_LABEL(view->preset_label), PANGO_ELLIPSIZE_END);
  gtk_box_append(GTK_BOX(box), view->preset_label);
  gtk_box_append(GTK_BOX(box), gtk_image_new_from_icon_name("pan-down-symbolic"));
  gtk_menu_button_set_child(GTK_MENU_BUTTON(button), box);
  gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(button), G_MENU_MODEL(menu));
  gtk_widget_set_tooltip_text(button, _("What is seen, and from where (1 2 3)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("3-D view"), -1);
  view->bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 4);
  gtk_widget_add_css_class(view->bar, "volume-bar");
  gtk_widget_set_halign(view->bar, GTK_ALIGN_END);
  gtk_widget_set_valign(view->bar, GTK_ALIGN_START);
  gtk_box_append(GTK_BOX(view->bar), button);
  gtk_box_append(
      GTK_BOX(view->bar),
      toggle_button(_("Cut"), _("Cut away what lies before the crosshair (K)"), "volume.cut"));
  gtk_box_append(GTK_BOX(view->bar),
                 toggle_button(_("Map"), _("Score share in the volume (W)"), "volume.glow"));
  gtk_widget_set_parent(view->bar, GTK_WIDGET(view));
}

/* ---- picture ------------------------------------------------------------------------------- */

char *
medct_volume_view_get_notice(MedctVolumeView *view)
{
  const int *step = view->scene != NULL ? medct_volume_scene_steps(view->scene) : NULL;
  if (step == NULL || (step[0] == 1 && step[1] == 1 && step[2] == 1))
    return NULL;
  return g_strdup_printf(_("Reduced resolution: each point stands for %d × %d × %d voxels. The "
                           "planes show every voxel."),
                         step[0], step[1], step[2]);
}

static const char *
words(const MedctVolumeView *view)
{
  if (view->study == NULL)
    return NULL;
  if (g_str_equal(view->state, "trouble"))
    return _("No 3-D view without OpenGL; all else works.");
  return g_str_equal(view->state, "preparing") ? _("Preparing the 3-D view…") : NULL;
}

/* Draws if need be, and says what there is. */
static GdkPaintable *
take_picture(MedctVolumeView *view, int width, int height)
{
  view->state = "none";
  if (view->study == NULL || view->scene == NULL)
    return NULL;
  MedctRayCamera fit =
      medct_ray_camera_new(&view->study->planes[0], MEDCT_VIEW_FRONT, width, height);
  view->look.camera.mm_per_pixel = fit.mm_per_pixel / view->zoom;
  MedctVolumeLook look = view->look;
  int scale = gtk_widget_get_scale_factor(GTK_WIDGET(view));
  look.camera.mm_per_pixel /= scale;
  GdkPaintable *picture =
      medct_volume_scene_picture(view->scene, &look, width * scale, height * scale);
  if (picture != NULL)
    view->state = medct_volume_scene_is_fine(view->scene) ? "fine" : "rough";
  else
    view->state = medct_gl_stage_trouble(view->stage) != NULL ? "trouble" : "preparing";
  return picture;
}

static void
snapshot_marks(MedctVolumeView *view, GtkSnapshot *snapshot, const graphene_rect_t *all,
               gboolean has_picture)
{
  double width = (double)all->size.width, height = (double)all->size.height;
  double scale = medct_text_scale_over(GTK_WIDGET(view), width, height);
  gboolean shown = view->study != NULL && view->study->annotations;
  g_autofree char *notice = has_picture ? medct_volume_view_get_notice(view) : NULL;
  MedctRayCamera camera = view->look.camera;
  camera.mm_per_pixel *= scale;
  cairo_t *cr = gtk_snapshot_append_cairo(snapshot, all);
  cairo_scale(cr, scale, scale);
  if (medct_high_contrast())
    medct_text_opaque_plates(cr);
  medct_volume_marks_draw(cr,
                          &(MedctVolumeMarks){.header = shown ? view->study->image.header : NULL,
                                              .camera = &camera,
                                              .words = words(view),
                                              .notice = notice,
                                              .width = width / scale,
                                              .height = height / scale});
  cairo_destroy(cr);
}

static void
medct_volume_view_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  MedctVolumeView *view = MEDCT_VOLUME_VIEW(widget);
  int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  graphene_rect_t all = GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height);
  GdkPaintable *picture = take_picture(view, width, height);
  gtk_snapshot_push_clip(snapshot, &all);
  gtk_snapshot_append_color(snapshot, &(GdkRGBA){0, 0, 0, 1}, &all);
  if (picture != NULL)
    gdk_paintable_snapshot(picture, snapshot, width, height);
  snapshot_marks(view, snapshot, &all, picture != NULL);
  if (view->active)
    medct_plane_marks_frame(snapshot, width, height, gtk_widget_has_focus(widget));
  gtk_snapshot_pop(snapshot);
  if (picture != NULL)
    gtk_widget_snapshot_child(widget, view->bar, snapshot);
}

/* ---- study --------------------------------------------------------------------------------- */

static void
scene_changed(MedctVolumeView *view)
{
  describe(view); /* the notice, when the texture has come */
  gtk_widget_queue_draw(GTK_WIDGET(view));
}

static void
leave_scene(MedctVolumeView *view)
{
  if (view->scene != NULL)
    g_clear_signal_handler(&view->scene_handler, view->scene);
  g_clear_object(&view->scene);
  g_clear_object(&view->stage);
}

/* With the OpenGL of the display that the view is on now. */
static void
enter_scene(MedctVolumeView *view)
{
  view->stage = medct_gl_stage_for_display(gtk_widget_get_display(GTK_WIDGET(view)));
  view->scene = medct_volume_scene_new(view->stage, view->study);
  view->scene_handler =
      g_signal_connect_swapped(view->scene, "changed", G_CALLBACK(scene_changed), view);
}

static void
leave_study(MedctVolumeView *view)
{
  leave_scene(view);
  if (view->study != NULL)
    g_clear_signal_handler(&view->study_handler, view->study);
  g_clear_object(&view->study);
}

/* As the study was last seen; the first time from the front. */
static void
take_camera(MedctVolumeView *view)
{
  if (view->study->camera_zoom <= 0) {
    medct_volume_view_reset(view);
    return;
  }
  view->look.camera = view->study->camera;
  view->zoom = CLAMP(view->study->camera_zoom, LEAST_ZOOM, MOST_ZOOM);
  looks_changed(view);
}

void
medct_volume_view_set_study(MedctVolumeView *view, MedctStudy *study)
{
  if (view->study == study)
    return;
  leave_study(view);
  if (study != NULL) {
    view->study = g_object_ref(study);
    view->study_handler =
        g_signal_connect_swapped(study, "changed", G_CALLBACK(gtk_widget_queue_draw), view);
    enter_scene(view);
    take_camera(view);
  }
  describe(view);
  gtk_widget_queue_draw(GTK_WIDGET(view));
}

/* ---- the widget ---------------------------------------------------------------------------- */

static void
medct_volume_view_realize(GtkWidget *widget)
{
  MedctVolumeView *view = MEDCT_VOLUME_VIEW(widget);
  GTK_WIDGET_CLASS(medct_volume_view_parent_class)->realize(widget);
  if (view->study != NULL && view->scene == NULL)
    enter_scene(view);
}

/* What lives in the display's OpenGL may not outlive it. */
static void
medct_volume_view_unrealize(GtkWidget *widget)
{
  leave_scene(MEDCT_VOLUME_VIEW(widget));
  GTK_WIDGET_CLASS(medct_volume_view_parent_class)->unrealize(widget);
}

void
medct_volume_view_rest(MedctVolumeView *view)
{
  if (view->scene != NULL)
    medct_volume_scene_rest(view->scene);
}

static void
medct_volume_view_unmap(GtkWidget *widget)
{
  medct_volume_view_rest(MEDCT_VOLUME_VIEW(widget));
  GTK_WIDGET_CLASS(medct_volume_view_parent_class)->unmap(widget);
}

static void
medct_volume_view_dispose(GObject *object)
{
  MedctVolumeView *view = MEDCT_VOLUME_VIEW(object);
  leave_study(view);
  g_clear_object(&view->stage);
  g_clear_object(&view->actions);
  g_clear_pointer(&view->bar, gtk_widget_unparent);
  G_OBJECT_CLASS(medct_volume_view_parent_class)->dispose(object);
}

/* The buttons ask for nothing: large letters would make a low window higher. */
static void
medct_volume_view_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = 0;
}

/* A picture too small for its buttons goes without; they are there when it is enlarged. */
static void
medct_volume_view_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *bar = MEDCT_VOLUME_VIEW(widget)->bar;
  int least_width = 0, least_height = 0;
  gtk_widget_measure(bar, GTK_ORIENTATION_HORIZONTAL, -1, &least_width, NULL, NULL, NULL);
  gtk_widget_measure(bar, GTK_ORIENTATION_VERTICAL, -1, &least_height, NULL, NULL, NULL);
  gboolean fits = least_width <= width && least_height <= height;
  gtk_widget_set_child_visible(bar, fits);
  if (fits)
    gtk_widget_size_allocate(bar, &(GtkAllocation){0, 0, width, height}, -1);
}

static void
medct_volume_view_class_init(MedctVolumeViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = medct_volume_view_dispose;
  widget_class->snapshot = medct_volume_view_snapshot;
  widget_class->unmap = medct_volume_view_unmap;
  widget_class->realize = medct_volume_view_realize;
  widget_class->unrealize = medct_volume_view_unrealize;
  widget_class->measure = medct_volume_view_measure;
  widget_class->size_allocate = medct_volume_view_size_allocate;
  gtk_widget_class_set_css_name(widget_class, "volume");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  g_signal_new("maximise", MEDCT_TYPE_VOLUME_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
               G_TYPE_NONE, 0);
  g_signal_new("looks-changed", MEDCT_TYPE_VOLUME_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
               G_TYPE_NONE, 0);
}

static void
redraw(gpointer view)
{
  gtk_widget_queue_draw(view);
}

static void
medct_volume_view_init(MedctVolumeView *view)
{
  GtkWidget *widget = GTK_WIDGET(view);
  medct_text_scale_follow(view, redraw);
  medct_high_contrast_follow(GTK_WIDGET(view));
  view->zoom = 1;
  view->state = "none";
  view->look.glow = TRUE;
  view->look.camera.axes[2][1] = 1; /* from the front, until there is a study */
  gtk_widget_set_focusable(widget, TRUE);
  gtk_widget_set_hexpand(widget, TRUE);
  gtk_widget_set_vexpand(widget, TRUE);
  gtk_widget_set_size_request(widget, 160, 140);
  g_signal_connect(widget, "notify::has-focus", G_CALLBACK(gtk_widget_queue_draw), NULL);
  add_actions(view);
  build_bar(view);
  describe(view);
  medct_volume_view_add_input(view);
}

GtkWidget *
medct_volume_view_new(void)
{
  return g_object_new(MEDCT_TYPE_VOLUME_VIEW, NULL);
}
