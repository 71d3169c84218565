/* Base and adapter side by side: the same slices twice, with the base model's map on the left and
 * the adapted model's on the right, in one position, zoom, window and colour scale. It is a layout
 * of the reading page, chosen on the result card ("Side by side") or by its action. */
#include "app/adapter-mix.h"
#include "app/studio-private.h"
#include <glib/gi18n.h>
#include <math.h>

enum { BASE, ADAPTED, N_SIDES };

static const MedctPlaneKind planes[2] = {MEDCT_PLANE_AXIAL, MEDCT_PLANE_CORONAL};

struct _MedctStudioCompare {
  GtkWidget *grid, *views[N_SIDES][2]; /* by side and place in `planes` */
  GtkWidget *names[N_SIDES], *scores[N_SIDES];
  gboolean one_plane; /* the other one is hidden */
};

gboolean
medct_studio_is_comparing(const MedctStudioWindow *window)
{
  return window->adapter != NULL && window->current != NULL &&
         medct_result_card_get_map_of(MEDCT_RESULT_CARD(window->card)) == MEDCT_MAP_OF_BOTH;
}

/* ---- building ------------------------------------------------------------------------------ */

static GtkWidget *
build_head(MedctStudioCompare *compare, int side)
{
  static const char *const marks[N_SIDES] = {"○", "●"};
  static const char *const titles[N_SIDES] = {N_("Base"), N_("Adapter")};
  GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *mark = gtk_label_new(marks[side]), *title = gtk_label_new(_(titles[side]));
  gtk_widget_add_css_class(head, "compare-head");
  gtk_widget_add_css_class(mark, side == BASE ? "base-mark" : "adapted-mark");
  gtk_widget_add_css_class(title, "pane-title");
  compare->names[side] = medct_studio_left_label("", "dim-label");
  gtk_widget_set_hexpand(compare->names[side], TRUE);
  compare->scores[side] = gtk_label_new("");
  gtk_widget_add_css_class(compare->scores[side], "numeric");
  GtkWidget *parts[] = {mark, title, compare->names[side], compare->scores[side]};
  for (gsize n = 0; n < G_N_ELEMENTS(parts); n++)
    gtk_box_append(GTK_BOX(head), parts[n]);
  return head;
}

static void
pointer_told(GtkWidget *view, const char *text, MedctStudioWindow *window)
{
  gtk_label_set_text(GTK_LABEL(window->readout), text);
}

/* A double click leaves one plane, twice, or brings the other one back. */
static void
maximise(GtkWidget *view, MedctStudioWindow *window)
{
  MedctStudioCompare *compare = window->compare;
  compare->one_plane = !compare->one_plane;
  for (int side = 0; side < N_SIDES; side++)
    for (int n = 0; n < 2; n++)
      gtk_widget_set_visible(compare->views[side][n],
                             !compare->one_plane ||
                                 planes[n] == medct_viewport_get_kind(MEDCT_VIEWPORT(view)));
}

static GtkWidget *
build_view(MedctStudioWindow *window, int side, MedctPlaneKind plane)
{
  GtkWidget *view = medct_viewport_new(plane);
  medct_viewport_set_side(MEDCT_VIEWPORT(view), side == BASE,
                          side == BASE ? _("Base") : _("Adapter"));
  g_signal_connect(view, "pointer", G_CALLBACK(pointer_told), window);
  g_signal_connect(view, "maximise", G_CALLBACK(maximise), window);
  medct_studio_add_picture(window, view);
  medct_studio_add_voxel_click(window, view);
  return view;
}

static void
toggled(GSimpleAction *action, GVariant *value, gpointer data)
{
  const MedctStudioWindow *window = data;
  MedctResultCard *card = MEDCT_RESULT_CARD(window->card);
  medct_result_card_set_map_of(card, medct_studio_is_comparing(window) ? MEDCT_MAP_OF_ADAPTED
                                                                       : MEDCT_MAP_OF_BOTH);
}

