# Sourced by the tours and benches of the window: a display and a home of their own, and what they ask
# of the program. Needs $tour, and $pictures for shot; gives what is named below, $tmp and $state.
patience=200 # tenths of a second; slow machines under sanitizers need them
# $screen: WIDTHxHEIGHTx24, if it is to be another display.

# Says the plan and leaves when a tool is missing.
need() {
  for tool in "$@"; do
    if ! command -v "$tool" >/dev/null 2>&1; then
      echo "1..0 # SKIP no $tool here"
      exit 0
    fi
  done
}

# A folder and a display, and an end of both; a program that runs then is $program.
begin_tour() {
  tmp=$(mktemp -d) xvfb= program=
  state=$tmp/state.json
  trap finish EXIT
  trap 'exit 1' INT TERM
  begin_display "$tmp"
}
finish() {
  # shellcheck disable=SC2086
  for process in $program ${weston:-} $xvfb; do kill "$process" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$tmp"
}

begin_display() { # HOME
  export XDG_CONFIG_HOME="$1/config" XDG_CACHE_HOME="$1/cache" XDG_DATA_HOME="$1/data"
  export XDG_STATE_HOME="$1/state" XDG_RUNTIME_DIR="$1/run" HOME="$1" LC_ALL=C.UTF-8
  export GDK_BACKEND=x11 GSK_RENDERER=cairo GTK_A11Y=none GSETTINGS_BACKEND=keyfile
  export G_DEBUG=fatal-criticals
  # What toolkit and font libraries keep until the end is not ours.
  export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
  mkdir -m 700 "$1/run" "$1/config" "$1/cache" "$1/data" "$1/state"
  Xvfb -displayfd 3 -screen 0 "${screen:-1600x1000x24}" -nolisten tcp -noreset 3>"$1/display" 2>"$1/xvfb.log" &
  xvfb=$!
  tries=0
  while [ ! -s "$1/display" ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
  if [ ! -s "$1/display" ]; then
    echo "1..0 # SKIP Xvfb does not start here"
    exit 0
  fi
  DISPLAY=:$(cat "$1/display")
  export DISPLAY
}

n=0
report() { # OK NAME
  n=$((n + 1))
  if [ "$1" = 0 ]; then echo "ok $n /$tour/$2"; else
    echo "not ok $n /$tour/$2"
    echo "# state: $(cat "$state" 2>/dev/null)"
    sed 's/^/# /' "$tmp/log" 2>/dev/null
  fi
}
# Waits until a file, else the state, holds a string.
wait_quietly() { # PATTERN [FILE]
  tries=0
  until grep -q -- "$1" "${2:-$state}" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt "$patience" ] || return 1
    sleep 0.1
  done
}
wait_for() { # NAME PATTERN [FILE]
  if wait_quietly "$2" "${3:-$state}"; then
    report 0 "$1"
    return
  fi
  report 1 "$1"
  [ -z "${3:-}" ] || sed 's/^/# /' "$3"
  return 1
}
value() { sed -n "s/.*\"$1\":\([^,}]*\).*/\1/p" "$state"; }
shot() { # NAME
  sleep 0.4
  import -window root "$tmp/$1.png"
  [ -z "$pictures" ] || { mkdir -p "$pictures" && cp "$tmp/$1.png" "$pictures/studio-$1.png"; }
}
focus_window() {
  window=$(xdotool search --sync --onlyvisible --name 'MedCT Studio' | head -1)
  xdotool windowfocus --sync "$window"
}
# Types a name into the dialog that asks for one. A name that begins with / is a path there.
save_as() { # PATH
  xdotool search --sync --onlyvisible --name '^Save ' >/dev/null
  sleep 0.4
  xdotool key ctrl+a
  xdotool type --delay 8 "$1"
  sleep 0.3
  xdotool key Return
  # A press that comes while the dialog still closes is lost.
  tries=0
  while xdotool search --onlyvisible --name '^Save ' >/dev/null 2>&1 && [ $tries -lt 30 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  sleep 0.2
}
wait_file() { # NAME PATH
  tries=0
  until [ -s "$2" ] || [ $tries -ge 100 ]; do sleep 0.1; tries=$((tries + 1)); done
  [ -s "$2" ]
  report $? "$1"
}
