#!/bin/sh
# tour-hands.sh MEDCT-STUDIO MEDCT MAKE-CHEST [PICTURES]: every gesture and key of a plane's picture by
# a real pointer and keyboard, each with what it must change; then full screen, the two windows of help,
# labelling without a map, and the map's looks after a restart. TAP.
set -u
studio=$1 medct=$2 make_chest=$3 pictures=${4:-}
tour=hands
. "$(dirname "$0")/display.sh"
need Xvfb xdotool import convert dbus-run-session

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
begin_display "$tmp"

"$make_chest" "$tmp/chest.nii.gz" 128 2.8 100 3 && "$medct" model random --config mini --seed 1 \
  --out "$tmp/model" >/dev/null || exit 1
state=$tmp/state.json

start() {
  rm -f "$state"
  dbus-run-session -- "$studio" --dump-state "$state" "$@" >"$tmp/log" 2>&1 &
  program=$!
}
stop() {
  xdotool key ctrl+q
  wait "$program"
}
value() { sed -n "s/.*\"$1\":\([^,}]*\).*/\1/p" "$state"; }
# Waits until a number of the state fulfils a condition of bc's kind, such as 'zoom > 1.2'.
wait_number() { # NAME KEY CONDITION-ON-v
  tries=0
  until value "$2" | awk -v n="$3" '{ v = $1 } END { exit !(v != "" && ('"$3"')) }'; do
    tries=$((tries + 1))
    if [ $tries -ge 100 ]; then
      report 1 "$1"
      echo "# $2 is $(value "$2"), wanted: $3"
      return 1
    fi
    sleep 0.05
  done
  report 0 "$1"
}
at() { xdotool mousemove "$1" "$2"; }
drag() { # BUTTON RIGHT DOWN: in three steps, as a hand does
  xdotool mousedown "$1" mousemove_relative -- $(($2 / 3)) $(($3 / 3)) sleep 0.02 \
    mousemove_relative -- $(($2 / 3)) $(($3 / 3)) sleep 0.02 \
    mousemove_relative -- $(($2 - 2 * ($2 / 3))) $(($3 - 2 * ($3 / 3))) sleep 0.02 mouseup "$1"
}

# Pixels of the axial picture that differ from their left neighbour.
steps() {
  convert "$tmp/$1.png" -crop 200x100+300+320 +repage \( +clone -roll +1+0 \) -compose difference -composite \
    -threshold 0 -format '%[fx:int(mean*w*h)]' info:
}

# Half as many: each voxel is three pixels wide. A driver on the processor needs its time to show them.
squares() { # LINEAR NEAREST
  tries=0
  until shot "$2" && [ $((2 * $(steps "$2"))) -lt "$(steps "$1")" ]; do
    tries=$((tries + 1))
    [ $tries -lt 12 ] || return 1
  done
}

start --model "$tmp/model" "$tmp/chest.nii.gz"
wait_for opens '"study":"chest.nii.gz"'
wait_for scores '"scored":true'
focus_window

