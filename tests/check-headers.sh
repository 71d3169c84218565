#!/bin/sh
# check-headers.sh ROOT: the public plugin header compiles alone, warnings as errors, in every
# language it promises. TAP.
root=$1
header=$root/plugins/medct-plugin.h
n=0
check() { # NAME COMPILER LANGUAGE STANDARD
  n=$((n + 1))
  if ! command -v "$2" >/dev/null 2>&1; then
    echo "ok $n /headers/$1 # SKIP no $2 here"
  elif "$2" -x "$3" "-std=$4" -Wall -Wextra -Wpedantic -Werror -fsyntax-only "$header"; then
    echo "ok $n /headers/$1"
  else
    echo "not ok $n /headers/$1"
  fi
}
echo 1..6
check c11 "${CC:-cc}" c c11
check c17 "${CC:-cc}" c c17
check c++17 "${CXX:-c++}" c++ c++17
check clang-c11 clang c c11
check clang-c17 clang c c17
check clang-c++17 clang++ c++ c++17
