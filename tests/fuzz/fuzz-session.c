/* What was open, as it is kept: what is read and printed again reads and prints as the same. */
#include "app/session.h"
#include "tests/fuzz/fuzz-file.h"
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctSession) session =
      medct_session_parse((const char *)data, size, "session.json", &error);
  g_assert_true((session != NULL) == (error == NULL));
  if (session == NULL)
    return 0;
  g_autofree char *text = medct_session_print(session);
  g_autoptr(MedctSession) again = medct_session_parse(text, strlen(text), "printed", &error);
  g_assert_no_error(error);
  g_autofree char *same = medct_session_print(again);
  g_assert_cmpstr(same, ==, text);
  return 0;
}
