#include "model/train_texts.h"
#include "model/pathologies.h"

struct _MedctTrainTexts {
  GPtrArray *ids;            /* of GArray of int32_t */
  GArray *prompts, *reports; /* of MedctSentence */
};

static gboolean
add(MedctTrainTexts *texts, GArray *sentences, const MedctTokenizer *tokenizer,
    const MedctConfig *config, const char *text, GError **error)
{
  GArray *ids = medct_tokenizer_encode(tokenizer, text, -1, config->text_positions, error);
  if (ids == NULL)
    return FALSE;
  g_ptr_array_add(texts->ids, ids);
  MedctSentence sentence = {(const int32_t *)(void *)ids->data, (int)ids->len};
  g_array_append_val(sentences, sentence);
  return TRUE;
}

static gboolean
add_all(MedctTrainTexts *texts, const MedctTokenizer *tokenizer, const MedctConfig *config,
        const MedctTrainSet *set, gboolean reports, GError **error)
{
  for (guint i = 0; i < 2 * set->n_classes; i++) {
    g_autofree char *prompt = medct_pathology_prompt(set->classes[i / 2], i % 2 == 0);
    if (!add(texts, texts->prompts, tokenizer, config, prompt, error))
      return FALSE;
  }
  for (guint i = 0; reports && i < set->n_items; i++)
    if (!add(texts, texts->reports, tokenizer, config, set->items[i].report, error))
      return FALSE;
  return TRUE;
}

MedctTrainTexts *
medct_train_texts_new(const MedctTokenizer *tokenizer, const MedctConfig *config,
                      const MedctTrainSet *set, gboolean reports, GError **error)
{
  g_autoptr(MedctTrainTexts) texts = g_new0(MedctTrainTexts, 1);
  texts->ids = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
  texts->prompts = g_array_new(FALSE, FALSE, sizeof(MedctSentence));
  texts->reports = g_array_new(FALSE, FALSE, sizeof(MedctSentence));
  return add_all(texts, tokenizer, config, set, reports, error) ? g_steal_pointer(&texts) : NULL;
}

void
medct_train_texts_free(MedctTrainTexts *texts)
{
  if (texts == NULL)
    return;
  g_array_unref(texts->prompts);
  g_array_unref(texts->reports);
  g_ptr_array_unref(texts->ids);
  g_free(texts);
}

const MedctSentence *
medct_train_texts_prompts(const MedctTrainTexts *texts)
{
  return &g_array_index(texts->prompts, MedctSentence, 0);
}

MedctSentence
medct_train_texts_report(const MedctTrainTexts *texts, guint item)
{
  return g_array_index(texts->reports, MedctSentence, item);
}
