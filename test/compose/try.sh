#!/usr/bin/env bash
# Starts the project as an operator would: a fresh clone, the commands of docs/production.md, nothing else. Then looks
# whether what must be true is, revokes a key, and takes everything down with its volumes.
#
#   test/compose/try.sh          (Docker with the compose plugin 2.24 or newer; ports 3000, 7233, 8080, 8233 and 9090 free)
#
# On a machine that reaches no image registry, run stand-ins.sh before it. What is tried is the commit, not the work tree.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
(umask 027 && git clone --quiet "$root" "$folder/longhaul") # as on a hardened machine
cd "$folder/longhaul"
export COMPOSE_PROJECT_NAME=longhaul-try

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
# The commands of a block ```sh NAME of the guide, as they stand there.
guide() { awk -v name="$1" '$0 == "```sh " name { on = 1; next } /^```/ { on = 0 } on' docs/production.md; }
follow() {
  local commands; commands=$(guide "$1")
  [ -n "$commands" ] || fail "the guide has no block $1"
  say "the guide: $1"
  set +e; bash -euo pipefail -c "$commands"; local code=$?; set -e
  [ $code -eq 0 ] || fail "$1 ended with $code"
}
status() { curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" http://127.0.0.1:8080/v1/runs; }
# Until a command succeeds, a minute at most.
until_true() { for _ in $(seq 60); do if "$@"; then return; fi; sleep 1; done; fail "never true: $*"; }

follow modes
say 'what is missing is said by name, before anything starts'
docker compose up --wait 2>said && fail 'it started without .env'
grep -q 'POSTGRES_PASSWORD is missing a value: copy .env.example to .env' said || { cat said; fail 'POSTGRES_PASSWORD was not named'; }
follow env
follow build
docker compose up --wait >said 2>&1 && fail 'it started without secrets and keys'
docker compose logs --no-log-prefix check >said
for name in /run/secrets/domino-dev /run/secrets/audit-key keys.json; do
  grep -q "$name" said || { cat said; fail "$name was not named"; }
done
[ -z "$(docker compose ps --status running --quiet)" ] || fail 'something runs all the same'

follow secrets
follow keys
follow check
follow start
say 'every service is healthy, or has ended well'
docker compose --profile simulator ps --all --format '{{.Service}} {{.State}} {{.Health}} {{.ExitCode}}' | sort | tee said
for one in grafana postgresql prometheus server simulator temporal ui 'worker' ; do
  grep -q "^$one running healthy 0" said || fail "$one is not healthy"
done
[ "$(grep -c '^worker running healthy 0' said)" = 2 ] || fail 'there are not two workers'
for one in check schema namespace; do grep -q "^$one exited  *0" said || fail "$one has not ended well"; done

follow first-run | tee run.json
grep -q '"status":"succeeded"' run.json || fail 'the first run has not succeeded'

say 'Prometheus reads every target'
up() { [ "$(curl -s 'http://127.0.0.1:9090/api/v1/query?query=sum(up)' | sed -n 's/.*"value":\[[^,]*,"\([0-9]*\)"\].*/\1/p')" = 5 ]; }
until_true up
curl -s http://127.0.0.1:9090/api/v1/rules >said
for rules in $(find deploy/prometheus/rules -name '*.yml' -printf '%f\n'); do
  grep -q "/etc/prometheus/rules/$rules" said || fail "Prometheus has not read $rules"
done

say 'longhaul works in the container'
docker compose exec -T server longhaul key list
docker compose exec -T server longhaul config check
follow doctor
docker compose exec -T server longhaul audit --verify

say 'a revoked key is refused within five seconds'
key=$(cat first.key)
[ "$(status "$key")" = 200 ] || fail 'the key is not accepted'
id=${key#lh_} id=${id%%_*}
docker compose exec -T server longhaul key revoke "$id" --reason 'tried'
revoked() { [ "$(status "$key")" = 401 ]; }
for _ in 1 2 3 4 5; do revoked && break; sleep 1; done
revoked || fail 'the revoked key is accepted'

say 'a worker and a server that end are back by themselves'
for one in worker server; do docker compose exec -T "$one" sh -c 'kill -TERM 1'; done
sleep 5
all_healthy() { [ "$(docker compose ps --format '{{.Service}} {{.Health}}' | grep -cE '^(worker|server) healthy')" = 3 ]; }
until_true all_healthy
revoked || fail 'the revoked key is accepted after a restart'
say 'TLS in front of the server and to Temporal'
mkdir -p deploy/secrets/tls
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout deploy/secrets/tls/tls.key -out deploy/secrets/tls/tls.crt 2>/dev/null
follow tls
follow temporal-tls
export COMPOSE_FILE=docker-compose.yml:deploy/nginx/compose.yml:deploy/temporal-tls/compose.yml
docker compose up --detach --wait
docker compose run --rm -T --no-deps server key create --name second --role admin >second.key
curl -skS --fail-with-body https://127.0.0.1/v1/runs/train-and-deploy.first -H "Authorization: Bearer $(cat second.key)" >run.json
grep -q '"status":"succeeded"' run.json || fail 'the run cannot be read through TLS'
if docker compose run --rm -T --no-deps --entrypoint temporal namespace --tls=false operator cluster health >said 2>&1; then
  fail 'Temporal answers without a certificate'
fi
say 'all is as it should be'
