#!/usr/bin/env bash
# Backup and restore as docs/production.md says it, while runs wait: a dump, then a step more of one run, then everything is
# lost but the platform; restored elsewhere (in empty volumes), the runs go on. Says what became of the effects in between.
#
#   test/compose/restore.sh      (as try.sh; run stand-ins.sh before it where no image registry is reached)
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
git clone --quiet "$root" "$folder/longhaul"
cd "$folder/longhaul"
export COMPOSE_PROJECT_NAME=longhaul-restore
# A platform as slow as a real one, so that runs still wait: a job takes two minutes.
sed -i 's/--speed 10/--speed 1/' docker-compose.yml

finish() {
  code=$?
  if [ $code -ne 0 ]; then docker compose --profile simulator ps --all || true; docker compose --profile simulator logs --tail 40 || true; fi
  docker compose --profile simulator down --volumes --timeout 20 >/dev/null 2>&1 || true
  cd / && rm -rf "$folder"
  exit $code
}
trap finish EXIT

say() { printf '%s  %s\n' "$(date +%T)" "$*"; }
fail() { say "FAILED: $*"; exit 1; }
guide() { awk -v name="$1" '$0 == "```sh " name { on = 1; next } /^```/ { on = 0 } on' docs/production.md; }
follow() {
  say "the guide: $1"
  set +e; bash -euo pipefail -c "$(guide "$1")" >log 2>&1; local code=$?; set -e
  [ $code -eq 0 ] || { cat log; fail "$1 ended with $code"; }
}
longhaul() { docker compose exec -T server longhaul "$@"; }
start() { # key, input
  curl -sS --fail-with-body -o /dev/null http://127.0.0.1:8080/v1/pipelines/train-and-deploy/runs \
    -H "Authorization: Bearer $(cat first.key)" -H 'Content-Type: application/json' -H "Idempotency-Key: $1" -d "{\"input\": $2}"
}
# The state of a step of a run.
step() { longhaul run get "train-and-deploy.$1" -o json | node_json "run.steps.find((one) => one.name === '$2').state.status"; }
node_json() { docker compose exec -T server node -e "const run = JSON.parse(require('fs').readFileSync(0)); console.log($1)"; }
until_step() { for _ in $(seq 200); do [ "$(step "$1" "$2")" != "$3" ] || return 0; sleep 2; done; fail "$1: $2 never was $3"; }
# How often each effect was made that the platform knows by a marker.
effects() {
  docker compose exec -T simulator node -e '
    fetch("http://127.0.0.1:8787/_simulator/ledger").then((r) => r.json()).then((entries) => {
      const made = entries.flatMap(({ effects }) => effects);
      const count = Object.groupBy(made.filter(({ change }) => change === "created"), ({ kind, marker }) => `${kind} ${marker}`);
      for (const [what, of] of Object.entries(count)) console.log(what, of.length);
    })'
}

for block in env build secrets keys start; do follow "$block"; done

waiting='{"connection": "domino-dev", "project": "ada/iris", "train": {"command": "python waits.py"}}'
between='{"connection": "domino-dev", "project": "ada/iris", "environment": {"name": "between", "base": {"image": "python:3.12"}}, "train": {"command": "python between.py"}}'
start waits "$waiting"
start between "$between"
until_step waits train waiting
until_step between build waiting
say 'one run waits for its job, another for its environment'
follow backup
ls -l backup
until_step between train waiting
say 'after the dump, the second run has started its job'

services=$(docker compose config --services) # without its profile, the simulator is none of them
# shellcheck disable=SC2086
docker compose kill $services >/dev/null 2>&1 && docker compose rm --force --volumes $services >/dev/null 2>&1
for volume in postgresql keys audit; do docker volume rm "longhaul-restore_$volume" >/dev/null; done
say 'everything is lost, but for the platform'
follow restore
say 'restored; the platform is as fast as it likes from here on'
docker compose exec -T simulator node -e '
  const body = JSON.stringify({ speed: 20 });
  fetch("http://127.0.0.1:8787/_simulator/clock", { method: "POST", headers: { "content-type": "application/json" }, body })
    .then((r) => process.exit(r.ok ? 0 : 1));'
longhaul run list
for run in waits between; do longhaul run wait "train-and-deploy.$run" --timeout 10m; done
longhaul run list
longhaul audit --verify
effects
say 'the runs have gone on'
