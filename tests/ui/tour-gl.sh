#!/bin/sh
# tour-gl.sh MEDCT-STUDIO MEDCT MAKE-CHEST REOPEN [PICTURES]: the pictures by OpenGL, without it, and
# under Wayland. The same study must look the same on screen by OpenGL and by Cairo. TAP.
set -u
studio=$1 medct=$2 make_chest=$3 reopen=$4 pictures=${5:-}

for tool in Xvfb xdotool import convert compare dbus-run-session; do
  if ! command -v $tool >/dev/null 2>&1; then
    echo "1..0 # SKIP no $tool here"
    exit 0
  fi
done

tmp=$(mktemp -d)
xvfb= program= weston=
finish() {
  for process in $program $weston $xvfb; do kill "$process" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' INT TERM

export XDG_CONFIG_HOME="$tmp/config" XDG_CACHE_HOME="$tmp/cache" XDG_DATA_HOME="$tmp/data"
export XDG_RUNTIME_DIR="$tmp/run" HOME="$tmp" LC_ALL=C.UTF-8
export GDK_BACKEND=x11 GTK_A11Y=none GSETTINGS_BACKEND=memory LIBGL_ALWAYS_SOFTWARE=1
export G_DEBUG=fatal-criticals
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

state=$tmp/state.json
n=0
report() { # OK NAME
  n=$((n + 1))
  if [ "$1" = 0 ]; then echo "ok $n /gl/$2"; else
    echo "not ok $n /gl/$2"
    echo "# state: $(cat "$state" 2>/dev/null)"
    sed 's/^/# /' "$tmp/log" 2>/dev/null
  fi
}
skip() { # NAME WHY
  n=$((n + 1))
  echo "ok $n /gl/$1 # SKIP $2"
}
wait_for() { # NAME PATTERN
  tries=0
  until grep -q -- "$2" "$state" 2>/dev/null; do
    tries=$((tries + 1))
    if [ $tries -ge 300 ]; then report 1 "$1"; return 1; fi
    sleep 0.1
  done
  report 0 "$1"
}
shot() { # NAME
  sleep 0.6
  import -window root "$tmp/$1.png"
  [ -z "$pictures" ] || { mkdir -p "$pictures" && cp "$tmp/$1.png" "$pictures/studio-$1.png"; }
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

# The same steps each time; NAME-1 lung, NAME-2 mediastinum zoomed, NAME-3 slab, NAME-4 with a map.
visit() { # NAME WHO
  wait_for "$1-drawn-by-$2" "\"drawn_by\":\"$2\""
  wait_for "$1-scores" '"scored":true'
  window=$(xdotool search --sync --onlyvisible --name 'MedCT Studio' | head -1)
  xdotool windowfocus --sync "$window"
  xdotool mousemove 480 400 key Up Up Up
  wait_for "$1-keys-scroll" '"axial":104'
  shot "$1-1"
  xdotool key 2 keydown ctrl click 4 keyup ctrl
  wait_for "$1-window-and-zoom" '"window_width":400.0.*"zoom":1.1'
  shot "$1-2"
  xdotool key r 1 slash
  sleep 0.3
  xdotool type --delay 15 'There is a pleural effusion.'
  wait_for "$1-map" '"map":true.*"answering":false'
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

for who in OpenGL Cairo; do
  variable=GSK_RENDERER=gl
  [ $who = OpenGL ] || variable=GDK_DEBUG=gl-disable
  if env $variable DRAWN_BY=$who dbus-run-session -- "$reopen" >"$tmp/log" 2>&1; then
    report 0 "reopen-$who"
  else
    report 1 "reopen-$who"
  fi
  sed -n 's/^# *resident/# resident/p' "$tmp/log"
done

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
    tries=0
    until grep -q 'first slice at' "$tmp/log" || [ $tries -ge 100 ]; do
      sleep 0.1
      tries=$((tries + 1))
    done
    grep -q 'first slice at' "$tmp/log"
    report $? "wayland-first-slice-${variable#*=}"
    kill "$program" 2>/dev/null
    wait "$program" 2>/dev/null
    program=
  done
else
  skip wayland "no weston here, or it does not start"
fi
echo "1..$n"
