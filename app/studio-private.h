/* What the files of the window share. */
#pragma once

#include "app/engine.h"
#include "app/preferences.h"
#include "app/prompts.h"
#include "app/session.h"
#include "app/studio-window.h"
#include "render/frame_times.h"
#include "ui/findings.h"
#include "ui/input-check.h"
#include "ui/result-card.h"
#include "ui/viewport.h"
#include "ui/volume-view.h"

G_BEGIN_DECLS

enum { MEDCT_NOTHING_ASKED = -2, MEDCT_TYPED = -1 }; /* else the index of a finding */

/* What is timed until it is painted; for the tours. */
typedef enum { MEDCT_TIME_ANSWER, MEDCT_TIME_CANCEL, MEDCT_N_TIMES } MedctTimed;

/* A study in the list. */
typedef struct {
  MedctStudy *study;
  MedctScoredStudy *scored;  /* NULL: not yet, or of another model */
  MedctScoredStudy *adapted; /* the same with the adapter */
  gboolean skip_scoring;     /* scoring failed or was stopped; chosen again by hand */
  char *why_not;             /* what it failed of, or NULL */
  int asked;                 /* finding, or one of the two above */
  char *typed;
  char *against;      /* the reader's own opposite of what is typed; NULL: it is made */
  GPtrArray *answers; /* to what is asked: of the model, with the adapter; NULL: none yet */
  GHashTable *kept;   /* the same for the reader's own prompts: sentence → GPtrArray */
  GtkWidget *row, *subtitle, *mark, *bar; /* mark: a warning; bar: while it is encoded */
  gboolean jump; /* to the map's peak when the answer comes: the finding was chosen by hand */
  MedctSessionFile file; /* as it was when it was opened */
} MedctStudyRecord;

/* A study that waits to be opened, is loading, or was refused. Owned by window->pending. */
typedef struct _MedctPendingStudy MedctPendingStudy;

typedef struct _MedctStudioSession MedctStudioSession;
typedef struct _MedctStudioCompare MedctStudioCompare;

struct _MedctStudioWindow {
  AdwApplicationWindow parent;
  MedctHost *host;
  MedctPreferences *preferences;

  GPtrArray *records; /* MedctStudyRecord */
  MedctStudyRecord *current;
  MedctLoadedModel *model, *adapter; /* adapter: the model with it, NULL without */
  char *model_path;                  /* being loaded, else NULL */
  MedctStudioSession *session;       /* NULL: neither restored nor saved */
  GMenu *recent_menu;
  GString *not_restored; /* what of the last session did not come back, for the banner */
  guint n_not_restored;

  /* Jobs; NULL when none. */
  MedctJob *open_job, *model_job, *adapter_job, *score_job, *ask_job, *demo_job;
  GPtrArray *pending;         /* MedctPendingStudy, as in the list of studies */
  MedctPendingStudy *opening; /* with open_job */
  MedctStudyRecord *scoring;
  const MedctLoadedModel *scoring_model; /* only compared */
  char *wanted_adapter;                  /* folder for the next model */
  gboolean adapter_missing;              /* it could not be loaded, and there is no other */
  guint asked_serial;                    /* of the latest wish */
  gint64 asked_at;                       /* µs: the last key */
  struct {
    gint64 since; /* µs; 0: nothing is being timed */
    double ms;    /* of the last time */
  } times[MEDCT_N_TIMES];
  guint n_wordings; /* that are shown for the latest wish */
  int64_t patch;    /* cell that the findings list was made for */
  double pressed_at[2];
  MedctPrompts *prompts;
  int history_at;    /* what the arrow keys show; −1: nothing of the history */
  char *draft;       /* what was typed before */
  gboolean too_long; /* what is typed is not scored */
  guint progress_source;
  int preview_wanted; /* atomic: no study is shown, a loading one may be */

