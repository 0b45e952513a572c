#!/usr/bin/env bash
# The figures of docs/performance.md: a release build, a generated city, every stage of the loop, the list page.
#
#   benches/run.sh                        the whole city (about 3 GiB of disk under target/bench)
#   SCALE=county benches/run.sh           a smaller one
#   SEED=2 KEEP=1                         another city; keep the files
#   SKIP_BUILD=1 GONGHUI=PATH             another binary, to try the script
#
# Prints a table and writes it, with the machine, to target/bench/<scale>/figures.md. Each stage is one process: wall
# and CPU seconds are its own, memory is its highest resident set (VmHWM, sampled until it ends).
set -euo pipefail
cd "$(dirname "$0")/.."

scale=${SCALE:-city} seed=${SEED:-1} items_wanted=50000 requests=200
# shellcheck source=benches/lib.sh
source benches/lib.sh
begin "target/bench/$scale"
export GONGHUI_DATA=$work/data

# measure "what it is" "the goal" COMMAND… : runs it, keeps its output in a log, notes wall, CPU and memory.
measure() {
  local what=$1 goal=$2
  shift 2
  say "$what …"
  stage "$work/$(tr -c 'a-z0-9\n' - <<<"$what").log" "$@"
  stage_row "$what" "$wall s" "$cpu_used s" "$(gib "$peak")" "$goal"
}

# stage_row "what" "wall" "CPU" "memory" "goal" : this table has columns of its own.
stage_row() {
  figures+=("| $1 | $2 | $3 | $4 | $5 |")
  say "$1: $2, CPU $3, memory $4"
}

# 95th percentile in milliseconds of GETs of the given paths, in turn; any answer but 200 ends the bench.
page_p95() {
  local what=$1 goal=$2 at path line
  shift 2
  for path in "$@"; do curl -fsS -b "$work/cookies" -o /dev/null "$url$path"; done # warm
  : >"$work/page-times"
  for ((at = 0; at < requests; at++)); do
    path=${*:1 + at % $#:1}
    line=$(curl -sS -b "$work/cookies" -o /dev/null -w '%{http_code} %{time_total}' "$url$path")
    [[ $line == 200\ * ]] || fail "$path answered ${line%% *}"
    printf '%s\n' "${line#* }" >>"$work/page-times"
  done
  read -r at line _ <<<"$(percentiles "$work/page-times")"
  stage_row "$what" "p50 $at ms, p95 $line ms" "" "" "$goal"
}

release_build
[[ -n ${KEEP:-} && -d $work/files/truth ]] || rm -rf "$work"
rm -rf "$work/data"
mkdir -p "$work"
[[ -d $work/files/truth ]] || measure "write the files (demo)" "" "$gonghui" demo --scale "$scale" --seed "$seed" --out "$work/files"
"$gonghui" init 2>>"$work/init.log"
measure "import all files" "≤ 360 s, ≤ 2 GiB" "$gonghui" import "$work/files"
measure "import the same files again" "≤ 30 s" "$gonghui" import "$work/files"
# The city is made for today, so today is also what the rules look from.
measure "reconcile, training the model" "≤ 60 s, ≤ 4 GiB" "$gonghui" reconcile
measure "reconcile again" "≤ 60 s, ≤ 4 GiB" "$gonghui" reconcile
"$gonghui" check --truth "$work/files/truth" --format csv >"$work/check.csv"

# A city has fewer than 50,000 open items; a rule that looks at smaller firms too fills the lists for the page's sake.
open_items() { "$gonghui" export list --format json | wc -l; }
items=$(open_items) rules=()
if ((items < items_wanted)); then
  say "$items open items; filling up with a wider found-joint rule"
  rm -rf "$work/rules" && cp -r rules "$work/rules"
  sed -i 's/insured_now BETWEEN 10 AND 24/insured_now BETWEEN 2 AND 24/; s/^version = .*/version = 99/' "$work/rules/found-joint.sql"
  rules=(--rules "$work/rules")
  measure "reconcile with a wider rule" "" "$gonghui" reconcile "${rules[@]}"
  items=$(open_items)
fi
demo_accounts
launch
stage_row "start to ready" "$wall s" "" "" "≤ 2 s"
sign_in "$work/cookies" city
page_p95 "list page, $items open items" "p95 ≤ 100 ms" \
  "/worklist/all" "/worklist/all?page=7" "/worklist/task" "/worklist/task?sort=due" "/worklist/verify?county=330226" \
  "/worklist/verify?rule=found-joint&sort=insured&desc=1&size=50" "/worklist/all?q=%E8%85%BE%E6%B5%A9" "/worklist/all?town=330226111"
page_p95 "home page" "" "/"
stage_row "server memory" "" "" "$(gib "$(peak_of "$server")")" ""
stop_server
measure "import the next day's changes" "" "$gonghui" import "$work/files/next-day"
measure "reconcile, the next day" "" "$gonghui" reconcile "${rules[@]}"

{
  printf '# Figures of %s, scale %s, seed %s\n\n' "$(date +%F)" "$scale" "$seed"
  machine
  echo
  printf '| stage | wall | CPU | highest memory | goal |\n| --- | --- | --- | --- | --- |\n'
  printf '%s\n' "${figures[@]}"
  printf '\nDisk: files %s, data folder %s.\n' "$(du -sh "$work/files" | cut -f1)" "$(du -sh "$work/data" | cut -f1)"
  # shellcheck disable=SC2016 # the backticks are Markdown
  printf '\n`check` (goals: links precision ≥ 0.98, recall ≥ 0.95; found-25 precision and recall ≥ 0.95):\n\n'
  awk -F, '{ gsub(/,/, " | "); print "| " $0 " |" } NR == 1 { gsub(/[^|]+/, " --- "); print "|" $0 "|" }' "$work/check.csv"
} | tee "$work/figures.md"
[[ -n ${KEEP:-} ]] || rm -rf "$work/data" "$work/files" "$work/rules"
say "written to $work/figures.md"
