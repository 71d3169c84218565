/* Checks of model backends: refusing without crashing, and stopping when asked. */
#include "plugins/check-private.h"

#define CANCEL_AFTER_US 20000
#define MOST_LATENCY    0.3 /* s; the interface demands a question every 100 ms */

typedef struct {
  MedctCheckHost host;
  const medct_model_backend *abi;
} Backend;

static gboolean
backend_make(MedctCheck *check, Backend *backend)
{
  const medct_factory *factory = check->entry->get_factory(MEDCT_MODEL_BACKEND);
  medct_error said = medct_plugin_error();
  medct_check_host_init(&backend->host);
  backend->abi = factory->create(&backend->host.base.abi, factory->descriptor(0)->id);
  if (backend->abi != NULL && backend->abi->init(backend->abi, &said))
    return TRUE;
  medct_check_fail(check, "create or init failed: %s", said.message);
  return FALSE;
}

static const char *
refuses_bad_paths(const medct_model_backend *abi)
{
  const char *problem = NULL;
  for (const char *const *path = medct_check_no_models; *path && !problem; path++) {
    medct_error said = medct_plugin_error();
    guint confidence = abi->probe(abi, *path);
    problem = medct_check_judge_refusal(confidence, abi->load(abi, *path, &said), &said);
  }
  return problem;
}

MedctCheckState
medct_check_backend_refuses(MedctCheck *check)
{
  Backend backend;
  if (check->entry->get_factory(MEDCT_MODEL_BACKEND) == NULL)
    return medct_check_skip(check, "not a model backend");
  if (!backend_make(check, &backend))
    return MEDCT_CHECK_FAILED;
  MedctCall call;
  medct_call_enter(&call, NULL);
  const char *problem = refuses_bad_paths(backend.abi);
  medct_model_info info = {.size = sizeof info};
  medct_error said = medct_plugin_error();
  if (problem == NULL && backend.abi->describe(backend.abi, &info, &said))
    problem = "described a model although none is loaded";
  backend.abi->destroy(backend.abi);
  medct_call_leave(&call);
  return problem ? medct_check_fail(check, "%s", problem) : MEDCT_CHECK_PASSED;
}

static MedctCheckState
cancel_encoding(MedctCheck *check, Backend *backend)
{
  enum { SIDE = 96 };
  g_autofree gint16 *voxels = g_new(gint16, SIDE * SIDE * SIDE);
  medct_check_fill_ball(voxels, SIDE, 40);
  medct_volume_view view = medct_check_cube(voxels, SIDE, 3);
  const medct_encode_options options = {sizeof options, 0};
  medct_encoding *encoding = NULL;
  medct_error said = medct_plugin_error();
  gint64 start = g_get_monotonic_time();
  backend->host.cancel_at = start + CANCEL_AFTER_US;
  bool done = backend->abi->encode_volume(backend->abi, &view, &options, &encoding, &said);
  double late = (double)(g_get_monotonic_time() - backend->host.cancel_at) / 1e6;
  if (done)
    backend->abi->release_encoding(backend->abi, encoding);
  if (late > MOST_LATENCY)
    return medct_check_fail(check, "went on for %.0f ms after cancelling, expected at most %.0f",
                            late * 1e3, MOST_LATENCY * 1e3);
  if (!done && said.code != MEDCT_PLUGIN_CANCELLED)
    return medct_check_fail(check, "failed with code %d instead of MEDCT_PLUGIN_CANCELLED: %s",
                            said.code, said.message);
  if (backend->host.asked == 0 || backend->host.wrong_thread > 0)
    return medct_check_fail(check, backend->host.asked == 0
                                       ? "never asked whether it is cancelled"
                                       : "called progress from a thread that was not its job");
  return MEDCT_CHECK_PASSED;
}

MedctCheckState
medct_check_cancel(MedctCheck *check)
{
  Backend backend;
  if (check->entry->get_factory(MEDCT_MODEL_BACKEND) == NULL)
    return medct_check_skip(check, "not a model backend");
  if (check->target->model == NULL)
    return medct_check_skip(check, "no --model was given");
  if (!backend_make(check, &backend))
    return MEDCT_CHECK_FAILED;
  medct_error said = medct_plugin_error();
  MedctCall call;
  medct_call_enter(&call, NULL);
  MedctCheckState state =
      backend.abi->load(backend.abi, check->target->model, &said)
          ? cancel_encoding(check, &backend)
          : medct_check_fail(check, "the model does not load: %s", said.message);
  backend.abi->destroy(backend.abi);
  medct_call_leave(&call);
  return state;
}
