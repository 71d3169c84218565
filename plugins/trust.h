/* Which file may run: ownership, permissions, and the user's yes to this very file.
 *
 * A file passes when it is a regular file, not a symbolic link, owned by the user or root and not
 * writable by group or others; every folder above it, to the root, must be owned by the user or
 * root and not be writable by group or others either, except a sticky one such as /tmp, where
 * only the owner of an entry can replace it. What is checked, hashed and loaded is one open file
 * descriptor, so that the file cannot be exchanged in between. Thread: any. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

/* An open, checked descriptor, or −1. `max_bytes` bounds its size. */
int medct_trust_open(const char *path, guint64 max_bytes, GError **error);
/* All bytes of a checked descriptor. */
GBytes *medct_trust_read(int fd, const char *path, GError **error);
/* Hex SHA-256 of it; caller frees. */
char *medct_trust_sha256(int fd, const char *path, GError **error);

/* The user's list of enabled files (SHA-256), in the user's configuration folder. */
gboolean medct_trust_is_enabled(const char *sha256);
gboolean medct_trust_set_enabled(const char *sha256, const char *name, gboolean enabled,
                                 GError **error);

G_END_DECLS
