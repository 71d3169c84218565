#!/bin/sh
# tour-scale.sh MEDCT-STUDIO MEDCT MAKE-CHEST [PICTURES]: the same hands at scale 1 and at scale 2, as on a
# screen with twice as many pixels: the same places are hit, words and marks stand where they stood, and
# pictures, on screen and exported, have every pixel of their own. TAP.
set -u
studio=$1 make_chest=$3 pictures=${4:-}
tour=scale
screen=3200x2000x24
. "$(dirname "$0")/display.sh"
need Xvfb xdotool import convert compare xclip dbus-run-session
begin_tour
"$make_chest" "$tmp/chest.nii.gz" || exit 1
at() { xdotool mousemove $(($1 * scale)) $(($2 * scale)); }
drag() { # BUTTON RIGHT DOWN
  xdotool mousedown "$1" mousemove_relative -- $(($2 * scale / 2)) $(($3 * scale / 2)) sleep 0.05 \
    mousemove_relative -- $(($2 * scale / 2)) $(($3 * scale / 2)) sleep 0.05 mouseup "$1"
}
# What hands can change, without what is of the moment.
places() { tr ',' '\n' <"$state" | grep -E '"(axial|sagittal|coronal|zoom|pan|pan_down|window_width|window_level)"'; }

for scale in 1 2; do
  rm -f "$state"
  export GDK_SCALE=$scale
  dbus-run-session -- "$studio" --no-session --dump-state "$state" "$tmp/chest.nii.gz" >"$tmp/log" 2>&1 &
  program=$!
  wait_for "opens-$scale" '"study":"chest.nii.gz"'
  focus_window
  at 420 360
  xdotool click 1
  wait_for "click-$scale" '"coronal":15[4-8]'
  drag 1 60 40
  at 480 600
  xdotool click 5 click 5
  at 480 300
  xdotool keydown ctrl click 4 click 4 keyup ctrl keydown shift
  drag 1 40 30
  xdotool keyup shift
  at 722 250 # the slice track
  xdotool mousedown 1 sleep 0.05 mouseup 1
  sleep 0.5
  at 800 985
  grep -q '"volume":"trouble"' "$state" || wait_for "fine-$scale" '"volume":"fine"'
  places >"$tmp/places-$scale"
  sleep 0.6
  import -window root -crop $((1600 * scale))x$((1000 * scale))+0+0 +repage "$tmp/window-$scale.png"
  [ -z "$pictures" ] || cp "$tmp/window-$scale.png" "$pictures/studio-scale-$scale.png"
  at 480 300
  xdotool key ctrl+shift+c
  sleep 1
  xclip -selection clipboard -t image/png -o >"$tmp/view-$scale.png" 2>/dev/null
  [ -z "$pictures" ] || cp "$tmp/view-$scale.png" "$pictures/studio-scale-view-$scale.png"
  xdotool key ctrl+q
  wait "$program"
  report $? "closes-$scale"
  program=
done

cmp -s "$tmp/places-1" "$tmp/places-2"
same=$?
report $same the-same-places
[ $same = 0 ] || diff "$tmp/places-1" "$tmp/places-2" | sed 's/^/# /'

# 0 … 1: how far two pictures of one size are apart.
apart() { compare -metric RMSE "$1" "$2" null: 2>&1 | sed 's/.*(\(.*\))/\1/'; }
convert "$tmp/window-2.png" -filter Box -resize 50% "$tmp/halved.png"
for part in header:1600x40+0+0 left:250x900+5+60 planes:440x400+290+110 corners:170x60+275+98 right:380x800+1200+60; do
  for one in window-1 halved; do
    convert "$tmp/$one.png" -crop "${part#*:}" +repage "$tmp/part-$one.png"
  done
  distance=$(apart "$tmp/part-window-1.png" "$tmp/part-halved.png")
  awk -v d="$distance" 'BEGIN { exit !(d < 0.1) }'
  report $? "${part%%:*}-stand-where-they-stood"
  echo "# ${part%%:*}: $distance"
done

# A picture that was only enlarged would be equal to its own halves enlarged.
sharp() { # PICTURE GEOMETRY
  convert "$1" -crop "$2" +repage "$tmp/sharp.png"
  convert "$tmp/sharp.png" -filter Box -resize 50% -filter Point -resize 200% "$tmp/blunt.png"
  apart "$tmp/sharp.png" "$tmp/blunt.png" | awk '{ exit !($1 > 0.01) }'
}
sharp "$tmp/window-2.png" 800x700+600+250
report $? planes-have-their-own-pixels
sharp "$tmp/window-2.png" 340x120+550+196
report $? words-have-their-own-pixels
size() { convert "$1" -format '%w %h' info:; }
[ "$(size "$tmp/view-1.png" | awk '{print 2 * $1, 2 * $2}')" = "$(size "$tmp/view-2.png")" ]
report $? export-has-twice-the-pixels
echo "# $(size "$tmp/view-1.png"), $(size "$tmp/view-2.png")"
convert "$tmp/view-2.png" -filter Box -resize 50% "$tmp/view-halved.png"
apart "$tmp/view-1.png" "$tmp/view-halved.png" | awk '{ exit !($1 < 0.1) }'
report $? export-shows-the-same
echo "1..$n"
