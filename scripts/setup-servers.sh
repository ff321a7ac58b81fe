#!/usr/bin/env bash
# Installs the servers that the tests start themselves: nginx, HAProxy, Apache, Caddy and Redis; and curl, with which the pages of
# docs/deploy test a deployment. For Debian (and what descends from it), as root. The distribution's packages would start services on
# ports 80, 2019 and 6379; they are kept from doing so.
set -euo pipefail

# The name of the package is that of the program.
wanted=(nginx haproxy apache2 caddy redis-server curl)
missing=()
for server in "${wanted[@]}"; do
  # /usr/sbin is not in every user's PATH.
  PATH="$PATH:/usr/sbin:/sbin" command -v "$server" >/dev/null || missing+=("$server")
done

if ((${#missing[@]} == 0)); then
  echo "servers: ${wanted[*]} already installed"
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "servers: missing ${missing[*]}, and there is no apt-get here. Install them by your system's means, then run npm test." >&2
  exit 1
fi
if [[ $(id -u) != 0 ]]; then
  echo "servers: missing ${missing[*]}. Installing needs root: sudo npm run setup:servers" >&2
  exit 1
fi

# invoke-rc.d asks this program before it starts anything; 101 is "not allowed" (Debian policy-rc.d specification).
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null

for server in "${missing[@]}"; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "$server" >/dev/null || {
    echo "servers: apt-get reported success but $server cannot be found" >&2
    exit 1
  }
done
echo "servers: installed ${missing[*]}"
