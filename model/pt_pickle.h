/* A pickle reader that can build plain data and describe tensors, and nothing else: an opcode or a
 * global outside the list is refused by name, nothing is ever called. Private to model/. */
#pragma once

#include "model/tensor_file.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_PICKLE_NONE,
  MEDCT_PICKLE_BOOL,
  MEDCT_PICKLE_INT,
  MEDCT_PICKLE_FLOAT,
  MEDCT_PICKLE_STRING,
  MEDCT_PICKLE_GLOBAL, /* text: "torch FloatStorage" */
  MEDCT_PICKLE_TUPLE,
  MEDCT_PICKLE_LIST,
  MEDCT_PICKLE_DICT, /* items: key, value, key, value … */
  MEDCT_PICKLE_STORAGE,
  MEDCT_PICKLE_TENSOR,
  MEDCT_PICKLE_MARK,
} MedctPickleType;

typedef struct _MedctPickleValue {
  MedctPickleType type;
  gint64 number;    /* INT, BOOL; STORAGE: elements; TENSOR: offset in elements */
  char *text;       /* STRING, GLOBAL; STORAGE: its key */
  GPtrArray *items; /* TUPLE, LIST, DICT: borrowed values */
  MedctDtype dtype; /* STORAGE */
  struct _MedctPickleValue *storage, *shape, *stride; /* TENSOR */
} MedctPickleValue;

typedef struct _MedctPickle MedctPickle;

/* `what` names the file in messages. */
MedctPickle *medct_pickle_load(const guint8 *tainted_bytes, gsize n, const char *what,
                               GError **error);
void medct_pickle_free(MedctPickle *pickle);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctPickle, medct_pickle_free)

const MedctPickleValue *medct_pickle_root(const MedctPickle *pickle);
/* The last value under a string key, or NULL. */
const MedctPickleValue *medct_pickle_dict_get(const MedctPickleValue *dict, const char *key);

G_END_DECLS
