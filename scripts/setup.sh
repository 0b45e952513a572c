#!/usr/bin/env bash
# Installs what gonghui needs on Debian 12 and nothing that is already there; says what it does.
#
#   scripts/setup.sh run     what building and serving need: a C compiler, the front-end's npm packages
#   scripts/setup.sh test    the same, and what the tests need: Chromium, Chinese fonts, poppler, PostgreSQL, SoftHSM, e2e packages
#
# Rust and Node.js are asked for, not installed: Debian 12 carries neither in the versions needed here.
set -euo pipefail
cd "$(dirname "$0")/.."
want=${1:-test}

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

command -v cargo >/dev/null || fail "cargo is missing. Install Rust 1.95 or newer from https://rustup.rs and run this again."
command -v node >/dev/null || fail "node is missing. Install Node.js 20 or newer (with npm) and run this again."
[[ $(node -p 'process.versions.node.split(".")[0]') -ge 20 ]] || fail "Node.js $(node -v) is too old; 20 or newer is needed."

packages=()
need() { packages+=("$1"); say "$2 is missing: will install the Debian package $1"; }
command -v cc >/dev/null || need build-essential "a C compiler"
if [[ $want == test ]]; then
  [[ -x /usr/bin/chromium ]] || need chromium "Chromium (browser tests)"
  compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null || need fonts-noto-cjk "a Chinese font (screenshots, PDF)"
  compgen -G '/usr/share/fonts/truetype/hanazono/HanaMin*' >/dev/null || need fonts-hanazono "a font of rare characters (names in PDF)"
  command -v pdftotext >/dev/null || need poppler-utils "pdftotext (reads PDF back in tests)"
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || need postgresql "PostgreSQL (store tests)"
  command -v softhsm2-util >/dev/null || need softhsm2 "SoftHSM (a key token in software)"
  command -v runuser >/dev/null || need util-linux "runuser"
  python3 -c 'import ensurepip, venv' 2>/dev/null || need python3-venv "Python's venv (schemathesis tries the interface)"
fi
if ((${#packages[@]})); then
  command -v apt-get >/dev/null || fail "this is not Debian; install these by hand and run again: ${packages[*]}"
  as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null || fail "neither root nor sudo; ask an administrator to install: ${packages[*]}"
    as_root=(sudo)
  fi
  say "apt-get install ${packages[*]} (about a minute)"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2
fi

# npm packages are installed again only when the lock file has changed; the sum of the last one lies beside them.
npm_packages() {
  local folder=$1 stamp=$1/node_modules/.lock-sum sum
  [[ -f $folder/package-lock.json ]] || return 0
  sum=$(sha256sum <"$folder/package-lock.json")
  [[ -f $stamp && $(<"$stamp") == "$sum" ]] && return 0
  say "npm ci in $folder (under a minute)"
  npm ci --prefix "$folder" --no-audit --no-fund --loglevel=error >&2
  printf '%s\n' "$sum" >"$stamp"
}
npm_packages frontend
if [[ $want == test ]]; then npm_packages e2e; fi
