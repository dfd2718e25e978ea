# The first load of a collection into `discard`, against one `find` by libmongoc.
rows=${BENCH_ROWS:-1000000}
up mongo
build_mongo_reader
"$work/mongo_reader" fill "$rows"
discard_sink bench.documents | write_mongo_pipeline initial
for ((round = 0; round < rounds; round++)); do
    begin=$(now)
    "$work/mongo_reader" find >/dev/null
    rate "$rows" "$begin" "$(now)" >>"$work/limit"
    rm -rf "$work/state"
    run_ours "$rows"
done
print_ratio
