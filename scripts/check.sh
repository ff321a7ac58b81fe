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
  test:coverage
  build
  check:publint
  check:attw
  check:unused
  check:consumers
)

times=()
report() { printf '\n%s\n' 'seconds  step' "${times[@]}"; }
trap report EXIT

for step in "${steps[@]}"; do
  printf '\n> %s\n' "$step"
  started=$SECONDS
  npm run --silent "$step"
  times+=("$(printf '%7d  %s' $((SECONDS - started)) "$step")")
done
