/* The tool bar over the pictures: mouse mode, window, slab, map, reset. */
#include "app/studio-private.h"
#include "render/text.h"
#include <glib/gi18n.h>
#include <string.h>

static const struct {
  const char *name, *title;
} slabs[] = {
    /* by MedctSlabKind */
    {"single", N_("Single slice")},
    {"mip", N_("MIP")},
    {"minip", N_("MinIP")},
    {"average", N_("Average")},
};
static const int thicknesses[] = {5, 10, 20, 40}; /* mm */
enum { USUAL_THICKNESS = 10 };

/* ---- actions ------------------------------------------------------------------------------- */

static void
set_preset(GSimpleAction *action, GVariant *value, gpointer data)
{
  const MedctStudioWindow *window = data;
  const MedctWindowPreset *preset = medct_window_preset_find(g_variant_get_string(value, NULL));
  if (window->current != NULL && preset != NULL)
    medct_study_set_window(window->current->study, preset->window);
}

static double
thickness_of(const MedctStudy *study)
{
  return study->slab.thickness_mm > 0 ? study->slab.thickness_mm : USUAL_THICKNESS;
}

static void
set_slab(GSimpleAction *action, GVariant *value, gpointer data)
{
  const MedctStudioWindow *window = data;
  for (int n = 0; n < (int)G_N_ELEMENTS(slabs); n++)
    if (window->current != NULL && g_str_equal(slabs[n].name, g_variant_get_string(value, NULL)))
      medct_study_set_slab(window->current->study,
                           (MedctSlab){(MedctSlabKind)n, thickness_of(window->current->study)});
}

/* A thickness alone asks for a slab: the one most used in the lungs. */
static void
set_thickness(GSimpleAction *action, GVariant *value, gpointer data)
{
  const MedctStudioWindow *window = data;
  if (window->current == NULL)
    return;
  MedctStudy *study = window->current->study;
  MedctSlabKind kind = study->slab.kind != MEDCT_SLAB_NONE ? study->slab.kind : MEDCT_SLAB_MAXIMUM;
  medct_study_set_slab(study, (MedctSlab){kind, g_variant_get_int32(value)});
}

static void
reset(GSimpleAction *action, GVariant *value, gpointer data)
{
  const MedctStudioWindow *window = data;
  if (window->current != NULL)
    medct_study_reset_view(window->current->study);
}

void
medct_studio_add_tool_actions(MedctStudioWindow *window)
{
  static const GActionEntry entries[] = {
      {"preset", set_preset, "s", "''", NULL, {0}},
      {"slab", set_slab, "s", "'single'", NULL, {0}},
      {"thickness", set_thickness, "i", "0", NULL, {0}},
      {"reset", reset, NULL, NULL, NULL, {0}},
  };
  g_action_map_add_action_entries(G_ACTION_MAP(window), entries, G_N_ELEMENTS(entries), window);
}

/* ---- building ------------------------------------------------------------------------------ */

static void
mode_toggled(GtkToggleButton *button, MedctStudioWindow *window)
{
  MedctMouseMode mode = MEDCT_MOUSE_CROSSHAIR;
  if (!gtk_toggle_button_get_active(button))
    return; /* another one is pressed */
  for (int n = 0; n < (int)G_N_ELEMENTS(window->mouse_modes); n++)
    if (window->mouse_modes[n] == GTK_WIDGET(button))
      mode = (MedctMouseMode)n;
  for (int n = 0; n < 3; n++)
    medct_viewport_set_mode(MEDCT_VIEWPORT(window->viewports[n]), mode);
  medct_studio_update_compare(window);
}

static GtkWidget *
toggle(const char *icon, const char *name)
{
  GtkWidget *button = gtk_toggle_button_new();
  gtk_button_set_icon_name(GTK_BUTTON(button), icon);
  gtk_widget_set_tooltip_text(button, name);
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return button;
}

