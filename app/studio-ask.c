/* Questions to the model: what is typed comes first and the latest wins, then the reader's own
 * prompts, then other wordings. One worker. */
#include "app/studio-private.h"
#include "model/wordings.h"
#include <glib/gi18n.h>
#include <math.h>

typedef enum { ASK_TYPED, ASK_KEPT, ASK_WORDINGS } AskKind;

/* One question on its way, and what it was put to. */
typedef struct {
  MedctStudioWindow *window; /* referenced, as all below */
  MedctScoredStudy *scored, *adapted;
  AskKind kind;
  guint serial;
  GPtrArray *pairs;
} Question;

static void ask_next(MedctStudioWindow *window);

static void
question_free(Question *question)
{
  g_object_unref(question->window);
  medct_scored_study_unref(question->scored);
  g_clear_pointer(&question->adapted, medct_scored_study_unref);
  g_ptr_array_unref(question->pairs);
  g_free(question);
}

/* ---- the answer on screen ------------------------------------------------------------------ */

static MedctAnswer *
answer_of(const GPtrArray *answers, guint model)
{
  return answers != NULL && model < answers->len ? answers->pdata[model] : NULL;
}

/* The map that is wished: of one model, or what the adapter changed. The caller frees. */
static float *
wished_share(const MedctAnswer *base, const MedctAnswer *adapted, MedctMapOf of)
{
  const MedctAnswer *one = adapted == NULL || of == MEDCT_MAP_OF_BASE ? base : adapted;
  float *share = g_memdup2(one->share, one->n_cells * sizeof *share);
  if (adapted != NULL && of == MEDCT_MAP_OF_DIFFERENCE && base->n_cells == adapted->n_cells)
    for (gsize n = 0; n < one->n_cells; n++)
      share[n] -= base->share[n];
  return share;
}

static double
peak_of(const MedctAnswer *answer)
{
  double peak = 0;
  for (gsize n = 0; answer != NULL && n < answer->n_cells; n++)
    peak = fmax(peak, fabs((double)answer->share[n]));
  return peak;
}

void
medct_studio_show_map(MedctStudioWindow *window)
{
  MedctStudyRecord *record = window->current;
  const MedctAnswer *base = record != NULL ? answer_of(record->answers, 0) : NULL;
  const MedctAnswer *adapted = record != NULL ? answer_of(record->answers, 1) : NULL;
  if (base == NULL)
    return;
  MedctMapOf of = medct_result_card_get_map_of(MEDCT_RESULT_CARD(window->card));
  const medct_encoding_info *info = medct_study_encoding_info(record->scored->encoding);
  const int size[3] = {(int)info->grid[0], (int)info->grid[1], (int)info->grid[2]};
  medct_study_set_map(record->study, wished_share(base, adapted, of), size, info->grid_to_ras);
  if (adapted != NULL && of == MEDCT_MAP_OF_BOTH && base->n_cells == adapted->n_cells)
    medct_study_set_base_map(record->study, g_memdup2(base->share, base->n_cells * sizeof(float)));
  if (adapted != NULL) /* one scale for both, so that they can be compared by eye */
    medct_study_set_map_scale(record->study, fmax(peak_of(base), peak_of(adapted)),
                              of == MEDCT_MAP_OF_DIFFERENCE);
}

static void
show_numbers(MedctStudioWindow *window)
{
  MedctStudyRecord *record = window->current;
  const MedctAnswer *base = answer_of(record->answers, 0), *adapted = answer_of(record->answers, 1);
  MedctResultCard *card = MEDCT_RESULT_CARD(window->card);
  gboolean of_base = adapted == NULL || medct_result_card_get_map_of(card) == MEDCT_MAP_OF_BASE;
  const MedctAnswer *shown = of_base ? base : adapted;
  MedctResult result = {
      .prompt = base->pair->prompt,
      .against = base->pair->against,
      .base = base->probability,
      .adapted = adapted != NULL ? adapted->probability : NAN,
      .cosine_for = shown->cosine_for,
      .cosine_against = shown->cosine_against,
      .share_for = shown->share_for,
      .share_against = shown->share_against,
      .of_base = of_base,
      .threshold = record->asked >= 0 ? window->model->thresholds[record->asked] : NAN,
  };
  medct_result_card_show_result(card, &result);
}

/* Only at a patch does the list show what is typed, and whose map it is of. */
static void
follow_prompt(MedctStudioWindow *window)
{
  if (medct_findings_view_get_order(MEDCT_FINDINGS_VIEW(window->findings)) == MEDCT_ORDER_PATCH)
    medct_studio_show_findings(window);
}

/* Numbers and map change together. */
static void
show_answers(MedctStudioWindow *window)
{
  medct_studio_show_map(window);
  if (window->current->jump)
    medct_study_go_to_peak(window->current->study);
  window->current->jump = FALSE;
  show_numbers(window);
  follow_prompt(window);
  medct_studio_update_compare(window);
  medct_studio_time_paint(window, MEDCT_TIME_ANSWER, window->asked_at);
}

