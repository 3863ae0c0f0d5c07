#!/usr/bin/env bash
# Starts train-and-deploy, follows it and says how it ended. Needs bash, curl 7.71 and jq.
#
#   LONGHAUL_URL=http://127.0.0.1:8080 ./trigger.sh [INPUT.json] [RUN_KEY]
#
# Exit code: 0 succeeded, 5 ended otherwise, 1 the run could not be started or followed.
set -euo pipefail

url=${LONGHAUL_URL:?the URL of the Longhaul server}
input=${1:-$(dirname "$0")/input.json}
run_key=${2:-nightly-$(date -u +%F)} # the same key tomorrow morning is the same run: nothing starts twice
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# In a file, because others on this machine see what is on a command line.
printf '%s\n' "${LONGHAUL_KEY:+Authorization: Bearer $LONGHAUL_KEY}" >"$work/access"
api() { curl --silent --header @"$work/access" "$@"; }
give_up() {
  echo "$1" >&2
  exit 1
}
refused() { give_up "refused ($1): $(jq -r '.code + ": " + .detail' "$2" 2>/dev/null || echo "is $url a Longhaul server?")"; }

# Start. When the answer is lost, curl asks again, and the key sees to it that only one run is started.
status=$(jq '{input: .}' "$input" | api --request POST "$url/v1/pipelines/train-and-deploy/runs" \
  --header "Idempotency-Key: $run_key" --header 'Content-Type: application/json' --data-binary @- \
  --max-time 15 --retry 8 --retry-all-errors --retry-max-time 60 \
  --output "$work/started" --write-out '%{http_code}') ||
  give_up "no answer from $url: run this again, with the key $run_key"
[[ $status == 20[01] ]] || refused "$status" "$work/started"
run_id=$(jq -r .runId "$work/started")
echo "$run_id started"

# Follow, one JSON object on each line. When the stream breaks off, go on after the last event that came whole.
after=
while :; do
  while IFS= read -r event; do
    [[ -n $event ]] || continue # a sign of life
    after=$(jq -r --arg after "$after" '.id // $after' <<<"$event")
    jq -r 'if .event == "run" then .run.status else .step.name + " " + .step.state.status end' <<<"$event"
    jq -e '.event == "run" and .run.endedAt' >/dev/null <<<"$event" || continue
    jq -r --arg run "$run_id" '.run | $run + " " + .status +
      if .failure then ": " + .failure.code + ": " + .failure.message else "" end' <<<"$event"
    [[ $(jq -r .run.status <<<"$event") == succeeded ]] && exit 0 || exit 5
  done < <(api --no-buffer --max-time 300 --header 'Accept: application/x-ndjson' --header "Last-Event-ID: $after" \
    --dump-header "$work/headers" "$url/v1/runs/$run_id/events" | tee "$work/answer")
  status=$(head -1 "$work/headers" 2>/dev/null | cut -d ' ' -f 2)
  [[ $status != 40[134] ]] || refused "$status" "$work/answer"
  sleep $((1 + RANDOM % 3))
done
