#!/bin/sh
# first-slice.sh BUILD CHEST.nii.gz: from starting medct-studio with a file to its first slice on
# screen, against decompressing that file in memory. Best of five starts, under Xvfb.
set -u
build=$1 chest=$2 tour=first-slice pictures=
. "$(dirname "$0")/../ui/display.sh"
need Xvfb dbus-run-session
begin_tour
bare=$("$build/tests/bench-open" "$chest" | sed -n 's/.*in memory \([0-9.]*\) s.*/\1/p')
best=999
for turn in 1 2 3 4 5; do
  : >"$tmp/log"
  # The bus is started first: a desktop has one already.
  dbus-run-session -- sh -c 'echo $$ >"$0/pid" && date +%s%6N >"$0/began" && exec "$@"' "$tmp" \
    "$build/app/medct-studio" --no-session --time-first-slice "$chest" >"$tmp/log" 2>&1 &
  program=$!
  wait_quietly '^first slice' "$tmp/log"
  kill "$(cat "$tmp/pid")" 2>/dev/null
  wait "$program" 2>/dev/null
  program=
  best=$(awk -v best="$best" -v began="$(cat "$tmp/began")" '/^first slice/ {
    s = ($4 - began) / 1e6; if (s < best) best = s } END { print best }' "$tmp/log")
done
awk -v first="$best" -v bare="$bare" 'BEGIN {
  printf "  bare decompression %.3f s, first slice %.3f s after the start\n", bare, first
  printf "%-66s %7.3f  floor %5.2f  %s\n", "first slice / bare decompression", first / bare, 1.5,
    first / bare <= 1.5 ? "ok" : "MISSED" }'
