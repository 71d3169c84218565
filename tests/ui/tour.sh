#!/bin/sh
# tour.sh MEDCT-STUDIO MEDCT MAKE-CHEST [PICTURES]: a scripted visit of the real window under Xvfb:
# open, scroll, window, prompt, map, finding, refused file. Outcomes are read from the program's
# own state and from the pixels on screen. TAP. Pictures go to PICTURES when it is given.
set -u
studio=$1 medct=$2 make_chest=$3 pictures=${4:-} tour=studio
. "$(dirname "$0")/display.sh"
need Xvfb xdotool import convert dbus-run-session
begin_tour

"$make_chest" "$tmp/chest.nii.gz" && "$medct" model random --config mini --seed 1 --out "$tmp/model" \
  >/dev/null || exit 1
head -c 40000 "$tmp/chest.nii.gz" >"$tmp/short.nii.gz"

# Number of pixels in the pictures that are clearly coloured, as a map is.
coloured() {
  convert "$tmp/$1.png" -crop 450x420+275+105 +repage -colorspace HSL -channel G -separate \
    -threshold 55% -format '%[fx:int(mean*w*h)]' info:
}

start() {
  rm -f "$state"
  dbus-run-session -- "$studio" --dump-state "$state" --frame-times "$@" >"$tmp/log" 2>&1 &
  program=$!
}

start --model "$tmp/model"
wait_for first-start '"studies":0'
wait_for model-is-said-to-be-random 'Random weights'
focus_window
shot start
xdotool mousemove 969 494 click 1
wait_for demo-study '"study":"demo-chest.nii.gz"'
xdotool key ctrl+q
wait "$program"
report $? closes-cleanly

start "$tmp/chest.nii.gz" # the model was remembered
wait_for opens '"study":"chest.nii.gz"'
wait_for scores '"scored":true'
focus_window
wait_for axial-in-the-middle '"axial":101'
shot reading
xdotool mousemove 480 400
xdotool key Up Up Up
wait_for keys-scroll '"axial":104'
xdotool click 5
wait_for wheel-scrolls '"axial":103'
xdotool key End
wait_for end '"axial":200'
xdotool key Home
wait_for home '"axial":1.0'
xdotool key c
wait_for centre '"axial":101'
xdotool key 2
wait_for preset '"window_width":400.0,"window_level":40.0'
xdotool keydown ctrl click 4 keyup ctrl
wait_for zoom '"zoom":1.1'
xdotool key r
wait_for reset '"zoom":1.0'
xdotool key x
wait_for marks-hidden '"annotations":false'
xdotool key x
xdotool mousemove 480 760 click --repeat 2 --delay 60 1
wait_for maximise '"maximised":true'
sleep 0.6 # else it counts as a third click
xdotool click --repeat 2 --delay 60 1
wait_for four-up '"maximised":false'
xdotool mousemove 420 360 click 1
wait_for crosshair '"coronal":1[3-9]'
shot plain
before=$(coloured plain)

xdotool key slash
sleep 0.3
xdotool type --delay 15 'There is a pleural effusion.'
wait_for prompt '"prompt":"There is a pleural effusion."'
wait_for prompt-answered '"map":true.*"answering":false'
shot prompt-map
after=$(coloured prompt-map)
[ "$after" -gt $((before + 500)) ]
report $? "map-is-on-screen"
xdotool key Escape
wait_for prompt-cleared '"asked":-2'

xdotool mousemove 1350 400 click 1
wait_for finding-chosen '"prompt":"[A-Z][a-z ]* is present."'
wait_for finding-map '"map":true.*"answering":false'
shot finding
xdotool key 3 # the focus is in the list
wait_for keys-are-the-pictures-still '"window_width":2000.0,"window_level":350.0'
xdotool key w
wait_for map-off '"map":false'
xdotool key ctrl+q
wait "$program"
report $? closes-cleanly-again
sed -n 's/^frames/# frames/p' "$tmp/log"

# Without its orientation, which is two codes of the header.
gunzip "$tmp/chest.nii.gz"
printf '\0\0\0\0' | dd of="$tmp/chest.nii" bs=1 seek=252 conv=notrunc 2>/dev/null
gzip -1 "$tmp/chest.nii"
# Pixels of a warning in the axial picture.
warned() {
  convert "$tmp/$1.png" -crop 450x420+275+105 +repage -fuzz 5% -fill black +opaque '#f8e45c' -threshold 50% \
    -format '%[fx:int(mean*w*h)]' info:
}

start "$tmp/chest.nii.gz" "$tmp/short.nii.gz"
wait_for refused '"refused":"short.nii.gz was not opened"'
wait_for study-stays '"study":"chest.nii.gz"'
wait_for ordered-by-score '"order":0' # the last session's was at a patch of its study
shot refused
focus_window
xdotool key Escape
wait_for notice-closed '"refused":""'
xdotool key x
wait_for marks-hidden-again '"annotations":false'
shot no-orientation
[ "$(warned no-orientation)" -gt 100 ]
report $? warning-of-sides-stays
xdotool mousemove 236 132 click 1 # the study's close button
wait_for study-closed '"studies":0'
xdotool mousemove 700 900 key ctrl+q
wait "$program"
report $? closes-with-refusal
grep -q CRITICAL "$tmp/log"
[ $? = 1 ]
report $? no-criticals
program=
echo "1..$n"
