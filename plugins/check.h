/* The plugin validator: runs a plugin through checks, each in its own process, so that a crash or a
 * hang is a finding and not the end. Thread: main. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_CHECK_PASSED,
  MEDCT_CHECK_FAILED,
  MEDCT_CHECK_SKIPPED,
} MedctCheckState;

typedef struct {
  char *name, *message;
  MedctCheckState state;
  double seconds;
} MedctCheckResult;

typedef struct {
  const char *plugin; /* NAME.so or NAME.ini */
  const char *sample; /* a good file for a reader; may be NULL */
  const char *model;  /* a good model for a backend; may be NULL */
} MedctCheckTarget;

/* All checks. `program` is run as: PROGRAM plugins check --child NAME [--sample …] [--model …]
 * FILE. Array of MedctCheckResult, owned by the caller. */
GPtrArray *medct_check_run(const char *program, const MedctCheckTarget *target);

/* In the child: one check; *message (caller frees) says what went wrong. */
MedctCheckState medct_check_child(const char *name, const MedctCheckTarget *target, char **message);

G_END_DECLS