  GtkWidget *view_stack; /* the pages */
  struct _MedctStudioCohort *cohort;
  struct _MedctStudioTrain *train;
  struct _MedctStudioLabel *label;
  struct _MedctStudioAdapters *adapters;
  struct _MedctStudioCompare *compare;
  GtkWidget *toasts, *flap, *findings_flap, *pane_toggle, *findings_toggle, *studies, *studies_hint,
      *input_check;
  GtkWidget *start_model;
  GtkWidget *model_name, *model_detail, *model_mark;
  GtkWidget *adapter_name, *adapter_detail, *adapter_mark;
  GtkWidget *prompt_key, *star, *history_popover, *history_list, *history_hint, *history_forget;
  GtkWidget *measures_box, *measures, *undo_button, *redo_button;
  const MedctStudy *measured; /* only compared: whose measurements are listed */
  guint measures_version;
  GtkWidget *tool_bar, *mouse_modes[5] /* by MedctMouseMode */, *side_by_side, *preset_label,
      *slab_label, *map_toggle, *opacity, *opacity_label;
  GtkWidget *pages, *viewports[3], *volume_view;
  GSList *all_pictures; /* GtkWidget: these, and those side by side */
  GtkWidget *active_picture;
  GtkWidget *info_bar, *info_title, *info_text, *info_button;
  int findings_width; /* px, by hand; 0: as usual */
  GtkWidget *findings_pane, *prompt, *prompt_row, *facts, *card, *findings;
  GtkWidget *middle, *pictures, *tool_scroller, *more_tools;
  GSList *rare_tools;    /* GtkWidget: in a menu where there is no room */
  gboolean short_preset; /* no numbers in the tool bar */
  guint width_source;
  GtkWidget *readout, *job_box, *job_label, *job_bar, *job_left;
  gboolean maximised;
  GtkWidget *header, *leave_bare, *window_numbers[2]; /* width, level */
  gboolean bare, pane_before[2], pane_wanted[2];      /* left, right */
  gulong study_handler;
  gboolean updating; /* widgets are being set from the state: they must not answer */

  char *dump_path, *dumped;
  guint dump_source;
  MedctFrameTimes frame_times;       /* empty unless they are asked for */
  MedctFrameTimes frame_gaps;        /* from one frame of a movement to the next */
  gint64 frame_started, frame_ended; /* µs */
  gboolean view_changed, frame_counts;
  gboolean first_slice_wanted; /* its time is to be printed */
};

/* studio-pages.c: the widgets come into being in this order. `read` is the reading page. */
GtkWidget *medct_studio_build_switcher(MedctStudioWindow *window);
GtkWidget *medct_studio_build_pages(MedctStudioWindow *window, GtkWidget *read);
GtkWidget *medct_studio_build_page_bar(MedctStudioWindow *window, GtkWidget *switcher);
void medct_studio_add_page(MedctStudioWindow *window, GtkWidget *page, const char *name,
                           const char *title, const char *icon);
void medct_studio_show_page(MedctStudioWindow *window, const char *name);

/* studio-cohort.c; win.train-on-cohort (s: path) is activated from there */
GtkWidget *medct_studio_build_cohort(MedctStudioWindow *window);

/* studio-train*.c; in this order */
GtkWidget *medct_studio_build_train_chip(MedctStudioWindow *window); /* for the header */
GtkWidget *medct_studio_build_train_banner(MedctStudioWindow *window);
GtkWidget *medct_studio_build_train(MedctStudioWindow *window);
void medct_studio_train_offer_cohort(MedctStudioWindow *window, const char *path);
void medct_studio_train_model_changed(MedctStudioWindow *window);
void medct_studio_train_leave(MedctStudioWindow *window); /* the window closes */
void medct_studio_train_dump(const MedctStudioWindow *window, gpointer json_builder);

/* studio-label.c; `findings` is what the labels take the place of */
GtkWidget *medct_studio_build_label(MedctStudioWindow *window, GtkWidget *findings);
gboolean medct_studio_is_labelling(const MedctStudioWindow *window);
void medct_studio_leave_label(MedctStudioWindow *window); /* another study is shown */
/* As it is when nothing is being labelled; for the session. */
gboolean medct_studio_map_wanted(const MedctStudioWindow *window, const MedctStudyRecord *record);
gboolean medct_studio_label_warns(const MedctStudioWindow *window); /* of a map */

/* studio-layout.c */
void medct_studio_build(MedctStudioWindow *window);
void medct_studio_show_study(MedctStudioWindow *window); /* pictures, tool bar, panes of current */
void medct_studio_show_scores(MedctStudioWindow *window);
void medct_studio_refuse(MedctStudioWindow *window, const char *title, const char *text);
void medct_studio_toast(MedctStudioWindow *window, const char *text);

/* studio-active.c */
void medct_studio_add_picture(MedctStudioWindow *window, GtkWidget *picture);
void medct_studio_set_active(MedctStudioWindow *window, GtkWidget *picture);
GtkWidget *medct_studio_active_picture(MedctStudioWindow *window); /* one that is visible */
/* FALSE: no study is read, or it is none of the picture's keys. */
gboolean medct_studio_act_on_picture(MedctStudioWindow *window, guint key, GdkModifierType state);

/* studio-measures.c */
void medct_studio_build_history(MedctStudioWindow *window, GtkWidget *header);
GtkWidget *medct_studio_build_measures(MedctStudioWindow *window);
void medct_studio_show_measures(MedctStudioWindow *window);

/* studio-start.c */
GtkWidget *medct_studio_build_start(MedctStudioWindow *window);
void medct_studio_show_start(MedctStudioWindow *window); /* after the model changed */

