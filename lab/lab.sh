#!/usr/bin/env bash
# The lab: real servers on loopback, without containers.
#
#   lab/lab.sh up [SERVER...]        start them and wait until they answer (default: all)
#   lab/lab.sh stop [SERVER...]      stop them, data kept, so that `up` resumes (default: all that run)
#   lab/lab.sh kill SERVER...        end them with SIGKILL, data kept
#   lab/lab.sh down                  stop everything and delete the data
#   lab/lab.sh status                which servers answer, and where
#   lab/lab.sh env                   the connection strings, as NAME=value lines
#   lab/lab.sh with COMMAND...       up, run COMMAND with that environment, down; exits as COMMAND did
#   lab/lab.sh packages              install what building Millrace needs
#
# Servers: postgres redis elastic mongo graph influx.
#   LAB_RUN            data, logs and pids (default: a folder of this user under /tmp)
#   LAB_CACHE          downloads (default ~/.cache/millrace-lab)
#   LAB_PORT           first of 16 ports (default 27600): another LAB_RUN and LAB_PORT make a second lab
#   LAB_POSTGRES_CONF  lines added to postgresql.conf when the data is made
set -euo pipefail
shopt -s inherit_errexit

lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
run=$(realpath -m "${LAB_RUN:-/tmp/millrace-lab-$(id -u)}")
cache=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace-lab}
port=${LAB_PORT:-27600}

# In the order in which they start: the slowest first, since they come up side by side.
servers=(elastic mongo graph influx postgres redis)
standard=("${servers[@]}")

declare -A port_of=(
    [postgres]=$port [mongo]=$((port + 1)) [redis]=$((port + 2)) [elastic]=$((port + 3)) [graph]=$((port + 4))
    [influx]=$((port + 5)) [redis_tls]=$((port + 6)) [graph_http]=$((port + 7)) [influx_backup]=$((port + 8))
)

# shellcheck source=lab/toolbox.sh
source "$lab/toolbox.sh"
for server in "${servers[@]}"; do
    # shellcheck source=/dev/null
    source "$lab/servers/$server.sh"
done

usage() {
    sed -n '2,18s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

check_names() {
    local name
    for name in "$@"; do
        [[ " ${servers[*]} " == *" $name "* ]] || die "there is no server '$name'; there are: ${servers[*]}"
    done
}

# Calls the function ACTION_SERVER for every server named, in the lab's own order.
each() {
    local action=$1 server
    shift
    for server in "${servers[@]}"; do
        [[ " $* " == *" $server "* ]] && "${action}_$server"
    done
    return 0
}

up() {
    local wanted=("$@") starting=() server
    ((${#wanted[@]})) || wanted=("${standard[@]}")
    check_names "${wanted[@]}"
    for server in "${wanted[@]}"; do
        is_running "$server" || starting+=("$server")
    done
    if ((${#starting[@]})); then
        each needs "${starting[@]}"
        install_missing
        claim_run_folder
        for server in "${starting[@]}"; do
            port_is_free "${port_of[$server]}" ||
                die "port ${port_of[$server]} ($server) is taken by another program; set LAB_PORT"
        done
        each start "${starting[@]}"
        each ready "${starting[@]}"
    fi
    status "${wanted[@]}"
}

down() {
    local server
    [[ -d $run ]] || return 0
    is_run_folder || die "$run was not made by the lab, so it is left alone"
    for server in "${servers[@]}"; do signal "$server" TERM; done
    for server in "${servers[@]}"; do await_end "$server"; done
    rm -rf "$run"
}

stop() {
    local server
    check_names "$@"
    (($#)) || set -- "${servers[@]}"
    for server in "$@"; do signal "$server" TERM; done
    for server in "$@"; do await_end "$server"; done
}

kill_servers() {
    local server
    (($#)) || die "kill which servers?"
    check_names "$@"
    for server in "$@"; do signal "$server" KILL; done
    for server in "$@"; do await_end "$server"; done
}

status() {
    local server
    (($#)) || set -- "${servers[@]}"
    for server in "$@"; do
        if ! is_running "$server"; then
            echo "$server: down"
        elif "answers_$server" >/dev/null 2>&1; then
            echo "$server: up at 127.0.0.1:${port_of[$server]}"
        else
            echo "$server: running, but does not answer; see $run/$server.log"
        fi
    done
}

environment() {
    # PGSSLMODE: the server offers TLS to the tests that ask for it, and libpq would take it up on loopback too.
    cat <<ENV
SHOP_POSTGRES=postgresql://postgres@127.0.0.1:${port_of[postgres]}/shop
SHOP_MONGODB=mongodb://127.0.0.1:${port_of[mongo]}/?replicaSet=rs0
SHOP_REDIS=redis://127.0.0.1:${port_of[redis]}/0
SHOP_ELASTICSEARCH=http://127.0.0.1:${port_of[elastic]}
SHOP_NEO4J=bolt://root:lab-password@127.0.0.1:${port_of[graph]}/neo4j
SHOP_INFLUXDB=http://127.0.0.1:${port_of[influx]}/shop
LAB_REDIS_TLS=rediss://localhost:${port_of[redis_tls]}/0
LAB_TLS_CA=$run/tls/ca.pem
LAB_RUN=$run
LAB_PORT=$port
PGSSLMODE=disable
ENV
}

# The command runs in a session of its own, so that ending it ends what it started, and nothing else.
with() {
    (($#)) || die "with: which command?"
    local line child=0 result=0
    trap 'locked down' EXIT
    trap '((child)) || exit 130; kill -TERM -- "-$child" 2>/dev/null || true' INT TERM
    locked up
    while IFS= read -r line; do export "${line?}"; done < <(environment)
    setsid "$@" &
    child=$!
    wait "$child" || result=$?
    # A trapped signal ends `wait` early: the command is still on its way out.
    while is_alive "$child"; do wait "$child" || result=$?; done
    return "$result"
}

command=${1:-help}
(($#)) && shift
case $command in
up) locked up "$@" ;;
stop) locked stop "$@" ;;
kill) locked kill_servers "$@" ;;
down) locked down ;;
status) check_names "$@" && status "$@" ;;
env) environment ;;
with) with "$@" ;;
packages) build_packages && install_missing ;;
help | -h | --help) usage ;;
*)
    usage >&2
    exit 64
    ;;
esac
