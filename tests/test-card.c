#include "model/card.h"
#include <glib/gstdio.h>
#include <string.h>

/* Loads the text as a model folder's card; the message of a refusal, or NULL. */
static MedctCard *
load(const char *text, char **message)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp("medct-card-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "model.json", NULL);
  if (text)
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
  MedctCard *card = medct_card_for_model(folder, &error);
  g_unlink(path);
  g_rmdir(folder);
  *message = error ? g_strdup(error->message) : NULL;
  g_assert_true((card == NULL) == (error != NULL));
  return card;
}

static void
test_reads(void)
{
  g_autofree char *message = NULL;
  g_autoptr(MedctCard) card = load("{\"name\": \"Café\", \"kind\": \"demo\", \"licence\": [1],"
                                   " \"thresholds\": {\"Lung nodule\": 0.37, \"Emphysema\": 1}}",
                                   &message);
  double threshold = -1;
  g_assert_null(message);
  g_assert_cmpstr(card->name, ==, "Café");
  g_assert_cmpstr(card->kind, ==, "demo");
  g_assert_cmpstr(card->description, ==, "");
  g_assert_true(medct_card_threshold(card, "Lung nodule", &threshold));
  g_assert_cmpfloat(threshold, ==, 0.37);
  g_assert_true(medct_card_threshold(card, "Emphysema", &threshold));
  g_assert_cmpfloat(threshold, ==, 1);
  g_assert_false(medct_card_threshold(card, "Cardiomegaly", &threshold));
}

static void
test_absent(void)
{
  g_autofree char *message = NULL;
  g_autoptr(MedctCard) card = load(NULL, &message);
  g_assert_null(message);
  g_assert_cmpstr(card->kind, ==, "");
}

static void
test_refusals(void)
{
  static const char *const cards[][2] = {
      {"[]", "object"},
      {"{\"name\": 3}", "name"},
      {"{\"kind\": [\"demo\"]}", "kind"},
      {"{\"name\": null}", "name"},
      {"{\"description\": \"\\u001b[2J\"}", "description"},
      {"{\"thresholds\": [0.5]}", "thresholds"},
      {"{\"thresholds\": {\"Emphysema\": \"0.5\"}}", "Emphysema"},
      {"{\"thresholds\": {\"Emphysema\": 1.01}}", "Emphysema"},
      {"{\"thresholds\": {\"Emphysema\": -0.1}}", "Emphysema"},
      {"{\"thresholds\": {\"Emphysema\": NaN}}", "JSON"},
      {"{\"name\": \"a\", \"name\": \"b\"}", "twice"},
      {"{\"name\": \"a\"", "too early"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cards); i++) {
    g_autofree char *message = NULL;
    g_autoptr(MedctCard) card = load(cards[i][0], &message);
    g_assert_null(card);
    g_assert_nonnull(strstr(message, cards[i][1]));
    g_assert_nonnull(strstr(message, "model.json"));
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/card/reads", test_reads);
  g_test_add_func("/card/absent", test_absent);
  g_test_add_func("/card/refusals", test_refusals);
  return g_test_run();
}
