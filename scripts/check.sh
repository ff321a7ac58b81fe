#!/usr/bin/env bash
# Everything that has to hold before a change goes in, cheapest first. Stops at the first step that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

steps=(
  check:format
  check:source
  check:lint
  check:types
  check:imports
  check:docs-examples
  check:errors-doc
  build
  check:publint
  check:attw
  check:unused
  check:consumers
)

step='' started=0
times=()

record() { times+=("$(printf '%7d  %s' $((SECONDS - started)) "$step$1")"); }

finish() {
  local status=$?
  ((status == 0)) || record ' (failed)'
  printf '\n%s\n' 'seconds  step' "${times[@]}"
}
trap finish EXIT

for step in "${steps[@]}"; do
  started=$SECONDS
  printf '\n> %s\n' "$step"
  npm run --silent "$step"
  record ''
done
