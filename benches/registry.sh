#!/usr/bin/env bash
# The register under people's hands: a member's page, pages of the lists, a branch of the tree, every kind of search, who saw whom.
#
#   benches/registry.sh                        the whole city on SQLite and on a throw-away PostgreSQL (about 8 GiB of disk)
#   SCALE=small benches/registry.sh            a smaller one, to try the script
#   FILES=DIR ENGINES="sqlite"                 other files; one engine
#   ONLY="search for"                          what is measured, by a pattern of its words
#   SKIP_BUILD=1 GONGHUI=PATH KEEP=1           another binary; keep what was imported, PostgreSQL's server included, and use what is there
#
# Prints p50 and p95 of what the server answers over HTTP, signed in as the city's officer and as a town's, and writes the table to
# target/bench/registry/figures.md. Each request is another member, page or text, in turns, so that no answer is the one just made.
set -euo pipefail
cd "$(dirname "$0")/.."

scale=${SCALE:-city} seed=${SEED:-1} requests=${REQUESTS:-200} engines=${ENGINES:-sqlite postgres}
files=${FILES:-target/bench/$scale/files}
# shellcheck source=benches/lib.sh
source benches/lib.sh
begin "target/bench/registry/$scale"
release_build
mkdir -p "$work"
city_files "$scale" "$seed" "$files"

# p95 "what" GOAL_MS : of the seconds in $work/times.
p95() {
  local half most
  read -r half most _ <<<"$(percentiles "$work/times")"
  note "$1" "p50 $half ms, p95 $most ms" "≤ $2 ms" "$(below "$most" "$2")"
}

# once COOKIES METHOD TARGET [TEXT] : the seconds of one request; anything but 200 ends the bench.
once() {
  local line more=()
  [[ $2 == GET ]] || more=(-H 'sec-fetch-site: same-origin' --data-urlencode "${4}")
  line=$(curl -sS -b "$1" -o "$work/answer" -w '%{http_code} %{time_total}' "${more[@]}" "$url$3")
  [[ $line == 200\ * ]] || fail "$2 $3 answered ${line%% *}"
  printf '%s\n' "${line#* }"
}

