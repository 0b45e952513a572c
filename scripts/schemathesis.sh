#!/usr/bin/env bash
# Tries the interface with requests made from its own document (https://schemathesis.io), all checks on.
#
#   scripts/schemathesis.sh install        puts the tool into target/schemathesis (Python 3.10 or newer), unless it is there
#   scripts/schemathesis.sh URL TOKEN…     tries a server, as http://127.0.0.1:8080; further arguments go to the tool
#
# What is not as the tool expects by default stands in scripts/schemathesis.toml, with the reason. Values of the path for records that are
# there, so that requests get past 404, come in SCHEMATHESIS_PARAMETERS, as lines of its table [parameters]: "path.union_id" = "U101".
set -euo pipefail
cd "$(dirname "$0")/.."
version=4.32.5
folder=target/schemathesis

install() {
  [[ -x $folder/bin/schemathesis && $("$folder/bin/schemathesis" --version) == *" $version" ]] && return
  command -v python3 >/dev/null || { echo "schemathesis: python3 is missing; apt-get install python3 python3-venv" >&2; exit 1; }
  echo "schemathesis: installing $version into $folder (half a minute)" >&2
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
}

install
[[ ${1:-} == install ]] && exit
url=${1:?the address of a server} token=${2:?a token}
shift 2
{
  cat scripts/schemathesis.toml
  if [[ -n ${SCHEMATHESIS_PARAMETERS:-} ]]; then printf '\n[parameters]\n%s\n' "$SCHEMATHESIS_PARAMETERS"; fi
} > "$folder/config.toml"
cd "$folder" # what the tool remembers of a run stays there
exec bin/schemathesis --config-file config.toml run "$url/api/v1/openapi.json" \
  --header "Authorization: Bearer $token" --checks all --no-color "$@"