# ---- mouse, in the axial picture ----
at 480 300
xdotool click 1
wait_number click-moves-the-crosshair coronal 'v < 62'
drag 1 60 90
wait_number drag-moves-the-crosshair coronal 'v > 62'
sagittal=$(value sagittal)
at 400 260
xdotool keydown shift mousemove_relative 60 0 keyup shift
wait_number shift-move-links-the-crosshair sagittal "v != $sagittal"
at 480 300
drag 2 30 -20
wait_number middle-drag-moves-right pan 'v == 30'
wait_number middle-drag-moves-up pan_down 'v == -20'
xdotool keydown shift
drag 1 12 21
xdotool keyup shift
wait_number shift-drag-moves pan 'v > 41 && v < 43'
wait_number shift-drag-moves-down pan_down 'v > 0 && v < 2'
drag 3 0 -60
wait_number right-drag-up-zooms-in zoom 'v > 1.4 && v < 1.6'
xdotool key space
wait_number space-resets zoom 'v == 1'
wait_number space-resets-position pan 'v == 0'
xdotool keydown ctrl click 5 keyup ctrl
wait_number ctrl-wheel-zooms-out zoom 'v < 0.9'
xdotool key r
wait_number r-resets zoom 'v == 1'
at 400 260
sleep 0.2
under=$(sed -n 's/.*"readout":"[^"]* mm · \([^"]*\)".*/\1/p' "$state")
xdotool keydown ctrl click --repeat 4 --delay 30 4 keyup ctrl
wait_number ctrl-wheel-zooms-in zoom 'v > 1.7'
xdotool mousemove_relative 1 0 mousemove_relative -- -1 0
wait_for what-is-under-the-pointer-stays "\"readout\":\"[^\"]* mm · $under\""
xdotool key r
wait_number r-resets-again zoom 'v == 1'
at 480 300
xdotool click 4
wait_number wheel-up axial 'v == 52'
xdotool click 5 click 5
wait_number wheel-down axial 'v == 50'
at 724 140
drag 1 0 30
wait_number slice-track axial 'v > 70 && v < 100'
at 480 300
xdotool click --repeat 2 --delay 60 1
wait_for double-click-maximises '"maximised":true'
sleep 0.6 # else it counts as a third click
xdotool click --repeat 2 --delay 60 1
wait_for double-click-again '"maximised":false'

xdotool key Return
wait_for return-maximises '"maximised":true'
xdotool key Return
wait_for return-again '"maximised":false'

# ---- window and level ----
xdotool key m
wait_for m-lets-the-mouse-change-the-window '"window_mode":true'
at 480 300
drag 1 30 -12
wait_number right-widens window_width 'v == 1650'
wait_number up-raises window_level 'v == -540'
xdotool mousedown 1 mousemove_relative 60 60
wait_number while-dragging window_width 'v > 1800'
xdotool key Escape
wait_number escape-takes-it-back window_width 'v == 1650'
xdotool mousemove_relative 10 10 sleep 0.1 mouseup 1
wait_number and-it-stays-back window_level 'v == -540'
xdotool key c keydown ctrl mousemove 345 300 mousedown 1 mousemove 370 330 sleep 0.05 mousemove 395 350 \
  sleep 0.2
shot hands-rectangle
edge=$(convert "$tmp/hands-rectangle.png" -crop 1x5+380+298 +repage -format '%[fx:int(255*maxima.r)]' info:)
[ "$edge" -gt 220 ] && [ "$edge" -lt 235 ]
report $? rectangle-is-drawn
wait_number not-before-the-button-is-let-go window_width 'v == 1650'
xdotool mouseup 1 keyup ctrl
wait_number window-of-the-rectangle window_width 'v >= 10 && v < 1300'
wait_number level-of-the-rectangle window_level 'v < -550 && v > -1000'
width=$(value window_width)
xdotool keydown ctrl mousemove 345 300 mousedown 1 mousemove 420 330 sleep 0.05 mousemove 520 400 key Escape \
  mouseup 1 keyup ctrl
sleep 0.2
wait_number escape-drops-the-rectangle window_width "v == $width"
xdotool key m
wait_for m-again '"window_mode":false'

