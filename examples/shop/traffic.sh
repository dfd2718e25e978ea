#!/usr/bin/env bash
# Keeps the shop's PostgreSQL busy, as customers would, until it is stopped or its time is over.
#
#   examples/shop/traffic.sh [--rate N] [--time SECONDS] [--clients N] [--seed N]
#
# --rate     transactions a second; 0 is as fast as they go (default 300)
# --time     0 is until stopped (default 0)
# --clients  connections (default 8)
# --seed     of all random choices; with one client, the same seed makes the same transactions (default 1)
# The database is SHOP_POSTGRES, filled by schema.sql and seed.sql. Ctrl-C or SIGTERM ends it cleanly.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
rate=300 seconds=0 clients=8 seed=1

usage() {
    sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

while (($#)); do
    case $1 in
    --rate) rate=${2:?} ;;
    --time) seconds=${2:?} ;;
    --clients) clients=${2:?} ;;
    --seed) seed=${2:?} ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 64 ;;
    esac
    shift 2
done

# Each kind of transaction, and how many of them come in a thousand.
mix=(
    browse=200 place-order=200 pay=190 ship=160 deliver=90
    profile=60 address=40 sign-up=30 cancel=14 return=8 account-status=4 merge-accounts=2 delete-user=2
)

# Debian keeps pgbench beside the server, out of the path.
pgbench=$(command -v pgbench || find /usr/lib/postgresql -path '*/bin/pgbench' 2>/dev/null | sort -V | tail -n 1)
[[ -n $pgbench ]] || {
    echo "traffic: pgbench is not installed (Debian: postgresql-15)" >&2
    exit 1
}

# Deadlocks are tried again, as an application does. A year stands for "until stopped": pgbench wants a limit.
arguments=(
    --no-vacuum --protocol=prepared --client="$clients" --jobs=$((clients < 2 ? 1 : 2)) --max-tries=10
    --random-seed="$seed" --time=$((seconds > 0 ? seconds : 31536000))
)
((rate == 0)) || arguments+=(--rate="$rate")
for kind in "${mix[@]}"; do arguments+=(--file="$here/traffic/${kind%=*}.sql@${kind#*=}"); done

stopped=false pid=
trap 'stopped=true; [[ -z $pid ]] || kill -TERM "$pid" 2>/dev/null || true' INT TERM
"$pgbench" "${arguments[@]}" "${SHOP_POSTGRES:?set it to the connection string of the shop}" &
pid=$!
result=0
wait "$pid" || result=$?
if [[ $stopped == true ]]; then
    wait "$pid" 2>/dev/null || true
    exit 0
fi
exit "$result"
