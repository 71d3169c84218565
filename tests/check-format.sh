#!/bin/sh
# check-format.sh ROOT: every C file is as clang-format 14 leaves it. TAP.
cd "$1" || exit 1
echo 1..1
log=$(mktemp)
version=$(clang-format --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p')
if [ "$version" != 14 ]; then
  echo "ok 1 /format # SKIP clang-format 14 is not here"
elif find app model phantom plugins render tests ui -name '*.[ch]' -print0 |
  xargs -0 clang-format --dry-run -Werror 2>"$log"; then
  echo "ok 1 /format"
else
  sed 's/^/# /' "$log" | grep error | cut -c1-160
  echo "not ok 1 /format"
fi
rm -f "$log"
