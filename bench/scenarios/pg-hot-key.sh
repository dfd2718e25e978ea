# One transaction that updates one row over and over, to Redis, against pg_recvlogical on the same log: what counts is
# the memory. The table has no index, because one would have an entry for every version of the row.
rows=${BENCH_ROWS:-1000000}
up postgres redis
make_table
sql -c "ALTER TABLE bench DROP CONSTRAINT bench_pkey" -c "ALTER TABLE bench REPLICA IDENTITY FULL"
insert_at_once 1
write_pipeline never <<'YAML'
  - redis:
      url: ${SHOP_REDIS}
      write:
        - from: public.bench
          hash: "bench:{id}"
YAML
prepare_stream
sql -c "DO \$\$ DECLARE place tid := (SELECT ctid FROM bench); BEGIN FOR i IN 1..$rows LOOP
    UPDATE bench SET total_amount = i % 9999, note = repeat('n', i % 60) WHERE ctid = place RETURNING ctid INTO place;
    END LOOP; END \$\$"
compare_streams "$rows" receive_log true
print_ratio
