#!/usr/bin/env bash
# Take in what people filled in, conclude again, and write out what still waits.
#   scripts/review.sh BIN CONFIG [REVIEWER]
# One file goes both ways: reviews/open.jsonl. What was filled in is kept under reviews/done/.
set -euo pipefail
bin=$1 config=$2 reviewer=${3:-}
open=reviews/open.jsonl

if [[ -s $open ]]; then
  if ! counts=$("$bin/qualityslo" review import "$config" "$open" --json); then
    echo "correct $open, or move it away where it belongs to another store; then: make review"
    exit 2
  fi
  labels=$("$bin/python" -c 'import json, sys; print(sum(json.load(sys.stdin).values()))' <<<"$counts")
  if ((labels > 0)); then
    mkdir -p reviews/done
    kept=$(mktemp "reviews/done/$(date -u +%Y%m%dT%H%M%SZ)-XXXX")
    mv "$open" "$kept" && mv "$kept" "$kept.jsonl"
    echo "$labels labels taken in; the filled file is now $kept.jsonl"
    "$(dirname "$0")/conclude.sh" "$bin" "$config" settle
    echo
  fi
fi

"$bin/qualityslo" review export "$config" --out "$open" ${reviewer:+--reviewer "$reviewer"} 2>/dev/null
waiting=$(wc -l <"$open")
if ((waiting == 0)); then
  echo "no review waits"
  exit
fi
cat <<TEXT
$((waiting)) reviews wait in $open, one JSON object a line, in their order of review.
How to fill one in, with any editor:
  1. read question, context and references; then the answers A and B, and the rubrics
  2. under "labels", put "good", "bad", "unsure" or "skipped" for each null
  3. write your name under "reviewer" (make review REVIEWER=name does it for you)
Leave null what you have not looked at, and start at the top. Then run: make review
It stores the labels and concludes again. A bad label counts when a second person agrees:
make review REVIEWER=name leaves out what that person has already seen.
TEXT
