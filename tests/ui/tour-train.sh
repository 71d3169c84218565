#!/bin/sh
# tour-train.sh MEDCT-STUDIO MEDCT MAKE-CHEST [PICTURES]: the Train page under Xvfb with the demo model
# and a made-up cohort: a run from start to end, a longer one behind it that is paused, compared,
# noted, exported, killed and resumed, and runs that are deleted. TAP.
set -u
studio=$1 medct=$2 make_chest=$3 pictures=${4:-}
tour=train-page
here=$(dirname "$0")
. "$here/display.sh"
need Xvfb xdotool import identify compare dbus-run-session
begin_tour
"$medct" phantom --out "$tmp/cohort" --count 60 --seed 9 --spacing 7.5 >/dev/null 2>&1 || exit 1
"$make_chest" "$tmp/chest.nii.gz" 96 3.5 80 4 || exit 1
runs=$XDG_DATA_HOME/medct/runs

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
read_page() { click 670 28; }
train_page() { click 920 28; }
# The program itself, not the session around it.
end_program() { # SIGNAL
  kill "-$1" "$(pgrep -f "^$studio .*dump-state $state" | tail -1)"
  wait "$program" 2>/dev/null
}
# Whether a part of two pictures is the same.
same() { # ONE OTHER GEOMETRY
  convert "$tmp/$1.png" -crop "$3" +repage "$tmp/part-1.png"
  convert "$tmp/$2.png" -crop "$3" +repage "$tmp/part-2.png"
  [ "$(compare -metric AE "$tmp/part-1.png" "$tmp/part-2.png" null: 2>&1)" -lt 20 ]
}
loss=470x200+290+230 auroc=480x200+770+230
# Saves what an entry of the export menu gives; Y: where the entry is once the menu is open.
export_as() { # Y PATH
  for _ in 1 2 3; do
    click 1036 82
    sleep 0.5
    click 1043 "$1"
    timeout 10 xdotool search --sync --onlyvisible --name 'Export the charts' >"$tmp/dialog" && break
  done
  sleep 1
  xdotool key ctrl+a
  xdotool type --delay 15 "$2"
  xdotool key Return
  tries=0
  until [ -s "$2" ] || [ $tries -ge 100 ]; do sleep 0.1; tries=$((tries + 1)); done
}

start
wait_for study '"scored":true'
focus_window
train_page
wait_for page '"page":"train"'
wait_for estimated '"train_estimated":true'
wait_for time-before-the-first-run '"train_times":"about [^,]*, about [^,]*, about'
shot train-start
click 1420 934
wait_for learnt '"train_state":"done"'
shot train-done
grep -q '"train_evaluations":[1-9]' "$state"
report $? evaluated

# A second run goes on; what the first one's toast offers is the first one's.
click 1296 372
click 1420 934
wait_for running '"train_name":"Full 2".*"train_steps":[1-9]'
click 994 918
wait_for toast-means-its-own-run '"adapter":"Adapter: quick-1"'
wait_for behind '"page":"read".*"train_chip":true'
before=$(value train_steps)
shot train-behind
tries=0
while [ "$(value train_steps)" -le "$before" ] && [ $tries -lt $patience ]; do sleep 0.1; tries=$((tries + 1)); done
[ "$(value train_steps)" -gt "$before" ]
report $? goes-on-behind

train_page
click 1113 82
wait_for paused '"train_state":"paused"'
sleep 1 # what was on its way has been told
before=$(value train_steps)
sleep 3
[ "$(value train_steps)" = "$before" ]
report $? stands-still
xdotool mousemove 200 600
shot train-paused
click 34 164
xdotool mousemove 200 600
shot train-compared
! same train-paused train-compared $loss
report $? loss-is-compared
! same train-paused train-compared $auroc
report $? auroc-is-compared
xdotool mousemove 400 380
wait_for hovers '"train_hover":[0-9]'
shot train-hover
! same train-compared train-hover $loss
report $? hover-reads-values
click 1113 82
wait_for goes-on '"train_state":"running"'
tries=0
while [ "$(value train_steps)" -le "$before" ] && [ $tries -lt $patience ]; do sleep 0.1; tries=$((tries + 1)); done
[ "$(value train_steps)" -gt "$before" ]
report $? learns-again
click 800 82
xdotool type --delay 15 'second reader'
wait_for noted '"train_note":"second reader"'
grep -q '"note" : "second reader"' "$runs/full-2/run.json"
report $? note-is-kept

