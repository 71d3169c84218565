#!/bin/sh
# tour-session.sh MEDCT-STUDIO MEDCT MAKE-CHEST [PICTURES]: what is open survives a kill. Open, change
# everything, kill -9, start again: the state on screen is equal. Then files that went away or
# changed, a damaged session file, a full disk. TAP.
set -u
studio=$1 medct=$2 make_chest=$3 pictures=${4:-}
tour=session
. "$(dirname "$0")/display.sh"
need Xvfb xdotool import dbus-run-session
begin_tour
trap 'umount "$tmp/full" 2>/dev/null; finish' EXIT

"$make_chest" "$tmp/first.nii.gz" && "$make_chest" "$tmp/second.nii.gz" 96 4 70 5 &&
  "$make_chest" "$tmp/third.nii.gz" 64 5 60 5 && "$medct" model random --config mini --seed 1 \
  --out "$tmp/model" >/dev/null || exit 1
saved=$XDG_STATE_HOME/medct/session.json

start() {
  rm -f "$state"
  dbus-run-session -- sh -c 'echo $$ >"$0" && exec "$@"' "$tmp/pid" "$studio" --dump-state "$state" \
    "$@" >"$tmp/log" 2>&1 &
  program=$!
}
stop() {
  focus_window
  xdotool key ctrl+q
  wait "$program"
  ended=$?
  [ $ended = 0 ] || echo "# ended with $ended"
  return $ended
}
# The state without what is of the moment: the pointer, what was refused, times, the patch last clicked.
settled() {
  sed -E 's/"(readout|first|volume|refused[_a-z]*)":"[^"]*",//g
    s/"(not_open|answer_ms|cancel_ms|patch)":[-0-9.]*,//g' "$state"
}

start --model "$tmp/model" "$tmp/first.nii.gz" "$tmp/second.nii.gz" "$tmp/third.nii.gz"
wait_for opens-three '"studies":3'
wait_for the-first-stays '"study":"first.nii.gz"'
focus_window
xdotool mousemove 120 165 click 1 # the second study
wait_for second-is-shown '"study":"second.nii.gz"'
wait_for second-is-scored '"scored":true'
xdotool mousemove 480 400 key 2 key Up Up Up
xdotool keydown ctrl click 4 keyup ctrl
xdotool keydown shift mousedown 1 mousemove_relative 40 30 mouseup 1 keyup shift
if ! grep -q '"volume":"trouble"' "$state"; then
  xdotool mousemove 900 750 mousedown 1 mousemove 960 760 mousemove 1010 780 mouseup 1 key 3 key k
  wait_for volume-is-turned '"volume_preset":"lung","volume_cut":true.*"volume_toward_right":0.[1-9]'
fi
xdotool key d mousemove 400 300 mousedown 1 mousemove 430 300 sleep 0.05 mousemove 470 310 sleep 0.05 mouseup 1 key d
wait_for measured '"measures":1.0'
xdotool mousemove 480 400 click 1
wait_for order-at-the-patch '"order":2'
xdotool key slash
sleep 0.3
xdotool type --delay 15 'There is a nodule.'
wait_for answered '"map":true.*"answering":false'
xdotool key --delay 60 Tab Tab Tab Tab Return # star, history, wordings, the pencil beside the opposite
sleep 0.3
xdotool key ctrl+a
xdotool type --delay 15 'The lungs are clear.'
xdotool key Return
wait_for own-opposite '"opposite":"The lungs are clear."'
shot session-opposite
xdotool mousemove 480 400 click --repeat 2 --delay 60 1
wait_for maximised '"maximised":true'
xdotool key shift+F9
wait_for findings-hidden '"findings_pane":false'
wait_for saves-by-itself '"findings_pane" : false' "$saved"
sleep 1.5 # what a user's hand did last is on disk after a look at rest
settled >"$tmp/before.json"
shot session-before
kill -9 "$(cat "$tmp/pid")"
wait "$program" 2>/dev/null
[ $? -gt 128 ]
report $? was-killed

start
wait_for comes-back '"studies":3'
wait_for map-comes-back '"map":true.*"answering":false'
tries=0
settled >"$tmp/after.json"
until cmp -s "$tmp/before.json" "$tmp/after.json" || [ $tries -ge 50 ]; do
  sleep 0.1
  tries=$((tries + 1))
  settled >"$tmp/after.json"
done
cmp -s "$tmp/before.json" "$tmp/after.json"
same=$?
report $same state-is-equal
[ $same = 0 ] || diff "$tmp/before.json" "$tmp/after.json" | sed 's/^/# /'
shot session-after
stop
report $? closes

rm "$tmp/first.nii.gz"
"$make_chest" "$tmp/third.nii.gz" 64 5 50 5
touch "$tmp/second.nii.gz" # another time, the same bytes: that is the same study
start
wait_for gone-and-changed-are-said '"refused":"2 studies of the last session were not restored"'
wait_for both-are-named 'first.nii.gz: the file is no longer.*third.nii.gz: the file has changed'
wait_for rest-is-restored '"studies":1.*"study":"second.nii.gz"'
focus_window
xdotool key shift+F9
shot session-not-restored
xdotool mousemove 120 222 click 1 # the third, as it is now
wait_for changed-opens-by-hand '"studies":2.*"study":"third.nii.gz"'
stop
report $? closes-after-refusals

echo '{"version": 1, "studies": [' >"$saved"
start
wait_for damage-is-said '"refused":"The last session could not be read"'
shot session-damaged
[ -f "$saved.damaged" ]
report $? damaged-is-set-aside
stop
report $? closes-after-damage

cp "$saved" "$tmp/kept.json"
start --no-session "$tmp/second.nii.gz"
wait_for opens-without-a-session '"study":"second.nii.gz"'
sleep 2.5
stop
cmp -s "$saved" "$tmp/kept.json"
report $? no-session-leaves-it-alone

# A folder that cannot be written stands for a full or read-only disk where tmpfs may not be mounted.
rm -rf "$XDG_STATE_HOME/medct"
mkdir -p "$tmp/full"
if mount -t tmpfs -o size=4k tmpfs "$tmp/full" 2>/dev/null; then
  head -c 8192 /dev/zero >"$tmp/full/filler" 2>/dev/null
  ln -s "$tmp/full" "$XDG_STATE_HOME/medct"
else
  : >"$XDG_STATE_HOME/medct"
fi
start "$tmp/second.nii.gz"
wait_for full-disk-is-said '"refused":"The session is not being saved"'
wait_for study-stays '"study":"second.nii.gz"'
shot session-disk-full
stop
report $? closes-on-a-full-disk
grep -q CRITICAL "$tmp/log"
[ $? = 1 ]
report $? no-criticals
program=
echo "1..$n"