# gets "what" GOAL COOKIES PATH… ; posts "what" GOAL COOKIES TEXT… : in turn, warmed by one round of at most ten.
gets() {
  local what=$1 goal=$2 jar=$3 at; shift 3
  wanted "$what" || return 0
  for ((at = 1; at <= $# && at <= 10; at++)); do once "$jar" GET "${!at}" >/dev/null; done
  for ((at = 0; at < requests; at++)); do local nth=$((1 + at % $#)); once "$jar" GET "${!nth}"; done >"$work/times"
  p95 "$what" "$goal"
}
posts() {
  local what=$1 goal=$2 jar=$3 at; shift 3
  wanted "$what" || return 0
  for ((at = 1; at <= $# && at <= 10; at++)); do once "$jar" POST /search "q=${!at}" >/dev/null; done
  for ((at = 0; at < requests; at++)); do local nth=$((1 + at % $#)); once "$jar" POST /search "q=${!nth}"; done >"$work/times"
  p95 "$what" "$goal"
}

# posts_of_all "what" GOAL TEXT… : asked by the city's officer and the counties' in turns, since one person has twenty searches with digits
# a minute; begins with a new minute, so that nothing asked before counts.
posts_of_all() {
  local what=$1 goal=$2 at jar; shift 2
  wanted "$what" || return 0
  for jar in "${jars[@]}"; do once "$jar" GET / >/dev/null; done
  sleep "$((60 - 10#$(date +%S)))"
  for ((at = 0; at < requests && at < 20 * ${#jars[@]}; at++)); do
    local nth=$((1 + at / ${#jars[@]} % $#))
    once "${jars[at % ${#jars[@]}]}" POST /search "q=${!nth}"
  done >"$work/times"
  p95 "$what" "$goal"
}

# Whether something is asked for.
wanted() { [[ $1 =~ ${ONLY:-.} ]]; }

# hrefs COOKIES PATH PATTERN : the links of a page that match, each once.
hrefs() { curl -fsS -b "$1" "$url$2" | grep -oE "href=\"$3\"" | sed 's/^href="//; s/"$//; s/&#38;/\&/g; s/&amp;/\&/g' | sort -u; }

names=(王芳 张伟 李娜 陈杰 刘洋 杨敏 黄丽 周强 吴磊 徐静 曾志伟 单国强 乐嘉 俞海波 邵国海 葛秀英 胡建国 郑海燕 何平 林志强)
readings=(wangfang zhangwei lina chenjie liuyang yangmin huangli zhouqiang wulei xujing zengzhiwei shanguoqiang yuejia yuhaibo wangxiaoming lixiuying)
initials=(wf zw ln cj ly ym hl zq wl xj zzw sgq yj yhb wxm lxy zx zjg)
given=(小明 国强 海燕 志伟 建国 晓红 芳 一鸣 瑢)
given_readings=(xiaoming guoqiang haiyan jing an wei yi xm gq eryang ou)
foreign=(john maria muhammad ahmat li smith)
numbers=(330226199001010000 330203198507120013 330212197811230021 13857420001 13905740002 330281199203040034)
orgs=(yinzhou yzqzgh cixi xiangshan 电器有限公司 塑料 jidian 宁海县总工会 91330226 余姚市 81330)

measure() {
  local page last last_employers jar=$work/city.cookies town=$work/town.cookies members branches pages
  last=$(curl -fsS -b "$jar" "$url/member?size=50" | grep -oE 'page=[0-9]+' | cut -d= -f2 | sort -n | tail -n 1)
  [[ -n $last ]] || fail "the list of members has one page only"
  last_employers=$(curl -fsS -b "$jar" "$url/employer" | grep -oE 'page=[0-9]+' | cut -d= -f2 | sort -n | tail -n 1)
  [[ -n $last_employers ]] || fail "the list of employers has one page only"
  page=$((last < 10000 ? last : 10000))
  mapfile -t members < <(for at in 1 $((page / 3 + 1)) $((page / 2 + 1)) "$page"; do hrefs "$jar" "/member?size=50&page=$at" '/union/[^"]*/member/[^"]*'; done)
  mapfile -t branches < <(hrefs "$jar" /union/tree '/union/tree\?open=[^"]*' | sed 's|/union/tree?open=\(.*\)|/union/\1/branch|')
  pages=(); for ((at = 0; at < 40; at++)); do pages+=("/member?size=50&page=$((page - at > 0 ? page - at : 1))"); done
  gets "a member's page" 50 "$town" $(hrefs "$town" "/member?size=50" '/union/[^"]*/member/[^"]*')
  gets "a member's page, with who saw them" 2000 "$jar" "${members[@]}"
  gets "who saw one member, looked at $requests times" 2000 "$jar" "${members[0]}"
  gets "members, first page" 150 "$jar" "/member?size=50" "/member?size=100"
  gets "members, about page $page" 150 "$jar" "${pages[@]}"
  gets "unions, first page" 150 "$jar" "/union?size=50" "/union?size=50&sort=members&desc=1"
  gets "unions, page 500" 150 "$jar" "/union?size=50&page=500" "/union?size=50&page=501&sort=term_end"
  gets "unions as legal persons, and whose term ends" 150 "$jar" /legal-person /term
  gets "vacant chairs, zones, and what happened to zones" 150 "$jar" "/term?near=vacant" /zone /zone/news
  gets "data quality, the unions by score, and those with one fault" 150 "$jar" /quality /quality/union "/quality/union?page=500" /quality/members.number.checksum
  gets "employers, first page and a county's" 150 "$jar" /employer "/employer?county=330226"
  gets "employers, the middle page and the last" 150 "$jar" "/employer?page=$((last_employers / 2))" "/employer?page=$last_employers"
  gets "members of one union, all and of one state" 150 "$jar" $(hrefs "$jar" "/union?size=50&sort=members&desc=1" '/union/[A-Z0-9]*' | sed -n '1,5{s|$|/member|;p;s|$|?state=active|;p}')
  gets "the city's and the counties' pages" 50 "$jar" $(hrefs "$jar" /union/tree '/union/[A-Z0-9]*')
  gets "a branch of the tree" 50 "$jar" "${branches[@]}"
  posts "search by name" 200 "$jar" "${names[@]}"
  posts "search by pinyin" 200 "$jar" "${readings[@]}"
  posts "search by initials" 200 "$jar" "${initials[@]}"
  posts "search by initials, a town's officer" 200 "$town" "${initials[@]}"
  posts "search by a given name" 200 "$jar" "${given[@]}"
  posts "search by a given name, a town's officer" 200 "$town" "${given[@]}"
  posts "search by the reading of a given name" 200 "$jar" "${given_readings[@]}"
  posts "search by the reading of a given name, a town's officer" 200 "$town" "${given_readings[@]}"
  posts "search by a name in letters" 200 "$jar" "${foreign[@]}"
  posts_of_all "search by whole number" 200 "${numbers[@]}"
  posts_of_all "search by name and last four digits" 200 "${names[@]/%/ 1234}"
  posts_of_all "search for unions and employers, parts of codes too" 200 "${orgs[@]}"
}

for engine in $engines; do
  data=$work/$engine
  if [[ -z ${KEEP:-} || ! -d $data ]]; then
    rm -rf "$data"
    fresh=1
  else
    fresh=''
  fi
  export GONGHUI_DATA=$data
  unset DATABASE_URL
  if [[ $engine == postgres ]]; then
    if [[ -n $fresh || ! -d $(tail -n 1 "$work/postgres.server" 2>/dev/null) ]]; then
      fresh=1; rm -rf "$data"
      scripts/pg.sh start >"$work/postgres.server"
    fi
    mapfile -t pg <"$work/postgres.server"
    export DATABASE_URL=${pg[0]}
    [[ -n ${KEEP:-} ]] || pg_folders+=("${pg[1]}")
  fi
  if [[ -n $fresh ]]; then
    say "$engine: import"
    "$gonghui" init 2>>"$work/init.log"
    "$gonghui" import "$files" >"$work/import-$engine.log" 2>&1 || fail "the import failed: $work/import-$engine.log"
    # Employers are what the main job found.
    "$gonghui" reconcile >"$work/reconcile-$engine.log" 2>&1 || fail "the main job failed: $work/reconcile-$engine.log"
    # Pages of unions tell what the last check found; and a server that is started at night would begin one beside what is measured.
    "$gonghui" quality >"$work/quality-$engine.log" 2>&1 || fail "the check failed: $work/quality-$engine.log"
  fi
  demo_accounts
  launch
  sign_in "$work/city.cookies" city
  sign_in "$work/town.cookies" "$(grep -oE '\b(xidian|t[0-9]+)\b' "$work/accounts.txt" | head -n 1)"
  jars=("$work/city.cookies")
  for county in $(grep -oE '\b(ninghai|c[0-9]+)\b' "$work/accounts.txt"); do
    sign_in "$work/$county.cookies" "$county"
    jars+=("$work/$county.cookies")
  done
  measure
  stop_all
  [[ -n ${KEEP:-} ]] || rm -rf "$data"
done

table "The register, scale $scale, seed $seed" "$requests requests each, one after the other" | tee target/bench/registry/figures.md
