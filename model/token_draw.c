#include "model/token_draw.h"
#include "model/counter_random.h"

/* A token that shows the class, or −1: there is none. */
static int
token_of_class(const guint8 *targets, int n_tokens, guint n_classes, guint k, guint64 draw)
{
  guint n = 0;
  for (int i = 0; i < n_tokens; i++)
    n += targets[(gsize)i * n_classes + k] == 1;
  guint wanted = n > 0 ? (guint)(draw % n) : 0;
  for (int i = 0; i < n_tokens; i++)
    if (targets[(gsize)i * n_classes + k] == 1 && wanted-- == 0)
      return i;
  return -1;
}

int
medct_token_draw(const guint8 *targets, int n_tokens, guint n_classes, guint64 key)
{
  guint first = (guint)(medct_counter_mix(key + 1) % n_classes);
  guint64 draw = medct_counter_mix(key);
  for (guint k = 0; k < n_classes && draw % 2 == 1; k++) {
    int token = token_of_class(targets, n_tokens, n_classes, (first + k) % n_classes, draw / 2);
    if (token >= 0)
      return token;
  }
  return (int)(draw / 2 % (guint64)n_tokens);
}
