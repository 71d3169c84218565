#!/bin/sh
# tour-gl.sh MEDCT-STUDIO MEDCT MAKE-CHEST REOPEN [PICTURES]: the pictures by OpenGL, without it, and
# under Wayland. The same study must look the same on screen by OpenGL and by Cairo. TAP.
set -u
studio=$1 medct=$2 make_chest=$3 reopen=$4 pictures=${5:-} tour=gl
. "$(dirname "$0")/display.sh"
need Xvfb xdotool import convert compare dbus-run-session
patience=300
begin_tour
export LIBGL_ALWAYS_SOFTWARE=1
unset GSK_RENDERER

"$make_chest" "$tmp/chest.nii.gz" && "$medct" model random --config mini --seed 1 --out "$tmp/model" \
  >/dev/null || exit 1

skip() { # NAME WHY
  n=$((n + 1))
  echo "ok $n /gl/$1 # SKIP $2"
}
start() { # ENVIRONMENT... : the study and the model
  rm -f "$state"
  env "$@" dbus-run-session -- "$studio" --no-session --dump-state "$state" --frame-times \
    --model "$tmp/model" "$tmp/chest.nii.gz" >"$tmp/log" 2>&1 &
  program=$!
}
stop() { # NAME
  xdotool key ctrl+q
  wait "$program"
  report $? "$1-closes-cleanly"
  program=
}

# The same steps each time; NAME-1 lung, NAME-2 mediastinum zoomed, NAME-3 with a map.
visit() { # NAME WHO
  wait_for "$1-drawn-by-$2" "\"drawn_by\":\"$2\""
  wait_for "$1-scores" '"scored":true'
  focus_window
  xdotool mousemove 480 400 key Up Up Up
  wait_for "$1-keys-scroll" '"axial":104'
  shot "$1-1"
  xdotool key 2 keydown ctrl click 4 keyup ctrl
  wait_for "$1-window-and-zoom" '"window_width":400.0.*"zoom":1.1'
  shot "$1-2"
  xdotool key r 1 slash
  sleep 0.3
  xdotool type --delay 15 'There is a pleural effusion.'
  wait_for "$1-map" '"map":true.*"answer_ms":[1-9].*"answering":false'
  shot "$1-3"
  grep -q "\"drawn_by\":\"$2\"" "$state"
  report $? "$1-still-drawn-by-$2"
  stop "$1"
}

start GSK_RENDERER=gl
visit gl OpenGL
start GDK_DEBUG=gl-disable
visit cairo Cairo
grep -q CRITICAL "$tmp/log"
[ $? = 1 ]
report $? no-criticals

# The three planes' pixels, without the tracks; letters differ by a shade of their edges.
alike() { # NUMBER
  for place in 446x430+272+98 446x430+734+98 446x430+272+532; do
    for who in gl cairo; do
      convert "$tmp/$who-$1.png" -crop $place +repage "$tmp/$who-crop.png"
    done
    far=$(compare -metric AE -fuzz 4% "$tmp/gl-crop.png" "$tmp/cairo-crop.png" null: 2>&1)
    lit=$(convert "$tmp/gl-crop.png" -colorspace Gray -threshold 20% -format '%[fx:int(mean*w*h)]' info:)
    echo "# picture $1 at $place: $far pixels differ, $lit are lit"
    [ "${far%.*}" -lt 1000 ] && [ "$lit" -gt 5000 ] || return 1
  done
}
for picture in 1 2 3; do
  alike $picture
  report $? "same-pixels-$picture"
done

# A second display for what moves.
Xvfb -displayfd 3 -screen 0 1200x600x24 -nolisten tcp -noreset 3>"$tmp/other-display" 2>/dev/null &
other=$!
tries=0
while [ ! -s "$tmp/other-display" ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
OTHER_DISPLAY=:$(cat "$tmp/other-display")
export OTHER_DISPLAY

for who in OpenGL Cairo; do
  variable=GSK_RENDERER=gl
  [ $who = OpenGL ] || variable=GDK_DEBUG=gl-disable
  if env $variable DRAWN_BY=$who dbus-run-session -- "$reopen" >"$tmp/log" 2>&1; then
    report 0 "reopen-$who"
  else
    report 1 "reopen-$who"
  fi
  sed -n 's/^# *\(resident\|moved\)/# \1/p' "$tmp/log"
done
kill "$other" 2>/dev/null

# Wayland, as far as the first slice.
if command -v weston >/dev/null 2>&1; then
  weston --backend=headless-backend.so --socket=medct-test --width=1600 --height=1000 \
    --idle-time=0 >"$tmp/weston.log" 2>&1 &
  weston=$!
  tries=0
  while [ ! -S "$tmp/run/medct-test" ] && [ $tries -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
fi
if [ -S "$tmp/run/medct-test" ]; then
  for variable in GSK_RENDERER=gl GDK_DEBUG=gl-disable; do
    rm -f "$state"
    env $variable GDK_BACKEND=wayland WAYLAND_DISPLAY=medct-test dbus-run-session -- "$studio" \
      --no-session --time-first-slice --dump-state "$state" "$tmp/chest.nii.gz" >"$tmp/log" 2>&1 &
    program=$!
    wait_for "wayland-opens-${variable#*=}" '"study":"chest.nii.gz"'
    wait_for "wayland-first-slice-${variable#*=}" 'first slice at' "$tmp/log"
    kill "$program" 2>/dev/null
    wait "$program" 2>/dev/null
    program=
  done
else
  skip wayland "no weston here, or it does not start"
fi
echo "1..$n"
