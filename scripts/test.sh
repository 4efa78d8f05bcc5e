#!/usr/bin/env bash
# Run the tests with coverage, some at a time; the last line is pytest's own.
#   scripts/test.sh BIN [PYTEST OPTION...]
set -uo pipefail
bin=$1
shift
core='qualityslo/stats/*,qualityslo/domain/*,qualityslo/jobs/*,qualityslo/spec/*,qualityslo/cli/*'

log=$(mktemp)
trap 'rm -f "$log"' EXIT
colour=auto
if [[ -t 1 ]]; then colour=yes; fi # tee is no terminal

"$bin/coverage" erase # also what an interrupted run left
# A process a core, at most four: each loads PyTorch and has servers of its own.
"$bin/python" -m pytest --cov --cov-report= --numprocesses=auto --maxprocesses=4 --dist=loadfile \
  --color=$colour "$@" 2>&1 | tee "$log"
code=$?
if ((code)); then exit "$code"; fi # its own summary is the last thing to read

echo
echo "Coverage of the whole package:"
"$bin/coverage" report
echo
echo "Coverage of the core; the goal is 100 %, it is reported and not enforced:"
"$bin/coverage" report --include="$core"
echo
grep -aE ' in [0-9.]+s' "$log" | tail -n 1
