/* What can be said of a made-up patient: the list, which statements exclude each other, when they
 * are true, and that a wording and its opposite are what the program makes of typed sentences. */
#include "phantom/findings.h"
#include "phantom/scene.h"
#include "phantom/statements.h"
#include <string.h>

static guint
find(int finding, int side, int grade)
{
  guint n;
  const MedctStatement *all = medct_statements(&n);
  for (guint i = 0; i < n; i++)
    if (all[i].finding == finding && all[i].side == side && all[i].grade == grade)
      return i;
  g_error("no statement %d %d %d", finding, side, grade);
}

static void
test_list(void)
{
  guint n, n_rivals;
  const MedctStatement *all = medct_statements(&n);
  const guint(*rivals)[2] = medct_statement_rivals(&n_rivals);
  for (guint i = 0; i < MEDCT_N_PATHOLOGIES; i++) {
    g_assert_cmpint(all[i].finding, ==, i);
    g_assert_true(all[i].side == 0 && all[i].grade == 0);
  }
  for (guint i = MEDCT_N_PATHOLOGIES; i < n; i++)
    g_assert_true(all[i].side != 0 || all[i].grade != 0);
  g_assert_cmpuint(n, ==, 18 + 7 * 2 + 17 * 2 + 4 * 4);
  g_assert_cmpuint(n_rivals, ==, 7 + 17 + 4 * 4);
  for (guint r = 0; r < n_rivals; r++) {
    const MedctStatement *a = &all[rivals[r][0]], *b = &all[rivals[r][1]];
    g_assert_cmpint(a->finding, ==, b->finding);
    g_assert_cmpint((a->side != b->side) + (a->grade != b->grade), ==, 1);
  }
}

static int
truth(int side, int grade, const MedctLabels *labels, const GArray *objects)
{
  guint n;
  return medct_statement_truth(
      &medct_statements(&n)[find(MEDCT_FINDING_PLEURAL_EFFUSION, side, grade)], labels, objects);
}

static void
add(GArray *objects, int side, int grade)
{
  MedctObject object = {.finding = MEDCT_FINDING_PLEURAL_EFFUSION, .grade = grade, .side = side};
  g_array_append_val(objects, object);
}

static void
test_truth(void)
{
  g_autoptr(GArray) objects = g_array_new(FALSE, TRUE, sizeof(MedctObject));
  MedctLabels labels = {{0}};
  for (int side = -1; side <= 1; side++)
    g_assert_cmpint(truth(side, 3, &labels, objects), ==, 0);
  labels.grade[MEDCT_FINDING_PLEURAL_EFFUSION] = 3;
  add(objects, -1, 3);
  add(objects, 1, 1);
  g_assert_cmpint(truth(0, 0, &labels, objects), ==, 1);
  g_assert_cmpint(truth(0, 3, &labels, objects), ==, 1);
  g_assert_cmpint(truth(0, 1, &labels, objects), ==, 0);
  g_assert_cmpint(truth(-1, 0, &labels, objects), ==, 1);
  g_assert_cmpint(truth(1, 0, &labels, objects), ==, 1);
  g_assert_cmpint(truth(-1, 3, &labels, objects), ==, 1);
  g_assert_cmpint(truth(1, 3, &labels, objects), ==, 0);
  g_assert_cmpint(truth(1, 1, &labels, objects), ==, 1);
  g_array_set_size(objects, 1);
  g_assert_cmpint(truth(1, 0, &labels, objects), ==, 0);
  g_assert_cmpint(truth(1, 1, &labels, objects), ==, 0);
}

/* Of moderate size neither word is true or false; of what lies on no side, neither side is. */
static void
test_neither(void)
{
  g_autoptr(GArray) objects = g_array_new(FALSE, TRUE, sizeof(MedctObject));
  MedctLabels labels = {{0}};
  labels.grade[MEDCT_FINDING_PLEURAL_EFFUSION] = 2;
  add(objects, -1, 2);
  g_assert_cmpint(truth(0, 1, &labels, objects), ==, -1);
  g_assert_cmpint(truth(-1, 3, &labels, objects), ==, -1);
  g_assert_cmpint(truth(-1, 0, &labels, objects), ==, 1);
  g_array_index(objects, MedctObject, 0).side = 0;
  g_assert_cmpint(truth(-1, 0, &labels, objects), ==, -1);
}

static gboolean
says(guint statement, const char *sentence, const char *opposite)
{
  guint n;
  g_autoptr(GPtrArray) pairs = medct_statement_wordings(&medct_statements(&n)[statement]);
  for (guint i = 0; i < pairs->len; i++) {
    const MedctPrompt *pair = pairs->pdata[i];
    if (strcmp(pair->prompt, sentence) == 0 && strcmp(pair->against, opposite) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
test_wordings(void)
{
  guint large = find(MEDCT_FINDING_PLEURAL_EFFUSION, -1, 3);
  g_assert_true(says(large, "There is a large right pleural effusion.",
                     "There is no large right pleural effusion."));
  g_assert_true(says(large, "Large right pleural effusion is present.",
                     "Large right pleural effusion is not present."));
  g_assert_true(says(large, "There is a large pleural effusion on the right side.",
                     "There is no large pleural effusion on the right side."));
  g_assert_true(says(find(MEDCT_FINDING_EMPHYSEMA, 0, 1), "There is mild emphysema.",
                     "There is no mild emphysema."));
  g_assert_true(
      says(MEDCT_FINDING_NODULE, "There is a pulmonary nodule.", "There is no pulmonary nodule."));
  g_assert_true(
      says(MEDCT_FINDING_CARDIOMEGALY, "The heart is enlarged.", "The heart is not enlarged."));
}

/* What a reader types and what was learnt must be the same pair. */
static void
test_as_typed(void)
{
  static const char *const typed[] = {"large right pleural effusion",
                                      "There is a large right pleural effusion.",
                                      "there is a large pleural effusion on the right."};
  guint large = find(MEDCT_FINDING_PLEURAL_EFFUSION, -1, 3);
  for (gsize i = 0; i < G_N_ELEMENTS(typed); i++) {
    g_autoptr(MedctPrompt) pair = medct_prompt_new(typed[i], NULL, NULL);
    g_autofree char *sentence = g_strdup(pair->prompt), *opposite = g_strdup(pair->against);
    *sentence = g_ascii_toupper(*sentence);
    *opposite = g_ascii_toupper(*opposite);
    g_assert_true(says(large, sentence, opposite));
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/statements/list", test_list);
  g_test_add_func("/statements/truth", test_truth);
  g_test_add_func("/statements/neither", test_neither);
  g_test_add_func("/statements/wordings", test_wordings);
  g_test_add_func("/statements/as-typed", test_as_typed);
  return g_test_run();
}
