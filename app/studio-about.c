/* What the program is, and what computes and draws here, for a report of a fault. */
#include "app/studio-private.h"
#include "model/kernels.h"
#include "model/matmul.h"
#include "ui/part-names.h"
#include <glib/gi18n.h>

static char *
describe_machine(const MedctStudioWindow *window)
{
  g_autofree char *blas = medct_blas_describe();
  g_autoptr(MedctGlStage) stage =
      medct_gl_stage_for_display(gtk_widget_get_display(GTK_WIDGET(window)));
  const char *trouble = medct_gl_stage_trouble(stage);
  const char *driver = trouble != NULL                     ? trouble
                       : medct_gl_stage_is_software(stage) ? _("OpenGL on the processor")
                                                           : _("OpenGL on a graphics card");
  return g_strdup_printf(_("MedCT %s\nMatrix products: %s\nOther kernels: %s\n3-D view: %s\n"
                           "Slices: %s\nGTK %u.%u.%u, libadwaita %u.%u.%u"),
                         MEDCT_VERSION, blas, medct_kernels()->name, driver,
                         medct_viewport_drawn_by(MEDCT_VIEWPORT(window->viewports[0])),
                         gtk_get_major_version(), gtk_get_minor_version(), gtk_get_micro_version(),
                         adw_get_major_version(), adw_get_minor_version(), adw_get_micro_version());
}

static void
show_about(GSimpleAction *action, GVariant *value, gpointer data)
{
  g_autofree char *machine = describe_machine(data);
  GtkWidget *about = g_object_new(
      ADW_TYPE_ABOUT_WINDOW, "transient-for", data, "modal", TRUE, "title", _("About MedCT Studio"),
      "application-name", _("MedCT Studio"), "version", MEDCT_VERSION, "application-icon",
      "org.medct.Studio", "license-type", GTK_LICENSE_APACHE_2_0, "developer-name",
      _("Research use only — not for diagnosis"), "comments",
      _("Chest CT and a model that reads sentences. It runs on this computer "
        "only: no network, no account."),
      "debug-info", machine, "debug-info-filename", "medct-studio.txt", NULL);
  medct_name_parts(GTK_WINDOW(about));
  gtk_window_present(GTK_WINDOW(about));
}

void
medct_studio_add_about(MedctStudioWindow *window)
{
  static const GActionEntry entries[] = {{"about", show_about, NULL, NULL, NULL, {0}}};
  g_action_map_add_action_entries(G_ACTION_MAP(window), entries, 1, window);
}
