/* A small model and a cohort of made-up tensors with findings drawn into them. For tests only: the
 * program makes its home once (test-home.h), each fixture has a folder beside it. */
#pragma once

#include "model/counter_random.h"
#include "model/fine_tune.h"
#include "model/random_model.h"
#include "test-home.h"

enum { TRAIN_N_ITEMS = 60, TRAIN_N_CLASSES = 2 };

typedef struct {
  char *home, *folder;
  MedctModel *model;
  MedctTrainSet set;
  MedctTrainItem items[TRAIN_N_ITEMS];
  int8_t labels[TRAIN_N_ITEMS][TRAIN_N_CLASSES];
  char names[TRAIN_N_ITEMS][16], identities[TRAIN_N_ITEMS][65];
  guint loads;
} TrainFixture;

/* Air and noise; class 0: a bright ball somewhere in the upper half, class 1: a grey layer below.
 */
static inline float *
train_fixture_load(void *user_data, guint item, const MedctMonitor *monitor, GError **error)
{
  TrainFixture *f = user_data;
  const MedctConfig *c = medct_model_config(f->model);
  int D = c->frames, S = c->image;
  float *x = g_new(float, (gsize)D *S *S);
  guint64 key = medct_counter_key(7, f->names[item]);
  int at = S / 3 + (int)(medct_counter_mix(key) % (guint64)(S / 3));
  f->loads++;
  for (int k = 0; k < D; k++)
    for (int i = 0; i < S; i++)
      for (int j = 0; j < S; j++) {
        gsize n = ((gsize)k * S + i) * S + j;
        int y = i - S / 4, z = (k - D / 2) * S / D, r = j - at;
        float value = -0.8f + 0.1f * medct_counter_unit(key + n);
        if (f->labels[item][0] == 1 && y * y + z * z + r * r < S * S / 12)
          value = 0.9f;
        if (f->labels[item][1] == 1 && i > 3 * S / 4)
          value = 0.1f;
        x[n] = value;
      }
  return x;
}

static inline void
train_fixture_set_up(TrainFixture *f, gconstpointer data)
{
  static const char *const classes[] = {"Lung nodule", "Pleural effusion"};
  g_autoptr(GError) error = NULL;
  MedctConfig config;
  *f = (TrainFixture){.home = g_dir_make_tmp("medct-train-XXXXXX", NULL)};
  g_autofree char *model = g_build_filename(f->home, "model", NULL);
  f->folder = g_build_filename(f->home, "adapter", NULL);
  medct_config_named("mini", &config, &error);
  g_assert_no_error(error);
  medct_random_model_write(model, "small", &config, 3, FALSE, &error);
  g_assert_no_error(error);
  f->model = medct_model_open(model, &error);
  g_assert_no_error(error);
  for (guint i = 0; i < TRAIN_N_ITEMS; i++) {
    g_snprintf(f->names[i], sizeof f->names[i], "v%02u", i);
    g_snprintf(f->identities[i], sizeof f->identities[i], "%s %02u", f->home, i);
    f->labels[i][0] = i % 2;
    f->labels[i][1] = i / 2 % 2;
    f->items[i] = (MedctTrainItem){.name = f->names[i],
                                   .identity = f->identities[i],
                                   .patient = f->names[i],
                                   .report = i % 2 ? "A nodule." : "No nodule.",
                                   .labels = f->labels[i],
                                   .validation = i >= 40};
  }
  f->set = (MedctTrainSet){.n_classes = TRAIN_N_CLASSES,
                           .n_items = TRAIN_N_ITEMS,
                           .classes = classes,
                           .items = f->items,
                           .load = train_fixture_load,
                           .user_data = f};
}

static inline void
train_fixture_tear_down(TrainFixture *f, gconstpointer data)
{
  medct_model_unref(f->model);
  test_home_remove(f->home);
  g_free(f->folder);
}
