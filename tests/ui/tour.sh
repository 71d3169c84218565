#!/bin/sh
# tour.sh MEDCT-STUDIO MEDCT MAKE-CHEST [PICTURES]: a scripted visit of the real window under Xvfb:
# open, scroll, window, prompt, map, finding, refused file. Outcomes are read from the program's
# own state and from the pixels on screen. TAP. Pictures go to PICTURES when it is given.
set -u
studio=$1 medct=$2 make_chest=$3 pictures=${4:-}

for tool in Xvfb xdotool import convert dbus-run-session; do
  if ! command -v $tool >/dev/null 2>&1; then
    echo "1..0 # SKIP no $tool here"
    exit 0
  fi
done

tmp=$(mktemp -d)
xvfb= program=
finish() {
  [ -z "$program" ] || kill "$program" 2>/dev/null
  [ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null
  wait 2>/dev/null
  rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' INT TERM

export XDG_CONFIG_HOME="$tmp/config" XDG_CACHE_HOME="$tmp/cache" XDG_DATA_HOME="$tmp/data"
export XDG_RUNTIME_DIR="$tmp/run" HOME="$tmp" LC_ALL=C.UTF-8
export GDK_BACKEND=x11 GSK_RENDERER=cairo GTK_A11Y=none GSETTINGS_BACKEND=memory
export G_DEBUG=fatal-criticals
# What toolkit and font libraries keep until the end is not ours.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
mkdir -m 700 "$tmp/run" "$tmp/config" "$tmp/cache" "$tmp/data"

Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp 3>"$tmp/display" 2>"$tmp/xvfb.log" &
xvfb=$!
tries=0
while [ ! -s "$tmp/display" ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
if [ ! -s "$tmp/display" ]; then
  echo "1..0 # SKIP Xvfb does not start here"
  exit 0
fi
DISPLAY=:$(cat "$tmp/display")
export DISPLAY

"$make_chest" "$tmp/chest.nii.gz" && "$medct" model random --config mini --seed 1 --out "$tmp/model" \
  >/dev/null || exit 1
head -c 40000 "$tmp/chest.nii.gz" >"$tmp/short.nii.gz"

state=$tmp/state.json
n=0
report() { # OK NAME
  n=$((n + 1))
  if [ "$1" = 0 ]; then echo "ok $n /studio/$2"; else
    echo "not ok $n /studio/$2"
    echo "# state: $(cat "$state" 2>/dev/null)"
    sed 's/^/# /' "$tmp/log" 2>/dev/null
  fi
}
# Waits until the state holds a string; 20 s is for slow machines under sanitizers.
wait_for() { # NAME PATTERN
  tries=0
  until grep -q -- "$2" "$state" 2>/dev/null; do
    tries=$((tries + 1))
    if [ $tries -ge 200 ]; then report 1 "$1"; return 1; fi
    sleep 0.1
  done
  report 0 "$1"
}
value() { sed -n "s/.*\"$1\":\([^,}]*\).*/\1/p" "$state"; }
shot() { # NAME
  sleep 0.4
  import -window root "$tmp/$1.png"
  [ -z "$pictures" ] || { mkdir -p "$pictures" && cp "$tmp/$1.png" "$pictures/studio-$1.png"; }
}
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
window=$(xdotool search --sync --onlyvisible --name 'MedCT Studio' | head -1)
xdotool windowfocus --sync "$window"
shot start
xdotool key ctrl+q
wait "$program"
report $? closes-cleanly

start "$tmp/chest.nii.gz" # the model was remembered
wait_for opens '"study":"chest.nii.gz"'
wait_for scores '"scored":true'
window=$(xdotool search --sync --onlyvisible --name 'MedCT Studio' | head -1)
xdotool windowfocus --sync "$window"
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
xdotool mousemove 480 400 click 1 key w
wait_for map-off '"map":false'
xdotool key ctrl+q
wait "$program"
report $? closes-cleanly-again
sed -n 's/^frames/# frames/p' "$tmp/log"

start "$tmp/chest.nii.gz" "$tmp/short.nii.gz"
wait_for refused '"refused":"short.nii.gz was not opened"'
wait_for study-stays '"study":"chest.nii.gz"'
shot refused
window=$(xdotool search --sync --onlyvisible --name 'MedCT Studio' | head -1)
xdotool windowfocus --sync "$window" key Escape
wait_for notice-closed '"refused":""'
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
