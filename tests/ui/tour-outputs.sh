#!/bin/sh
# tour-outputs.sh MEDCT-STUDIO MEDCT MAKE-CHEST [PICTURES]: what leaves the window. A picture of a view
# on the clipboard and on disk, the report in its three forms, and what is said when a folder cannot be
# written. TAP.
set -u
studio=$1 medct=$2 make_chest=$3 pictures=${4:-}
tour=outputs
. "$(dirname "$0")/display.sh"
need Xvfb xdotool import convert xclip dbus-run-session
begin_tour

"$make_chest" "$tmp/somebody.nii.gz" && "$medct" model random --config mini --seed 1 \
  --out "$tmp/model" >/dev/null || exit 1
# Waits for a picture on the clipboard that is not the last one.
copied() { # INTO LAST
  tries=0
  while [ $tries -lt 50 ]; do
    timeout 5 xclip -selection clipboard -t image/png -o >"$1" 2>/dev/null
    [ -s "$1" ] && ! cmp -s "$1" "$2" && return
    tries=$((tries + 1))
    sleep 0.1
  done
}

# A folder of its own is what the file dialogs show.
mkdir "$tmp/desk" && : >"$tmp/desk/other.png"
studio=$(realpath "$studio")
(cd "$tmp/desk" && exec dbus-run-session -- "$studio" --no-session --dump-state "$state" --model "$tmp/model" \
  "$tmp/somebody.nii.gz") >"$tmp/log" 2>&1 &
program=$!
wait_for scores '"scored":true'
focus_window
xdotool key ctrl+s # no question asked yet: the report stands on its own
save_as "$tmp/plain.json"
wait_file report-as-json "$tmp/plain.json"
"$medct" score "$tmp/somebody.nii.gz" -m "$tmp/model" --json >"$tmp/score.json"
# Member by member, but for the file's name, which a report does not say; numbers to a millionth,
# since float sums depend on what was computed together.
for one in plain score; do tr ',{}[]' '\n\n\n\n\n' <"$tmp/$one.json" | grep -vE '"(cached|volume)"' >"$tmp/$one.txt"; done
paste -d '\t' "$tmp/plain.txt" "$tmp/score.txt" | awk -F '\t' '
  $1 == $2 { next }
  { split($1, a, ":"); split($2, b, ":"); d = a[2] - b[2] }
  a[1] != b[1] || a[2] !~ /^-?[0-9]/ || d > 1e-6 || d < -1e-6 { print "# " $0; bad = 1 }
  END { exit bad || NR < 100 }'
report $? equals-medct-score

xdotool key slash
sleep 0.3
xdotool type --delay 15 'There is a nodule.'
wait_for answered '"map":true.*"answering":false'
xdotool key --delay 60 Tab Tab Tab Tab Return # star, history, wordings, the pencil beside the opposite
sleep 0.3
xdotool key ctrl+a
xdotool type --delay 8 'The lungs are clear.'
xdotool key Return
wait_for own-opposite '"opposite":"The lungs are clear.".*"answering":false'
xdotool mousemove 480 400 click 1
xdotool key d mousemove 340 250 mousedown 1 mousemove 380 250 sleep 0.05 mousemove 440 250 sleep 0.05 mouseup 1 key d
wait_for measured '"measures":1.0'
xdotool key x # hidden on screen, burned in all the same
wait_for marks-hidden '"annotations":false'
xdotool key ctrl+shift+c
copied "$tmp/copied.png" ''
[ "$(convert "$tmp/copied.png" -format '%[fx:w>300&&h>300]' info: 2>/dev/null)" = 1 ]
report $? picture-is-on-the-clipboard
[ "$(convert "$tmp/copied.png" -fuzz 12% -fill black +opaque '#7fdbff' -threshold 1% \
  -format '%[fx:int(mean*w*h)]' info:)" -gt 60 ]