void
medct_studio_map_of_changed(MedctStudioWindow *window)
{
  if (window->current != NULL && window->current->answers != NULL) {
    medct_studio_show_map(window);
    show_numbers(window);
    follow_prompt(window);
  }
  medct_studio_update_compare(window);
}

/* ---- answers come back --------------------------------------------------------------------- */

static void
keep_answers(MedctStudyRecord *record, const Question *question, GPtrArray *answers)
{
  guint n_models = question->adapted != NULL ? 2 : 1;
  for (guint n = 0; n < question->pairs->len; n++) {
    const MedctPrompt *pair = question->pairs->pdata[n];
    GPtrArray *own = g_ptr_array_new_with_free_func((GDestroyNotify)medct_answer_unref);
    for (guint m = 0; m < n_models; m++)
      g_ptr_array_add(own, medct_answer_ref(answers->pdata[n * n_models + m]));
    g_hash_table_replace(record->kept, g_strdup(pair->name), own);
  }
}

static void
show_wordings(MedctStudioWindow *window, const Question *question, const GPtrArray *answers)
{
  guint n_models = question->adapted != NULL ? 2 : 1;
  g_autofree MedctWordingScore *scores = g_new0(MedctWordingScore, question->pairs->len);
  for (guint n = 0; n < question->pairs->len; n++) {
    const MedctAnswer *base = answers->pdata[n * n_models];
    const MedctAnswer *adapted = n_models == 2 ? answers->pdata[n * n_models + 1] : NULL;
    scores[n] = (MedctWordingScore){base->pair->prompt, base->probability,
                                    adapted != NULL ? adapted->probability : NAN};
  }
  medct_result_card_show_wordings(MEDCT_RESULT_CARD(window->card), scores, question->pairs->len);
  window->n_wordings = question->pairs->len;
}

static void
take_answers(MedctStudioWindow *window, const Question *question, GPtrArray *answers)
{
  MedctStudyRecord *record = window->current;
  gboolean latest = question->serial == window->asked_serial;
  if (question->kind == ASK_KEPT) {
    keep_answers(record, question, answers);
    medct_studio_show_findings(window);
  } else if (question->kind == ASK_TYPED && latest) {
    record->answers = g_ptr_array_ref(answers);
    show_answers(window);
  } else if (question->kind == ASK_WORDINGS && latest) {
    show_wordings(window, question, answers);
  }
}

/* What failed once is not asked again by itself. */
static void
give_up(MedctStudioWindow *window, const Question *question)
{
  MedctStudyRecord *record = window->current;
  if (question->kind == ASK_TYPED && question->serial == window->asked_serial)
    medct_studio_ask(window, MEDCT_NOTHING_ASKED, NULL, NULL);
  else if (question->kind == ASK_WORDINGS)
    window->n_wordings = question->pairs->len;
  for (guint n = 0; question->kind == ASK_KEPT && n < question->pairs->len; n++)
    g_hash_table_replace(record->kept, g_strdup(((MedctPrompt *)question->pairs->pdata[n])->name),
                         g_ptr_array_new());
}

static void
answered(GObject *source, GAsyncResult *result, gpointer data)
{
  Question *question = data;
  g_autoptr(MedctStudioWindow) window = g_object_ref(question->window);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) answers = medct_engine_ask_finish(result, &error);
  MedctStudyRecord *record = window->current;
  g_clear_pointer(&window->ask_job, medct_job_unref);
  gboolean same = window->toasts != NULL && record != NULL && record->scored == question->scored &&
                  record->adapted == question->adapted;
  if (same && answers != NULL)
    take_answers(window, question, answers);
  else if (same && !medct_studio_was_cancelled(error)) {
    give_up(window, question);
    medct_studio_refuse(window, _("The sentence could not be scored"), error->message);
  }
  question_free(question);
  if (window->toasts != NULL)
    ask_next(window);
}

/* ---- what to ask next ---------------------------------------------------------------------- */

static void
ask(MedctStudioWindow *window, AskKind kind, GPtrArray *pairs)
{
  MedctStudyRecord *record = window->current;
  Question *question = g_new0(Question, 1);
  question->window = g_object_ref(window);
  question->scored = medct_scored_study_ref(record->scored);
  question->adapted = record->adapted != NULL ? medct_scored_study_ref(record->adapted) : NULL;
  question->kind = kind;
  question->serial = window->asked_serial;
  question->pairs = pairs;
  window->ask_job = medct_job_new("");
  medct_engine_ask(record->scored, record->adapted, pairs, kind != ASK_WORDINGS, window->ask_job,
                   answered, question);
}