# ---- keys ----
preset() { # KEY WIDTH LEVEL
  xdotool key "$1"
  wait_for "preset-$1" "\"window_width\":$2.0,\"window_level\":$3.0"
}
preset 2 400 40
preset 3 2000 350
preset 4 350 40
preset 5 500 -850
preset 6 2000 0
preset 1 1500 -600
at 480 300
xdotool key Home
wait_number home axial 'v == 1'
xdotool key f f
wait_number f axial 'v == 3'
xdotool key b
wait_number b axial 'v == 2'
xdotool key Page_Up
wait_number page-up axial 'v == 12'
xdotool key Page_Down
wait_number page-down axial 'v == 2'
xdotool key Up
wait_number up axial 'v == 3'
xdotool key Down Down
wait_number down axial 'v == 1'
xdotool key KP_Page_Up
wait_number number-pad axial 'v == 11'
xdotool key End
wait_number end axial 'v == 100'
xdotool key c
wait_number c-centres axial 'v == 51'
xdotool key x
wait_for x-hides-marks '"annotations":false'
xdotool key X # as with Caps Lock
wait_for x-shows-marks '"annotations":true'
xdotool key w # without a map
shot hands-linear
xdotool key n
wait_for n-shows-voxels '"linear":false'
squares hands-linear hands-nearest
report $? voxels-are-squares-on-screen
xdotool key n
wait_for n-mixes-voxels '"linear":true'
xdotool mousemove 800 500 key slash
sleep 0.2
xdotool type --delay 10 'There is a nodule.'
wait_number a-capital-letter-moves-nothing axial 'v == 51'
wait_for map-comes-although-w-was-pressed-without-one '"map":true.*"answering":false'
at 480 300
xdotool click 1 key q q
wait_number q-thins-the-map opacity 'v > 0.49 && v < 0.51'
xdotool key e
wait_number e-thickens-the-map opacity 'v > 0.59 && v < 0.61'
xdotool key w
wait_for w-hides-the-map '"map":false'
xdotool key w
wait_for w-shows-the-map '"map":true'

# A menu of the tool bar by its keys; once more when it was not up in time for them.
choose() { # X STATE KEYS…
  x=$1 wanted=$2
  shift 2
  for again in 0 1 2 3; do
    xdotool mousemove "$x" 73 click 1 sleep "0.$((4 + again))"
    [ "$wanted" != '"window_level":444.0' ] || [ "$again" != 0 ] || shot hands-window-menu
    xdotool key "$@"
    sleep "0.$((3 + again))"
    xdotool key Escape
    ! grep -q -- "$wanted" "$state" || return 0
  done
}

# ---- the window as numbers ----
choose 554 '"window_level":444.0' Up Up ctrl+a 4 4 4 Return
wait_number level-as-a-number window_level 'v == 444'
at 480 300
xdotool click 1 key 1

# ---- slabs, by their menu ----
choose 754 '"slab":1.0' Down Return
wait_number mip slab 'v == 1'
wait_number of-ten-millimetres slab_mm 'v == 10'
choose 754 '"slab_mm":20.0' Down Down Down Down Down Down Return
wait_number thickness slab_mm 'v == 20'
shot hands-slab
at 480 300

# ---- measuring ----
# Pixels of a measurement's colour in the axial picture.
measured() { # NAME
  convert "$tmp/$1.png" -crop 460x420+275+105 +repage -fuzz 12% -fill black +opaque '#7fdbff' -fill white \
    -opaque '#7fdbff' -threshold 50% -format '%[fx:int(mean*w*h)]' info:
}
! grep -q '"maximised":true' "$state" || xdotool key Return # a menu was not up in time for its own
xdotool key c key 1
shot hands-not-measured
xdotool key d
wait_for d-measures-distances '"mouse_mode":2'
at 400 300
drag 1 90 0
wait_for distance '"measures":1.0,"measured":"[1-9][0-9.]* mm"'
shot hands-distance
[ $(($(measured hands-distance) - $(measured hands-not-measured))) -gt 60 ]
report $? distance-is-on-screen
xdotool key g
wait_for g-measures-angles '"mouse_mode":3'
at 380 400
drag 1 80 0
xdotool mousemove_relative 0 60 sleep 0.2 click 1
wait_for angle '"measures":2.0,"measured":"90.0°"'
xdotool key o
wait_for o-measures-regions '"mouse_mode":4'
at 420 340
drag 1 40 30
wait_for region '"measures":3.0,"measured":"[^"]* ± [0-9]* HU · [0-9.]* cm²"'
xdotool mousedown 1 mousemove_relative 40 30 key Escape mousemove_relative 5 5 mouseup 1
xdotool key ctrl+z
wait_for ctrl-z-takes-back '"measures":2.0'
xdotool key ctrl+z ctrl+z
wait_for all-of-them '"measures":0.0'
xdotool key ctrl+y
wait_for ctrl-y-does-it-again '"measures":1.0'
xdotool key ctrl+shift+z
wait_for ctrl-shift-z-too '"measures":2.0,"measured":"90.0°"'
shot hands-measurements
xdotool mousemove 250 401 click 1
wait_for removed-from-the-list '"measures":1.0,"measured":"90.0°"'
xdotool mousemove 480 300 key ctrl+z
wait_for which-is-undone-too '"measures":2.0,"measured":"90.0°"'
xdotool key End
sleep 0.2
xdotool mousemove 100 401 click 1
wait_for its-row-leads-back '"axial":51'
at 480 300
xdotool key o
wait_for o-again-is-the-crosshair '"mouse_mode":0'
xdotool key ctrl+z ctrl+z
wait_for nothing-is-measured '"measures":0.0'
xdotool click 1

