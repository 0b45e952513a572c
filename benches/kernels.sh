#!/usr/bin/env bash
# The small kernels of linkage beside their peers: bounded edit distance, company names, counties from addresses.
#
#   benches/kernels.sh                 a generated county's employers, 20,000 of them, ours and the peers
#   SEED=2 CASES=100000                other employers, or more of them
#   SKIP_PYTHON=1                      without the Python peers (no network needed then)
#
# Prints a table and writes it, with the machine, to target/kernels/figures.md. All run on the same file of cases, one
# core each, best of several rounds in CPU time: other work on the machine hardly moves the figures, though it does a
# little. The peers: RapidFuzz 0.5.0 (Rust), companynameparser 0.1.8 and cpca 0.5.5 (Python).
set -euo pipefail
cd "$(dirname "$0")/.."

seed=${SEED:-1} cases=${CASES:-20000}
work=target/kernels
venv=$work/venv
wheels=(companynameparser==0.1.8 jieba==0.42.1 cpca==0.5.5 pyahocorasick==2.3.1 pandas==3.1.1 setuptools==65.5.0)

bench=kernels
# shellcheck source=benches/lib.sh
source benches/lib.sh
need awk cargo
mkdir -p "$work/whole" "$work/cases"

say "employers of a generated county …"
cargo run --quiet --release -p city --example parser_cases -- "$work/whole" county "$seed"
for file in names addresses; do
  # Every so many lines: the file is ordered by what kind of employer each is.
  awk -v wanted="$cases" 'NR == FNR { all++; next } FNR == 1 || FNR % step() == 0
    function step() { return all > wanted ? int(all / wanted) : 1 }' \
    "$work/whole/$file.csv" "$work/whole/$file.csv" >"$work/cases/$file.csv"
done

say "ours …"
cargo bench --quiet -p codes --bench parsers -- "$PWD/$work/cases" >"$work/ours.tsv"
cargo bench --quiet -p engines --bench distance >"$work/distance.tsv"

: >"$work/peers.tsv"
if [[ -z ${SKIP_PYTHON:-} ]]; then
  command -v python3 >/dev/null || fail "python3 is missing; SKIP_PYTHON=1 leaves its peers out"
  say "the Python peers …"
  [[ -x $venv/bin/python ]] || python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "${wheels[@]}"
  "$venv/bin/python" benches/kernel_peers.py "$work/cases" >"$work/peers.tsv"
fi

# row "kernel" OURS PEER GOAL speed|share : one line of the table; PEER is empty where none ran.
row() {
  awk -v what="$1" -v ours="$2" -v peer="$3" -v goal="$4" -v kind="$5" '
    function speed(x) { return x >= 1e6 ? sprintf("%.1f M/s", x / 1e6) : sprintf("%.0f k/s", x / 1e3) }
    function shown(x) { return x == "" ? "–" : kind == "speed" ? speed(x) : sprintf("%.2f %%", x * 100) }
    BEGIN {
      ratio = peer == "" || kind != "speed" ? "–" : sprintf("%.1f ×", ours / peer)
      holds = goal == "" ? "–" : ours + 0 >= goal + 0 ? "yes" : "NO"
      aim = goal == "" ? "–" : "≥ " shown(goal)
      printf "| %s | %s | %s | %s | %s | %s |\n", what, shown(ours), shown(peer), ratio, aim, holds
    }'
}

# cell FILE "what" COLUMN
cell() { awk -F '\t' -v what="$2" -v column="$3" '$1 == what { print $column }' "$1"; }

# both "kernel" "what" COLUMN GOAL speed|share : ours beside the Python peer's.
both() { row "$1" "$(cell "$work/ours.tsv" "$2" "$3")" "$(cell "$work/peers.tsv" "$2" "$3")" "$4" "$5"; }

{
  printf '%s, %s, load %s\n\n' "$(date -u +%Y-%m-%dT%H:%MZ)" \
    "$(awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)" "$(cut -d ' ' -f 1 /proc/loadavg)"
  printf '| kernel | ours | peer | ratio | goal | holds |\n| --- | --- | --- | --- | --- | --- |\n'
  row "edit distance within 2, 8–16 Han characters (RapidFuzz)" \
    "$(cell "$work/distance.tsv" slips 2)" "$(cell "$work/distance.tsv" "rapidfuzz osa" 2)" 10000000 speed
  both "company names taken apart (companynameparser)" "brand of companies" 2 1000000 speed
  both "brand exactly right, companies" "brand of companies" 3 0.97 share
  both "brand exactly right, all employers" "brand of all employers" 3 0.97 share
  both "addresses taken apart (cpca)" "county from address" 2 "" speed
  both "county right or rightly unknown" "county from address" 3 0.99 share
  both "county wrong (lower is better)" "county from address" 4 "" share
  while IFS=$'\t' read -r what _; do
    [[ $what != "county: "* ]] || both "– ${what#county: }" "$what" 3 "" share
  done <"$work/ours.tsv"
} | tee "$work/figures.md"
