#!/usr/bin/env bash
# The register in bulk: importing 100,000 and a million members, exporting, moving a county with all that hangs below it.
#
#   benches/registry-bulk.sh                   the whole city on SQLite and on a throw-away PostgreSQL (about 12 GiB of disk)
#   SCALE=small benches/registry-bulk.sh       a smaller one, to try the script
#   FILES=DIR ENGINES="sqlite"                 other files; one engine
#   SKIP_BUILD=1 GONGHUI=PATH                  another binary
#
# Every import and export is a process of its own: wall and CPU seconds, highest resident set. While the county is moved, somebody
# else reads a union and a page of members without pause; the longest of these readings is printed. The table goes to
# target/bench/registry-bulk/figures.md.
set -euo pipefail
cd "$(dirname "$0")/.."

scale=${SCALE:-city} seed=${SEED:-1} engines=${ENGINES:-sqlite postgres}
files=${FILES:-target/bench/$scale/files}
few=100000 many=1000000
[[ $scale == city ]] || few=1000 many=10000
# shellcheck source=benches/lib.sh
source benches/lib.sh
begin target/bench/registry-bulk
[[ $engines != *sqlite* ]] || need sqlite3
[[ $engines != *postgres* ]] || need psql
release_build
rm -rf "$work"
mkdir -p "$work"
city_files "$scale" "$seed" "$files"

# measure "what" SECONDS COMMAND… : the goal holds when it takes no longer, and no more than half a GiB.
measure() {
  local what=$1 goal=$2 words
  shift 2
  stage "$work/stage.log" "$@"
  words="≤ $goal s, ≤ 0.50 GiB"
  note "$what" "$wall s, CPU $cpu_used s, $(gib "$peak")" "$words" "$(below "$wall" "$goal"), $(below "$peak" 524288)"
}

# loaded_beside "what" OURS FILE : the same CSV into a bare table of texts, by the engine's own loader: no rules, no keys, no ciphers. OURS is
# the seconds of ours.
loaded_beside() {
  local what=$1 ours=$2 file=$3 columns
  if [[ $engine == sqlite ]]; then
    rm -f "$work/peer.db"
    stage "$work/stage.log" sqlite3 "$work/peer.db" '.mode csv' ".import $file member"
    rm -f "$work/peer.db"
  else
    columns=$(head -n 1 "$file" | awk -F, '{ for (i = 1; i <= NF; i++) printf "%sc%d text", (i > 1 ? ", " : ""), i }')
    psql -q "$DATABASE_URL" -c 'DROP TABLE IF EXISTS peer_member' -c "CREATE TABLE peer_member ($columns)"
    stage "$work/stage.log" psql -q "$DATABASE_URL" -c "\\copy peer_member FROM '$file' CSV HEADER"
    psql -q "$DATABASE_URL" -c 'DROP TABLE peer_member'
  fi
  note "$what, into a bare table by the engine's own loader" "$wall s" "" "ours takes $(ratio "$ours" "$wall") times as long"
}

# The same for an export: the engine's own tool writes the table of members as it lies there, sealed values unopened.
written_beside() {
  local what=$1 ours=$2
  if [[ $engine == sqlite ]]; then
    stage "$work/peer.csv" sqlite3 -csv "$GONGHUI_DATA/gonghui.db" 'SELECT * FROM member'
  else
    stage "$work/stage.log" psql -q "$DATABASE_URL" -c "\\copy member TO '$work/peer.csv' CSV"
  fi
  rm -f "$work/peer.csv"
  note "$what, as it lies there by the engine's own tool" "$wall s" "" "ours takes $(ratio "$ours" "$wall") times as long"
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a / b }'; }

# fresh FOLDER : an empty register in a folder of its own, with a database of its own on PostgreSQL.
fresh() {
  rm -rf "$1"
  on_engine "$engine" "$1"
  "$gonghui" init 2>>"$work/init.log"
}

# The hidden fields of a form, as `name=value` lines; the values here need no unescaping but of the quotes.
hidden() { grep -oE '<input type="hidden" name="[^"]*" value="[^"]*"' | sed 's/.*name="\([^"]*\)" value="\([^"]*\)"/\1=\2/; s/&#34;/"/g'; }

# Lets one officer move a county: what is measured is the move, not the wait for the second person, whom the security policy asks for.
without_second_person() {
  local jar=$work/manager.cookies fields=() line answer
  sign_in "$jar" manager
  curl -fsS -b "$jar" "$url/security" -o "$work/policy.html"
  while IFS= read -r line; do fields+=(--data-urlencode "$line"); done < <(
    grep -oE '<input [^>]*>' "$work/policy.html" | grep -vE 'type="(hidden|checkbox|search)"' |
      sed -nE 's/.* name="([^"]*)".* value="([^"]*)".*/\1=\2/p' | sed -E 's/^([a-z_]+_alone)=.*/\1=0/')
  answer=$(curl -sS -b "$jar" -H 'sec-fetch-site: same-origin' "${fields[@]}" "$url/security" -o "$work/policy.html" -w '%{http_code}')
  [[ $answer == 30* ]] || fail "the security policy answered $answer; see $work/policy.html"
}

