#!/bin/sh
# tour-findings.sh MEDCT-STUDIO MEDCT MAKE-CHEST ADAPTER [PICTURES]: the findings pane. Base and adapter
# side by side and their maps, other wordings, own prompts and history, what a patch speaks for, the
# model's field; then what is remembered, an adapter that is none, an encoding that is stopped. TAP.
set -u
studio=$1 medct=$2 make_chest=$3 adapter=$4 pictures=${5:-}
tour=findings
. "$(dirname "$0")/display.sh"
need Xvfb xdotool import convert dbus-run-session
begin_tour

"$make_chest" "$tmp/chest.nii.gz" && "$medct" model random --config mini --seed 1 \
  --out "$tmp/model" >/dev/null || exit 1
echo '{"latent": 16, "text_layers": 1, "text_hidden": 48, "text_heads": 4, "text_inter": 192,
  "text_vocab": 200, "text_positions": 64}' >"$tmp/slow.json"
"$medct" model random --config "$tmp/slow.json" --no-unused --out "$tmp/slow" >/dev/null || exit 1
echo '{"name": "Random", "thresholds": {"Lung nodule": 0.1, "Emphysema": 0.9}}' \
  >"$tmp/model/model.json"

start() {
  rm -f "$state"
  dbus-run-session -- "$studio" --dump-state "$state" "$@" >"$tmp/log" 2>&1 &
  program=$!
}
stop() { # NAME
  xdotool key ctrl+q
  wait "$program"
  report $? "$1"
  program=
}
differ() { # NAME A B
  [ -n "$2" ] && [ -n "$3" ] && [ "$2" != "$3" ]
  report $? "$1"
}
# From the list that opens under its button; a popup may need a moment.
choose_order() { # KEY…
  click 1544 434
  sleep 1
  xdotool key --delay 120 Home "$@" Return
}
click() { xdotool mousemove "$1" "$2" click 1; }
# Pixels of the axial picture that the two pictures do not share.
changed() {
  compare -metric AE -extract 460x500+285+300 "$tmp/$1.png" "$tmp/$2.png" null: 2>&1 || true
}

# Pixels that are coloured in one column's axial picture only. One column may be a pixel wider, so greys
# cannot be compared one by one.
sides() {
  for at in base+290 adapter+752; do
    convert "$tmp/$1.png" -crop "420x330+${at#*+}+150" +repage -colorspace HSL -channel G -separate \
      -threshold 30% "$tmp/side-${at%+*}.png"
  done
  compare -metric AE "$tmp/side-base.png" "$tmp/side-adapter.png" null: 2>&1 || true
}

start --model "$tmp/model" --adapter "$adapter" "$tmp/chest.nii.gz"
wait_for adapter-loads '"adapter":"Adapter: mini_adapter"'
wait_for scored-with-both '"adapted":true'
wait_for random-is-said '"model_detail":"Random weights'
wait_for field-is-known '"field":true'
focus_window
shot findings-compare

# base and adapter
click 1300 291
wait_for finding '"asked":[0-9].*"map":true'
wait_for both-scores '"base_score":0.*"adapted_score":0'
differ base-and-adapter-differ "$(value base_score)" "$(value adapted_score)"
xdotool key ctrl+s
save_as "$tmp/report.json"
wait_file report-is-written "$tmp/report.json"
grep -q '"probability":0\.[0-9]*,"base_probability":0\.[0-9]' "$tmp/report.json"
report $? report-has-both-scores
top=$(value top)
shot findings-adapter-map
click 1291 348
wait_for map-of-base '"map_of":1'
shot findings-base-map
[ "$(changed findings-adapter-map findings-base-map)" -gt 200 ]
report $? map-changes-with-the-model
[ "$top" = "$(value top)" ]
report $? one-scale-for-both
click 1440 348
wait_for map-of-change '"map_of":2'
shot findings-change-map
[ "$(changed findings-base-map findings-change-map)" -gt 200 ]
report $? change-has-its-own-map
# side by side: the same slices twice, one scale
click 1500 348
wait_for both-side-by-side '"map_of":3.0.*"side_by_side":true'
[ "$top" = "$(value top)" ]
report $? one-scale-side-by-side
xdotool mousemove 480 300
wait_for both-shares-are-read '"readout":"[^"]*share base [^"]*, adapter '
xdotool mousemove 930 300
shot findings-side-by-side
# The columns differ by their maps only.
[ "$(sides findings-side-by-side)" -gt 500 ]
report $? maps-differ-side-by-side
click 900 300
xdotool key w x
wait_for without-maps '"map":false.*"annotations":false'
shot findings-side-by-side-bare
[ "$(sides findings-side-by-side-bare)" -le 100 ]
report $? pictures-equal-side-by-side
xdotool key w x
wait_for map-again '"map":true.*"annotations":true'
xdotool key ctrl+d
wait_for back-to-four '"map_of":0.*"side_by_side":false'