/* studio-pictures.c */
GtkWidget *medct_studio_build_pictures(MedctStudioWindow *window);
/* `large`: the axial one over the three others, else a square. */
void medct_studio_arrange_pictures(MedctStudioWindow *window, gboolean large);
/* Shows one picture alone, or all four again. */
void medct_studio_maximise(MedctStudioWindow *window, GtkWidget *picture);
/* "four-up", or which picture is alone: "axial", "sagittal", "coronal", "volume". */
const char *medct_studio_layout(const MedctStudioWindow *window);
void medct_studio_set_layout(MedctStudioWindow *window, const char *name); /* unknown: stays */
GMenu *medct_studio_layout_menu(void);

/* studio-compare.c; base and adapter side by side */
GtkWidget *medct_studio_build_compare(MedctStudioWindow *window);
gboolean medct_studio_is_comparing(const MedctStudioWindow *window);
void medct_studio_update_compare(MedctStudioWindow *window); /* after any change of what is shown */
/* `focus` when it is one of its pictures, else the first that is visible. */
GtkWidget *medct_studio_compared_view(const MedctStudioWindow *window, GtkWidget *focus);

/* studio-panes.c */
GtkWidget *medct_studio_build_left(MedctStudioWindow *window);
GtkWidget *medct_studio_build_right(MedctStudioWindow *window);
/* `place` in the list of studies; −1: at its end. */
void medct_studio_add_row(MedctStudioWindow *window, MedctStudyRecord *record, int place);
GtkWidget *medct_studio_left_label(const char *text, const char *css);
void medct_studio_describe_row(MedctStudioWindow *window, MedctStudyRecord *record);

/* studio-model.c */
GtkWidget *medct_studio_build_model(MedctStudioWindow *window);
void medct_studio_show_model(MedctStudioWindow *window);
/* Random or demo weights in short; NULL: nothing to say. */
const char *medct_studio_model_caveat(const MedctStudioWindow *window);
/* All that makes the current study's scores doubtful, a line each, or "": as reports say it. Free
 * it. */
char *medct_studio_doubts(const MedctStudioWindow *window);
/* Of it what the study itself does, be it the current one or not. */
char *medct_studio_input_doubts(const MedctStudyRecord *record);
void medct_studio_remove_adapter(MedctStudioWindow *window);
void medct_studio_cancel_adapter(MedctStudioWindow *window);
void medct_studio_cancel_loading(MedctStudioWindow *window); /* model or adapter */

/* studio-adapters.c */
GtkWidget *medct_studio_build_adapters(MedctStudioWindow *window); /* a row, hidden for one alone */
void medct_studio_show_adapters(MedctStudioWindow *window);

/* studio-ask.c */
/* `against` NULL: the opposite is made. */
void medct_studio_ask(MedctStudioWindow *window, int finding, const char *typed,
                      const char *against);
/* What is put to the model: a finding becomes a sentence. NULL: it cannot be asked; the caller
 * frees. */
MedctPrompt *medct_studio_pair(const char *typed, const char *against);
void medct_studio_ask_more(MedctStudioWindow *window); /* own prompts, wordings: what is missing */
void medct_studio_stop_asking(MedctStudioWindow *window); /* no answer on its way is wanted */
void medct_studio_show_map(MedctStudioWindow *window);
void medct_studio_map_of_changed(MedctStudioWindow *window);

/* studio-prompt.c */
GtkWidget *medct_studio_build_prompt(MedctStudioWindow *window);
void medct_studio_type(MedctStudioWindow *window, const char *text);
/* Scores what is asked against this; "": against what is made by itself. */
void medct_studio_set_against(MedctStudioWindow *window, const char *text);
void medct_studio_remove_prompt(MedctStudioWindow *window, const char *text);

/* studio-findings.c */
void medct_studio_show_findings(MedctStudioWindow *window);
void medct_studio_follow_patch(MedctStudioWindow *window);
void medct_studio_add_voxel_click(MedctStudioWindow *window, GtkWidget *viewport);

/* studio-toolbar.c */
GtkWidget *medct_studio_build_tool_bar(MedctStudioWindow *window);
void medct_studio_add_tool_actions(MedctStudioWindow *window);
void medct_studio_update_tool_bar(MedctStudioWindow *window);

/* studio-window-numbers.c */
GtkWidget *medct_studio_build_window_numbers(MedctStudioWindow *window);
void medct_studio_update_window_numbers(MedctStudioWindow *window, MedctWindow shown);

