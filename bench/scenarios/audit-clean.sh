# An audit of a table in Redis hashes and in Elasticsearch where nothing is wrong, against reading all three once and
# at once: COPY by psql, pipelined HGETALL, and a scroll, without comparing anything.
rows=${BENCH_ROWS:-1000000}
prepare_audit "$rows"
compare_audits "$rows" 0
print_ratio
