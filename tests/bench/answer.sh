#!/bin/sh
# answer.sh BUILD [MODEL VOLUME]: what a key costs in the real window, from the key to the painted score
# and map, under Xvfb. Without a model: random weights of the released size (1.75 GB, removed
# afterwards) and a made-up chest. Prints each time and the median.
set -u
build=$1 model=${2:-} volume=${3:-}
tour=answer pictures=
. "$(dirname "$0")/../ui/display.sh"
need Xvfb xdotool dbus-run-session

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
if [ -z "$model" ]; then
  model=$tmp/model
  "$build/app/medct" model random --config released --seed 1 --out "$model" >/dev/null || exit 1
fi
if [ -z "$volume" ]; then
  volume=$tmp/chest.nii.gz
  "$build/tests/make-chest" "$volume" || exit 1
fi
state=$tmp/state.json
"$build/app/medct" --version
dbus-run-session -- "$build/app/medct-studio" --no-session --dump-state "$state" --model "$model" \
  "$volume" >"$tmp/log" 2>&1 &
program=$!
tries=0
until grep -q '"scored":true' "$state" 2>/dev/null || [ $tries -ge 1200 ]; do
  sleep 0.1
  tries=$((tries + 1))
done
focus_window
sleep 3
xdotool key slash
sleep 0.5
for key in r i b space f r a c t u r e space i s space s e e n; do
  xdotool key "$key"
  sleep 0.6
  sed -n 's/.*"answer_ms":\([0-9.]*\).*/\1/p' "$state"
done >"$tmp/times"
echo "from the key to the painted score and map, ms:" $(cut -d. -f1 "$tmp/times")
echo "median: $(sort -n "$tmp/times" | sed -n '10p' | cut -d. -f1) ms"
