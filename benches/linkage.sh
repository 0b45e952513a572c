#!/usr/bin/env bash
# Our linkage beside Splink (PyPI, on DuckDB) and plain DuckDB SQL: one run, one machine, jobs in turn, best of ROUNDS.
#
#   benches/linkage.sh                       a county: minutes
#   SCALE=city ROUNDS=2 benches/linkage.sh   the whole city: about 4 GiB of disk under target/bench, 6 GiB of memory
#   FILES=DIR                                other files with truth/ beside them, Parquet as `gonghui demo` writes them
#   SEED=7 SKIP_BUILD=1 GONGHUI=PATH         another city; another binary
#
# benches/README.md says what the rows mean. Prints the table and writes it to target/bench/linkage/figures.md.
set -euo pipefail
cd "$(dirname "$0")/.."

scale=${SCALE:-county} seed=${SEED:-7} rounds=${ROUNDS:-3}
# shellcheck source=benches/lib.sh
source benches/lib.sh
begin target/bench/linkage
files=${FILES:-$work/$scale-$seed}
venv=$work/venv

python3 -c 'import sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || fail "python3 from 3.10 on with venv is missing"
release_build

mkdir -p "$work"
if ! cmp -s benches/linkage/requirements.txt "$venv/installed.txt"; then
  say "installing the peer into $venv"
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement benches/linkage/requirements.txt
  cp benches/linkage/requirements.txt "$venv/installed.txt"
fi
if [[ ! -d $files/truth ]]; then
  [[ -z ${FILES:-} ]] || fail "$files/truth is not there"
  say "writing the files: $scale, seed $seed"
  "$gonghui" demo --scale "$scale" --seed "$seed" --format parquet --out "$files"
fi
exec "$venv/bin/python" benches/linkage/bench.py --files "$files" --work "$work" --gonghui "$gonghui" --rounds "$rounds"
