#!/bin/sh
# access.sh MEDCT-STUDIO MEDCT MAKE-CHEST ACCESS-WALK [PICTURES]: what a screen reader is told of the real
# window through AT-SPI, at the start, with a scored study, with an answer, with its menus and dialogs, and of
# the windows About, Preferences and Shortcuts: every control has a name, the toolkit's own too. TAP. The
# trees go to PICTURES when it is given.
set -u
if [ "${1:-}" != --inside ]; then
  . "$(dirname "$0")/display.sh"
  tour=access
  need Xvfb xdotool dbus-run-session
  if ! [ -x "$4" ] || ! ls /usr/lib*/at-spi-bus-launcher /usr/libexec/at-spi-bus-launcher >/dev/null 2>&1; then
    echo "1..0 # SKIP no AT-SPI here"
    exit 0
  fi
  tmp=$(mktemp -d)
  xvfb=
  trap '[ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null; rm -rf "$tmp"' EXIT
  trap 'exit 1' INT TERM
  begin_display "$tmp"
  export GTK_A11Y=atspi tmp
  "$3" "$tmp/chest.nii.gz" && "$2" model random --config mini --seed 1 --out "$tmp/model" \
    >/dev/null || exit 1
  # Program and reader must be on one session bus.
  dbus-run-session -- sh "$0" --inside "$@" 2>"$tmp/bus.log"
  exit
fi
shift
. "$(dirname "$0")/display.sh"
studio=$1 walk=$4 pictures=${5:-} tour=access state=$tmp/state.json

look() { # NAME
  sleep 0.3
  "$walk" medct-studio >"$tmp/tree.txt" 2>&1
  rc=$?
  report $rc "$1"
  [ $rc = 0 ] || grep -E 'UNNAMED|access|bus' "$tmp/tree.txt" | sed 's/^ */# /'
  echo "# $(tail -1 "$tmp/tree.txt")"
  [ -z "$pictures" ] || { mkdir -p "$pictures" && cp "$tmp/tree.txt" "$pictures/access-$1.txt"; }
}
appears() { # TITLE
  tries=0
  until xdotool search --onlyvisible --name "^$1\$" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 30 ] || return 1
    sleep 0.1
  done
}
# An entry of the menu beside model or adapter; a menu that has just opened may not listen yet.
choose_beside() { # BUTTON-Y ENTRY-Y TITLE
  for try in 1 2 3; do
    xdotool mousemove 238 "$1" click 1 sleep 0.8 mousemove 240 "$2" click 1
    appears "$3" && return
    xdotool key Escape sleep 0.3
  done
}
# The toolkit's own dialog, once it has read its folders; then it is closed.
look_at_chooser() { # NAME TITLE
  appears "$2"
  sleep 1.5
  look "$1"
  has "$1-has-a-title" "^  filler \"$2\""
  xdotool key Escape
  sleep 0.3
  focus_window
}
has() { # NAME PATTERN
  grep -q -- "$2" "$tmp/tree.txt"
  report $? "$1"
}

"$studio" --no-session --dump-state "$state" --model "$tmp/model" >"$tmp/log" 2>&1 &
program=$!
wait_for first-start '"studies":0'
wait_for model 'Random weights'
look start
has says-research-only 'label "Research use only'
kill "$program"
wait 2>/dev/null

"$studio" --no-session --dump-state "$state" --model "$tmp/model" "$tmp/chest.nii.gz" \
  >"$tmp/log" 2>&1 &
program=$!
wait_for scored '"scored":true'
focus_window
look reading
has pictures-are-described 'image "Axial picture, slice 101 of 200"'
has volume-is-described 'image "3-D picture, Bone, from the front"'
xdotool key slash
sleep 0.3
# A screen reader is told of the score while the keyboard is in the entry.
"$walk" medct-studio --until 'There is a nodule. Score 0.' >"$tmp/told.txt" 2>&1 &
listener=$!
sleep 0.4
xdotool type --delay 15 'There is a nodule.'
wait_for answered '"map":true.*"answering":false'
wait "$listener"
report $? new-score-is-told
sed 's/^/# /' "$tmp/told.txt"
look answered
has score-is-spoken 'There is a nodule\..*0\.[0-9]'
has doubt-is-said-as-in-reports 'label "The weights are random: scores mean nothing\.'
xdotool key Escape
sleep 0.3
xdotool key F10
look menu
xdotool key --delay 150 Up Return # the last entry
tries=0
until "$walk" medct-studio >"$tmp/tree.txt" 2>&1; grep -q 'Troubleshooting' "$tmp/tree.txt" || [ $tries -ge 10 ]; do tries=$((tries + 1)); done
look about
has about-is-open 'Troubleshooting'
xdotool key Escape
sleep 0.3
focus_window
# Tab comes to everything, forward through the pages and back into the header bar.
: >"$tmp/stops.txt"
stops() { # KEY TIMES
  for stop in $(seq "$2"); do
    xdotool key "$1"
    "$walk" medct-studio --focus >>"$tmp/stops.txt" 2>/dev/null
  done
}
stops Tab 36
for stop in $(seq 33); do xdotool key shift+Tab; done
stops shift+Tab 12
for wanted in 'Studies pane' 'Open…' 'Findings pane' 'Menu' 'Drag moves the crosshair' 'Window (1 … 6)' \
  'Slab' 'Reset zoom' 'Axial picture' 'Sagittal picture' 'Coronal picture' '3-D picture' '3-D view' \
  'Cut' '"Finding"' 'chest.nii.gz' 'Adapter'; do
  grep -q -- "$wanted" "$tmp/stops.txt"
  report $? "tab-reaches-$(echo "$wanted" | tr -cs 'A-Za-z0-9\n' '-' | sed 's/^-//; s/-$//')"
done
[ -z "$pictures" ] || cp "$tmp/stops.txt" "$pictures/access-stops.txt"
focus_window
# What the two menu buttons beside model and adapter open.
xdotool mousemove 238 844 click 1
look model-menu
has model-is-chosen-there 'menu item "Choose Model…"'
xdotool key Escape sleep 0.3
choose_beside 852 898 'Choose a model folder'
look_at_chooser model-chooser 'Choose a model folder'
xdotool mousemove 238 928 click 1
look adapter-menu
has adapter-is-chosen-there 'menu item "Choose Adapter…"'
xdotool key Escape sleep 0.3
choose_beside 920 800 'Choose an adapter folder'
look_at_chooser adapter-chooser 'Choose an adapter folder'
xdotool key ctrl+o
look_at_chooser study-chooser 'Open a chest CT'
xdotool key ctrl+s
look_at_chooser report-chooser 'Save Report'
xdotool key ctrl+comma
sleep 1
look preferences
has preferences-are-open 'label "Preferences"'
xdotool key Escape
sleep 0.3
focus_window
xdotool key ctrl+question
sleep 0.5
look shortcuts
has shortcuts-name-the-keys 'label "Next and previous slice"'
kill "$program"
wait 2>/dev/null
echo "1..$n"
