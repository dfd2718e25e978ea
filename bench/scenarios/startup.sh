# From the start of the process to the first applied row, when there is nothing to snapshot.
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
for ((round = 1; round <= rounds; round++)); do
    sql -c "INSERT INTO bench SELECT $row FROM (SELECT $round AS i) AS x"
    watch_redis 1
    begin=$(now)
    start_millrace
    wait "$watcher"
    awk -v begin="$begin" '{print $2 / 1000 - begin * 1000}' "$work/visible.txt" >>"$work/startup"
    await_caught_up
    stop_millrace
done
printf '%s first_row_ms=%.0f program_mb=%.1f\n' "$name" "$(median <"$work/startup")" \
    "$(du --block-size=1 "$program" | awk '{print $1 / 1048576}')"
