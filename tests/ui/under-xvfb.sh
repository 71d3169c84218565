#!/bin/sh
# under-xvfb.sh PROGRAM ARGUMENT…: runs a test of the window on a display and in a home of its own.
set -u
. "$(dirname "$0")/display.sh"
need Xvfb dbus-run-session
begin_tour
dbus-run-session -- "$@"
