#!/bin/sh
# check-test-labels.sh ROOT: the labels of the test split are asked for in one place, and no code
# but the cohort's own sees inside one; the same for the test patients of the demo's experiment. TAP.
cd "$1" || exit 1
echo 1..3
callers=$(grep -rlw medct_cohort_test_labels --include='*.c' app model plugins render ui | grep -v '^model/cohort\.c$')
calls=$(grep -cw 'medct_cohort_test_labels' app/eval-measure.c)
if [ "$callers" = app/eval-measure.c ] && [ "$calls" = 1 ]; then
  echo "ok 1 /test-labels/one-caller"
else
  printf '%s\n' "$callers" | sed 's/^/# /'
  echo "not ok 1 /test-labels/one-caller"
fi
inside=$(grep -rl 'model/cohort_private\.h' --include='*.[ch]' . | grep -v '^\./model/cohort' | grep -v '^\./build')
if [ -z "$inside" ]; then
  echo "ok 2 /test-labels/sealed"
else
  printf '%s\n' "$inside" | sed 's/^/# /'
  echo "not ok 2 /test-labels/sealed"
fi

experiment=$(grep -rlw medct_experiment_test_labels --include='*.c' app model plugins render ui | grep -v '^app/experiment-patients\.c$')
calls=$(grep -cw 'medct_experiment_test_labels' app/experiment-measure.c)
if [ "$experiment" = app/experiment-measure.c ] && [ "$calls" = 1 ]; then
  echo "ok 3 /test-labels/experiment"
else
  printf '%s\n' "$experiment" | sed 's/^/# /'
  echo "not ok 3 /test-labels/experiment"
fi