report $? with-its-measurements
xdotool key ctrl+shift+s
shot outputs-dialog
# A file's row is no handle: once it was dragged, a change of the file would end the program.
xdotool mousemove 240 121 mousedown 1 sleep 0.1 mousemove 260 135 sleep 0.1 mousemove 300 160 sleep 0.2 mouseup 1 \
  mousemove 400 14 click 1
save_as "$tmp/view.png"
wait_file picture-is-saved "$tmp/view.png"
touch "$tmp/desk/other.png"
[ "$(compare -metric AE "$tmp/copied.png" "$tmp/view.png" null: 2>&1)" = 0 ]
report $? both-are-equal
[ -z "$pictures" ] || cp "$tmp/view.png" "$pictures/studio-picture.png"

xdotool mousemove 950 720 click --repeat 2 --delay 60 1 # the 3-D picture, alone
# On a busy machine the second press may come too late to be one of two.
wait_quietly '"maximised":true' || xdotool sleep 1 click --repeat 2 --delay 60 1
wait_for volume-is-alone '"maximised":true'
sleep 0.5
xdotool key ctrl+shift+c
copied "$tmp/volume.png" "$tmp/copied.png"
[ "$(convert "$tmp/volume.png" -format '%[fx:w>600&&h>600&&standard_deviation>0.02]' info: 2>/dev/null)" = 1 ]
report $? volume-is-copied
[ -z "$pictures" ] || cp "$tmp/volume.png" "$pictures/studio-picture-volume.png"
xdotool mousemove 1527 83 click 1 # the star
wait_for kept '"own_prompts":1'

xdotool key ctrl+s
save_as "$tmp/report.pdf"
wait_file report-as-pdf "$tmp/report.pdf"
shot outputs-saved
xdotool key ctrl+s
save_as "$tmp/report.csv"
wait_file report-as-csv "$tmp/report.csv"
grep -q '^There is a nodule.*The lungs are clear\.' "$tmp/report.csv"
report $? own-opposite-in-the-table
xdotool key slash
sleep 0.3
xdotool key ctrl+a
xdotool type --delay 15 'rib fracture'
wait_for another-answered '"prompt":"rib fracture".*"answering":false'
xdotool key ctrl+s
save_as "$tmp/own.json"
wait_file own-as-json "$tmp/own.json"
# What is kept stands in the list, so it stands in the report, before what was typed.
grep -q '"name":"There is a nodule\.".*"negation":"The lungs are clear\.".*"name":"rib fracture"' "$tmp/own.json"
report $? kept-and-typed-in-json
if command -v pdftotext >/dev/null 2>&1; then
  pdftotext -layout "$tmp/report.pdf" "$tmp/report.txt"
  grep -q 'scored against: The lungs are clear\.' "$tmp/report.txt"
  report $? own-opposite-on-the-page
  grep -q 'There is a nodule' "$tmp/report.txt" && ! grep -q somebody "$tmp/report.txt"
  report $? page-names-no-file
  [ -z "$pictures" ] || pdftoppm -r 110 -png -singlefile "$tmp/report.pdf" "$pictures/studio-report"
fi
! grep -q somebody "$tmp/report.csv" "$tmp/own.json"
report $? data-name-no-file

# The toolkit's dialog writes names into the desktop's list of recent files.
recent=$XDG_DATA_HOME/recently-used.xbel
tries=0
while grep -q "file://" "$recent" 2>/dev/null && [ $tries -lt 30 ]; do sleep 0.1; tries=$((tries + 1)); done
[ -e "$recent" ] && ! grep "file://" "$recent"
report $? nothing-stays-in-the-desktops-recent-files
xdotool key ctrl+s
save_as "/proc/report.pdf" # a folder that nobody can write, not even root
wait_for read-only-is-said '"refused":"report.pdf was not saved"'
wait_for study-stays '"study":"somebody.nii.gz"'
shot outputs-read-only
xdotool key Escape
xdotool key ctrl+q
wait "$program"
report $? closes
grep -q CRITICAL "$tmp/log"
[ $? = 1 ]
report $? no-criticals
program=
echo "1..$n"
