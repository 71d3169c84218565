/* access-walk APPLICATION [--focus | --until NAME]: what a screen reader is told of a window.
 * Prints the tree of accessible objects, one a line with depth, role and name, and fails when
 * something that can be worked or is a picture has no name. With --focus only what has the keyboard
 * focus; with --until it waits to be told, unasked, that something is now called NAME and more. */
#include <atspi/atspi.h>
#include <locale.h>
#include <string.h>

enum { WAIT_S = 20, MAX_DEPTH = 64, MAX_OUTER = 6 };

typedef struct {
  int objects, unnamed, focusable;
} Tally;

/* The role words of AT-SPI that mean: something to work, or a picture. */
static gboolean
needs_name(AtspiRole role)
{
  static const AtspiRole roles[] = {
      ATSPI_ROLE_PUSH_BUTTON,
      ATSPI_ROLE_TOGGLE_BUTTON,
      ATSPI_ROLE_CHECK_BOX,
      ATSPI_ROLE_RADIO_BUTTON,
      ATSPI_ROLE_MENU_ITEM,
      ATSPI_ROLE_CHECK_MENU_ITEM,
      ATSPI_ROLE_RADIO_MENU_ITEM,
      ATSPI_ROLE_COMBO_BOX,
      ATSPI_ROLE_ENTRY,
      ATSPI_ROLE_TEXT,
      ATSPI_ROLE_SPIN_BUTTON,
      ATSPI_ROLE_SLIDER,

      ATSPI_ROLE_LIST_ITEM,
      ATSPI_ROLE_TABLE_ROW,
      ATSPI_ROLE_PAGE_TAB,
      ATSPI_ROLE_LINK,
      ATSPI_ROLE_LEVEL_BAR,
      ATSPI_ROLE_PROGRESS_BAR,
      ATSPI_ROLE_WINDOW,
      ATSPI_ROLE_FRAME,
      ATSPI_ROLE_DIALOG,
      ATSPI_ROLE_ALERT,
      ATSPI_ROLE_LIST,
      ATSPI_ROLE_LIST_BOX,
      ATSPI_ROLE_TABLE,
  };
  for (gsize n = 0; n < G_N_ELEMENTS(roles); n++)
    if (roles[n] == role)
      return TRUE;
  return FALSE;
}

/* GTK 4.8 falls back on the widget's class, which tells nobody anything. */
static gboolean
is_class_name(const char *name)
{
  return (g_str_has_prefix(name, "Gtk") || g_str_has_prefix(name, "Adw") ||
          g_str_has_prefix(name, "Medct")) &&
         strchr(name, ' ') == NULL;
}

/* Parts that a toolkit widget makes for itself and that are spoken as the whole. */
static gboolean
is_inner_part(AtspiAccessible *object, AtspiRole role)
{
  if (role == ATSPI_ROLE_TABLE_ROW || role == ATSPI_ROLE_SCROLL_PANE ||
      role == ATSPI_ROLE_SCROLL_BAR || role == ATSPI_ROLE_FILLER)
    return TRUE;
  AtspiAccessible *outer = atspi_accessible_get_parent(object, NULL);
  gboolean inner = FALSE;
  for (int n = 0; outer != NULL && !inner && n < MAX_OUTER; n++) {
    AtspiRole kind = atspi_accessible_get_role(outer, NULL);
    inner = kind == ATSPI_ROLE_COMBO_BOX || kind == ATSPI_ROLE_SPIN_BUTTON ||
            (n == 0 && (kind == ATSPI_ROLE_TABLE || kind == ATSPI_ROLE_TREE_TABLE));
    AtspiAccessible *next = atspi_accessible_get_parent(outer, NULL);
    g_object_unref(outer);
    outer = next;
  }
  g_clear_object(&outer);
  return inner;
}

static gboolean
has_state(AtspiAccessible *object, AtspiStateType state)
{
  AtspiStateSet *states = atspi_accessible_get_state_set(object);
  gboolean has = states != NULL && atspi_state_set_contains(states, state);
  g_clear_object(&states);
  return has;
}

