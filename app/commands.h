/* Every command of medct; each lives in cmd-NAME.c. */
#pragma once

#include "app/cli.h"

G_BEGIN_DECLS

extern const MedctCommand medct_command_adapter_merge;
extern const MedctCommand medct_command_adapter_new;
extern const MedctCommand medct_command_adapter_unmerge;
extern const MedctCommand medct_command_cohort_check;
extern const MedctCommand medct_command_cohort_split;
extern const MedctCommand medct_command_eval;
extern const MedctCommand medct_command_help;
extern const MedctCommand medct_command_info;
extern const MedctCommand medct_command_metrics;
extern const MedctCommand medct_command_model_convert;
extern const MedctCommand medct_command_model_info;
extern const MedctCommand medct_command_model_random;
extern const MedctCommand medct_command_demo_experiment;
extern const MedctCommand medct_command_phantom;
extern const MedctCommand medct_command_plugins_check;
extern const MedctCommand medct_command_plugins_disable;
extern const MedctCommand medct_command_plugins_enable;
extern const MedctCommand medct_command_plugins_list;
extern const MedctCommand medct_command_preprocess;
extern const MedctCommand medct_command_pretrain;
extern const MedctCommand medct_command_render;
extern const MedctCommand medct_command_score;
extern const MedctCommand medct_command_tokenize;
extern const MedctCommand medct_command_train;
extern const MedctCommand medct_command_vocab;

G_END_DECLS