# move_county FROM TO : previews, then confirms; sets `seconds` to what the confirmation took.
move_county() {
  local jar=$work/cookies fields=() line answer
  curl -fsS -b "$jar" -H 'sec-fetch-site: same-origin' --data-urlencode "union_text=$2" --data-urlencode "union=$2" \
    --data-urlencode "reason=量测" "$url/union/$1/change/move" -o "$work/preview.html"
  while IFS= read -r line; do fields+=(--data-urlencode "$line"); done < <(hidden <"$work/preview.html")
  ((${#fields[@]})) || fail "no preview of the move; see $work/preview.html"
  answer=$(curl -sS -b "$jar" -H 'sec-fetch-site: same-origin' "${fields[@]}" "$url/union/$1/change/move" -o "$work/moved.html" -w '%{http_code} %{time_total}')
  [[ $answer == 30* ]] || fail "the move answered $answer; see $work/moved.html"
  seconds=${answer#* }
}

# Somebody who reads on and on; stops when the file goes.
read_on() {
  local at=0 paths=("/union/$1" "/member?size=50" "/union?size=50&page=3")
  while [[ -e $work/reading ]]; do
    curl -sS -b "$work/cookies" -o /dev/null -w '%{http_code} %{time_total}\n' "$url${paths[at % 3]}"
    at=$((at + 1))
  done >"$work/read-times"
}

for engine in $engines; do
  say "$engine: the whole register"
  fresh "$work/whole"
  stage "$work/import.log" "$gonghui" import "$files"
  measure "export of all members, CSV" 680 "$gonghui" export members --plain --purpose L01 --reason 量测 --out "$work/all.csv"
  rows=$(($(wc -l <"$work/all.csv") - 1))
  figures[-1]=${figures[-1]/all members/all $rows members}
  written_beside "the same" "$wall"
  "$gonghui" export unions --plain --reason 量测 --columns union_id,parent_id,union_type --out "$work/unions.csv" >"$work/unions.log" 2>&1

  # The county with the most unions below it, and the next one to hang it under.
  mapfile -t counties < <(awk -F, '
    NR > 1 { sub(/\r$/, ""); above[$1] = $3 }
    END {
      for (id in above) { at = id; for (deep = 0; at != "" && deep < 12; deep++) { below[at]++; at = above[at] } }
      for (id in above) if (above[id] != "" && above[above[id]] == "") print below[id], id
    }' "$work/unions.csv" | sort -rn | awk 'NR < 3')
  read -r weight county <<<"${counties[0]}"
  read -r _ other <<<"${counties[1]}"
  demo_accounts
  launch
  sign_in "$work/cookies" city
  without_second_person
  curl -fsS -b "$work/cookies" -o /dev/null "$url/union/$county"
  : >"$work/reading"
  read_on "$county" &
  reader=$!
  sleep 2
  move_county "$county" "$other"
  sleep 2
  rm "$work/reading"
  wait "$reader"
  grep -v '^200 ' "$work/read-times" | head -n 1 | grep . && fail "a reading failed"
  cut -d ' ' -f 2 "$work/read-times" >"$work/times"
  read -r half most longest <<<"$(percentiles "$work/times")"
  note "moving a county of $weight unions" "$(awk -v s="$seconds" 'BEGIN { printf "%.1f s", s }')" "≤ 5 s" "$(below "$seconds" 5)"
  note "readings meanwhile, $(wc -l <"$work/times")" "p50 $half ms, p95 $most ms, longest $longest ms" "≤ 200 ms" "$(below "$longest" 200)"
  stop_server

  say "$engine: members into an empty register"
  awk -v few="$few" -v many="$many" -v to="$work" '
    NR == 1 { print >(to "/few.csv"); print >(to "/many.csv"); next }
    NR <= few + 1 { print >(to "/few.csv"); next }
    NR <= few + many + 1 { print >(to "/many.csv"); next }
    { exit }' "$work/all.csv"
  fresh "$work/half"
  "$gonghui" import --kind unions "$files"/unions.* >"$work/unions-import.log" 2>&1
  measure "import of $few members, CSV" 60 "$gonghui" import --kind members "$work/few.csv"
  loaded_beside "the same" "$wall" "$work/few.csv"
  measure "import of $many members, CSV" 600 "$gonghui" import --kind members "$work/many.csv"
  loaded_beside "the same" "$wall" "$work/many.csv"
  measure "the same million again" 600 "$gonghui" import --kind members "$work/many.csv"
  measure "export of $((few + many)) members, masked, XLSX" 198 "$gonghui" export members --reason 量测 --out "$work/masked.xlsx"
  measure "export of $((few + many)) members, CSV" 198 "$gonghui" export members --plain --purpose L01 --reason 量测 --out "$work/out.csv"
  stop_all
  rm -rf "$work/whole" "$work/half" "$work"/*.csv "$work"/*.xlsx
done

table "The register in bulk, scale $scale, seed $seed" | tee "$work/figures.md"
