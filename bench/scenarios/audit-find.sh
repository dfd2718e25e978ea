# The same as audit-clean with a hundred differences, all of which have to be found: 25 rows are gone and 25 have another
# status, in either sink.
rows=${BENCH_ROWS:-1000000}
prepare_audit "$rows"

step=$((rows / 50))
for ((i = 0; i < 50; i++)); do
    number=$((1 + i * step))
    if ((i % 2)); then
        echo "DEL bench:$number" >>"$work/damage.redis"
        echo "{\"delete\":{\"_id\":\"$number\"}}" >>"$work/damage.json"
    else
        echo "HSET bench:$number status damaged" >>"$work/damage.redis"
        printf '{"update":{"_id":"%d"}}\n{"doc":{"status":"damaged"}}\n' "$number" >>"$work/damage.json"
    fi
done
redis <"$work/damage.redis" >/dev/null
curl -sSf -H 'Content-Type: application/x-ndjson' --data-binary "@$work/damage.json" \
    "$SHOP_ELASTICSEARCH/bench/_bulk?refresh" >"$work/damage.answer"

compare_audits "$rows" 100
print_ratio