# other wordings
click 1558 280
wait_for wordings '"wordings":\([6-9]\|1[0-2]\)'
shot findings-wordings
click 1558 280

# own prompts and history
xdotool key slash
sleep 0.2
xdotool type --delay 15 'rib fracture'
wait_for typed '"prompt":"rib fracture".*"answering":false'
wait_for typed-answered '"base_score":0'
xdotool key Return
wait_for remembered '"history":1'
echo "# last key to painted answer: $(value answer_ms) ms"
xdotool key Escape
wait_for cleared '"prompt":""'
xdotool key Up
wait_for up-brings-it-back '"prompt":"rib fracture"'
click 1527 83
wait_for kept '"own_prompts":1'
wait_for own-prompt-answered '"own_answers":1'
shot findings-own-prompt
xdotool mousemove 1565 83 click 1
sleep 0.5
shot findings-history
xdotool key Escape

# What a patch speaks for. The order is there before the crosshair is, and the list follows: only the
# cell itself says that a click has come through. Cells of the mini model.
click 420 560
wait_for click-on-a-voxel '"coronal":107.*"order":2.*"patch":69'
shot findings-patch
xdotool key End
wait_for patch-follows-the-crosshair '"coronal":256.*"patch":71'
click 400 300
wait_for another-patch '"coronal":12[0-9].*"patch":69'

xdotool key Escape
wait_for escape-leaves-the-patch '"order":0'
click 430 330
wait_for patch-once-more '"order":2'

# orders
choose_order Down Down Down
wait_for by-change '"order":3'
shot findings-by-change
choose_order Down
wait_for by-threshold '"order":1.*"first":"Lung nodule"'
stop closes

# remembered
start "$tmp/chest.nii.gz"
wait_for adapter-is-remembered '"adapter":"Adapter: mini_adapter"'
wait_for compared-again '"adapted":true'
wait_for own-prompts-are-remembered '"own_prompts":1'
focus_window
click 239 920
sleep 1
xdotool key --delay 120 Home Down Return
wait_for adapter-removed '"adapter":"Adapter: none"'
wait_for base-scores-stay '"scored":true.*"adapted":false'
stop closes-again

# an adapter that is none
start --no-session --model "$tmp/model" --adapter "$tmp/model" "$tmp/chest.nii.gz"
wait_for adapter-refused '"refused":"The adapter was not loaded"'
grep -q "$tmp" "$state"
[ $? = 1 ]
report $? no-path-in-the-message
wait_for scores-without-it '"scored":true'
wait_for own-prompts-without-a-question '"asked":-2.*"own_answers":1'
focus_window
shot findings-adapter-refused
stop closes-with-refusal

# stop an encoding
start --model "$tmp/slow" "$tmp/chest.nii.gz"
wait_for encodes '"encoding":true'
focus_window
sleep 0.4
shot findings-encoding
xdotool mousemove 480 420 key 2
wait_for pictures-work-meanwhile '"window_width":400.0'
grep -q '"encoding":true' "$state"
report $? still-encoding
click 1547 134
wait_for encoding-stopped '"encoding":false'
echo "# cancel to painted: $(value cancel_ms) ms"
wait_for no-scores '"scored":false'
stop closes-after-cancel
grep -q CRITICAL "$tmp/log"
[ $? = 1 ]
report $? no-criticals
echo "1..$n"
