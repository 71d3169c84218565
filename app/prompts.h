/* What a reader has asked, and what he keeps to ask again. Sentences only: nothing says of which
 * study. One small JSON file in the user's data folder, written whole or not at all.
 * Owner: whoever made it. Thread: one at a time. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

#define MEDCT_PROMPTS_MOST_HISTORY 100
#define MEDCT_PROMPTS_MOST_SAVED   50

typedef struct _MedctPrompts MedctPrompts;

MedctPrompts *medct_prompts_new(void); /* empty */
void medct_prompts_free(MedctPrompts *prompts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctPrompts, medct_prompts_free)

/* Where the program keeps them; the caller frees. */
char *medct_prompts_path(void);
/* Replaces what is there; a file that is missing gives an empty list. FALSE when it is damaged:
 * then nothing is changed. */
gboolean medct_prompts_load(MedctPrompts *prompts, const char *path, GError **error);
gboolean medct_prompts_save(const MedctPrompts *prompts, const char *path, GError **error);

/* Asked; the newest is entry 0, an older equal one goes. FALSE when it was the newest already. */
gboolean medct_prompts_remember(MedctPrompts *prompts, const char *text);
guint medct_prompts_n_history(const MedctPrompts *prompts);
const char *medct_prompts_history(const MedctPrompts *prompts, guint index);
void medct_prompts_forget_history(MedctPrompts *prompts);

/* In the order in which they were saved. FALSE when nothing changed: already there, or full. */
gboolean medct_prompts_keep(MedctPrompts *prompts, const char *text);
gboolean medct_prompts_remove(MedctPrompts *prompts, const char *text);
gboolean medct_prompts_is_kept(const MedctPrompts *prompts, const char *text);
/* The opposite that was written for a kept sentence; NULL: the one that is made by itself. */
const char *medct_prompts_against(const MedctPrompts *prompts, const char *text);
/* FALSE when nothing changed: not kept, or the same. */
gboolean medct_prompts_set_against(MedctPrompts *prompts, const char *text, const char *against);
guint medct_prompts_n_saved(const MedctPrompts *prompts);
const char *medct_prompts_saved(const MedctPrompts *prompts, guint index);

G_END_DECLS
