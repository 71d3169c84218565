#!/bin/sh
# tour-cohort.sh MEDCT-STUDIO MEDCT MAKE-CHEST [PICTURES]: the Cohort page and labelling under Xvfb.
# Outcomes are read from the program's own state and from the table on disk. TAP.
set -u
studio=$1 make_chest=$3 pictures=${4:-} tour=cohort-page
. "$(dirname "$0")/display.sh"
need Xvfb xdotool import convert dbus-run-session
begin_tour

"$make_chest" "$tmp/chest-0117.nii.gz" 96 3.5 80 4 || exit 1
cp "$tmp/chest-0117.nii.gz" "$tmp/b.nii.gz"
head -c 4000 "$tmp/b.nii.gz" >"$tmp/broken.nii.gz"
cat >"$tmp/cohort.csv" <<END
volume,patient,split,Medical material,Arterial wall calcification,Cardiomegaly,Pericardial effusion,Coronary artery wall calcification,Hiatal hernia,Lymphadenopathy,Emphysema,Atelectasis,Lung nodule,Lung opacity,Pulmonary fibrotic sequela,Pleural effusion,Mosaic attenuation pattern,Peribronchial thickening,Consolidation,Bronchiectasis,Interlobular septal thickening,report
b.nii.gz,p1,train,1,0,0,0,1,0,0,0,0,1,,0,0,0,0,0,0,0,A nodule.
broken.nii.gz,p2,validation,0,0,1,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,
missing.nii.gz,p1,test,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,
END

dbus-run-session -- "$studio" --no-session --dump-state "$state" --cohort "$tmp/cohort.csv" \
  "$tmp/chest-0117.nii.gz" >"$tmp/log" 2>&1 &
program=$!
wait_for table '"page":"cohort".*"cohort_rows":3'
wait_for read '"cohort_errors":3.*"cohort_reading":false'
shot cohort-problems
wait_for study '"studies":1'
focus_window
xdotool key --clearmodifiers ctrl+l
wait_for labelling '"page":"read".*"labelling":true'
sleep 0.5
xdotool key p Down a Down u Down p
shot cohort-labelling
xdotool key Return
wait_for saved '^chest-0117.nii.gz,chest-0117,,1,0,,1,,' "$tmp/cohort.csv"
wait_for shown '"cohort_rows":4.*"labelling":false'
xdotool key --clearmodifiers ctrl+l
wait_for again '"labelling":true'
sleep 0.5
xdotool key a Return
wait_for changed '^chest-0117.nii.gz,chest-0117,,0,0,,1,,' "$tmp/cohort.csv"

# Split by patient with shares of one's own: all to train.
xdotool mousemove 800 28 click 1
wait_for cohort-again '"page":"cohort","cohort_rows":4.*"cohort_errors":3.*"cohort_reading":false'
sleep 1
xdotool mousemove 1501 301 click 1
sleep 1
xdotool mousemove 240 193 click --repeat 2 --delay 60 1 key ctrl+a
xdotool type --delay 15 100
xdotool key Return mousemove 240 249 click --repeat 2 --delay 60 1 key ctrl+a
xdotool type --delay 15 0
xdotool key Return
shot cohort-split
xdotool mousemove 286 400 click 1
xdotool search --sync --onlyvisible --name 'Save the split cohort' >"$tmp/dialog"
sleep 1
xdotool key ctrl+a
xdotool type --delay 15 "$tmp/split.csv"
xdotool key Return
wait_for split-is-saved '^b.nii.gz,p1,' "$tmp/split.csv"
[ "$(sed 1d "$tmp/split.csv" | cut -d, -f3 | sort | uniq -c | tr -d ' \n')" = 4train ]
report $? by-these-shares
wait_for split-is-shown '"cohort_errors":[12]\.'
xdotool key ctrl+q
wait "$program"

# In light the names of the findings are as dark as other words.
rm -f "$state"
ADW_DEBUG_COLOR_SCHEME=prefer-light dbus-run-session -- "$studio" --no-session --dump-state "$state" \
  --cohort "$tmp/split.csv" >"$tmp/log" 2>&1 &
program=$!
wait_for light '"page":"cohort".*"cohort_reading":false'
shot cohort-light
darkest=$(convert "$tmp/cohort-light.png" -crop 200x300+1167+560 +repage -colorspace gray \
  -format '%[fx:int(100*minima)]' info:)
[ "$darkest" -le 20 ]
report $? light-names-are-dark
echo "# the darkest point of the names: $darkest %"
echo "1..$n"
