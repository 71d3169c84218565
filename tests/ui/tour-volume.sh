#!/bin/sh
# tour-volume.sh MEDCT-STUDIO MEDCT MAKE-CHEST [PICTURES]: the 3-D picture of the real window under
# Xvfb: it appears, turns, changes with its keys, and gives way to a notice without OpenGL. TAP.
set -u
studio=$1 make_chest=$3 pictures=${4:-} tour=volume
here=$(dirname "$0")
. "$here/display.sh"
need Xvfb xdotool import convert dbus-run-session
begin_tour
"$make_chest" "$tmp/chest.nii.gz" || exit 1

start() {
  rm -f "$state"
  dbus-run-session -- "$studio" --no-session --dump-state "$state" "$tmp/chest.nii.gz" \
    >"$tmp/log" 2>&1 &
  program=$!
}
# Mean brightness of the middle of the 3-D picture, 0 … 100.
brightness() { # NAME
  convert "$tmp/$1.png" -crop 200x200+850+650 +repage -colorspace gray -format '%[fx:100*mean]' info:
}

start
if ! wait_for appears '"volume":"\(rough\|fine\|trouble\)"'; then echo "1..$n"; exit; fi
if grep -q '"volume":"trouble"' "$state"; then
  echo "ok $((n + 1)) /volume/fine # SKIP no OpenGL here"
  echo "1..$((n + 1))"
  exit
fi
wait_for fine '"volume":"fine"'
focus_window
shot volume-bone
brightness volume-bone | awk '{exit !($1 > 3)}'
report $? "is-on-screen"
wait_for from-the-front '"volume_toward_right":0.0'
xdotool mousemove 900 750 mousedown 1 mousemove 960 750 mousemove 1010 750 mouseup 1
wait_for drag-turns '"volume_toward_right":0.[1-9]'
wait_for fine-again '"volume":"fine"'
for turn in 1 2; do xdotool mousemove 900 700 mousedown 1 mousemove 930 700 mousemove 960 700 mouseup 1; done
wait_for turned-on '"volume_toward_right":0.[5-9]'
wait_for two-quick-turns-are-no-double-click '"maximised":false'
xdotool key 3
wait_for preset-by-key '"volume_preset":"lung"'
wait_for lung-fine '"volume":"fine"'
shot volume-lung
xdotool key k
wait_for cut-by-key '"volume_cut":true'
xdotool key w
wait_for share-by-key '"volume_glow":false'
xdotool key r
wait_for from-the-right '"volume_toward_right":1.0'
xdotool key space
wait_for reset '"volume_toward_right":0.0'
xdotool mousemove 900 850 click --repeat 2 --delay 60 1
wait_for maximise '"maximised":true'
wait_for large-and-fine '"volume":"fine"'
shot volume-large
xdotool key Return
wait_for return-brings-the-others-back '"maximised":false'
xdotool key ctrl+q
wait "$program"
report $? closes-cleanly

# A volume that is larger than its texture may be: the 3-D picture says what it leaves out.
export MEDCT_TEXTURE_LIMIT=1000000
start
wait_for says-what-it-leaves-out '"volume_notice":"Reduced resolution: each point stands for 4 × 4 × 2 voxels'
wait_for reduced-and-fine '"volume":"fine"'
focus_window
xdotool mousemove 480 980
shot volume-reduced
brightness volume-reduced | awk '{exit !($1 > 3)}'
report $? "reduced-is-on-screen"
xdotool key ctrl+q
wait "$program"
report $? closes-cleanly-reduced
unset MEDCT_TEXTURE_LIMIT

export GDK_DEBUG=gl-disable
start
wait_for notice-without-opengl '"volume":"trouble"'
shot volume-trouble
focus_window
xdotool key ctrl+q
wait "$program"
report $? closes-cleanly-without-opengl
grep -q CRITICAL "$tmp/log"
[ $? = 1 ]
report $? no-criticals
program=
echo "1..$n"
