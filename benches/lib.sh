# shellcheck shell=bash disable=SC2034 # the callers read what is set here
# What the benches share: every one sources it first, with `bench` set to what its messages begin with, where that is another word. The
# benches of the running platform then say `begin FOLDER`.

server='' pg_folders=() figures=()

# What the guide asks of a server for a city; a test does with less.
export PG_SHARED_BUFFERS=${PG_SHARED_BUFFERS:-1GB}

say() { printf '%s: %s\n' "${bench:-bench}" "$*" >&2; }
fail() { say "$*"; exit 1; }
need() { local tool; for tool in "$@"; do command -v "$tool" >/dev/null || fail "$tool is missing"; done; }

# begin FOLDER : sets `work` (the folder of the bench) and `gonghui` (the binary); nothing of the caller's own installation is touched, and
# whatever was started is stopped, however the bench ends.
begin() {
  work=$1 gonghui=${GONGHUI:-target/release/gonghui}
  unset DATABASE_URL GONGHUI_DATA
  trap stop_all EXIT
  trap 'exit 143' TERM INT
  need curl awk sort
}

# city_files SCALE SEED FOLDER : the generated city, made where it is not there yet.
city_files() { [[ -d $3 ]] || "$gonghui" demo --scale "$1" --seed "$2" --out "$3"; }

# on_engine ENGINE FOLDER : an installation in that folder from here on, with a throw-away PostgreSQL of its own where that is the engine.
on_engine() {
  local pg
  export GONGHUI_DATA=$2
  unset DATABASE_URL
  if [[ $1 == postgres ]]; then
    mapfile -t pg < <(scripts/pg.sh start)
    export DATABASE_URL=${pg[0]}
    pg_folders+=("${pg[1]}")
  fi
}

stop_all() {
  local folder
  stop_server
  for folder in "${pg_folders[@]}"; do scripts/pg.sh stop "$folder"; done
  pg_folders=()
}

# note "what" "measured" "goal" "whether it holds" : a line of the table, for the engine of the moment.
note() { figures+=("| $1 | $engine | $2 | $3 | $4 |"); say "$1, $engine: $2 ($3) $4"; }
below() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }' && echo yes || echo '**no**'; }

# table "head" [a sentence] : what was noted, with the machine.
table() {
  printf '# %s, %s\n\n' "$1" "$(date +%F)"
  machine
  [[ -z ${2:-} ]] || printf '\n%s\n' "$2"
  printf '\n| what | engine | measured | goal | holds |\n| --- | --- | --- | --- | --- |\n'
  printf '%s\n' "${figures[@]}"
}

# A release build, unless SKIP_BUILD says that the binary is there.
release_build() {
  if [[ -z ${SKIP_BUILD:-} ]]; then
    say "release build"
    [[ ! -x scripts/setup.sh ]] || scripts/setup.sh run
    cargo build --release --package cli
  fi
  [[ -x $gonghui ]] || fail "$gonghui is not there"
}

# Sets `cpu` to the seconds of CPU that ended children have used so far. `times` must run in this very shell.
children_cpu() {
  times >"$work/times"
  cpu=$(awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, t, /[ms]/); sum += t[1] * 60 + t[2] } printf "%.2f", sum }' "$work/times")
}

# The highest resident set of a process so far, in KiB; nothing once it has ended.
peak_of() { awk '/^VmHWM/ { print $2 }' "/proc/$1/status" 2>/dev/null || true; }

# stage LOG COMMAND… : runs it with its output in LOG and sets `wall` and `cpu_used` in seconds and `peak` in KiB.
stage() {
  local log=$1 started cpu_before pid now
  shift
  children_cpu
  cpu_before=$cpu started=$(date +%s.%N) peak=0
  "$@" >"$log" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    now=$(peak_of "$pid")
    [[ -z $now ]] || peak=$now
    sleep 0.1
  done
  wait "$pid" || { tail -n 20 "$log" >&2; fail "'$*' ended with an error; its log is $log"; }
  wall=$(awk -v a="$started" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }')
  children_cpu
  cpu_used=$(awk -v a="$cpu_before" -v b="$cpu" 'BEGIN { printf "%.1f", b - a }')
}

# KiB as GiB.
gib() { awk -v k="$1" 'BEGIN { printf "%.2f GiB", k / 1048576 }'; }

# The server on a free port; sets `server` and `url`, and `wall` to the seconds until it was ready.
launch() {
  local port=$((20000 + RANDOM % 20000)) started try
  url=http://127.0.0.1:$port
  started=$(date +%s.%N)
  "$gonghui" serve --listen "127.0.0.1:$port" >"$work/serve.log" 2>&1 &
  server=$!
  for try in $(seq 600); do
    curl -fsS -o /dev/null "$url/readyz" 2>/dev/null && break
    kill -0 "$server" 2>/dev/null || { cat "$work/serve.log" >&2; fail "the server ended"; }
    sleep 0.02
  done
  ((try < 600)) || fail "the server was not ready in time"
  wall=$(awk -v a="$started" -v b="$(date +%s.%N)" 'BEGIN { printf "%.2f", b - a }')
}

stop_server() { [[ -z $server ]] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; server=''; }; }

# Accounts of the demo in the data folder; sets `password`.
demo_accounts() {
  "$gonghui" demo --accounts >"$work/accounts.txt" 2>"$work/accounts.log"
  password=$(sed -n 's/.*共用密码：\([^（]*\).*/\1/p' "$work/accounts.log")
  [[ -n $password ]] || fail "no demo password in $work/accounts.log"
}

# sign_in COOKIES NAME
sign_in() {
  local signed
  signed=$(curl -sS -c "$1" -o /dev/null -w '%{http_code}' --data-urlencode "name=$2" --data-urlencode "password=$password" "$url/sign-in")
  [[ $signed == 30* ]] || fail "signing in as $2 answered $signed"
}

# The 50th and 95th percentile, in whole milliseconds, of a file with seconds: `p50 p95 highest`.
percentiles() {
  sort -n "$1" | awk '{ t[NR] = $1 } END { printf "%.0f %.0f %.0f", t[int(NR * 0.5 + 0.5)] * 1000, t[int(NR * 0.95 + 0.5)] * 1000, t[NR] * 1000 }'
}

# The machine in one line, for the head of a table.
machine() {
  printf '%s, %s cores, %s GiB, load %s; %s; commit %s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
    "$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo)" "$(cut -d ' ' -f 1 /proc/loadavg)" "$(rustc --version)" \
    "$(git rev-parse --short HEAD 2>/dev/null || echo none)"
}