MedctPrompt *
medct_studio_pair(const char *typed, const char *against)
{
  MedctPrompt *pair = medct_prompt_new(typed, NULL, NULL);
  g_autoptr(MedctPrompt) own =
      pair != NULL && against != NULL ? medct_prompt_new(typed, against, NULL) : NULL;
  if (own != NULL) {
    g_free(pair->against);
    pair->against = g_steal_pointer(&own->against);
  }
  return pair;
}

static GPtrArray *
new_pairs(void)
{
  return g_ptr_array_new_with_free_func((GDestroyNotify)medct_prompt_free);
}

/* Saved prompts without an answer; a sentence that cannot be asked is passed over. NULL: none. */
static GPtrArray *
missing_prompts(MedctStudioWindow *window)
{
  g_autoptr(GPtrArray) pairs = new_pairs();
  for (guint n = 0; n < medct_prompts_n_saved(window->prompts); n++) {
    const char *text = medct_prompts_saved(window->prompts, n);
    MedctPrompt *pair = g_hash_table_contains(window->current->kept, text)
                            ? NULL
                            : medct_studio_pair(text, medct_prompts_against(window->prompts, text));
    if (pair != NULL)
      g_ptr_array_add(pairs, pair);
  }
  return pairs->len > 0 ? g_steal_pointer(&pairs) : NULL;
}

static void
ask_next(MedctStudioWindow *window)
{
  MedctStudyRecord *record = window->current;
  if (window->ask_job != NULL || record == NULL || record->scored == NULL)
    return;
  GPtrArray *missing = NULL;
  MedctPrompt *typed = record->asked == MEDCT_TYPED && record->answers == NULL
                           ? medct_studio_pair(record->typed, record->against)
                           : NULL;
  const MedctAnswer *base = answer_of(record->answers, 0);
  if (typed != NULL) {
    GPtrArray *pairs = new_pairs();
    g_ptr_array_add(pairs, typed);
    ask(window, ASK_TYPED, pairs);
  } else if ((missing = missing_prompts(window)) != NULL) {
    ask(window, ASK_KEPT, missing);
  } else if (base != NULL && window->n_wordings == 0 &&
             medct_result_card_get_wordings(MEDCT_RESULT_CARD(window->card))) {
    ask(window, ASK_WORDINGS, medct_wordings_new(base->pair, record->asked));
  }
}

void
medct_studio_ask_more(MedctStudioWindow *window)
{
  ask_next(window);
}

void
medct_studio_stop_asking(MedctStudioWindow *window)
{
  window->asked_serial++;
  window->n_wordings = 0;
  medct_result_card_show_wordings(MEDCT_RESULT_CARD(window->card), NULL, 0);
  if (window->ask_job != NULL)
    medct_job_cancel(window->ask_job);
}

/* A finding's answers are there since the study was scored. */
static void
answer_finding(MedctStudioWindow *window)
{
  MedctStudyRecord *record = window->current;
  record->answers = g_ptr_array_new_with_free_func((GDestroyNotify)medct_answer_unref);
  g_ptr_array_add(record->answers, medct_answer_ref(record->scored->answers[record->asked]));
  if (record->adapted != NULL)
    g_ptr_array_add(record->answers, medct_answer_ref(record->adapted->answers[record->asked]));
  show_answers(window);
}

static void
show_nothing(MedctStudioWindow *window)
{
  MedctStudyRecord *record = window->current;
  medct_study_set_map(record->study, NULL, NULL, NULL);
  if (window->score_job == NULL || window->scoring != record)
    medct_result_card_clear(MEDCT_RESULT_CARD(window->card));
  follow_prompt(window);
  medct_studio_update_compare(window);
}

void
medct_studio_ask(MedctStudioWindow *window, int finding, const char *typed, const char *against)
{
  MedctStudyRecord *record = window->current;
  g_autofree char *text = g_strdup(typed), *opposite = g_strdup(against); /* may be the record's */
  medct_studio_stop_asking(window);
  window->asked_at = g_get_monotonic_time();
  if (record == NULL)
    return;
  record->asked = finding;
  g_free(record->typed);
  record->typed = g_steal_pointer(&text);
  g_free(record->against);
  record->against = g_steal_pointer(&opposite);
  g_clear_pointer(&record->answers, g_ptr_array_unref);
  g_autoptr(MedctPrompt) pair =
      finding == MEDCT_TYPED ? medct_studio_pair(record->typed, record->against) : NULL;
  if (finding == MEDCT_NOTHING_ASKED || (finding == MEDCT_TYPED && pair == NULL)) {
    show_nothing(window); /* also for "no", which may become "no nodule" */
  } else if (finding >= 0 && record->scored != NULL) {
    answer_finding(window);
  } else {
    medct_result_card_show_waiting(MEDCT_RESULT_CARD(window->card));
    /* Its map changes with the answer; until then the processors are the question's. */
    medct_volume_view_rest(MEDCT_VOLUME_VIEW(window->volume_view));
  }
  ask_next(window);
}
