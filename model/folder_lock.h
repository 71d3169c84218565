/* A folder that one program at a time works in. The system drops the lock when its holder ends, in
 * whichever way, so that a program that was killed blocks nobody. Thread: any. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

typedef struct _MedctFolderLock MedctFolderLock;

/* Makes `name` in `folder`, which is there. NULL with MEDCT_ERROR_IO when another program, or
 * another lock of this one, holds it; `busy` says in the message what to do. On a file system
 * without locks nothing is held. */
MedctFolderLock *medct_folder_lock_new(const char *folder, const char *name, const char *busy,
                                       GError **error);
/* Removes the file. */
void medct_folder_lock_free(MedctFolderLock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctFolderLock, medct_folder_lock_free)

/* Somebody holds it at this moment. Makes nothing. */
gboolean medct_folder_is_locked(const char *folder, const char *name);

G_END_DECLS