/* studio-choose.c */
void medct_studio_add_choices(MedctStudioWindow *window); /* actions and the drop target */
/* studio-desktop-recent.c: what is chosen in file dialogs leaves the desktop's list again. */
void medct_studio_keep_off_desktop(MedctStudioWindow *window);
GtkWidget *medct_studio_build_open(MedctStudioWindow *window);
void medct_studio_show_recent(MedctStudioWindow *window, const GPtrArray *recent);

/* studio-widths.c */
GtkWidget *medct_studio_wrap_tool_bar(MedctStudioWindow *window, GtkWidget *bar);
void medct_studio_fit_tool_bar(MedctStudioWindow *window); /* after its words or tools changed */
/* One line for what the left pane says, while it is folded. */
GtkWidget *medct_studio_build_facts(MedctStudioWindow *window);
void medct_studio_update_facts(MedctStudioWindow *window);
/* The right pane; 0: as wide as usual. */
void medct_studio_set_findings_width(MedctStudioWindow *window, int width);
GtkWidget *medct_studio_build_flaps(MedctStudioWindow *window, GtkWidget *middle, GtkWidget *left,
                                    GtkWidget *right);

/* studio-about.c */
void medct_studio_add_about(MedctStudioWindow *window);

/* studio-fullscreen.c; "bare": only pictures and the status bar are shown */
void medct_studio_add_fullscreen(MedctStudioWindow *window); /* once the pages are there */
GtkWidget *medct_studio_build_leave_bare(MedctStudioWindow *window);
void medct_studio_set_bare(MedctStudioWindow *window, gboolean bare);
void medct_studio_update_bare(MedctStudioWindow *window);
/* Whether a pane is wanted where there is room for it. */
gboolean medct_studio_pane_wanted(const MedctStudioWindow *window, GtkWidget *flap);

/* studio-window.c */
void medct_studio_tell_slice(MedctStudioWindow *window); /* one is drawn with the next frame */

/* studio-open.c */
MedctPendingStudy *medct_studio_pending_of(GtkListBoxRow *row); /* NULL: an open study's row */
void medct_studio_try_again(MedctStudioWindow *window, MedctPendingStudy *pending);
void medct_studio_show_opening(MedctStudioWindow *window); /* progress in the row */
void medct_studio_pending_free(gpointer pending);
/* What the last session says of it; NULL when it was opened by hand. */
const MedctSessionStudy *medct_studio_wanted(const MedctPendingStudy *pending);
void medct_studio_restore_studies(MedctStudioWindow *window, MedctSession *session);

/* studio-session.c */
MedctSessionView medct_studio_view_of(const MedctStudy *study);
void medct_studio_set_view(MedctStudy *study, const MedctSessionView *view);
void medct_studio_end_session(MedctStudioWindow *window); /* saves */
void medct_studio_remember(MedctStudioWindow *window, const MedctStudyRecord *record);
/* NULL: no such place. The session's. */
const char *medct_studio_recent_path(const MedctStudioWindow *window, guint place);
void medct_studio_forget_recent(MedctStudioWindow *window);
void medct_studio_session_free(MedctStudioSession *session);

/* studio-jobs.c */
MedctJob *medct_studio_start_job(MedctStudioWindow *window, const char *format, const char *name);
void medct_studio_show_progress(MedctStudioWindow *window);
gboolean medct_studio_was_cancelled(const GError *error);
void medct_studio_score_current(MedctStudioWindow *window);
void medct_studio_cancel_scoring(MedctStudioWindow *window);
void medct_studio_cancel_other(MedctStudioWindow *window); /* opening, loading a model */
void medct_studio_forget(MedctStudioWindow *window, MedctStudyRecord *record);
void medct_studio_select(MedctStudioWindow *window, MedctStudyRecord *record);
MedctStudyRecord *medct_studio_record_new(MedctStudy *study); /* takes it */
void medct_studio_record_free(gpointer record);
void medct_studio_forget_scores(MedctStudyRecord *record, gboolean of_adapter_only);

/* studio-outputs.c */
void medct_studio_add_output_actions(MedctStudioWindow *window);
GtkWidget *medct_studio_build_outputs(void); /* a button for the tool bar */

/* studio-frames.c */
void medct_studio_print_frames(const MedctStudioWindow *window);

/* studio-preferences.c */
void medct_studio_use_preferences(MedctStudioWindow *window, MedctPreferences *preferences);
/* How a study looks that is opened by hand. */
void medct_studio_prepare_study(MedctStudioWindow *window, MedctStudy *study);
void medct_studio_trim_cache(MedctStudioWindow *window);
void medct_studio_show_preferences(MedctStudioWindow *window);

/* studio-dump.c */
/* Times from `since` (µs) to the end of the next painted frame. */
void medct_studio_time_paint(MedctStudioWindow *window, MedctTimed what, gint64 since);
void medct_studio_dump(MedctStudioWindow *window);

G_END_DECLS
