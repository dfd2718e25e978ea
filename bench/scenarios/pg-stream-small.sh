# Single-row transactions to `discard`, against pg_recvlogical on the same log.
rows=${BENCH_ROWS:-100000}
up postgres
make_table
discard_sink | write_pipeline never
prepare_stream
insert_one_by_one "$rows"
compare_streams "$rows" receive_log true
print_ratio
