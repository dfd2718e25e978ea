# The whole shop in one process: seven pipelines from both sources to four sinks, at BENCH_RATE transactions, and half as many
# edits and visits, a second (default 200). Lateness is of the slowest sink of each kind, from commit to applied.
seconds=${BENCH_SECONDS:-60} wanted=${BENCH_RATE:-200}
shop=examples/shop
up
psql "$SHOP_POSTGRES" -qX -v ON_ERROR_STOP=1 -v users=500 -v orders=1000 -f $shop/schema.sql -f $shop/seed.sql
$shop/catalogue/catalogue.py fill --products 520
$shop/catalogue/activity.py fill --users 500 --activities 500 --metrics 200
rm -rf "$work/state"
start_process() {
    "$program" run --state "$work/state" --http 0 "$@" pipelines/shop-{redis,search,graph,metrics,catalogue,catalogue-graph,activity}.yaml \
        >>"$work/millrace.log" 2>&1 &
    millrace=$!
}
caught_up() { "$program" status --state "$work/state" --wait-caught-up --timeout 300s >/dev/null; }

# Lateness counts from a start at which everything is copied.
start_process
sleep 2
caught_up
stop_millrace
start_process
sleep 2
caught_up
begin=$(now)
$shop/traffic.sh --rate "$wanted" --time "$seconds" >"$work/traffic.log" 2>&1 &
busy=($!)
$shop/catalogue/catalogue.py edit --rate $((wanted / 2)) --count $((wanted * seconds / 2)) &
busy+=($!)
$shop/catalogue/activity.py watch --users 500 --rate $((wanted / 2)) --count $((wanted * seconds / 2)) &
busy+=($!)
for process in "${busy[@]}"; do wait "$process"; done
caught_up
end=$(now)
"$program" status --state "$work/state" --json >"$work/status.json"
memory=$(peak "$millrace")
stop_millrace
python3 - "$work/status.json" "$begin" "$end" "$memory" "$name" <<'PYTHON'
import json
import sys
path, begin, end, memory, name = sys.argv[1:]
reports = [answer["status"] for answer in json.load(open(path))]
late = {}
for sink in (sink for report in reports for sink in report["sinks"]):
    late[sink["kind"]] = max(late.get(sink["kind"], 0), sink.get("lag", {}).get("p99_us", 0) / 1000)
changes = sum(line["received"] for report in reports for sink in report["sinks"] for line in sink["changes"])
words = " ".join(f"{kind}_p99_ms={late[kind]:.0f}" for kind in sorted(late))
print(f"{name} changes_per_s={changes / (float(end) - float(begin)):.0f} {words} rss_mb={memory}")
PYTHON
