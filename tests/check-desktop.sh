#!/bin/sh
# check-desktop.sh ROOT: what the desktop is told of the program is valid, and agrees. TAP.
cd "$1/data" || exit 1
id=org.medct.Studio
log=$(mktemp) dir=$(mktemp -d)
trap 'rm -rf "$log" "$dir"' EXIT
n=0
check() { # NAME TOOL COMMAND…
  name=$1 tool=$2
  shift 2
  n=$((n + 1))
  if ! command -v "$tool" >/dev/null 2>&1; then
    echo "ok $n /desktop/$name # SKIP no $tool here"
  elif "$@" >"$log" 2>&1; then
    echo "ok $n /desktop/$name"
  else
    sed 's/^/# /' "$log"
    echo "not ok $n /desktop/$name"
  fi
}

entry() {
  out=$(desktop-file-validate $id.desktop 2>&1)
  echo "$out"
  [ -z "$out" ] # it warns without failing
}
# A database made of our types alone knows both names and the contents.
mime() {
  xmllint --noout $id.mime.xml || return 1
  mkdir -p "$dir/mime/packages" && cp $id.mime.xml "$dir/mime/packages/$id.xml" || return 1
  XDG_DATA_HOME=$dir update-mime-database "$dir/mime" 2>&1 | grep . && return 1
  grep -q '^50:application/x-nifti:\*\.nii$' "$dir/mime/globs2" &&
    grep -q '^60:application/x-nifti-gzip:\*\.nii\.gz$' "$dir/mime/globs2" &&
    [ "$(wc -c <"$dir/mime/magic")" -gt 40 ]
}
# Types that the program says it opens are types that are defined, in both files.
agree() {
  for type in $(sed -n 's/^MimeType=//p' $id.desktop | tr ';' ' '); do
    grep -q "mime-type type=\"$type\"" $id.mime.xml || { echo "$type is not defined"; return 1; }
    grep -q "<mediatype>$type</mediatype>" $id.metainfo.xml || { echo "$type: metainfo"; return 1; }
  done
  grep -q "^Icon=$id$" $id.desktop && grep -q "<id>$id</id>" $id.metainfo.xml &&
    grep -qi 'research use only' $id.metainfo.xml && grep -qi 'research use only' $id.desktop
}
check entry desktop-file-validate entry
check metainfo appstreamcli appstreamcli validate --no-net --pedantic $id.metainfo.xml
check mime update-mime-database mime
check icons xmllint xmllint --noout $id.svg $id-symbolic.svg
check schema glib-compile-schemas glib-compile-schemas --strict --dry-run .
check agree sed agree
echo "1..$n"