static void
walk(AtspiAccessible *object, int depth, Tally *tally)
{
  g_autofree char *name = atspi_accessible_get_name(object, NULL);
  g_autofree char *text = atspi_accessible_get_description(object, NULL);
  g_autofree char *role = atspi_accessible_get_role_name(object, NULL);
  AtspiRole kind = atspi_accessible_get_role(object, NULL);
  gboolean named = name != NULL && *name != '\0' && !is_class_name(name);
  gboolean focusable = has_state(object, ATSPI_STATE_FOCUSABLE);
  gboolean bad = !named && (needs_name(kind) || focusable) && !is_inner_part(object, kind);
  g_print("%*s%s%s \"%s\"%s%s\n", 2 * depth, "", bad ? "UNNAMED " : "", role != NULL ? role : "?",
          named ? name : "", text != NULL && *text != '\0' ? " — " : "", text != NULL ? text : "");
  tally->objects++;
  tally->unnamed += bad;
  tally->focusable += focusable;
  int n = depth < MAX_DEPTH ? atspi_accessible_get_child_count(object, NULL) : 0;
  for (int i = 0; i < n; i++) {
    AtspiAccessible *child = atspi_accessible_get_child_at_index(object, i, NULL);
    if (child != NULL)
      walk(child, depth + 1, tally);
    g_clear_object(&child);
  }
}

/* The innermost object with the focus; the caller owns it. */
static AtspiAccessible *
focused(AtspiAccessible *object, int depth)
{
  AtspiAccessible *found = NULL;
  int n = depth < MAX_DEPTH ? atspi_accessible_get_child_count(object, NULL) : 0;
  for (int i = 0; i < n && found == NULL; i++) {
    AtspiAccessible *child = atspi_accessible_get_child_at_index(object, i, NULL);
    if (child != NULL)
      found = focused(child, depth + 1);
    g_clear_object(&child);
  }
  return found == NULL && has_state(object, ATSPI_STATE_FOCUSED) ? g_object_ref(object) : found;
}

static int
print_focus(AtspiAccessible *application)
{
  AtspiAccessible *object = focused(application, 0);
  if (object == NULL)
    return 1;
  g_autofree char *name = atspi_accessible_get_name(object, NULL);
  g_autofree char *role = atspi_accessible_get_role_name(object, NULL);
  g_print("%s \"%s\"\n", role, name);
  g_object_unref(object);
  return 0;
}

static void
name_changed(AtspiEvent *event, void *data)
{
  g_autofree char *name = atspi_accessible_get_name(event->source, NULL);
  if (name != NULL && g_str_has_prefix(name, data)) {
    g_autofree char *role = atspi_accessible_get_role_name(event->source, NULL);
    g_print("%s \"%s\"\n", role, name);
    atspi_event_quit();
  }
  g_boxed_free(ATSPI_TYPE_EVENT, event);
}

static gboolean
give_up(gpointer data)
{
  *(gboolean *)data = TRUE;
  atspi_event_quit();
  return G_SOURCE_REMOVE;
}

static int
wait_for_name(char *wanted)
{
  gboolean late = FALSE;
  AtspiEventListener *listener = atspi_event_listener_new(name_changed, wanted, NULL);
  atspi_event_listener_register(listener, "object:property-change:accessible-name", NULL);
  g_timeout_add_seconds(WAIT_S, give_up, &late);
  atspi_event_main();
  g_object_unref(listener);
  return late;
}

static AtspiAccessible *
find(const char *wanted)
{
  AtspiAccessible *desktop = atspi_get_desktop(0), *found = NULL;
  int n = atspi_accessible_get_child_count(desktop, NULL);
  for (int i = 0; i < n && found == NULL; i++) {
    AtspiAccessible *child = atspi_accessible_get_child_at_index(desktop, i, NULL);
    g_autofree char *name = child != NULL ? atspi_accessible_get_name(child, NULL) : NULL;
    if (g_strcmp0(name, wanted) == 0)
      found = g_steal_pointer(&child);
    g_clear_object(&child);
  }
  g_object_unref(desktop);
  return found;
}

int
main(int argc, char **argv)
{
  setlocale(LC_ALL, "");
  if (argc < 2 || atspi_init() > 1) {
    g_printerr("access-walk APPLICATION [--focus]; is there an accessibility bus?\n");
    return 2;
  }
  AtspiAccessible *application = NULL;
  for (int n = 0; n < WAIT_S * 10 && application == NULL; n++) {
    application = find(argv[1]);
    g_usleep(application == NULL ? 100000 : 0);
  }
  if (application == NULL) {
    g_printerr("%s is not on the accessibility bus\n", argv[1]);
    return 2;
  }
  if (argc > 2) {
    int status = argc > 3 ? wait_for_name(argv[3]) : print_focus(application);
    g_object_unref(application);
    return status;
  }
  Tally tally = {0};
  walk(application, 0, &tally);
  g_object_unref(application);
  g_print("%d objects, %d can have the focus, %d without a name\n", tally.objects, tally.focusable,
          tally.unnamed);
  return tally.unnamed > 0 ? 1 : 0;
}
