#!/bin/sh
# under-xvfb.sh PROGRAM ARGUMENT…: runs a test of the window on a display and in a home of its own.
set -u
. "$(dirname "$0")/display.sh"
need Xvfb dbus-run-session
tmp=$(mktemp -d)
xvfb=
finish() {
  [ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null
  wait 2>/dev/null
  rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' INT TERM
begin_display "$tmp"
dbus-run-session -- "$@"
