#!/bin/sh
# tour-train.sh MEDCT-STUDIO MEDCT MAKE-CHEST [PICTURES]: the Train page under Xvfb with the demo model
# and a made-up cohort: a run from start to end, its adapter on the open study, a longer run behind
# the Read page that is cut short by closing and offered again. TAP.
set -u
studio=$1 medct=$2 make_chest=$3 pictures=${4:-}
tour=train-page
here=$(dirname "$0")
. "$here/display.sh"
need Xvfb xdotool import dbus-run-session
begin_tour
"$medct" phantom --out "$tmp/cohort" --count 40 --seed 9 --spacing 7.5 >/dev/null 2>&1 || exit 1
"$make_chest" "$tmp/chest.nii.gz" 96 3.5 80 4 || exit 1

start() {
  rm -f "$state"
  dbus-run-session -- "$studio" --no-session --dump-state "$state" --model "$here/../../data/demo" \
    --cohort "$tmp/cohort/cohort.csv" "$tmp/chest.nii.gz" >"$tmp/log" 2>&1 &
  program=$!
}
click() { # X Y
  xdotool mousemove "$1" "$2" click 1
  sleep 0.3
}

echo 1..9
start
wait_for study '"scored":true'
focus_window
click 920 28
wait_for page '"page":"train"'
wait_for estimated '"train_estimated":true'
shot train-start
click 1420 934
wait_for learnt '"train_state":"done"'
shot train-done
grep -q '"train_evaluations":[1-9]' "$state"
report $? evaluated
click 1012 82
wait_for tried '"adapted":true'
click 920 28
click 1296 372
click 1420 934
wait_for running '"train_state":"running"'
click 670 28
wait_for behind '"page":"read".*"train_chip":true'
shot train-behind
kill "$(pgrep -f "dump-state $state" | tail -1)" 2>/dev/null
wait "$program"
start
wait_for kept '"train_runs":2'
