#!/usr/bin/env bash
# A tree of 300,000 unions: opening branches at every level, the way to a leaf, pages of the list, and a search.
#
#   benches/tree.sh                            on SQLite and on a throw-away PostgreSQL
#   ENGINES="sqlite" SKIP_BUILD=1 GONGHUI=PATH one engine; another binary
#
# The tree is made here: a city, 10 counties, 300 towns, 970 base unions in each town, 9,659 in one.
# The table goes to target/bench/tree/figures.md.
set -euo pipefail
cd "$(dirname "$0")/.."

requests=${REQUESTS:-100} engines=${ENGINES:-sqlite postgres}
# shellcheck source=benches/lib.sh
source benches/lib.sh
begin target/bench/tree
release_build
rm -rf "$work"
mkdir -p "$work"

# Counties and towns without codes: their place is said by the parent alone.
awk 'BEGIN {
  print "工会标识,工会名称,上级工会标识,工会类型"
  print "R,量测市总工会,,总工会"
  for (c = 1; c <= 10; c++) {
    printf "C%d,量测市第%d区总工会,R,总工会\n", c, c
    for (t = 1; t <= 30; t++) {
      printf "C%dT%d,第%d区第%d镇总工会,C%d,总工会\n", c, t, c, t, c
      most = c == 1 && t == 1 ? 9659 : 970
      for (u = 1; u <= most; u++) {
        printf "C%dT%dU%d,第%d区第%d镇第%d家公司工会,C%dT%d,独立基层工会\n", c, t, u, c, t, u, c, t
      }
    }
  }
}' >"$work/unions.csv"
rows=$(($(wc -l <"$work/unions.csv") - 1))
say "$rows unions"

# gets "what" GOAL PATH… : p50 and p95 of that many requests, in turns.
gets() {
  local what=$1 goal=$2 at half most size
  shift 2
  for ((at = 0; at < requests; at++)); do
    local nth=$((1 + at % $#))
    curl -fsS -b "$work/cookies" -o "$work/answer" -w '%{time_total}\n' "$url${!nth}"
  done >"$work/times"
  size=$(($(wc -c <"$work/answer") / 1024))
  read -r half most _ <<<"$(percentiles "$work/times")"
  note "$what" "p50 $half ms, p95 $most ms; $size KiB" "≤ $goal ms" "$(below "$most" "$goal")"
}

for engine in $engines; do
  on_engine "$engine" "$work/$engine"
  "$gonghui" init 2>>"$work/init.log"
  stage "$work/import.log" "$gonghui" import --kind unions "$work/unions.csv"
  note "import of $rows unions" "$wall s, CPU $cpu_used s, $(gib "$peak")" "" ""
  demo_accounts
  launch
  sign_in "$work/cookies" city
  towns=() leaves=() counties=()
  for ((at = 0; at < 20; at++)); do
    counties+=("/union/C$((1 + at % 10))/branch")
    towns+=("/union/C$((1 + at % 10))T$((2 + at))/branch")
    leaves+=("/union/tree?open=C$((1 + at % 10))T$((2 + at))U$((1 + at * 40))")
  done
  gets "the tree's page" 150 /union/tree
  gets "a county's branch, 30 towns" 50 "${counties[@]}"
  gets "a town's branch, 200 of 970" 50 "${towns[@]}"
  gets "a town's branch, 200 of 9,659, from the middle" 50 "/union/C1T1/branch?after=C1T1U5000"
  gets "the tree opened down to a union" 150 "${leaves[@]}"
  gets "unions, first page" 150 "/union?size=50"
  gets "unions, page 5,000" 150 "/union?size=50&page=5000" "/union?size=50&page=5001"
  gets "search for a union" 200 "/search?q=第3区第7镇第44家" "/search?q=第9区第20镇第930家"
  stop_all
done

table "A tree of $rows unions" "$requests requests each, one after the other" | tee "$work/figures.md"