static GtkWidget *
build_modes(MedctStudioWindow *window)
{
  static const struct {
    const char *icon, *name;
  } modes[] = {
      [MEDCT_MOUSE_CROSSHAIR] = {"find-location-symbolic", N_("Drag moves the crosshair (m)")},
      [MEDCT_MOUSE_WINDOW] = {"medct-window-symbolic",
                              N_("Drag changes the window: right widens, up raises the level; with "
                                 "Ctrl it takes the window from a rectangle (m)")},
      [MEDCT_MOUSE_DISTANCE] = {"medct-distance-symbolic", N_("Drag measures a distance (d)")},
      [MEDCT_MOUSE_ANGLE] = {"medct-angle-symbolic",
                             N_("Drag along one leg of an angle, then click at the end of the "
                                "other (g)")},
      [MEDCT_MOUSE_REGION] = {"medct-region-symbolic",
                              N_("Drag round a region: mean and deviation of its HU (o)")},
  };
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_add_css_class(box, "linked");
  for (gsize n = 0; n < G_N_ELEMENTS(modes); n++) {
    GtkWidget *mode = toggle(modes[n].icon, _(modes[n].name));
    if (n > 0)
      gtk_toggle_button_set_group(GTK_TOGGLE_BUTTON(mode),
                                  GTK_TOGGLE_BUTTON(window->mouse_modes[0]));
    window->mouse_modes[n] = mode;
    gtk_box_append(GTK_BOX(box), mode);
  }
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(window->mouse_modes[MEDCT_MOUSE_CROSSHAIR]), TRUE);
  for (gsize n = 0; n < G_N_ELEMENTS(modes); n++)
    g_signal_connect(window->mouse_modes[n], "toggled", G_CALLBACK(mode_toggled), window);
  return box;
}

static GtkWidget *
menu_button(GMenu *menu, const char *name, GtkWidget **label)
{
  GtkWidget *button = gtk_menu_button_new(), *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  *label = gtk_label_new("");
  gtk_widget_add_css_class(*label, "numeric");
  gtk_box_append(GTK_BOX(box), *label);
  gtk_box_append(GTK_BOX(box), gtk_image_new_from_icon_name("pan-down-symbolic"));
  gtk_menu_button_set_child(GTK_MENU_BUTTON(button), box);
  gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(button), G_MENU_MODEL(menu));
  gtk_widget_set_tooltip_text(button, name);
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return button;
}

static GtkWidget *
build_presets(MedctStudioWindow *window)
{
  g_autoptr(GMenu) menu = g_menu_new();
  for (int n = 0; n < MEDCT_N_WINDOW_PRESETS; n++) {
    const MedctWindowPreset *preset = &medct_window_presets[n];
    g_autofree char *level = medct_text_number(preset->window.level, 0);
    g_autofree char *title =
        g_strdup_printf("%d  %s  %.0f / %s", n + 1, _(preset->title), preset->window.width, level);
    g_autofree char *action = g_strdup_printf("win.preset::%s", preset->name);
    g_menu_append(menu, title, action);
  }
  g_autoptr(GMenuItem) numbers = g_menu_item_new(NULL, NULL);
  g_autoptr(GMenu) own = g_menu_new();
  g_menu_item_set_attribute(numbers, "custom", "s", "numbers");
  g_menu_append_item(own, numbers);
  g_menu_append_section(menu, NULL, G_MENU_MODEL(own));
  GtkWidget *button = menu_button(menu, _("Window (1 … 6)"), &window->preset_label);
  GtkPopover *popover = gtk_menu_button_get_popover(GTK_MENU_BUTTON(button));
  gtk_popover_menu_add_child(GTK_POPOVER_MENU(popover), medct_studio_build_window_numbers(window),
                             "numbers");
  return button;
}

static GMenu *
slab_menu(void)
{
  GMenu *menu = g_menu_new();
  g_autoptr(GMenu) kinds = g_menu_new(), thick = g_menu_new();
  for (gsize n = 0; n < G_N_ELEMENTS(slabs); n++) {
    g_autofree char *action = g_strdup_printf("win.slab::%s", slabs[n].name);
    g_menu_append(kinds, _(slabs[n].title), action);
  }
  for (gsize n = 0; n < G_N_ELEMENTS(thicknesses); n++) {
    g_autofree char *title = g_strdup_printf(_("%d mm"), thicknesses[n]);
    g_autofree char *action = g_strdup_printf("win.thickness(%d)", thicknesses[n]);
    g_menu_append(thick, title, action);
  }
  g_menu_append_section(menu, NULL, G_MENU_MODEL(kinds));
  g_menu_append_section(menu, _("Thickness"), G_MENU_MODEL(thick));
  return menu;
}

static GtkWidget *
build_slabs(MedctStudioWindow *window)
{
  g_autoptr(GMenu) menu = slab_menu();
  return menu_button(menu, _("Slab: one slice, or what several show together"),
                     &window->slab_label);
}

static GtkWidget *
build_layout(void)
{
  g_autoptr(GMenu) menu = medct_studio_layout_menu();
  GtkWidget *button = gtk_menu_button_new();
  gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(button), "view-grid-symbolic");
  gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(button), G_MENU_MODEL(menu));
  gtk_widget_set_tooltip_text(button, _("Layout of the pictures (Return, double click)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Layout of the pictures"), -1);
  return button;
}

