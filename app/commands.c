/* The list of commands, in the order in which people meet them. */
#include "app/commands.h"

/* One a line, so that additions do not meet. */
/* clang-format off */
const MedctCommand *const medct_commands[] = {
    &medct_command_score,
    &medct_command_info,
    &medct_command_render,
    &medct_command_preprocess,
    &medct_command_tokenize,
    &medct_command_cohort_check,
    &medct_command_cohort_split,
    &medct_command_eval,
    &medct_command_metrics,
    &medct_command_model_info,
    &medct_command_model_convert,
    &medct_command_model_random,
    &medct_command_adapter_new,
    &medct_command_adapter_merge,
    &medct_command_adapter_unmerge,
    &medct_command_plugins_list,
    &medct_command_plugins_check,
    &medct_command_plugins_enable,
    &medct_command_plugins_disable,
    &medct_command_phantom,
    &medct_command_train,
    &medct_command_pretrain,
    &medct_command_vocab,
    &medct_command_demo_experiment,
    &medct_command_help,
    NULL,
};
/* clang-format on */
