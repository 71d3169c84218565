#!/bin/sh
# long-volume.sh BUILD [CHEST.nii.gz]: a volume of 512 × 512 × 1500 (made up unless one is given) in the
# real window under Xvfb, drawn by OpenGL: first slice, whole volume, 3-D picture, resident memory, and
# what sixty slices cost. Not run by `make bench`: it takes minutes and 450 MB of disk.
set -u
build=$1 chest=${2:-} tour=long-volume pictures=
. "$(dirname "$0")/../ui/display.sh"
need Xvfb xdotool dbus-run-session
begin_tour
if [ -z "$chest" ]; then
  chest=$tmp/long.nii.gz
  "$build/tests/make-chest" "$chest" 512 0.7 1500 0.3 || exit 1
fi
patience=6000
export GSK_RENDERER=gl
began=
since() { echo "$(($(date +%s%N) / 1000000 - began))"; }
resident() { awk '/^VmRSS/ {printf "%.0f MB\n", $2 / 1024}' "/proc/$(cat "$tmp/pid")/status"; }
: >"$tmp/log"
dbus-run-session -- sh -c 'echo $$ >"$0" && exec "$@"' "$tmp/pid" "$build/app/medct-studio" --no-session \
  --frame-times --time-first-slice --dump-state "$state" "$chest" >"$tmp/log" 2>&1 &
program=$!
began=$(($(date +%s%N) / 1000000))
wait_quietly '^first slice' "$tmp/log" && echo "first slice on screen         $(since) ms"
wait_quietly '"study":' && echo "whole volume open             $(since) ms, $(resident)"
wait_quietly '"volume":"\(rough\|fine\)"' && echo "texture whole, 3-D picture    $(since) ms, $(resident)"
focus_window
xdotool mousemove 480 400
for turn in $(seq 60); do xdotool key Up; done
sleep 1
sed -n 's/.*"drawn_by":"\([^"]*\)".*"volume_notice":"\([^"]*\)".*/planes by \1; notice: "\2"/p' "$state"
xdotool key ctrl+q
wait "$program"
program=
grep -E 'frames' "$tmp/log"
