/* What was open and how it was looked at, as one small JSON file in the user's state folder:
 * written whole or not at all, read back strictly. Knows no window.
 * Owner: whoever made it. Thread: any, one at a time each. */
#pragma once

#include "model/error.h"
#include "render/measure.h"
#include "render/ray-camera.h"
#include "render/slice.h"

G_BEGIN_DECLS

#define MEDCT_SESSION_VERSION       1
#define MEDCT_SESSION_MOST          200 /* studies */
#define MEDCT_SESSION_MOST_RECENT   10
#define MEDCT_SESSION_MOST_MEASURES 1000  /* of a study */
#define MEDCT_SESSION_MOST_BYTES    4096  /* of a sentence; a longer one is not written */
#define MEDCT_SESSION_MOST_PATH     16384 /* of a path as a URI, where a byte may take three */
#define MEDCT_SESSION_LAST_ORDER    3     /* MEDCT_ORDER_CHANGE */
#define MEDCT_SESSION_LAYOUT_FOUR   "four-up"

/* A file as it was when it was read. */
typedef struct {
  char *path;
  gint64 bytes, modified_us; /* size; µs since 1970 */
  char sha256[65];           /* of the input, hex; "": not known */
} MedctSessionFile;

typedef enum {
  MEDCT_FILE_SAME,    /* size and time are as they were */
  MEDCT_FILE_TOUCHED, /* the size is, the time is not: its hash must decide */
  MEDCT_FILE_CHANGED, /* another size */
  MEDCT_FILE_GONE,
} MedctFileState;

typedef struct {
  double voxel[3]; /* crosshair: i, j, k */
  MedctWindow window;
  MedctSlab slab;
  double zoom, pan[3][2]; /* as in MedctStudy */
  gboolean annotations, map_shown, against, raw;
  double opacity;
  double camera_axes[3][3], camera_focus[3]; /* as in MedctRayCamera */
  double camera_zoom;                        /* 0: the 3-D picture was not looked at */
} MedctSessionView;

typedef struct {
  MedctSessionFile file;
  MedctSessionView view;
  char *finding;    /* a pathology's name that was chosen, or NULL */
  char *typed;      /* a sentence that was typed, or NULL */
  char *against;    /* the opposite that was written for it, or NULL */
  GArray *measures; /* of MedctMeasure; the voxels of regions are not counted */
} MedctSessionStudy;

/* A study that was open once. Shown by its hash, size and date: the name of its file or folder may
 * be a patient's. */
typedef struct {
  char *path;
  char sha256[65];
  gint64 dims[3];   /* voxels */
  gint64 opened_us; /* since 1970 */
} MedctSessionRecent;

typedef struct {
  GPtrArray *studies;    /* of MedctSessionStudy, in the order of the list */
  int current;           /* −1: none */
  char *model, *adapter; /* paths, or NULL */
  char *layout;          /* MEDCT_SESSION_LAYOUT_FOUR, or the name of the picture that is alone */
  gboolean studies_pane, findings_pane;
  int order;                     /* MedctFindingsOrder */
  int volume_preset, volume_cut; /* of the 3-D picture: MEDCT_TRANSFER_…; a bit for each plane */
  gboolean volume_glow;
  gboolean window_mode; /* dragging changes the window instead of the crosshair */
  int width, height;    /* of the window, px; 0: not known */
  int findings_width;   /* of the right pane, px; 0: as usual */
  GPtrArray *recent;    /* of MedctSessionRecent, the newest first */
} MedctSession;

MedctSession *medct_session_new(void); /* nothing open, both panes shown */
void medct_session_free(MedctSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctSession, medct_session_free)
/* Adds an empty study that the session owns. */
MedctSessionStudy *medct_session_add(MedctSession *session);

/* Puts it first; an older entry of the same file goes, and so does the oldest of too many. */
void medct_session_remember(GPtrArray *recent, const char *path, const MedctVolumeHeader *header,
                            gint64 now_us);
/* "12c08939aa3d   256 × 256 × 200   24 Nov 12:04"; the caller frees. */
char *medct_session_recent_label(const MedctSessionRecent *recent);
void medct_session_recent_free(MedctSessionRecent *recent);

MedctSessionStudy *medct_session_study_copy(const MedctSessionStudy *study);
void medct_session_study_free(MedctSessionStudy *study);

/* Where the program keeps it; the caller frees. */
char *medct_session_path(void);
/* A missing file gives an empty session; NULL with what is wrong when it is damaged. */
MedctSession *medct_session_load(const char *path, GError **error);
/* Writes what medct_session_print() gave; makes the folder, for the user's eyes only. */
gboolean medct_session_write(const char *text, const char *path, GError **error);

/* Saves to one place from any thread: a save that comes late does not replace one with a higher
 * number, and TRUE is its answer too. Counted references. */
typedef struct _MedctSessionSaver MedctSessionSaver;
MedctSessionSaver *medct_session_saver_new(const char *path);
MedctSessionSaver *medct_session_saver_ref(MedctSessionSaver *saver);
void medct_session_saver_unref(MedctSessionSaver *saver);
gboolean medct_session_saver_save(MedctSessionSaver *saver, const char *text, guint64 number,
                                  GError **error);

/* Renames a damaged file, so that it can be looked at and is in nobody's way. */
void medct_session_set_aside(const char *path);

/* Takes size and time of the file as it is now; FALSE when it is not there. */
gboolean medct_session_file_look(MedctSessionFile *file);
MedctFileState medct_session_file_state(const MedctSessionFile *file);

/* The session as text, without a file. The text is the caller's. */
MedctSession *medct_session_parse(const char *tainted_text, gsize n_bytes, const char *what,
                                  GError **error);
char *medct_session_print(const MedctSession *session);

G_END_DECLS