GtkWidget *
medct_studio_build_compare(MedctStudioWindow *window)
{
  static const GActionEntry entries[] = {{"side-by-side", toggled, NULL, "false", NULL, {0}}};
  MedctStudioCompare *compare = g_new0(MedctStudioCompare, 1);
  window->compare = compare;
  g_action_map_add_action_entries(G_ACTION_MAP(window), entries, 1, window);
  GtkWidget *columns = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 2);
  gtk_box_set_homogeneous(GTK_BOX(columns), TRUE);
  gtk_widget_add_css_class(columns, "pictures");
  for (int side = 0; side < N_SIDES; side++) {
    GtkWidget *column = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *pictures = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    gtk_box_set_homogeneous(GTK_BOX(pictures), TRUE);
    gtk_widget_set_vexpand(pictures, TRUE);
    gtk_box_append(GTK_BOX(column), build_head(compare, side));
    for (int n = 0; n < 2; n++) {
      compare->views[side][n] = build_view(window, side, planes[n]);
      gtk_box_append(GTK_BOX(pictures), compare->views[side][n]);
    }
    gtk_box_append(GTK_BOX(column), pictures);
    gtk_box_append(GTK_BOX(columns), column);
  }
  compare->grid = columns;
  return columns;
}

/* ---- state --------------------------------------------------------------------------------- */

static void
show_heads(MedctStudioWindow *window)
{
  const MedctStudioCompare *compare = window->compare;
  const GPtrArray *answers = window->current->answers;
  g_autoptr(GArray) parts = medct_adapter_mix_parse(window->adapter->adapter);
  g_autofree char *adapter = medct_adapter_mix_title(parts);
  const char *names[N_SIDES] = {medct_backend_info(window->model->backend)->name, adapter};
  for (guint side = 0; side < N_SIDES; side++) {
    g_autofree char *score = NULL;
    if (answers != NULL && side < answers->len)
      score = g_strdup_printf(_("score <b>%.2f</b>"),
                              ((const MedctAnswer *)answers->pdata[side])->probability);
    gtk_label_set_text(GTK_LABEL(compare->names[side]), names[side]);
    gtk_label_set_markup(GTK_LABEL(compare->scores[side]), score != NULL ? score : "");
  }
}

/* Where the keys act: the picture of the same plane in the layout that is shown now. */
static void
move_focus(MedctStudioWindow *window, gboolean comparing)
{
  GtkWidget *focus = gtk_window_get_focus(GTK_WINDOW(window)), *was = window->active_picture;
  int coronal =
      MEDCT_IS_VIEWPORT(was) && medct_viewport_get_kind(MEDCT_VIEWPORT(was)) == MEDCT_PLANE_CORONAL;
  GtkWidget *now =
      comparing ? window->compare->views[ADAPTED][coronal] : window->viewports[planes[coronal]];
  medct_studio_set_active(window, now);
  if (focus != NULL && MEDCT_IS_VIEWPORT(focus))
    gtk_widget_grab_focus(now);
}

void
medct_studio_update_compare(MedctStudioWindow *window)
{
  const MedctStudioCompare *compare = window->compare;
  gboolean comparing = medct_studio_is_comparing(window);
  MedctMouseMode mode = medct_viewport_get_mode(MEDCT_VIEWPORT(window->viewports[0]));
  for (int side = 0; side < N_SIDES; side++)
    for (int n = 0; n < 2; n++) {
      MedctViewport *view = MEDCT_VIEWPORT(compare->views[side][n]);
      medct_viewport_set_study(view, comparing ? window->current->study : NULL);
      medct_viewport_set_mode(view, mode);
    }
  GAction *action = g_action_map_lookup_action(G_ACTION_MAP(window), "side-by-side");
  g_simple_action_set_state(G_SIMPLE_ACTION(action), g_variant_new_boolean(comparing));
  g_simple_action_set_enabled(G_SIMPLE_ACTION(action),
                              window->adapter != NULL && window->current != NULL);
  gboolean offered = window->adapter != NULL && !gtk_widget_get_visible(window->more_tools);
  if (gtk_widget_get_visible(window->side_by_side) != offered)
    medct_studio_fit_tool_bar(window);
  if (comparing)
    show_heads(window);
  GtkStack *pages = GTK_STACK(window->pages);
  const char *page = comparing                 ? "compare"
                     : window->current != NULL ? "pictures"
                                               : gtk_stack_get_visible_child_name(pages);
  if (g_strcmp0(page, gtk_stack_get_visible_child_name(pages)) == 0)
    return;
  gtk_stack_set_visible_child_name(pages, page);
  move_focus(window, comparing);
}

GtkWidget *
medct_studio_compared_view(const MedctStudioWindow *window, GtkWidget *focus)
{
  const MedctStudioCompare *compare = window->compare;
  for (int side = 0; side < N_SIDES; side++)
    for (int n = 0; n < 2; n++)
      if (compare->views[side][n] == focus)
        return focus;
  int shown = gtk_widget_get_visible(compare->views[ADAPTED][0]) ? 0 : 1;
  return compare->views[ADAPTED][shown];
}
