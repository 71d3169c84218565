#!/bin/sh
# check-strings.sh ROOT: what people read in the window goes through gettext. TAP.
# A bare literal with a letter in it, handed to a function that shows text, counts as forgotten.
cd "$1" || exit 1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
files=$(ls ui/*.c app/studio*.c app/engine.c app/job.c)

echo 1..5
verdict() { # NUMBER NAME: fails when something was found
  if [ -s "$log" ]; then
    sed 's/^/# /' "$log"
    echo "not ok $1 /strings/$2"
  else
    echo "ok $1 /strings/$2"
  fi
}

# Calls may run over lines, so they are joined first; CSS classes, names and signals do not match.
shows='gtk_label_new|gtk_label_set_(text|markup|label)|gtk_[a-z_]*_new_with_(label|mnemonic)'
shows="$shows"'|gtk_[a-z_]*_set_(tooltip_text|tooltip_markup|title|subtitle|placeholder_text|alternative_text|label)'
shows="$shows"'|adw_[a-z_]*_set_(title|subtitle|description|heading|body|label)|adw_toast_new|adw_message_dialog_new'
shows="$shows"'|g_menu_(append|prepend|insert|append_section|append_submenu)|GTK_ACCESSIBLE_PROPERTY_(LABEL|DESCRIPTION|VALUE_TEXT)'
shows="$shows"'|medct_studio_(toast|refuse)'
# shellcheck disable=SC2086
for file in $files; do
  tr '\n' ' ' <"$file" | sed 's/;/;\n/g' |
    grep -oE "($shows)\(?([^\";]*,)? *\"[^\"]*[A-Za-z]{2}[^\"]*\"" |
    grep -vE '_\(|"[a-z]+\.[a-z-]+"$' | sed "s|^|$file: not in _(): |"
done >"$log"
verdict 1 marked

# A file with strings that POTFILES does not list is never translated.
# Below the window, what is refused is worded by these functions.
# shellcheck disable=SC2086
{
  grep -lE '\b(_|N_|C_|ngettext) ?\("' $(ls ui/*.[ch] app/*.[ch] render/*.[ch])
  grep -lE '\b(_|N_)\("|medct_error_(file|field)\(|nifti_refuse\(' $(ls model/*.c plugins/*.c plugins/*/*.c | grep -v /check-)
} | sort |
  while read -r file; do
    grep -qx "$file" po/POTFILES || echo "$file: add it to po/POTFILES"
  done >"$log"
while read -r file; do
  [ -f "$file" ] || echo "$file: in po/POTFILES, but not there"
done <po/POTFILES >>"$log"
verdict 2 listed

if ! command -v xgettext >/dev/null 2>&1; then
  echo "ok 3 /strings/readable # SKIP no xgettext here"
else
  # What the translator gets: xgettext warns of strings that cannot be translated as they stand.
  xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --keyword=C_:1c,2 --add-comments \
    -f po/POTFILES -o /dev/null 2>"$log"
  verdict 3 readable
fi

# xgettext knows PRIu64 and its like; at a GLib format macro it takes the string to end.
# shellcheck disable=SC2086
for file in $files; do
  tr '\n' ' ' <"$file" | grep -oE '_\( *"([^"]|" +")*" +G_G[A-Z0-9]*_FORMAT' |
    sed "s|^|$file: write PRIu64 or PRId64: |"
done >"$log"
verdict 4 whole

# What translators begin with has the sentences of the source as they are now, wherever they stand.
if ! command -v xgettext >/dev/null 2>&1 || ! command -v msgcat >/dev/null 2>&1; then
  echo "ok 5 /strings/catalogue # SKIP no gettext here"
else
  work=$(mktemp -d)
  sentences() { msgcat --no-wrap --no-location --sort-output "$1" | sed '1,/^$/d; /^#/d; /^$/d'; }
  xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --keyword=C_:1c,2 --keyword=NC_:1c,2 \
    --keyword=g_dcgettext:2 --keyword=g_dngettext:2,3 --keyword=g_dpgettext2:2c,3 \
    --keyword=medct_volume_add_warning:3 --keyword=nifti_warn:3 --keyword=warn:3 \
    --keyword=medct_error_file:4 --keyword=medct_error_field:5 --keyword=nifti_refuse:5 \
    -f po/POTFILES -o "$work/new.pot" 2>/dev/null
  sentences "$work/new.pot" >"$work/new"
  sentences po/medct.pot >"$work/kept"
  diff "$work/kept" "$work/new" | sed -n 's/^< /only in po\/medct.pot: /p; s/^> /not in po\/medct.pot: /p' >"$log"
  [ ! -s "$log" ] || echo "renew it: meson compile -C build medct-pot" >>"$log"
  rm -rf "$work"
  verdict 5 catalogue
fi
