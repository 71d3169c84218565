/* The Train page: for studio-train*.c, and what the rest of the window asks of it. */
#pragma once

#include "app/studio-private.h"
#include "app/train-estimate.h"
#include "app/train-runs.h"
#include "app/train-worker.h"
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

enum { MEDCT_TRAIN_COLUMNS = 6 }; /* of small charts, where there is room */
enum { MEDCT_N_PRESETS = 3, MEDCT_N_TILES = 5, MEDCT_N_ADVANCED = 7 };

/* The settings that a preset has a value for; one that was changed by hand stays. */
typedef enum {
  MEDCT_SET_EPOCHS,
  MEDCT_SET_RANK,
  MEDCT_SET_ALPHA,
  MEDCT_SET_DROPOUT,
  MEDCT_SET_LR,
  MEDCT_SET_BATCH,
  MEDCT_SET_SEED,
} MedctTrainSetting;

typedef struct _MedctStudioTrain {
  MedctStudioWindow *window;
  char *folder;          /* of the runs */
  GPtrArray *runs;       /* MedctTrainRun, newest first */
  MedctTrainRun *shown;  /* in the middle; or NULL */
  MedctTrainRun *active; /* runs; or NULL */
  GPtrArray *removed;    /* MedctTrainRun whose files go once nobody can want them back */
  MedctTrainWorker *worker;
  AdwToast *offer; /* weak: to try the run that was done last */
  gboolean paused, stopping;
  medct_train_record last; /* of the active run; no pointers */
  gboolean stale;          /* charts are behind the run */
  gint64 drawn_at;         /* µs */
  guint source, ask_source;
  double hover;

  char *cohort, *model; /* what the next run learns from and adapts */
  MedctJob *estimate_job;
  MedctTrainEstimate *estimate;
  guint touched; /* 1 << MedctTrainSetting */

  /* studio-train.c */
  GtkWidget *chip, *chip_ring, *chip_label, *banner, *banner_label;
  /* studio-train-form.c */
  GtkWidget *cohort_row, *preset_checks[MEDCT_N_PRESETS], *preset_rows[MEDCT_N_PRESETS],
      *preset_times[MEDCT_N_PRESETS];
  GtkWidget *settings[MEDCT_N_ADVANCED], *objective, *threads, *hint, *start, *queue_hint;
  /* studio-train-list.c */
  GtkWidget *list, *list_hint;
  /* studio-train-view.c */
  GtkWidget *pages, *title, *subtitle, *note, *use, *pause, *resume, *stop, *bar, *bar_text;
  GtkWidget *tile_values[MEDCT_N_TILES], *tile_details[MEDCT_N_TILES];
  GtkWidget *loss, *auroc, *rate, *pace, *grid;
  GPtrArray *class_charts; /* MedctChart; the grid's */
  GtkWidget *remove, *large, *small, *head, *tiles[MEDCT_N_TILES], *tile_grid;
  int columns; /* of the grid */
  /* studio-train-widths.c */
  GtkWidget *list_flap, *form_flap, *folded_bar, *list_button, *form_button, *scroller;
  guint width_source;
} MedctStudioTrain;

/* studio-train.c */
void medct_studio_train_show_chip(MedctStudioTrain *page);
/* A banner over all pages; NULL: none. `action` and `button` may be NULL. */
char *medct_studio_train_duration(double seconds); /* "4 min"; free it */

/* studio-train-drive.c */
void medct_studio_train_begin(MedctStudioTrain *page, MedctTrainRun *run);
void medct_studio_train_add_actions(MedctStudioTrain *page);
void medct_studio_train_save(MedctStudioTrain *page, MedctTrainRun *run);
/* Share that is done, 0 … 1. */
double medct_studio_train_fraction(const MedctStudioTrain *page, const MedctTrainRun *run);

/* studio-train-form.c */
GtkWidget *medct_studio_train_build_form(MedctStudioTrain *page);
void medct_studio_train_show_form(MedctStudioTrain *page);
/* Times pieces of the work for the estimate, where that is due. */
void medct_studio_train_measure(MedctStudioTrain *page);
void medct_studio_train_set_cohort(MedctStudioTrain *page, const char *path);
MedctTrainWish medct_studio_train_wish(const MedctStudioTrain *page);
guint medct_studio_train_threads(const MedctStudioTrain *page);

/* studio-train-list.c */
GtkWidget *medct_studio_train_build_list(MedctStudioTrain *page);
void medct_studio_train_fill_list(MedctStudioTrain *page);
void medct_studio_train_show_row(MedctStudioTrain *page, const MedctTrainRun *run);
/* Ticked to be compared with the one that is shown. */
gboolean medct_studio_train_is_ticked(const MedctStudioTrain *page, const MedctTrainRun *run);

/* studio-train-view.c */
GtkWidget *medct_studio_train_build_view(MedctStudioTrain *page);
void medct_studio_train_show_run(MedctStudioTrain *page); /* head, tiles and charts */
void medct_studio_train_show_head(MedctStudioTrain *page);

/* studio-train-remove.c */
void medct_studio_train_add_remove(MedctStudioTrain *page);   /* its actions */
void medct_studio_train_end_removing(MedctStudioTrain *page); /* files of removed runs go now */

/* studio-train-widths.c */
GtkWidget *medct_studio_train_build_flaps(MedctStudioTrain *page, GtkWidget *list, GtkWidget *view,
                                          GtkWidget *form);

/* studio-train-charts.c */
void medct_studio_train_build_charts(MedctStudioTrain *page, GtkBox *box);
void medct_studio_train_show_charts(MedctStudioTrain *page);
/* PNG, SVG or CSV by the name's end. */
gboolean medct_studio_train_export(MedctStudioTrain *page, const char *path, GError **error);

G_END_DECLS
