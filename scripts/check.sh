#!/usr/bin/env bash
# Everything that has to hold before a change goes in. Two steps run at a time, since most keep one processor busy; what each says is
# printed as a whole, when it has ended. Goes on past a step that fails, and fails at the end.
set -uo pipefail
cd "$(dirname "$0")/.."

# The longest first. What comes last needs the built packages.
before=(check:lint check:types check:docs-examples build check:imports check:format check:source check:errors-doc)
after=(check:consumers check:attw check:unused check:publint)

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

run_step() {
  local started=$SECONDS status
  npm run --silent "$1" >"$logs/$1" 2>&1
  status=$?
  printf '%7d  %s%s\n' $((SECONDS - started)) "$1" "$( ((status == 0)) || echo ' (failed)')" >>"$logs/times"
  printf '\n> %s\n' "$1"
  cat "$logs/$1"
  return "$status"
}
export -f run_step
export logs

failed=0
for wave in before after; do
  declare -n steps=$wave
  printf '%s\0' "${steps[@]}" | xargs -0 -P 2 -I {} bash -c 'run_step "$1"' _ {} || failed=1
done

printf '\n%s\n' 'seconds  step'
cat "$logs/times"
exit "$failed"
