#!/usr/bin/env bash
# The shop, live: servers start, tables and collections are filled and kept busy, Millrace copies and follows them into
# Redis and Elasticsearch, audits find and mend what is wrong, and at the end every row and document is compared. Ctrl-C
# stops everything.
#
#   DEMO_SECONDS  how long the shop is busy (default 60)
#   DEMO_RATE     its transactions a second (default 300)
#   DEMO_EDITS    changes of the catalogue's documents a second (default 50)
#   DEMO_USERS    customers at the start (default 2000)
#   DEMO_ORDERS   orders at the start (default 10000)
#   DEMO_KEEP=1   leaves the servers up at the end
set -euo pipefail

shop=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$shop/../.."

seconds=${DEMO_SECONDS:-60} rate=${DEMO_RATE:-300} users=${DEMO_USERS:-2000} orders=${DEMO_ORDERS:-10000}
edits=${DEMO_EDITS:-50}
pipelines=(pipelines/shop-redis.yaml pipelines/shop-search.yaml pipelines/shop-catalogue.yaml)
program=.build-release/release/millrace

# A lab of the demo's own, so that it never meets the tables of another. What Millrace keeps stands beside the
# servers it speaks of, and goes with them.
export LAB_RUN=${LAB_RUN:-/tmp/millrace-demo-$(id -u)} LAB_PORT=${LAB_PORT:-27700}
state=(--state "$LAB_RUN/state")

millrace_pid='' traffic_pid='' editors_pid=''

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

# shellcheck disable=SC2317
finish() {
    local result=$?
    trap - EXIT
    trap '' INT TERM
    end "$traffic_pid" || true
    end "$editors_pid" || true
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

say "Starting PostgreSQL, MongoDB, Redis and Elasticsearch"
lab/lab.sh down
lab/lab.sh up postgres mongo redis elastic
while IFS= read -r line; do export "${line?}"; done < <(lab/lab.sh env)

say "Filling the shop: $users customers, $orders orders"
psql "$SHOP_POSTGRES" -qX -v ON_ERROR_STOP=1 -v users="$users" -v orders="$orders" \
    -f "$shop/schema.sql" -f "$shop/seed.sql"
"$shop/catalogue/catalogue.py" fill

say "Opening the shop for $seconds s, with $rate transactions and $edits edits a second; Millrace copies and follows"
opened=$SECONDS
in_background "$shop/traffic.sh" --rate "$rate" >"$LAB_RUN/traffic.log" 2>&1
traffic_pid=$!
in_background "$shop/catalogue/catalogue.py" edit --rate "$edits" >"$LAB_RUN/editors.log" 2>&1
editors_pid=$!
in_background "$program" run "${state[@]}" "${pipelines[@]}"
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
    if ! kill -0 "$traffic_pid" 2>/dev/null; then
        traffic_pid=''
        say "The traffic ended by itself:"
        tail -n 5 "$LAB_RUN/traffic.log"
        exit 1
    fi
    if ! kill -0 "$editors_pid" 2>/dev/null; then
        editors_pid=''
        say "The editing ended by itself:"
        tail -n 5 "$LAB_RUN/editors.log"
        exit 1
    fi
done

# audit ARGUMENT...: every pipeline; fails on differences, but not on keys that may have expired or rows that never rest.
audit() {
    local pipeline result found=0
    for pipeline in shop-redis shop-search shop-catalogue; do
        result=0
        "$program" audit "${state[@]}" "$pipeline" --html ".build-release/audit-$pipeline.html" "$@" || result=$?
        found=$((found | result))
    done
    return $((found & ~6))
}

say "Auditing every pipeline while the shop is open"
audit

say "Closing the shop, and waiting until Millrace has caught up"
end "$traffic_pid" || true
traffic_pid=''
end "$editors_pid" || true
editors_pid=''
timeout 120 "$program" status "${state[@]}" --wait-caught-up >/dev/null
"$program" status "${state[@]}"

say "Spoiling two keys in Redis behind Millrace's back; the audit finds and repairs them"
read -r one two < <(psql "$SHOP_POSTGRES" -qXAt -F ' ' -c "SELECT min(id::text), max(id::text) FROM users")
redis-cli -u "$SHOP_REDIS" HSET "user:$one" email nobody@nowhere.example >/dev/null
redis-cli -u "$SHOP_REDIS" COPY "user:$two" user:nobody >/dev/null
audit && { say "The audit missed them"; exit 1; }
audit --repair --yes >/dev/null || true
audit
say "As pages: .build-release/audit-shop-redis.html, and beside it one for each other pipeline"

say "Comparing every row, without Millrace's help"
agree=0
# Keys in Redis live for half an hour after their last change.
if ((SECONDS < 1700)); then "$shop/compare.py" || agree=$?; else "$shop/compare.py" --may-have-expired || agree=$?; fi
# Its keys live for five minutes, an hour or two.
"$shop/catalogue/compare_catalogue.py" --age $((SECONDS - opened + 20)) || agree=$?

say "Stopping Millrace"
stopped=0
end "$millrace_pid" || stopped=$?
millrace_pid=''
((stopped == 0)) || say "Millrace ended with status $stopped"
exit $((agree != 0 ? agree : stopped))
