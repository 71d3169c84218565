#!/bin/sh
# tour-cohort.sh MEDCT-STUDIO MEDCT MAKE-CHEST [PICTURES]: the Cohort page and labelling under Xvfb.
# Outcomes are read from the program's own state and from the table on disk. TAP.
set -u
studio=$1 medct=$2 make_chest=$3 pictures=${4:-}

for tool in Xvfb xdotool import dbus-run-session; do
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

"$make_chest" "$tmp/chest-0117.nii.gz" 96 3.5 80 4 || exit 1
cp "$tmp/chest-0117.nii.gz" "$tmp/b.nii.gz"
head -c 4000 "$tmp/b.nii.gz" >"$tmp/broken.nii.gz"
cat >"$tmp/cohort.csv" <<END
volume,patient,split,Medical material,Arterial wall calcification,Cardiomegaly,Pericardial effusion,Coronary artery wall calcification,Hiatal hernia,Lymphadenopathy,Emphysema,Atelectasis,Lung nodule,Lung opacity,Pulmonary fibrotic sequela,Pleural effusion,Mosaic attenuation pattern,Peribronchial thickening,Consolidation,Bronchiectasis,Interlobular septal thickening,report
b.nii.gz,p1,train,1,0,0,0,1,0,0,0,0,1,,0,0,0,0,0,0,0,A nodule.
broken.nii.gz,p2,validation,0,0,1,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,
missing.nii.gz,p1,test,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,
END

state=$tmp/state.json
n=0
report() { # OK NAME
  n=$((n + 1))
  if [ "$1" = 0 ]; then echo "ok $n /cohort-page/$2"; else
    echo "not ok $n /cohort-page/$2"
    echo "# state: $(cat "$state" 2>/dev/null)"
    sed 's/^/# /' "$tmp/log" "$tmp/cohort.csv" 2>/dev/null
  fi
}
wait_for() { # NAME PATTERN [FILE]
  tries=0
  until grep -q -- "$2" "${3:-$state}" 2>/dev/null; do
    tries=$((tries + 1))
    if [ $tries -ge 200 ]; then report 1 "$1"; return 1; fi
    sleep 0.1
  done
  report 0 "$1"
}
shot() { # NAME
  sleep 0.4
  [ -z "$pictures" ] || { mkdir -p "$pictures" && import -window root "$pictures/cohort-$1.png"; }
}

echo 1..8
dbus-run-session -- "$studio" --no-session --dump-state "$state" --cohort "$tmp/cohort.csv" \
  "$tmp/chest-0117.nii.gz" >"$tmp/log" 2>&1 &
program=$!
wait_for table '"page":"cohort".*"cohort_rows":3'
wait_for read '"cohort_errors":3.*"cohort_reading":false'
shot problems
wait_for study '"studies":1'
window=$(xdotool search --onlyvisible --name 'MedCT Studio' | head -1)
xdotool windowfocus "$window" 2>/dev/null
xdotool key --clearmodifiers ctrl+l
wait_for labelling '"page":"read".*"labelling":true'
sleep 0.5
xdotool key p Down a Down u Down p
shot labelling
xdotool key Return
wait_for saved '^chest-0117.nii.gz,chest-0117,,1,0,,1,,' "$tmp/cohort.csv"
wait_for shown '"cohort_rows":4.*"labelling":false'
xdotool key --clearmodifiers ctrl+l
wait_for again '"labelling":true'
sleep 0.5
xdotool key a Return
wait_for changed '^chest-0117.nii.gz,chest-0117,,0,0,,1,,' "$tmp/cohort.csv"
