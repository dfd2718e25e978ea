#!/usr/bin/env bash
# The shop, live: servers start, tables and collections are filled and kept busy, Millrace copies and follows them into
# Redis, Elasticsearch, Neo4j and InfluxDB, audits find and mend what is wrong, and at the end the targets are asked what the
# shop's pages ask, and every row, document, relationship and point is compared. Ctrl-C stops everything.
#
#   DEMO_SECONDS  how long the shop is busy (default 60)
#   DEMO_RATE     its transactions a second (default 30: what the lab's graph database keeps up with)
#   DEMO_EDITS    changes of the catalogue's documents a second (default 10)
#   DEMO_VISITS   visits and measurements a second (default 10)
#   DEMO_USERS    customers at the start (default 1000)
#   DEMO_ORDERS   orders at the start (default 2000)
#   DEMO_KEEP=1   leaves the servers up at the end
set -euo pipefail

shop=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$shop/../.."

seconds=${DEMO_SECONDS:-60} rate=${DEMO_RATE:-30} users=${DEMO_USERS:-1000} orders=${DEMO_ORDERS:-2000}
edits=${DEMO_EDITS:-10} visits=${DEMO_VISITS:-10}
pipelines=(redis search graph metrics catalogue catalogue-graph activity)
files=("${pipelines[@]/#/pipelines/shop-}")
files=("${files[@]/%/.yaml}")
program=.build-release/release/millrace

# A lab of the demo's own, so that it never meets the tables of another. What Millrace keeps stands beside the
# servers it speaks of, and goes with them.
export LAB_RUN=${LAB_RUN:-/tmp/millrace-demo-$(id -u)} LAB_PORT=${LAB_PORT:-27700}
state=(--state "$LAB_RUN/state")

millrace_pid=''
# Who keeps the shop busy: a process each.
declare -A busy=()

say() {
    if [[ -t 1 ]]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi
}

# In a session of its own: Ctrl-C reaches this script alone, which then ends what it started, in order.
in_background() { setsid "$@" & }

# end PID: asks it to stop, waits for it, and passes on how it ended.
end() {
    [[ -n $1 ]] || return 0
    kill -TERM "$1" 2>/dev/null || true
    wait "$1"
}

close_shop() {
    local name
    for name in "${!busy[@]}"; do
        end "${busy[$name]}" || true
        unset "busy[$name]"
    done
}

# shellcheck disable=SC2317
finish() {
    local result=$?
    trap - EXIT
    trap '' INT TERM
    close_shop
    end "$millrace_pid" || true
    if [[ ${DEMO_KEEP:-0} == 1 ]]; then
        say "The servers stay up: set -a; . <(LAB_RUN=$LAB_RUN LAB_PORT=$LAB_PORT lab/lab.sh env); set +a"
    else
        lab/lab.sh down
    fi
    exit "$result"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "Building Millrace"
lab/lab.sh packages
make --no-print-directory build

say "Starting PostgreSQL, MongoDB, Redis, Elasticsearch, InfluxDB and a graph database"
lab/lab.sh down
lab/lab.sh up
while IFS= read -r line; do export "${line?}"; done < <(lab/lab.sh env)

say "Filling the shop: $users customers, $orders orders"
psql "$SHOP_POSTGRES" -qX -v ON_ERROR_STOP=1 -v users="$users" -v orders="$orders" \
    -f "$shop/schema.sql" -f "$shop/seed.sql"
"$shop/catalogue/catalogue.py" fill
"$shop/catalogue/activity.py" fill --users "$users"

# keep_busy NAME COMMAND...: runs it beside everything else.
keep_busy() {
    in_background "${@:2}" >"$LAB_RUN/$1.log" 2>&1
    busy[$1]=$!
}

say "Opening the shop for $seconds s, with $rate transactions, $edits edits and $visits visits a second; Millrace copies and follows"
opened=$SECONDS
keep_busy traffic "$shop/traffic.sh" --rate "$rate"
keep_busy editors "$shop/catalogue/catalogue.py" edit --rate "$edits"
keep_busy visitors "$shop/catalogue/activity.py" watch --rate "$visits" --users "$users"
in_background "$program" run "${state[@]}" "${files[@]}"
millrace_pid=$!
for ((second = 0; second < seconds; second++)); do
    sleep 1
    if ! kill -0 "$millrace_pid" 2>/dev/null; then
        result=0
        wait "$millrace_pid" || result=$?
        millrace_pid=''
        say "Millrace ended by itself, with status $result"
        exit 1
    fi
    for name in "${!busy[@]}"; do
        if ! kill -0 "${busy[$name]}" 2>/dev/null; then
            unset "busy[$name]"
            say "What kept the shop busy ended by itself: $name"
            tail -n 5 "$LAB_RUN/$name.log"
            exit 1
        fi
    done
done

# audit PIPELINE... [-- ARGUMENT...]: fails on differences, but not on keys that may have expired or rows that never rest.
audit() {
    local names=() pipeline result found=0
    while (($#)) && [[ $1 != -- ]]; do names+=("$1") && shift; done
    for pipeline in "${names[@]}"; do
        result=0
        "$program" audit "${state[@]}" "shop-$pipeline" --html ".build-release/audit-shop-$pipeline.html" "${@:2}" || result=$?
        found=$((found | result))
    done
    return $((found & ~6))
}

say "Auditing while the shop is open"
audit redis search metrics catalogue activity

say "Closing the shop, and waiting until Millrace has caught up"
close_shop
"$program" status "${state[@]}" --wait-caught-up --timeout 120s >/dev/null
"$program" status "${state[@]}"

say "Auditing the graph"
audit graph catalogue-graph

say "Spoiling two keys in Redis behind Millrace's back; the audit finds and repairs them"
read -r one two < <(psql "$SHOP_POSTGRES" -qXAt -F ' ' -c "SELECT min(id::text), max(id::text) FROM users")
redis-cli -u "$SHOP_REDIS" HSET "user:$one" email nobody@nowhere.example >/dev/null
redis-cli -u "$SHOP_REDIS" COPY "user:$two" user:nobody >/dev/null
audit redis && { say "The audit missed them"; exit 1; }
audit redis -- --repair --yes >/dev/null || true
audit redis
say "As pages: .build-release/audit-shop-redis.html, and beside it one for each other pipeline"

say "Asking the targets what the shop's pages ask them, and holding the answers against the sources"
agree=0
"$shop/questions.py" || agree=$?

say "Comparing every row, without Millrace's help"
# Keys in Redis live for half an hour after their last change.
if ((SECONDS < 1700)); then "$shop/compare.py" || agree=$?; else "$shop/compare.py" --may-have-expired || agree=$?; fi
# Its keys live for five minutes, an hour or two.
"$shop/catalogue/compare_catalogue.py" --age $((SECONDS - opened + 20)) || agree=$?
"$shop/graph/compare.py" --with-catalogue || agree=$?
"$shop/catalogue/compare_graph.py" || agree=$?
"$shop/metrics/compare.py" || agree=$?
"$shop/catalogue/compare_activity.py" || agree=$?

say "Stopping Millrace"
stopped=0
end "$millrace_pid" || stopped=$?
millrace_pid=''
((stopped == 0)) || say "Millrace ended with status $stopped"
exit $((agree != 0 ? agree : stopped))
