# Rows to Redis hashes with the version guard, against the two ends alone, at once: pg_recvlogical on the same log
# beside redis-benchmark running the same script, as many rows on as many connections, until both are done.
rows=${BENCH_ROWS:-300000}
up postgres redis
make_table
write_pipeline never <<'YAML'
  - redis:
      url: ${SHOP_REDIS}
      write:
        - from: public.bench
          hash: "bench:{id}"
YAML
prepare_stream
insert_by_thousands "$rows"

# What Millrace sends for one row, as Redis saw it; the key's number is drawn anew for each call.
call=()
record_call() {
    redis-cli -u "$SHOP_REDIS" monitor >"$work/monitor.txt" &
    local monitor=$!
    run_ours "$rows"
    kill "$monitor"
    # Asked again once all is loaded: the first calls of a connection may carry the script's text.
    while IFS= read -r -d '' argument; do call+=("$argument"); done < <(
        bench/tools/recorded_call.py "$work/monitor.txt" bench:)
    rm -f "$work/ours" "$work/memory" "$work/monitor.txt"
}

both_ends() {
    redis-benchmark -u "$SHOP_REDIS" -q -n "$rows" -c 2 -P 256 -r 1000000000 "${call[@]}" >"$work/benchmark.log" &
    local writer=$!
    receive_log "$1"
    wait "$writer"
}
# The pipeline's marker stays.
empty_redis() {
    redis eval "for _, key in ipairs(redis.call('keys', 'bench:*')) do redis.call('unlink', key) end" 0 >/dev/null
}

record_call
rewind_stream
compare_streams "$rows" both_ends empty_redis
print_ratio