/* There with an adapter only. */
static GtkWidget *
build_side_by_side(MedctStudioWindow *window)
{
  window->side_by_side = toggle("view-dual-symbolic", _("Base and adapter side by side (Ctrl+D)"));
  gtk_actionable_set_action_name(GTK_ACTIONABLE(window->side_by_side), "win.side-by-side");
  gtk_widget_set_visible(window->side_by_side, FALSE);
  return window->side_by_side;
}

/* Where there is no room for them. */
static GtkWidget *
build_more(MedctStudioWindow *window)
{
  g_autoptr(GMenu) menu = g_menu_new(), slabs_menu = slab_menu(),
                   layouts = medct_studio_layout_menu();
  g_menu_append_section(menu, _("Slab"), G_MENU_MODEL(slabs_menu));
  g_menu_append_section(menu, _("Layout"), G_MENU_MODEL(layouts));
  g_menu_append(menu, _("Smooth pixels"), "win.smooth-pixels");
  g_menu_append(menu, _("Side by side"), "win.side-by-side");
  g_menu_append(menu, _("Reset zoom and position"), "win.reset");
  window->more_tools = gtk_menu_button_new();
  gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(window->more_tools), "view-more-symbolic");
  gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(window->more_tools), G_MENU_MODEL(menu));
  gtk_widget_set_tooltip_text(window->more_tools, _("Slab, layout and reset"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(window->more_tools), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("More tools"), -1);
  gtk_widget_set_visible(window->more_tools, FALSE);
  return window->more_tools;
}

static void
map_toggled(GtkToggleButton *button, MedctStudioWindow *window)
{
  if (!window->updating && window->current != NULL)
    medct_study_show_map(window->current->study, gtk_toggle_button_get_active(button));
}

static void
opacity_changed(GtkRange *range, MedctStudioWindow *window)
{
  if (window->updating || window->current == NULL)
    return;
  MedctStudy *study = window->current->study;
  medct_study_set_map_looks(study, gtk_range_get_value(range) / 100, study->against,
                            study->overlay.raw);
}

static void
build_map_tools(MedctStudioWindow *window, GtkBox *bar)
{
  window->map_toggle = gtk_toggle_button_new_with_label(_("Map"));
  gtk_widget_set_tooltip_text(window->map_toggle, _("Score share over the pictures (w)"));
  g_signal_connect(window->map_toggle, "toggled", G_CALLBACK(map_toggled), window);
  window->opacity = gtk_scale_new_with_range(GTK_ORIENTATION_HORIZONTAL, 0, 100, 5);
  gtk_widget_set_size_request(window->opacity, 86, -1);
  gtk_widget_set_tooltip_text(window->opacity, _("Opacity of the map (q, e)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(window->opacity), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Opacity of the map"), -1);
  g_signal_connect(window->opacity, "value-changed", G_CALLBACK(opacity_changed), window);
  window->opacity_label = gtk_label_new("");
  gtk_label_set_width_chars(GTK_LABEL(window->opacity_label), 5);
  gtk_widget_add_css_class(window->opacity_label, "numeric");
  gtk_widget_add_css_class(window->opacity_label, "dim-label");
  gtk_box_append(bar, window->map_toggle);
  gtk_box_append(bar, window->opacity);
  gtk_box_append(bar, window->opacity_label);
}

