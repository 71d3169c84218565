#include "render/measures.h"

typedef struct {
  gboolean adds; /* else it takes away */
  guint place;
  MedctMeasure measure;
} Step;

struct _MedctMeasures {
  GArray *list;          /* of MedctMeasure */
  GArray *done, *undone; /* of Step; the latest is last */
  guint version;
};

MedctMeasures *
medct_measures_new(void)
{
  MedctMeasures *measures = g_new0(MedctMeasures, 1);
  measures->list = g_array_new(FALSE, FALSE, sizeof(MedctMeasure));
  measures->done = g_array_new(FALSE, FALSE, sizeof(Step));
  measures->undone = g_array_new(FALSE, FALSE, sizeof(Step));
  return measures;
}

void
medct_measures_free(MedctMeasures *measures)
{
  g_array_unref(measures->list);
  g_array_unref(measures->done);
  g_array_unref(measures->undone);
  g_free(measures);
}

guint
medct_measures_n(const MedctMeasures *measures)
{
  return measures->list->len;
}

const MedctMeasure *
medct_measures_at(const MedctMeasures *measures, guint place)
{
  return &g_array_index(measures->list, MedctMeasure, place);
}

guint
medct_measures_version(const MedctMeasures *measures)
{
  return measures->version;
}

void
medct_measures_put(MedctMeasures *measures, const MedctMeasure *measure)
{
  g_return_if_fail(measures->done->len + measures->undone->len == 0);
  g_array_append_vals(measures->list, measure, 1);
  measures->version++;
}

static void
take(MedctMeasures *measures, const Step *step, gboolean adds)
{
  if (adds)
    g_array_insert_val(measures->list, step->place, step->measure);
  else
    g_array_remove_index(measures->list, step->place);
  measures->version++;
}

static void
take_new(MedctMeasures *measures, const Step *step)
{
  take(measures, step, step->adds);
  g_array_append_vals(measures->done, step, 1);
  g_array_set_size(measures->undone, 0);
}

void
medct_measures_add(MedctMeasures *measures, const MedctMeasure *measure)
{
  take_new(measures, &(Step){TRUE, measures->list->len, *measure});
}

void
medct_measures_remove(MedctMeasures *measures, guint place)
{
  g_return_if_fail(place < measures->list->len);
  take_new(measures, &(Step){FALSE, place, *medct_measures_at(measures, place)});
}

gboolean
medct_measures_can_undo(const MedctMeasures *measures)
{
  return measures->done->len > 0;
}

gboolean
medct_measures_can_redo(const MedctMeasures *measures)
{
  return measures->undone->len > 0;
}

/* The last step of one side, turned over or not, goes to the other. */
static void
move_step(MedctMeasures *measures, GArray *from, GArray *to, gboolean back)
{
  if (from->len == 0)
    return;
  Step step = g_array_index(from, Step, from->len - 1);
  g_array_set_size(from, from->len - 1);
  take(measures, &step, step.adds != back);
  g_array_append_val(to, step);
}

void
medct_measures_undo(MedctMeasures *measures)
{
  move_step(measures, measures->done, measures->undone, TRUE);
}

void
medct_measures_redo(MedctMeasures *measures)
{
  move_step(measures, measures->undone, measures->done, FALSE);
}
