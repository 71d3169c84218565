#include "phantom/statements.h"
#include "model/wordings.h"
#include "phantom/findings.h"
#include "phantom/scene.h"

typedef enum { NO_SIZE, DEGREE, VOLUME } Sizes; /* mild and severe, small and large */

/* How a reader qualifies each finding, in the order of medct_pathology_name(). A side is said of
 * what lies in one lung or on one side of it as a rule. */
static const struct {
  gboolean count; /* "a nodule", but "emphysema" */
  Sizes sizes;
  gboolean sided, both; /* both: side and size in one sentence */
} grammar[MEDCT_N_PATHOLOGIES] = {
    [MEDCT_FINDING_MEDICAL_MATERIAL] = {FALSE, NO_SIZE, FALSE, FALSE},
    [MEDCT_FINDING_ARTERIAL_CALCIFICATION] = {FALSE, DEGREE, FALSE, FALSE},
    [MEDCT_FINDING_CARDIOMEGALY] = {FALSE, DEGREE, FALSE, FALSE},
    [MEDCT_FINDING_PERICARDIAL_EFFUSION] = {TRUE, VOLUME, FALSE, FALSE},
    [MEDCT_FINDING_CORONARY_CALCIFICATION] = {FALSE, DEGREE, FALSE, FALSE},
    [MEDCT_FINDING_HIATAL_HERNIA] = {TRUE, VOLUME, FALSE, FALSE},
    [MEDCT_FINDING_LYMPHADENOPATHY] = {FALSE, DEGREE, FALSE, FALSE},
    [MEDCT_FINDING_EMPHYSEMA] = {FALSE, DEGREE, FALSE, FALSE},
    [MEDCT_FINDING_ATELECTASIS] = {FALSE, DEGREE, TRUE, FALSE},
    [MEDCT_FINDING_NODULE] = {TRUE, VOLUME, TRUE, TRUE},
    [MEDCT_FINDING_OPACITY] = {TRUE, VOLUME, TRUE, TRUE},
    [MEDCT_FINDING_FIBROTIC_SEQUELA] = {FALSE, DEGREE, TRUE, FALSE},
    [MEDCT_FINDING_PLEURAL_EFFUSION] = {TRUE, VOLUME, TRUE, TRUE},
    [MEDCT_FINDING_MOSAIC] = {TRUE, DEGREE, FALSE, FALSE},
    [MEDCT_FINDING_PERIBRONCHIAL_THICKENING] = {FALSE, DEGREE, FALSE, FALSE},
    [MEDCT_FINDING_CONSOLIDATION] = {TRUE, VOLUME, TRUE, TRUE},
    [MEDCT_FINDING_BRONCHIECTASIS] = {FALSE, DEGREE, TRUE, FALSE},
    [MEDCT_FINDING_SEPTAL_THICKENING] = {FALSE, DEGREE, FALSE, FALSE},
};

enum { MOST = MEDCT_N_PATHOLOGIES * 9, MOST_RIVALS = 2 * MOST };

typedef struct {
  MedctStatement statements[MOST];
  guint rivals[MOST_RIVALS][2];
  guint n, n_rivals;
} List;

/* ---- the list ------------------------------------------------------------------------------ */

static void
add(List *list, int finding, int side, int grade)
{
  list->statements[list->n++] = (MedctStatement){finding, side, grade};
}

static void
add_qualified(List *list, int finding)
{
  for (int side = -1; side <= 1 && grammar[finding].sided; side += 2)
    add(list, finding, side, 0);
  for (int grade = 1; grade <= 3 && grammar[finding].sizes != NO_SIZE; grade += 2)
    add(list, finding, 0, grade);
  for (int side = -1; side <= 1 && grammar[finding].both; side += 2)
    for (int grade = 1; grade <= 3; grade += 2)
      add(list, finding, side, grade);
}

/* One word apart: the other side of the same size, or the other size on the same side. */
static gboolean
are_rivals(const MedctStatement *a, const MedctStatement *b)
{
  gboolean other_side = a->side != 0 && a->side == -b->side;
  gboolean other_size = a->grade != 0 && b->grade != 0 && a->grade != b->grade;
  return a->finding == b->finding &&
         ((other_side && a->grade == b->grade) || (other_size && a->side == b->side));
}

