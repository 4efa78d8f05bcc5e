#!/usr/bin/env bash
# Install what the tests use beside Python, where that is possible: as root, with apt-get.
# Elsewhere the tests that need it skip themselves and say why.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
if grep -rq --include='*.py' playwright tests && ! command -v chromium >/dev/null; then
  missing+=(chromium)
fi
if ! command -v initdb >/dev/null && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
  missing+=(postgresql) # the tests run a server of their own, not the one that Debian starts
fi
((${#missing[@]})) || exit 0

if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
  echo "not installed: ${missing[*]}; only root can, with apt-get; tests that need it skip" >&2
  exit 0
fi
echo "installing with apt-get: ${missing[*]}" >&2
if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
  --no-install-recommends "${missing[@]}" >/dev/null; }; then
  echo "apt-get could not install ${missing[*]}; tests that need it skip" >&2
fi
