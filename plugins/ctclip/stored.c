#include "plugins/ctclip/stored.h"

#include "model/sha256.h"
#include <glib/gi18n.h>

#include <math.h>
#include <string.h>

#define MAGIC     0x45435443u /* "CTCE" */
#define VERSION   1u
#define HEADER    (8 * 4 + 8)
#define SHA_BYTES 64

enum { AT_MAGIC, AT_VERSION, AT_T, AT_H, AT_W, AT_K, AT_LATENT, AT_ZERO };

static void
put_u32(GByteArray *bytes, guint32 value)
{
  value = GUINT32_TO_LE(value);
  g_byte_array_append(bytes, (guint8 *)&value, 4);
}

static guint32
get_u32(const guint8 *bytes)
{
  guint32 value;
  memcpy(&value, bytes, 4);
  return GUINT32_FROM_LE(value);
}

static void
put_f32(GByteArray *bytes, float value)
{
  guint32 bits;
  memcpy(&bits, &value, 4);
  put_u32(bytes, bits);
}

static gsize
code_bytes(const MedctConfig *config)
{
  return config->codebook <= 65536 ? 2 : 4;
}

GByteArray *
medct_stored_pack(const MedctConfig *config, const MedctEncoding *encoding, double inside)
{
  GByteArray *bytes = g_byte_array_new();
  int t, h, w;
  medct_encoding_grid(encoding, &t, &h, &w);
  const guint32 header[] = {MAGIC,
                            VERSION,
                            (guint32)t,
                            (guint32)h,
                            (guint32)w,
                            (guint32)config->codebook,
                            (guint32)config->latent,
                            0};
  for (gsize i = 0; i < G_N_ELEMENTS(header); i++)
    put_u32(bytes, header[i]);
  guint64 bits;
  memcpy(&bits, &inside, 8);
  bits = GUINT64_TO_LE(bits);
  g_byte_array_append(bytes, (guint8 *)&bits, 8);
  const int32_t *codes = medct_encoding_codes(encoding);
  for (int i = 0; i < t * h * w; i++) {
    guint32 code = GUINT32_TO_LE((guint32)codes[i]);
    g_byte_array_append(bytes, (guint8 *)&code, (guint)code_bytes(config));
  }
  for (int i = 0; i < config->latent; i++)
    put_f32(bytes, medct_encoding_latent(encoding)[i]);
  char hex[65];
  medct_sha256_bytes(bytes->data, bytes->len, hex);
  g_byte_array_append(bytes, (guint8 *)hex, SHA_BYTES);
  return bytes;
}

/* The size that a grid of this model has, or 0 when the header is not this model's. */
static gsize
expected_bytes(const MedctConfig *config, const guint8 *tainted)
{
  guint32 side = (guint32)(config->image / config->patch);
  guint32 t = get_u32(tainted + 4 * AT_T);
  if (get_u32(tainted) != MAGIC || get_u32(tainted + 4 * AT_VERSION) != VERSION ||
      get_u32(tainted + 4 * AT_H) != side || get_u32(tainted + 4 * AT_W) != side ||
      get_u32(tainted + 4 * AT_K) != (guint32)config->codebook ||
      get_u32(tainted + 4 * AT_LATENT) != (guint32)config->latent ||
      get_u32(tainted + 4 * AT_ZERO) != 0 ||
      t != (guint32)(config->frames / config->temporal_patch))
    return 0;
  return HEADER + (gsize)t * side * side * code_bytes(config) + (gsize)config->latent * 4 +
         SHA_BYTES;
}

static gboolean
refuse(const char *what, GError **error)
{
  medct_error_file(error, MEDCT_ERROR_FORMAT, "kept encoding", "%s", _(what));
  return FALSE;
}

static gboolean
check(const MedctConfig *config, const guint8 *tainted, gsize n_bytes, GError **error)
{
  if (n_bytes < HEADER + SHA_BYTES || n_bytes != expected_bytes(config, tainted))
    return refuse(N_("is not of this model and version"), error);
  char hex[65];
  medct_sha256_bytes(tainted, n_bytes - SHA_BYTES, hex);
  if (memcmp(hex, tainted + n_bytes - SHA_BYTES, SHA_BYTES) != 0)
    return refuse(N_("is damaged: its checksum differs"), error);
  return TRUE;
}

MedctEncoding *
medct_stored_unpack(MedctModel *model, const guint8 *tainted, gsize n_bytes, double *inside,
                    GError **error)
{
  const MedctConfig *config = medct_model_config(model);
  if (!check(config, tainted, n_bytes, error))
    return NULL;
  int t = config->frames / config->temporal_patch, side = config->image / config->patch;
  gsize n = (gsize)t * (gsize)side * (gsize)side, step = code_bytes(config);
  g_autofree int32_t *codes = g_new(int32_t, n);
  g_autofree float *v = g_new(float, config->latent);
  for (gsize i = 0; i < n; i++) {
    guint32 code = 0;
    memcpy(&code, tainted + HEADER + i * step, step);
    code = GUINT32_FROM_LE(code);
    if (code >= (guint32)config->codebook) {
      refuse(N_("has a code outside the codebook"), error);
      return NULL;
    }
    codes[i] = (int32_t)code;
  }
  for (gsize i = 0; i < (gsize)config->latent; i++) {
    guint32 bits = get_u32(tainted + HEADER + n * step + 4 * i);
    memcpy(&v[i], &bits, 4);
  }
  guint64 inside_bits = (guint64)get_u32(tainted + 36) << 32 | get_u32(tainted + 32);
  memcpy(inside, &inside_bits, 8);
  if (!(*inside >= 0 && *inside <= 1))
    *inside = -1;
  return medct_encoding_from_codes(model, codes, t, side, side, v, error);
}
