#!/usr/bin/env bash
# Run a qualityslo command that concludes something, and say in words what its exit code means
# and what to do next. Pass, finding and inconclusive are all answers, and so success to make.
#   scripts/conclude.sh BIN CONFIG COMMAND [OPTION...]
set -uo pipefail
bin=$1 config=$2 command=$3
shift 3

"$bin/qualityslo" "$command" "$config" "$@"
code=$?

echo
case $code in
  0) echo "exit 0, pass: every SLO of the serving model is met, and the gate has no objection." ;;
  1) echo "exit 1, a finding: an SLO is breached or the candidate failed the gate; see above." ;;
  3) echo "exit 3, inconclusive: what is known does not yet settle every SLO and the gate." ;;
  2) echo "exit 2, a mistake in the input; see above." ;;
  4 | 130) echo "exit $code, stopped before the end; nothing is lost: the same command resumes." ;;
  *) echo "exit $code, unexpected; see above." ;;
esac
case $code in
  0 | 1 | 3) ;;
  *) exit "$code" ;;
esac

waiting=$("$bin/qualityslo" review export "$config" 2>/dev/null | wc -l)
if ((waiting > 0)); then
  echo "$((waiting)) reviews wait: make review"
elif ((code == 1)); then
  echo "next: read the examples in the report"
else
  echo "nothing waits"
fi
