# What the scenarios share. Sourced by bench/run, which sets: name, rounds, program.

# up SERVER...: starts the lab's servers and takes on their environment.
up() {
    lab/lab.sh up "$@"
    while IFS= read -r line; do export "${line?}"; done < <(lab/lab.sh env)
    work=$LAB_RUN/bench
    mkdir -p "$work"
}

# python_package NAME==VERSION SHA256: fetched once beside the lab's downloads; prints its folder.
python_package() {
    (
        cache=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace-lab}
        source lab/toolbox.sh
        wheel "$@"
    )
}

sql() { psql -XqAt -v ON_ERROR_STOP=1 "$SHOP_POSTGRES" "$@"; }
redis() { redis-cli -u "$SHOP_REDIS" "$@"; }
now() { date +%s.%N; }
median() { sort -g | awk '{v[NR]=$1} END {print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }
rate() { awk -v rows="$1" -v begin="$2" -v end="$3" 'BEGIN {printf "%.0f\n", rows / (end - begin)}'; }
pgbench_path() { command -v pgbench || find /usr/lib/postgresql -path '*/bin/pgbench' | sort -V | tail -n 1; }

# The table of every scenario: the shape of the shop's orders.
make_table() {
    sql -c "DROP TABLE IF EXISTS bench; CREATE TABLE bench (
        id bigint PRIMARY KEY, user_id uuid NOT NULL, order_number text NOT NULL, status text NOT NULL,
        subtotal numeric(10,2), tax_amount numeric(10,2), shipping_amount numeric(10,2), total_amount numeric(10,2),
        currency char(3), note text, created_at timestamp, updated_at timestamp)"
}

# The row of a number i.
row="i, md5(i::text)::uuid, 'ORD-' || i, (ARRAY['pending','paid','shipped'])[1 + i % 3], (i % 9000) / 100.0,
    (i % 700) / 100.0, 4.90, (i % 9999) / 100.0, 'USD', repeat('n', (i % 60)::int),
    timestamp '2026-01-01' + i * interval '1 second', timestamp '2026-01-01' + i * interval '1 second'"

# insert_at_once ROWS: in one transaction.
insert_at_once() { sql -c "INSERT INTO bench SELECT $row FROM generate_series(1, $1) AS i"; }

# insert_by_thousands ROWS: in transactions of a thousand rows.
insert_by_thousands() {
    sql -c "DO \$\$ BEGIN FOR low IN 1..$1 BY 1000 LOOP
        INSERT INTO bench SELECT $row FROM generate_series(low, low + 999) AS i; COMMIT; END LOOP; END \$\$"
}

# insert_one_by_one ROWS: in a transaction each.
insert_one_by_one() {
    sql -c "CREATE SEQUENCE IF NOT EXISTS bench_id CACHE 1000"
    echo "INSERT INTO bench SELECT $row FROM (SELECT nextval('bench_id') AS i) AS x;" >"$work/insert.sql"
    PGOPTIONS='-c synchronous_commit=off' "$(pgbench_path)" -n -M prepared -c 4 -j 2 -t $(($1 / 4)) \
        -f "$work/insert.sql" "$SHOP_POSTGRES" >"$work/pgbench.log" 2>&1
}

# write_pipeline SNAPSHOT: with the lines of the sink on standard input.
write_pipeline() {
    cat >"$work/bench.yaml" <<YAML
format: 1
pipeline: bench
source:
  postgres:
    url: \${SHOP_POSTGRES}
    tables: [public.bench]
    snapshot: $1
sinks:
$(cat)
YAML
}

# write_mongo_pipeline SNAPSHOT: a pipeline of the collection bench.documents, with the lines of the sink on standard input.
write_mongo_pipeline() {
    cat >"$work/bench.yaml" <<YAML
format: 1
pipeline: bench
source:
  mongodb:
    url: \${SHOP_MONGODB}
    tables: [bench.documents]
    snapshot: $1
sinks:
$(cat)
YAML
}

# Makes `mongo_reader` of its C source; the compiler is Swift's own.
build_mongo_reader() {
    local flags
    read -ra flags < <(pkg-config --cflags --libs libmongoc-1.0)
    clang -O2 -o "$work/mongo_reader" bench/tools/mongo_reader.c "${flags[@]}"
}

