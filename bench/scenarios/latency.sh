# From commit to visible in Redis, at a thousand transactions a second with synchronous_commit = on. The commit's time
# is the server's own (pg_xact_commit_timestamp); visible is when a subscriber hears of the key.
rows=${BENCH_ROWS:-20000}
up postgres redis
sql -c "DROP TABLE IF EXISTS bench; CREATE TABLE bench (id bigint PRIMARY KEY, note text)"
write_pipeline never <<'YAML'
  - redis:
      url: ${SHOP_REDIS}
      write:
        - from: public.bench
          hash: "bench:{id}"
YAML
rm -rf "$work/state"
start_millrace
await_caught_up
watch_redis "$rows"
sql -c "CREATE SEQUENCE bench_id"
echo "INSERT INTO bench VALUES (nextval('bench_id'), 'a row to be seen soon');" >"$work/insert.sql"
PGOPTIONS='-c synchronous_commit=on' "$(pgbench_path)" -n -M prepared -c 4 -j 1 -R 1000 -t $((rows / 4)) \
    -f "$work/insert.sql" "$SHOP_POSTGRES" >"$work/pgbench.log" 2>&1
wait "$watcher"
memory=$(peak "$millrace")
"$program" status --state "$work/state" --json bench >"$work/status.json"
stop_millrace
# Both are microseconds since 1970, by id.
sql -F ' ' -c "SELECT id, (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1e6)::bigint FROM bench" |
    awk 'NR == FNR {seen[$1] = $2; next} {print seen[$1] - $2}' "$work/visible.txt" - |
    print_latency synchronous_commit=on "$memory"