# Killed while it trains: offered at the next start, goes on from its checkpoint.
tries=0
# Under its own name: one that is being written has a longer one.
has_checkpoint() { ls "$runs"/full-2/checkpoints 2>/dev/null | grep -q 'step-[0-9]*$'; }
until has_checkpoint || [ $tries -ge 1800 ]; do sleep 0.1; tries=$((tries + 1)); done
has_checkpoint
report $? checkpoint
saved=$(ls "$runs"/full-2/checkpoints | sed -n 's/^step-\([0-9]*\)$/\1/p' | sort -n | tail -1)
end_program KILL
start
wait_for banner '"train_banner":true'
wait_for kept '"train_runs":2'
wait_quietly '"scored":true'
focus_window
shot train-banner
click 1430 70
wait_for resumed '"page":"train".*"train_state":"running"'
wait_quietly '"train_banner":false'
tries=0
until [ "$(value train_steps)" -gt "$saved" ] || [ $tries -ge $patience ]; do sleep 0.1; tries=$((tries + 1)); done
[ "$(value train_steps)" -gt "$saved" ]
report $? from-the-checkpoint

# Closed while it trains: no question, a checkpoint.
xdotool key ctrl+q
wait "$program"
report $? closes-at-once
grep -q '"state" : "left"' "$runs/full-2/run.json"
report $? left
start
wait_for offered-again '"train_banner":true'
wait_quietly '"scored":true'
focus_window
click 1540 74 # not now
wait_for not-now '"train_banner":false'
train_page
wait_for shown '"train_name":"Full 2"'

export_as 134 "$tmp/charts.png"
[ "$(identify -format '%[fx:w>1500&&h>1500]' "$tmp/charts.png" 2>/dev/null)" = 1 ]
report $? exports-png
[ -z "$pictures" ] || cp "$tmp/charts.png" "$pictures/studio-train-exported.png"
export_as 165 "$tmp/charts.svg"
head -c 200 "$tmp/charts.svg" | grep -q '<svg' && tail -c 20 "$tmp/charts.svg" | grep -q '</svg>'
report $? exports-svg
export_as 197 "$tmp/charts.csv"
head -1 "$tmp/charts.csv" | grep -q '^step,loss,lr,seconds,val_loss,val_auroc,.*,Lung nodule,'
report $? exports-csv
awk -F, 'NR == 1 { n = NF } NF != n { bad = 1 } END { exit bad || NR < 5 }' "$tmp/charts.csv"
report $? every-row-is-whole

# Deleted, taken back, deleted for good.
click 150 120
xdotool key Delete
wait_for deleted '"train_runs":1'
shot train-deleted
[ -e "$runs/full-2/run.json" ]
report $? files-wait
click 920 918
wait_for undone '"train_runs":2.*"train_name":"Full 2"'
click 150 120
xdotool key Delete
wait_for deleted-again '"train_runs":1'
for size in 1280x800 1024x768 640x480; do
  xdotool windowsize --sync "$window" "${size%x*}" "${size#*x}"
  sleep 0.5
  shot "train-${size%x*}"
  eval "$(xdotool getwindowgeometry --shell "$window" | grep -E '^(WIDTH|HEIGHT)=')"
  [ "${WIDTH}x$HEIGHT" = "$size" ]
  report $? "fits-$size"
done
wait_for panes-fold '"train_runs_folded":true,"train_form_folded":true'
xdotool windowsize --sync "$window" 1600 1000
wait_for panes-come-back '"train_runs_folded":false,"train_form_folded":false'
xdotool key ctrl+q
wait "$program"
report $? closes
[ ! -e "$runs/full-2" ] || find "$runs/full-2" | sed 's/^/# /'
[ ! -e "$runs/full-2" ] && [ -e "$runs/quick-1/adapter_model.safetensors" ]
report $? files-are-gone
grep -q CRITICAL "$tmp/log"
[ $? = 1 ]
report $? no-criticals
program=
echo "1..$n"
