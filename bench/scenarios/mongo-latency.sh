# From commit to visible in Redis, at a thousand inserts a second with write concern majority. The commit is when the client
# hears that a majority has the document, `from_sent` is from when it sent it; visible is when a subscriber hears of the key.
rows=${BENCH_ROWS:-20000}
up mongo redis
build_mongo_reader
"$work/mongo_reader" create
write_mongo_pipeline never <<'YAML'
  - redis:
      url: ${SHOP_REDIS}
      write:
        - from: bench.documents
          hash: "bench:{_id}"
YAML
rm -rf "$work/state"
start_millrace
await_caught_up
watch_redis "$rows"
bench/tools/insert_documents.py bench documents "$rows" 1000 >"$work/inserted.txt"
wait "$watcher"
memory=$(peak "$millrace")
stop_millrace
# since COLUMN: microseconds from what stands there of each document until it was visible.
since() { awk -v column="$1" 'NR == FNR {seen[$1] = $2; next} {print seen[$1] - $column}' "$work/visible.txt" "$work/inserted.txt"; }
since 2 | print_latency "from_sent w=majority" "$memory"
since 3 | print_latency "w=majority" "$memory"
