# PostgreSQL from Debian's packages, set up for logical replication.
# shellcheck shell=bash disable=SC2154

# 15, on which Millrace is tested, or else the newest that is installed.
postgres_programs() {
    local newest
    [[ -x /usr/lib/postgresql/15/bin/initdb ]] && echo /usr/lib/postgresql/15/bin && return 0
    newest=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1) || true
    [[ -n $newest ]] && dirname "$newest"
}

needs_postgres() {
    need postgresql-15 postgres_programs
    need openssl command -v openssl
}

# The server refuses to run as root; then Debian's user `postgres` runs it.
as_postgres() {
    if [[ $(id -u) == 0 ]]; then set -- runuser -u postgres -- "$@"; fi
    # A session of its own: Ctrl-C must not part a server that starts from the note of its pid.
    (cd / && exec setsid --wait "$@")
}

start_postgres() {
    local programs data=$run/postgres
    programs=$(postgres_programs)
    if [[ $(id -u) == 0 ]] && ! as_postgres test -x "$run"; then
        die "the user postgres cannot reach $run; set LAB_RUN to a folder that it can, such as one under /tmp"
    fi
    # The log stands outside the data, and the server itself must be able to write it.
    touch "$run/postgres.log"
    [[ $(id -u) != 0 ]] || chown postgres "$run/postgres.log"
    [[ -f $data/lab-ready ]] || initialise_postgres "$programs" "$data"
    # The lock file of a killed server goes: pg_ctl would believe in it while nobody has reaped that process.
    is_alive "$(head -n 1 "$data/postmaster.pid" 2>/dev/null)" || rm -f "$data/postmaster.pid"
    as_postgres "$programs/pg_ctl" -D "$data" -w -t 60 -l "$run/postgres.log" start >/dev/null 2>&1 9>&- ||
        die "postgres did not start; see $run/postgres.log"
    remember postgres "$(head -n 1 "$data/postmaster.pid")"
    [[ -f $data/lab-ready ]] || create_shop_database "$programs" "$data"
}

initialise_postgres() {
    local programs=$1 data=$2 file
    make_certificates
    rm -rf "$data" && mkdir -p "$data"
    [[ $(id -u) != 0 ]] || chown postgres "$data"
    as_postgres "$programs/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
        >>"$run/postgres.log" 2>&1 || die "initdb failed; see $run/postgres.log"
    # Through a pipe: the key's own file is not readable to the user postgres, and its copy must belong to it.
    for file in server.pem server.key; do
        # shellcheck disable=SC2016
        as_postgres bash -c 'umask 077; cat >"$1"' - "$data/$file" <"$run/tls/$file"
    done
    as_postgres tee -a "$data/postgresql.conf" >/dev/null <<CONF
port = ${port_of[postgres]}
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 512MB
wal_level = logical
max_wal_senders = 32
max_replication_slots = 32
max_prepared_transactions = 16
max_wal_size = 8GB
ssl = on
ssl_cert_file = 'server.pem'
ssl_key_file = 'server.key'
${LAB_POSTGRES_CONF-}
CONF
    # Everybody is trusted on loopback, except one role by which the handling of passwords is tried.
    as_postgres tee "$data/pg_hba.conf" >/dev/null <<'CONF'
host all         lab_password 127.0.0.1/32 scram-sha-256
host replication lab_password 127.0.0.1/32 scram-sha-256
host all         all          127.0.0.1/32 trust
host replication all          127.0.0.1/32 trust
CONF
}

create_shop_database() {
    local programs=$1 data=$2
    "$programs/psql" -qX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "${port_of[postgres]}" -U postgres \
        >>"$run/postgres.log" 2>&1 <<'SQL' || refuse_postgres
create database shop;
create role lab_password login replication password 'lab-password';
SQL
    as_postgres touch "$data/lab-ready"
}

# A server without its database must not be taken for one that is up.
refuse_postgres() {
    signal postgres KILL
    die "the database could not be created; see $run/postgres.log"
}

answers_postgres() { "$(postgres_programs)/pg_isready" -q -h 127.0.0.1 -p "${port_of[postgres]}"; }
ready_postgres() { await postgres; }

# "Fast": clients are cut off, and everything is flushed.
stop_postgres() { kill -INT "$1" 2>/dev/null || true; }

# With its children, as a power cut would: a new server does not start over memory that an old one's child still holds.
kill_postgres() {
    local children child
    read -ra children <"/proc/$1/task/$1/children" || true
    kill -KILL "$1" ${children[@]+"${children[@]}"} 2>/dev/null || true
    for child in ${children[@]+"${children[@]}"}; do
        while is_alive "$child"; do sleep 0.02; done
    done
}