# discard_sink [TABLE]
discard_sink() { printf '  - discard:\n      write:\n        - from: %s\n' "${1:-public.bench}"; }

# The most memory that a process has used so far, in MB.
peak() { awk '/VmHWM/ {printf "%.0f\n", $2 / 1024}' "/proc/$1/status"; }

start_millrace() {
    {
        # The recorder has to be there first.
        [[ -z ${BENCH_PROFILE:-} ]] || sleep 1
        exec "$program" run --state "$work/state" --http 0 "$work/bench.yaml" >>"$work/millrace.log" 2>&1
    } &
    millrace=$!
    if [[ -n ${BENCH_PROFILE:-} ]]; then
        perf record -q -F 499 --call-graph dwarf,4096 -o "$BENCH_PROFILE" -p "$millrace" >>"$work/perf.log" 2>&1 &
    fi
}

# Waits as long as the process lives and gets on: how long a million rows take depends on what else the machine does.
await_caught_up() {
    local before=unknown after
    until "$program" status --state "$work/state" --wait-caught-up --timeout 30s bench >"$work/status.txt" 2>>"$work/millrace.log"; do
        kill -0 "$millrace" || return 1
        after=$("$program" status --state "$work/state" bench 2>/dev/null | grep -oE "[0-9,.kMG]+ (rows|changes|applied|writes)" || true)
        if [[ $after == "$before" ]]; then
            echo "bench/run: nothing moved for 30 s" >&2
            return 1
        fi
        before=$after
    done
}

stop_millrace() {
    kill -TERM "$millrace"
    wait "$millrace"
}

# run_ours ROWS: runs Millrace until it has caught up, and notes rate and memory.
run_ours() {
    local begin end
    begin=$(now)
    start_millrace
    await_caught_up
    end=$(now)
    rate "$1" "$begin" "$end" >>"$work/ours"
    peak "$millrace" >>"$work/memory"
    stop_millrace
}

# A first start makes the state, which knows where the log stands.
prepare_state() {
    rm -rf "$work/state"
    start_millrace
    await_caught_up
    stop_millrace
    cp -a "$work/state" "$work/state.first"
}

rewind_state() { rm -rf "$work/state" && cp -a "$work/state.first" "$work/state"; }

# Publication and slot too; every round begins from there, on the same log.
prepare_stream() {
    prepare_state
    sql -c "SELECT pg_copy_logical_replication_slot('millrace_bench', 'origin')" >/dev/null
}

rewind_stream() {
    sql -c "SELECT pg_drop_replication_slot('millrace_bench')" \
        -c "SELECT pg_copy_logical_replication_slot('origin', 'millrace_bench')" >/dev/null
    rewind_state
}

# refill_log ROWS: the table and the state anew, with a log that holds every row from where the stream begins.
refill_log() {
    sql -c "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots" >/dev/null
    rm -rf "$work/state" "$work/state.first"
    make_table
    prepare_stream
    insert_by_thousands "$1"
}

# receive_log END: what the server can send at all: its own client, which throws everything away.
receive_log() {
    sql -c "SELECT pg_copy_logical_replication_slot('origin', 'limit')" >/dev/null
    pg_recvlogical -d "$SHOP_POSTGRES" --slot limit --start --endpos "$1" -f /dev/null \
        -o proto_version=1 -o publication_names=millrace_bench --no-loop
    sql -c "SELECT pg_drop_replication_slot('limit')" >/dev/null
}

# compare_streams ROWS LIMIT RESET: measures `LIMIT end` and Millrace in turn, with RESET before each.
compare_streams() {
    local rows=$1 limit=$2 reset=$3 end begin
    end=$(sql -c "SELECT pg_current_wal_insert_lsn()")
    for ((round = 0; round < rounds; round++)); do
        $reset
        begin=$(now)
        $limit "$end"
        rate "$rows" "$begin" "$(now)" >>"$work/limit"
        $reset
        rewind_stream
        run_ours "$rows"
    done
}

# record_requests URL PATH: begins to keep what is sent to a path of a server, in $work/bodies; `recorder` is where to send it.
record_requests() {
    mkdir -p "$work/bodies"
    bench/tools/record_requests.py "$1" "$2" "$work/bodies" >"$work/recorder.port" 2>"$work/recorder.log" &
    recorder_pid=$!
    until [[ -s $work/recorder.port ]]; do sleep 0.1; done
    recorder=http://127.0.0.1:$(<"$work/recorder.port")
}

