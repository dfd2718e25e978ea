# One large insert transaction to `discard`, against pg_recvlogical on the same log.
rows=${BENCH_ROWS:-500000}
up postgres
make_table
discard_sink | write_pipeline never
prepare_stream
insert_at_once "$rows"
compare_streams "$rows" receive_log true
print_ratio
