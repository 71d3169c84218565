/* The one error domain of MedCT, and the one way to word a refusal.
 *
 * A message tells a person what to do next: which file, which field of it, what was found and
 * what was expected. Where the program has a language (the window has), formats and expectations
 * are said in it: xgettext takes them from the calls (po/meson.build). Thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MEDCT_ERROR (medct_error_quark())

typedef enum {
  MEDCT_ERROR_IO,          /* the operating system refused: missing, unreadable, disk full */
  MEDCT_ERROR_FORMAT,      /* the bytes are not what the format demands */
  MEDCT_ERROR_UNSUPPORTED, /* well-formed, but not something MedCT handles */
  MEDCT_ERROR_MISMATCH,    /* two inputs do not fit each other (weights and adapter, …) */
  MEDCT_ERROR_ARGUMENT,    /* the caller's or the user's argument is wrong */
  MEDCT_ERROR_CANCELLED,   /* stopped on request */
  MEDCT_ERROR_MEMORY,      /* memory could not be had */
} MedctErrorCode;

GQuark medct_error_quark(void);

/* The same in the program's language, where it has one and a catalogue knows them. */
const char *medct_error_words(const char *words) G_GNUC_FORMAT(1);

/* Sets "FILE: FIELD is FOUND, expected EXPECTED". `found` is a printf format for what was read;
 * the arguments follow `expected`. `file` may be a path: only its last component is shown. */
void medct_error_field(GError **error, MedctErrorCode code, const char *file, const char *field,
                       const char *expected, const char *found, ...) G_GNUC_PRINTF(6, 7);

/* Sets "FILE: MESSAGE". */
void medct_error_file(GError **error, MedctErrorCode code, const char *file, const char *message,
                      ...) G_GNUC_PRINTF(4, 5);

/* Sets "FILE: cannot be read: REASON" with GLib's reason, but not with the path that GLib puts
 * before it. */
void medct_error_unreadable(GError **error, const char *file, const GError *cause);

G_END_DECLS
