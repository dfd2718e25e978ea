# Rows to Elasticsearch, against the two ends alone, at once: pg_recvlogical on the same log beside the same _bulk
# bodies posted ready-made on as many connections, until both are done.
rows=${BENCH_ROWS:-200000}
# The server's first rounds are slow on both sides, while it compiles itself: of three the median would be one of them.
rounds=${BENCH_ROUNDS:-5}
up postgres elastic
export BENCH_ELASTICSEARCH=$SHOP_ELASTICSEARCH
write_pipeline never <<'YAML'
  - elasticsearch:
      url: ${BENCH_ELASTICSEARCH}
      write:
        - from: public.bench
          index: bench
          id: "{id}"
YAML

# An index knows the version of every document that it ever had, so each round begins with an empty one.
start_afresh() {
    curl -fsS -XDELETE "$SHOP_ELASTICSEARCH/_all" >/dev/null
    refill_log "$rows"
}

# What Millrace sends, kept by a server that passes it on.
record_bodies() {
    record_requests "$SHOP_ELASTICSEARCH" /_bulk
    BENCH_ELASTICSEARCH=$recorder
    start_afresh
    run_ours "$rows"
    BENCH_ELASTICSEARCH=$SHOP_ELASTICSEARCH
    kill "$recorder_pid"
    rm -f "$work/ours" "$work/memory"
}

both_ends() {
    bench/tools/post_requests.py "$SHOP_ELASTICSEARCH" "$work/bodies" 2 \
        '"_index":"bench"' '"_index":"limit"' /bench/ /limit/ >"$work/post.log" &
    local writer=$!
    receive_log "$1"
    wait "$writer"
}

record_bodies
for ((round = 0; round < rounds; round++)); do
    start_afresh
    end=$(sql -c "SELECT pg_current_wal_insert_lsn()")
    run_ours "$rows"
    bench/tools/post_requests.py "$SHOP_ELASTICSEARCH" --copy-index bench limit
    begin=$(now)
    both_ends "$end"
    rate "$rows" "$begin" "$(now)" >>"$work/limit"
done
print_ratio
