#!/bin/sh
# answer.sh BUILD [MODEL VOLUME]: what a key costs in the real window, from the key to the painted score
# and map, under Xvfb: many keys of one window, and the first keys of windows that have just begun.
# Without a model: random weights of the released size (1.75 GB, removed afterwards) and a made-up
# chest. Prints each time, how many there are, the median and the largest against the floor.
# MEDCT_BENCH_STARTS: how many windows (6).
set -u
build=$1 model=${2:-} volume=${3:-}
tour=answer pictures=
. "$(dirname "$0")/../ui/display.sh"
need Xvfb xdotool dbus-run-session
begin_tour
unset GSK_RENDERER # as the program chooses
if [ -z "$model" ]; then
  model=$tmp/model
  "$build/app/medct" model random --config released --seed 1 --out "$model" >/dev/null || exit 1
fi
if [ -z "$volume" ]; then
  volume=$tmp/chest.nii.gz
  "$build/tests/make-chest" "$volume" || exit 1
fi
"$build/app/medct" --version

# Types into a window of its own; the study's encoding is kept on disk, so only the first one waits for it.
# A key is answered when the state holds the text typed so far, no question, and another time than before.
type_keys() { # KEY…
  rm -f "$state"
  dbus-run-session -- "$build/app/medct-studio" --no-session --dump-state "$state" --model "$model" \
    "$volume" >"$tmp/log" 2>&1 &
  program=$!
  patience=1200
  wait_quietly '"scored":true' && wait_quietly '"volume":"\(fine\|trouble\)"' ||
    { echo "answer: not measured, the study was not scored"; exit 1; }
  focus_window
  sleep 2
  xdotool key slash
  sleep 0.5
  patience=30 typed= last=$(value answer_ms)
  for key; do
    if [ "$key" = space ]; then typed="$typed "; else typed=$typed$key; fi
    xdotool key "$key"
    sleep 0.4
    wait_quietly "\"answer_ms\":[1-9].*\"prompt\":\"$typed\".*\"answering\":false"
    now=$(value answer_ms)
    [ "$now" = "$last" ] || echo "$now"
    last=$now
  done
  xdotool key ctrl+q
  wait "$program"
  program=
}

type_keys r i b space f r a c t u r e space i s space s e e n >"$tmp/times"
starts=${MEDCT_BENCH_STARTS:-6}
while [ "$starts" -gt 1 ]; do
  type_keys r i b >>"$tmp/times.first"
  starts=$((starts - 1))
done
[ ! -e "$tmp/times.first" ] || cat "$tmp/times.first" >>"$tmp/times"
echo "from the key to the painted score and map, ms:" $(cut -d. -f1 "$tmp/times")
sort -n "$tmp/times" | awk '
  { t[NR] = $1 }
  END {
    if (NR == 0) { print "answer: not measured, no key was answered"; exit 1 }
    printf "%d answers, median %.0f ms\n", NR, (t[int((NR + 1) / 2)] + t[int(NR / 2) + 1]) / 2
    printf "%-66s %7.0f  floor %5d  %s\n", "largest, ms", t[NR], 100, t[NR] < 100 ? "ok" : "MISSED"
  }'
