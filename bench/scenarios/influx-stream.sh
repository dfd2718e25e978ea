# Changes to InfluxDB as events, against the two ends alone, at once: pg_recvlogical on the same log beside the same points
# posted ready-made on as many connections, until both are done.
rows=${BENCH_ROWS:-300000}
up postgres influx
influx() { curl -fsS -XPOST "${SHOP_INFLUXDB%/*}/query" --data-urlencode "q=$1" >/dev/null; }
export BENCH_INFLUXDB=${SHOP_INFLUXDB%/*}/bench
write_pipeline never <<'YAML'
  - influxdb:
      url: ${BENCH_INFLUXDB}
      write:
        - from: public.bench
          measurement: bench
          tags: [status, currency]
YAML

# start_afresh DATABASE: empty, as each round begins.
start_afresh() {
    influx "DROP DATABASE $1; CREATE DATABASE $1"
    refill_log "$rows"
}

record_bodies() {
    record_requests "${SHOP_INFLUXDB%/*}" /write
    BENCH_INFLUXDB=$recorder/bench
    start_afresh bench
    run_ours "$rows"
    BENCH_INFLUXDB=${SHOP_INFLUXDB%/*}/bench
    kill "$recorder_pid"
    rm -f "$work/ours" "$work/memory"
}

both_ends() {
    bench/tools/post_requests.py "${SHOP_INFLUXDB%/*}" "$work/bodies" 2 db=bench db=other >"$work/post.log" &
    local writer=$!
    receive_log "$1"
    wait "$writer"
}

record_bodies
for ((round = 0; round < rounds; round++)); do
    start_afresh bench
    end=$(sql -c "SELECT pg_current_wal_insert_lsn()")
    run_ours "$rows"
    influx "DROP DATABASE other; CREATE DATABASE other"
    begin=$(now)
    both_ends "$end"
    rate "$rows" "$begin" "$(now)" >>"$work/limit"
done
print_ratio