# watch_redis KEYS: begins to note when each key beginning with bench: is first heard of, in $work/visible.txt.
watch_redis() {
    bench/tools/watch_keys.py "$SHOP_REDIS" bench: "$1" >"$work/visible.txt" &
    watcher=$!
    redis config set notify-keyspace-events Kh >/dev/null
    until (($(redis pubsub numpat) > 0)); do sleep 0.01; done
}

# print_latency SETTING MEMORY: of microseconds on standard input, a line each.
print_latency() {
    sort -n | awk -v name="$name" -v setting="$1" -v memory="$2" '{v[NR] = $1 / 1000} END {
        printf "%s p50_ms=%.2f p99_ms=%.2f max_ms=%.2f transactions=%d %s rss_mb=%d\n",
            name, v[int(NR * 0.5)], v[int(NR * 0.99)], v[NR], NR, setting, memory}'
}

print_ratio() {
    awk -v name="$name" -v ours="$(median <"$work/ours")" -v limit="$(median <"$work/limit")" \
        -v memory="$(sort -g "$work/memory" | tail -n 1)" \
        'BEGIN {printf "%s ratio=%.2f ours=%d limit=%d rss_mb=%d\n", name, ours / limit, ours, limit, memory}'
}

# prepare_audit ROWS: the table in Redis hashes and in Elasticsearch, and a process that has only just begun.
prepare_audit() {
    up postgres redis elastic
    clang -O2 -o "$work/hash_reader" bench/tools/hash_reader.c
    make_table
    insert_at_once "$1"
    sql -c "VACUUM (ANALYZE, FREEZE) bench"
    write_pipeline initial <<'YAML'
  - redis:
      url: ${SHOP_REDIS}
      write:
        - from: public.bench
          hash: "bench:{id}"
  - elasticsearch:
      url: ${SHOP_ELASTICSEARCH}
      write:
        - from: public.bench
          index: bench
          id: "{id}"
YAML
    start_millrace
    await_caught_up
    stop_millrace
    curl -sSf -X POST "$SHOP_ELASTICSEARCH/bench/_refresh" >/dev/null
}

# read_both_ends ROWS: reads the source and both sinks once, at once, and compares nothing.
read_both_ends() {
    local port database readers=()
    port=$(sed -E 's/.*:([0-9]+).*/\1/' <<<"$SHOP_REDIS")
    database=$(sed -E 's/.*:[0-9]+\/?//' <<<"$SHOP_REDIS")
    psql -XqAt "$SHOP_POSTGRES" -c "COPY bench TO STDOUT" >/dev/null &
    readers+=($!)
    "$work/hash_reader" "$port" "${database:-0}" bench: "$1" >"$work/hashes.txt" &
    readers+=($!)
    bench/tools/scroll_reader.py "$SHOP_ELASTICSEARCH" bench >"$work/documents.txt" &
    readers+=($!)
    for reader in "${readers[@]}"; do wait "$reader"; done
}

# run_audit FINDINGS: audits, and fails unless so many differences are found.
run_audit() {
    local status=0 found
    "$program" audit --state "$work/state" --json bench >"$work/audit.json" 2>>"$work/millrace.log" || status=$?
    found=$(grep -c '"kind":' "$work/audit.json" || true)
    if ((status != ($1 > 0 ? 1 : 0) || found != $1)); then
        echo "bench/run: the audit found $found of $1 differences and ended with $status" >&2
        tail -n 5 "$work/audit.json" >&2
        exit 1
    fi
}

# compare_audits ROWS FINDINGS: measures reading alone and an audit in turn, by a process that did nothing before.
compare_audits() {
    local begin
    for ((round = 0; round < rounds; round++)); do
        begin=$(now)
        read_both_ends "$1"
        rate "$1" "$begin" "$(now)" >>"$work/limit"
        start_millrace
        await_caught_up
        begin=$(now)
        run_audit "$2"
        rate "$1" "$begin" "$(now)" >>"$work/ours"
        peak "$millrace" >>"$work/memory"
        stop_millrace
    done
}
