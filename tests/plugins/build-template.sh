#!/bin/sh
# BUILD_ROOT OUT HEADER FILE… : builds the template outside the tree against an installed header.
set -e
root=$1 out=$(cd "$2" && pwd) header=$3
shift 3
stage=$out/stage
rm -rf "$stage"
mkdir -p "$stage/include/medct" "$stage/tree"
cp "$header" "$stage/include/medct/"
cp "$@" "$stage/tree/"
PKG_CONFIG_PATH=$root/meson-private
export PKG_CONFIG_PATH
make -s -C "$stage/tree" CC=cc \
  PKG_CONFIG="pkg-config --define-variable=prefix=$stage --define-variable=includedir=$stage/include"
cp "$stage"/tree/*.so "$stage"/tree/*.ini "$out/"