GtkWidget *
medct_studio_build_tool_bar(MedctStudioWindow *window)
{
  GtkWidget *bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_widget_add_css_class(bar, "tool-bar");
  gtk_accessible_update_property(GTK_ACCESSIBLE(bar), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Tools"),
                                 -1);
  GtkWidget *again = gtk_button_new_from_icon_name("view-refresh-symbolic");
  gtk_widget_set_tooltip_text(again, _("Reset zoom and position (r)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(again), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Reset zoom and position"), -1);
  gtk_actionable_set_action_name(GTK_ACTIONABLE(again), "win.reset");
  gtk_box_append(GTK_BOX(bar), build_modes(window));
  gtk_box_append(GTK_BOX(bar), build_presets(window));
  GtkWidget *slab = build_slabs(window), *space = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *layout = build_layout();
  gtk_widget_set_hexpand(space, TRUE);
  gtk_box_append(GTK_BOX(bar), slab);
  build_map_tools(window, GTK_BOX(bar));
  gtk_box_append(GTK_BOX(bar), space);
  gtk_box_append(GTK_BOX(bar), build_side_by_side(window));
  gtk_box_append(GTK_BOX(bar), layout);
  gtk_box_append(GTK_BOX(bar), again);
  gtk_box_append(GTK_BOX(bar), build_more(window));
  gtk_box_append(GTK_BOX(bar), medct_studio_build_outputs());
  window->rare_tools = g_slist_prepend(NULL, slab);
  window->rare_tools = g_slist_prepend(window->rare_tools, layout);
  window->rare_tools = g_slist_prepend(window->rare_tools, again);
  window->rare_tools = g_slist_prepend(window->rare_tools, window->opacity_label);
  for (GtkWidget *child = gtk_widget_get_first_child(bar); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    gtk_widget_set_valign(child, GTK_ALIGN_CENTER);
  window->tool_bar = bar;
  return bar;
}

/* ---- state --------------------------------------------------------------------------------- */

/* NULL: another window. */
static const MedctWindowPreset *
preset_of(MedctWindow shown)
{
  for (int n = 0; n < MEDCT_N_WINDOW_PRESETS; n++)
    if (medct_window_presets[n].window.width == shown.width &&
        medct_window_presets[n].window.level == shown.level)
      return &medct_window_presets[n];
  return NULL;
}

static const char *
window_title(MedctWindow shown)
{
  const MedctWindowPreset *preset = preset_of(shown);
  return preset != NULL ? _(preset->title) : _("Window");
}

/* What the menus mark as chosen. */
static void
set_choice(MedctStudioWindow *window, const char *name, GVariant *value)
{
  GAction *action = g_action_map_lookup_action(G_ACTION_MAP(window), name);
  g_simple_action_set_state(G_SIMPLE_ACTION(action), value);
}

/* Bold as far as `bold` bytes. A longer word may need another one's room. */
static void
set_words(MedctStudioWindow *window, GtkWidget *label, const char *text, gsize bold)
{
  if (g_str_equal(gtk_label_get_text(GTK_LABEL(label)), text))
    return;
  g_autoptr(PangoAttrList) looks = pango_attr_list_new();
  PangoAttribute *rest = pango_attr_weight_new(PANGO_WEIGHT_NORMAL);
  rest->start_index = (guint)bold;
  pango_attr_list_insert(looks, rest);
  gtk_label_set_attributes(GTK_LABEL(label), looks);
  gtk_label_set_text(GTK_LABEL(label), text);
  medct_studio_fit_tool_bar(window);
}

static void
update_slab(MedctStudioWindow *window, const MedctStudy *study)
{
  const MedctSlab slab = study != NULL ? study->slab : (MedctSlab){MEDCT_SLAB_NONE, 0};
  g_autofree char *text =
      slab.kind == MEDCT_SLAB_NONE
          ? g_strdup(_(slabs[0].title))
          : g_strdup_printf(_("%s %.0f mm"), _(slabs[slab.kind].title), slab.thickness_mm);
  set_words(window, window->slab_label, text, strlen(text));
  set_choice(window, "slab", g_variant_new_string(slabs[slab.kind].name));
  set_choice(window, "thickness",
             g_variant_new_int32(slab.kind != MEDCT_SLAB_NONE ? (int)slab.thickness_mm : 0));
}

void
medct_studio_update_tool_bar(MedctStudioWindow *window)
{
  const MedctStudy *study = window->current != NULL ? window->current->study : NULL;
  MedctWindow shown = study != NULL ? study->window : medct_window_presets[0].window;
  g_autofree char *level = medct_text_number(shown.level, 0);
  g_autofree char *text =
      window->short_preset
          ? g_strdup(window_title(shown))
          : g_strdup_printf("%s  W %.0f  L %s", window_title(shown), shown.width, level);
  double opacity = study != NULL ? study->overlay.opacity : 0.7;
  g_autofree char *percent = g_strdup_printf("%.0f %%", 100 * opacity);
  gboolean mapped = study != NULL && study->share != NULL;
  window->updating = TRUE;
  gtk_widget_set_sensitive(window->tool_bar, study != NULL);
  set_words(window, window->preset_label, text, strlen(window_title(shown)));
  const MedctWindowPreset *preset = study != NULL ? preset_of(shown) : NULL;
  set_choice(window, "preset", g_variant_new_string(preset != NULL ? preset->name : ""));
  update_slab(window, study);
  medct_studio_update_window_numbers(window, shown);
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(window->map_toggle), mapped && study->map_shown);
  gtk_widget_set_sensitive(window->map_toggle, mapped);
  gtk_widget_set_sensitive(window->opacity, mapped && study->map_shown);
  gtk_range_set_value(GTK_RANGE(window->opacity), 100 * opacity);
  gtk_label_set_text(GTK_LABEL(window->opacity_label), percent);
  window->updating = FALSE;
}
