#!/bin/sh
# tour-widths.sh MEDCT-STUDIO MEDCT MAKE-CHEST [PICTURES]: the real window at five sizes and in three
# colour schemes: what folds when, and that the notice stays in sight. TAP.
set -u
studio=$1 make_chest=$3 pictures=${4:-} tour=widths
. "$(dirname "$0")/display.sh"
need Xvfb xdotool import convert dbus-run-session
begin_tour
"$make_chest" "$tmp/chest.nii.gz" || exit 1

cohort=
start() {
  rm -f "$state"
  # shellcheck disable=SC2086
  dbus-run-session -- "$studio" --no-session --dump-state "$state" $cohort "$tmp/chest.nii.gz" \
    >"$tmp/log" 2>&1 &
  program=$!
  wait_for "opens-$1" '"study":"chest.nii.gz"'
  focus_window
}
# Brightness, 0 … 100, of a part of the picture.
grey() { # NAME GEOMETRY STATISTIC
  convert "$tmp/$1.png" -crop "$2" +repage -colorspace gray -format "%[fx:int(100*$3)]" info:
}
# The notice is the last thing in the lower right corner: bright on dark.
notice_is_there() { # WIDTH HEIGHT
  [ "$(grey "width-$1" "250x20+$(($1 - 270))+$(($2 - 30))" maxima)" -ge 80 ] &&
    [ "$(grey "width-$1" "250x20+$(($1 - 270))+$(($2 - 30))" minima)" -le 25 ]
}
size() { # WIDTH HEIGHT STUDIES FINDINGS RARE
  xdotool windowsize --sync "$window" "$1" "$2"
  wait_for "studies-$1" "\"studies_folded\":$3"
  wait_for "findings-$1" "\"findings_folded\":$4"
  wait_for "tools-$1" "\"rare_tools_folded\":$5"
  for try in 1 2 3 4 5; do # bars come and go with an animation
    shot "width-$1"
    notice_is_there "$1" "$2" && break
  done
  eval "$(xdotool getwindowgeometry --shell "$window" | grep -E '^(WIDTH|HEIGHT)=')"
  [ "$WIDTH" = "$1" ] && [ "$HEIGHT" = "$2" ]
  report $? "fits-$1"
  notice_is_there "$1" "$2"
  report $? "research-only-$1"
}

start dark
size 1600 1000 false false false
size 1280 800 true false false
size 1024 768 true false true
size 900 700 true true false
size 640 480 true true true
xdotool key shift+F9
wait_for findings-slide-over '"findings_pane":true'
sleep 0.3
shot width-facts
[ "$(grey width-facts 270x6+300+53 maxima)" -le 40 ] && [ "$(grey width-facts 270x24+300+53 maxima)" -ge 60 ]
report $? line-of-facts-is-whole
xdotool key shift+F9
wait_for findings-slide-back '"findings_pane":false'
size 1600 1000 false false false
wait_for findings-come-back '"findings_pane":true'
[ "$(grey width-1600 200x10+600+8 mean)" -le 25 ]
report $? dark-by-default
xdotool mousemove 1198 600 mousedown 1 mousemove 1170 600 sleep 0.05 mousemove 1100 600 sleep 0.05 mouseup 1
wait_for right-pane-is-dragged '"findings_width":\(49\|50\)[0-9]'
wait_for left-pane-stays '"studies_folded":false'
xdotool mousemove 1100 600 sleep 0.3 click --repeat 2 --delay 60 1
wait_for right-pane-as-usual '"findings_width":0'
[ "$(grey width-1600 600x40+500+6 maxima)" -le 92 ]
report $? words-are-no-brighter-than-pictures
xdotool key ctrl+q
wait "$program"
report $? closes-cleanly

# Letters twice as large: the smallest window is still as small.
if command -v xprop >/dev/null 2>&1; then
  xprop -root -f RESOURCE_MANAGER 8s -set RESOURCE_MANAGER 'Xft.dpi: 192'
  printf 'volume,patient,split,Emphysema\nchest.nii.gz,p,train,0\n' >"$tmp/cohort.csv"
  cohort="--cohort $tmp/cohort.csv"
  start large-letters
  cohort=
  # Without --sync, which waits for ever when the window does not follow.
  xdotool windowsize "$window" 640 480
  wait_for large-letters-cohort '"page":"cohort".*"cohort_rows":1' # which is the widest page
  sleep 1
  shot large-letters
  [ "$(grey large-letters 24x40+306+385 maxima)" -ge 80 ]
  report $? notice-is-large
  xdotool getwindowgeometry "$window" | grep -q 'Geometry: 640x480'
  report $? large-letters-fit-640x480
  xdotool key ctrl+q
  wait "$program"
  report $? closes-large-letters
  xprop -root -remove RESOURCE_MANAGER
fi

plates=
for scheme in prefer-light high-contrast; do
  if [ $scheme = prefer-light ]; then export ADW_DEBUG_COLOR_SCHEME=prefer-light
  else unset ADW_DEBUG_COLOR_SCHEME; export ADW_DEBUG_HIGH_CONTRAST=1; fi
  start $scheme
  shot $scheme
  if [ $scheme = prefer-light ]; then
    [ "$(grey $scheme 200x10+600+8 mean)" -ge 85 ]
    report $? light-follows
    [ "$(grey $scheme 100x60+760+560 minima)" -le 2 ]
    report $? pictures-stay-black
    [ "$(grey $scheme 60x150+20+580 minima)" -le 50 ] # names of the input check
    report $? second-lines-can-be-read
  fi
  plates="$plates $(grey $scheme 2x2+277+104 maxima)"
  xdotool key ctrl+q
  wait "$program"
  report $? "closes-$scheme"
done
# A corner of the plate behind "Axial", over air.
[ "${plates#* }" != "${plates% *}" ] && [ "${plates##* }" = 0 ]
report $? high-contrast-has-opaque-plates
echo "# grey of a plate:$plates"
grep -q CRITICAL "$tmp/log"
[ $? = 1 ]
report $? no-criticals
program=
echo "1..$n"
