/* An encoding as bytes: 27 KB of codes and a latent. Little-endian:
 *   "CTCE" · u32 version · u32 t, h, w, K, latent · u32 0 · f64 inside
 *   · codes [t·h·w] u16 (K ≤ 65536) or u32 · v [latent] f32 · SHA-256 of all before, hex [64]
 * Thread: any. */
#pragma once

#include "model/ctclip.h"

G_BEGIN_DECLS

GByteArray *medct_stored_pack(const MedctConfig *config, const MedctEncoding *encoding,
                              double inside);
/* NULL when the bytes are damaged or are another model's. */
MedctEncoding *medct_stored_unpack(MedctModel *model, const guint8 *tainted, gsize n_bytes,
                                   double *inside, GError **error);

G_END_DECLS