# ---- full screen ----
xdotool key F11
wait_for f11-hides-the-rest '"bare":true.*"studies_pane":false,"findings_pane":false'
shot hands-full-screen
xdotool key slash
wait_for slash-brings-the-prompt '"findings_pane":true'
xdotool key Tab key Escape
wait_for escape-leaves-full-screen '"bare":false.*"studies_pane":true,"findings_pane":true'

# ---- help ----
shows_window() { # NAME TITLE
  if timeout 20 xdotool search --sync --onlyvisible --name "^$2\$" >"$tmp/help"; then report 0 "$1"; else report 1 "$1"; fi
  shot "hands-$1"
  xdotool windowfocus "$(head -1 "$tmp/help")" key Escape
  tries=0
  while xdotool search --onlyvisible --name "^$2\$" >/dev/null 2>&1 && [ $tries -lt 40 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
  [ $tries -lt 40 ]
  report $? "$1-closes"
  focus_window
}
xdotool key ctrl+question
shows_window shortcuts 'Keyboard shortcuts'
xdotool key F10 sleep 0.3 key Up sleep 0.1 key Return # the last of the menu
shows_window about 'About MedCT Studio'
icon=$(convert "$tmp/hands-about.png" -crop 130x130+115+65 +repage -fill black +opaque '#f0e442' -fill white \
  -opaque '#f0e442' -format '%[fx:int(mean*w*h)]' info:)
[ "$icon" -gt 50 ]
report $? about-has-its-icon

# ---- labelling, and the looks of the map ----
xdotool mousemove 1370 310 click 1
wait_for against-is-shown '"against":true'
xdotool mousemove 1530 310 click 1
wait_for patches-are-shown '"patches":true'
xdotool key ctrl+l
wait_for labelling-begins-without-the-map '"map":false.*"labelling":true,"label_warns_of_map":false'
at 480 300
xdotool click 1 key w
wait_for a-map-while-labelling-is-warned-of '"map":true.*"label_warns_of_map":true'
shot hands-labelling
xdotool key w
wait_for and-hidden-again '"map":false.*"label_warns_of_map":false'
# Left while labelling: the session keeps the map that was on before.
stop
report $? closes
export GSK_RENDERER=gl
start
wait_for map-comes-back '"map":true.*"answering":false'
wait_for looks-come-back '"against":true,"patches":true'
wait_for the-card-says-so '"card_against":true,"card_patches":true'
focus_window
at 480 300
wait_for drawn-by-opengl '"drawn_by":"OpenGL"'
xdotool key w
shot hands-gl-linear
xdotool key n
wait_for n-by-opengl '"linear":false'
squares hands-gl-linear hands-gl-nearest
report $? voxels-are-squares-by-opengl
stop
report $? closes-again
grep -q CRITICAL "$tmp/log"
[ $? = 1 ]
report $? no-criticals
program=
echo "1..$n"
