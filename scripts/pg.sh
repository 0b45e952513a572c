#!/usr/bin/env bash
# A throw-away PostgreSQL for tests: own folder, own free loopback port, no fsync, collation C, gone afterwards.
#
#   scripts/pg.sh with COMMAND…   starts one, runs COMMAND with TEST_POSTGRES_URL set, stops it whatever happens
#   scripts/pg.sh start           starts one; prints its URL, then its folder, each on a line of its own
#   scripts/pg.sh stop FOLDER     stops that one and removes the folder
#
# PG_SHARED_BUFFERS=1GB gives it more memory than a test needs; benches do.
# The system's own cluster, if there is one, is neither used nor touched.
set -euo pipefail

fail() { printf 'pg: %s\n' "$*" >&2; exit 1; }

bin=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1 || true)
[[ -n $bin ]] || fail "PostgreSQL is not installed; run scripts/setup.sh test"

# PostgreSQL refuses to run as root, so root lends it the user that Debian made for it.
as_owner() {
  if [[ $(id -u) -eq 0 ]]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

free_port() {
  local port
  for _ in $(seq 50); do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  fail "no free port found"
}

start() {
  folder=$(mktemp -d "${TMPDIR:-/tmp}/gonghui-pg.XXXXXX")
  [[ $(id -u) -ne 0 ]] || chown postgres "$folder"
  as_owner "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$folder.initdb.log" 2>&1 ||
    fail "initdb failed: $(tail -n 5 "$folder.initdb.log")"
  rm -f "$folder.initdb.log"
  local attempt port
  for attempt in 1 2 3; do # another process may take the port between the look and the start
    port=$(free_port)
    # Its output goes to its own log, else whoever reads our stdout waits for the server to end.
    if as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/data/server.log" -w -t 30 -o "-p $port -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
        -c max_connections=300 -c shared_buffers=${PG_SHARED_BUFFERS:-128MB}" start >/dev/null 2>&1; then
      url="postgres://postgres@127.0.0.1:$port/postgres"
      return
    fi
  done
  fail "the server did not start after $attempt attempts: $(as_owner tail -n 5 "$folder/data/server.log" 2>/dev/null)"
}

stop() {
  [[ -n ${1:-} && -d $1/data ]] || return 0
  as_owner "$bin/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$1"
}

case ${1:-} in
  start) start; printf '%s\n%s\n' "$url" "$folder" ;;
  stop) [[ ${2:-} == */gonghui-pg.* ]] || fail "which folder? scripts/pg.sh stop FOLDER"; stop "$2" ;;
  with)
    shift
    (($#)) || fail "which command? scripts/pg.sh with COMMAND…"
    folder='' url=''
    trap 'stop "$folder"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    start
    TEST_POSTGRES_URL=$url "$@"
    ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
