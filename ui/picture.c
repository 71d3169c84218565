#include "ui/picture.h"

#define MEDCT_TYPE_PICTURE (medct_picture_get_type())
G_DECLARE_FINAL_TYPE(MedctPicture, medct_picture, MEDCT, PICTURE, GObject)

/* One of the two. */
struct _MedctPicture {
  GObject parent;
  GdkTexture *texture;
  cairo_surface_t *surface;
};

static void
append_flipped(GtkSnapshot *snapshot, GdkTexture *texture, const graphene_rect_t *all)
{
  gtk_snapshot_save(snapshot);
  gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(0, all->size.height));
  gtk_snapshot_scale(snapshot, 1, -1);
  gtk_snapshot_append_texture(snapshot, texture, all);
  gtk_snapshot_restore(snapshot);
}

static void
append_pixels(GtkSnapshot *snapshot, cairo_surface_t *surface, const graphene_rect_t *all)
{
  cairo_t *cr = gtk_snapshot_append_cairo(snapshot, all);
  cairo_scale(cr, (double)all->size.width / cairo_image_surface_get_width(surface),
              (double)all->size.height / cairo_image_surface_get_height(surface));
  cairo_set_source_surface(cr, surface, 0, 0);
  cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
  cairo_paint(cr);
  cairo_destroy(cr);
}

static void
medct_picture_snapshot(GdkPaintable *paintable, GdkSnapshot *snapshot, double width, double height)
{
  MedctPicture *picture = MEDCT_PICTURE(paintable);
  graphene_rect_t all = GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height);
  if (picture->texture != NULL)
    append_flipped(GTK_SNAPSHOT(snapshot), picture->texture, &all);
  else
    append_pixels(GTK_SNAPSHOT(snapshot), picture->surface, &all);
}

static GdkPaintableFlags
medct_picture_flags(GdkPaintable *paintable)
{
  return GDK_PAINTABLE_STATIC_CONTENTS | GDK_PAINTABLE_STATIC_SIZE;
}

static void
implement_paintable(GdkPaintableInterface *interface)
{
  interface->snapshot = medct_picture_snapshot;
  interface->get_flags = medct_picture_flags;
}

G_DEFINE_FINAL_TYPE_WITH_CODE(MedctPicture, medct_picture, G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(GDK_TYPE_PAINTABLE, implement_paintable))

static void
medct_picture_finalize(GObject *object)
{
  MedctPicture *picture = MEDCT_PICTURE(object);
  g_clear_object(&picture->texture);
  g_clear_pointer(&picture->surface, cairo_surface_destroy);
  G_OBJECT_CLASS(medct_picture_parent_class)->finalize(object);
}

static void
medct_picture_class_init(MedctPictureClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = medct_picture_finalize;
}

static void
medct_picture_init(MedctPicture *picture)
{
}

GdkPaintable *
medct_picture_of_texture(GdkTexture *texture)
{
  MedctPicture *picture = g_object_new(MEDCT_TYPE_PICTURE, NULL);
  picture->texture = texture;
  return GDK_PAINTABLE(picture);
}

GdkPaintable *
medct_picture_of_pixels(guint32 *pixels, int width, int height)
{
  static const cairo_user_data_key_t memory;
  MedctPicture *picture = g_object_new(MEDCT_TYPE_PICTURE, NULL);
  picture->surface = cairo_image_surface_create_for_data(
      (unsigned char *)pixels, CAIRO_FORMAT_ARGB32, width, height, 4 * width);
  cairo_surface_set_user_data(picture->surface, &memory, pixels, g_free);
  return GDK_PAINTABLE(picture);
}
