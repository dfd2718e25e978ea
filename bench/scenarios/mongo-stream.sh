# Inserts of documents of about 700 bytes to `discard`, against a minimal reader on libmongoc over the same change stream.
rows=${BENCH_ROWS:-300000}
up mongo
build_mongo_reader
"$work/mongo_reader" create
discard_sink bench.documents | write_mongo_pipeline never
prepare_state
begin_time=$("$work/mongo_reader" time)
"$work/mongo_reader" fill "$rows"
for ((round = 0; round < rounds; round++)); do
    begin=$(now)
    "$work/mongo_reader" stream "$begin_time" "$rows" >/dev/null
    rate "$rows" "$begin" "$(now)" >>"$work/limit"
    rewind_state
    run_ours "$rows"
done
print_ratio
