# InfluxDB 1.6 from Debian's packages.
# shellcheck shell=bash disable=SC2154

needs_influx() {
    need influxdb command -v influxd
    need curl command -v curl
}

start_influx() {
    mkdir -p "$run/influx"
    cat >"$run/influx/influxdb.conf" <<CONF
reporting-disabled = true
bind-address = "127.0.0.1:${port_of[influx_backup]}"
[meta]
  dir = "$run/influx/meta"
[data]
  dir = "$run/influx/data"
  wal-dir = "$run/influx/wal"
[http]
  bind-address = "127.0.0.1:${port_of[influx]}"
  log-enabled = false
CONF
    spawn influx influxd -config "$run/influx/influxdb.conf"
}

answers_influx() { curl -sf -m 5 "http://127.0.0.1:${port_of[influx]}/ping"; }

ready_influx() {
    await influx
    curl -sf -XPOST "http://127.0.0.1:${port_of[influx]}/query" --data-urlencode 'q=CREATE DATABASE shop' >/dev/null
}