static const List *
list_of_all(void)
{
  static List list;
  static gsize made;
  if (g_once_init_enter(&made)) {
    for (int k = 0; k < MEDCT_N_PATHOLOGIES; k++)
      add(&list, k, 0, 0);
    for (int k = 0; k < MEDCT_N_PATHOLOGIES; k++)
      add_qualified(&list, k);
    for (guint a = 0; a < list.n; a++)
      for (guint b = a + 1; b < list.n; b++)
        if (are_rivals(&list.statements[a], &list.statements[b])) {
          list.rivals[list.n_rivals][0] = a;
          list.rivals[list.n_rivals++][1] = b;
        }
    g_once_init_leave(&made, 1);
  }
  return &list;
}

const MedctStatement *
medct_statements(guint *n)
{
  *n = list_of_all()->n;
  return list_of_all()->statements;
}

const guint (*medct_statement_rivals(guint *n))[2]
{
  *n = list_of_all()->n_rivals;
  return list_of_all()->rivals;
}

/* ---- whether it is true --------------------------------------------------------------------- */

/* The worst grade on a side, 0 when there is nothing; *unsided: something was drawn on no side. */
static int
worst_on(const GArray *objects, int finding, int side, gboolean *unsided)
{
  int worst = 0;
  *unsided = FALSE;
  for (guint i = 0; i < objects->len; i++) {
    const MedctObject *object = &g_array_index(objects, MedctObject, i);
    if (object->finding != finding)
      continue;
    *unsided |= object->side == 0;
    if (object->side == side)
      worst = MAX(worst, object->grade);
  }
  return worst;
}

int
medct_statement_truth(const MedctStatement *statement, const MedctLabels *labels,
                      const GArray *objects)
{
  int grade = labels->grade[statement->finding];
  gboolean unsided = FALSE;
  if (grade > 0 && statement->side != 0)
    grade = worst_on(objects, statement->finding, statement->side, &unsided);
  if (grade == 0)
    return unsided ? -1 : 0;
  if (statement->grade == 0 || statement->grade == grade)
    return 1;
  return grade == 2 ? -1 : 0;
}

/* ---- how it is said ------------------------------------------------------------------------- */

/* "There is a {size} {side} {noun}{behind}." and its wordings, added to `pairs`. */
static void
add_wordings(GPtrArray *pairs, const MedctStatement *statement, const char *side,
             const char *behind)
{
  static const char *const words[][2] = {{"", ""}, {"mild ", "severe "}, {"small ", "large "}};
  const char *size =
      statement->grade ? words[grammar[statement->finding].sizes][statement->grade == 3] : "";
  g_autofree char *noun = g_ascii_strdown(medct_pathology_name((guint)statement->finding), -1);
  g_autofree char *text =
      g_strdup_printf("There is %s%s%s%s%s.", grammar[statement->finding].count ? "a " : "", size,
                      side, noun, behind);
  g_autoptr(MedctPrompt) pair = medct_prompt_new(text, NULL, NULL);
  g_autoptr(GPtrArray) more = medct_wordings_new(pair, -1);
  g_ptr_array_extend_and_steal(pairs, g_steal_pointer(&more));
}

GPtrArray *
medct_statement_wordings(const MedctStatement *statement)
{
  static const char *const sides[] = {"right ", "", "left "};
  static const char *const behind[][2] = {
      {" on the right", " on the right side"}, {"", ""}, {" on the left", " on the left side"}};
  GPtrArray *pairs = g_ptr_array_new_with_free_func((GDestroyNotify)medct_prompt_free);
  int side = statement->side + 1;
  if (side == 1 && statement->grade == 0) {
    g_autofree char *name =
        medct_pathology_prompt(medct_pathology_name((guint)statement->finding), TRUE);
    g_autoptr(MedctPrompt) pair = medct_prompt_new(name, NULL, NULL);
    g_ptr_array_unref(pairs);
    return medct_wordings_new(pair, statement->finding);
  }
  add_wordings(pairs, statement, sides[side], "");
  for (int n = 0; n < 2 && side != 1; n++)
    add_wordings(pairs, statement, "", behind[side][n]);
  return pairs;
}
