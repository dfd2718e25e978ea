# Rows to Neo4j, half of them nodes and half relationships, against the official Python driver, which sends the same
# statements with the same rows, version guard included, from ready-made batches of a thousand, as a user would.
#
# Each side writes to a new database of the lab's server.
rows=${BENCH_ROWS:-200000}
up postgres graph
driver=$(python_package neo4j==5.28.2 5c53b5c3eee6dee7e920c9724391aa38d7135a651e71b766da00533b92a91a94)
driver+=:$(python_package pytz==2026.6 7fed3fee8fd6bd4a2b7b75a8d56021d0624127bf69bd5691f115db929ac570b3)
bolt=${SHOP_NEO4J%/*}
graph_address=${bolt##*@}
write_graph_pipeline() {
    cat >"$work/bench.yaml" <<'YAML'
format: 1
pipeline: bench
source:
  postgres:
    url: ${SHOP_POSTGRES}
    tables: [public.people, public.follows]
    snapshot: never
sinks:
  - neo4j:
      url: ${BENCH_NEO4J}
      write:
        - from: public.people
          node: Person
        - from: public.follows
          relationship: FOLLOWS
          start: {label: Person, id: follower}
          end: {label: Person, id: followed}
          omit: [follower, followed]
YAML
}

graph_command() {
    curl -fsS -u "$(sed -E 's,.*//([^@]+)@.*,\1,' <<<"$SHOP_NEO4J")" -H 'Content-Type: application/json' \
        "http://127.0.0.1:$((LAB_PORT + 7))/api/v1/server" -d "{\"command\": \"$1\"}" >/dev/null
}
remake_graph() {
    graph_command "drop database $1" 2>/dev/null || true
    graph_command "create database $1"
}

# start_afresh: the graph and the state empty, the log holding every row, as each round begins.
start_afresh() {
    remake_graph ours
    sql -c "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots" >/dev/null
    rm -rf "$work/state" "$work/state.first"
    sql -c "DROP TABLE IF EXISTS people, follows" \
        -c "CREATE TABLE people (id bigint PRIMARY KEY, name text NOT NULL, email text, city text, joined timestamp)" \
        -c "CREATE TABLE follows (id bigint PRIMARY KEY, follower bigint NOT NULL, followed bigint NOT NULL, since date)"
    prepare_stream
    sql -c "DO \$\$ BEGIN FOR low IN 1..$((rows / 2)) BY 1000 LOOP
        INSERT INTO people SELECT i, 'Person ' || i, 'p' || i || '@example.org', 'City ' || i % 500,
            timestamp '2026-01-01' + i * interval '1 second' FROM generate_series(low, low + 999) AS i; COMMIT;
        END LOOP;
        FOR low IN 1..$((rows / 2)) BY 1000 LOOP
        INSERT INTO follows SELECT i, 1 + i::bigint * 7919 % $((rows / 2)), 1 + i::bigint * 104729 % $((rows / 2)),
            date '2026-01-01' + (i % 200)::int FROM generate_series(low, low + 999) AS i; COMMIT;
        END LOOP; END \$\$"
}

record_statements() {
    mkdir -p "$work/statements"
    rm -f "$work/recorder.port"
    bench/tools/record_bolt.py "${graph_address%:*}" "${graph_address#*:}" "$work/statements" >"$work/recorder.port" &
    local recorder_pid=$!
    until [[ -s $work/recorder.port ]]; do sleep 0.1; done
    BENCH_NEO4J=${bolt%@*}@127.0.0.1:$(<"$work/recorder.port")/ours
    start_afresh
    run_ours "$rows"
    BENCH_NEO4J=$bolt/ours
    kill "$recorder_pid"
    rm -f "$work/ours" "$work/memory"
}

write_graph_pipeline
export BENCH_NEO4J
record_statements
for ((round = 0; round < rounds; round++)); do
    start_afresh
    run_ours "$rows"
    remake_graph other
    PYTHONPATH=$driver bench/tools/run_bolt.py "$bolt" other "$work/statements" 1000 >"$work/run.txt"
    read -r begin end <"$work/run.txt"
    rate "$rows" "$begin" "$end" >>"$work/limit"
done
print_ratio
