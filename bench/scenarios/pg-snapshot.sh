# The first load of a table into `discard`, against COPY TO STDOUT by psql.
rows=${BENCH_ROWS:-1000000}
up postgres
make_table
insert_at_once "$rows"
sql -c "VACUUM (ANALYZE, FREEZE) bench"
discard_sink | write_pipeline initial
for ((round = 0; round < rounds; round++)); do
    begin=$(now)
    psql -XqAt "$SHOP_POSTGRES" -c "COPY bench TO STDOUT" >/dev/null
    rate "$rows" "$begin" "$(now)" >>"$work/limit"
    rm -rf "$work/state"
    sql -c "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots" >/dev/null
    run_ours "$rows"
done
print_ratio
