# Redis from Debian's packages, with a second port that speaks TLS.
# shellcheck shell=bash disable=SC2154

needs_redis() {
    need redis-server command -v redis-server
    need openssl command -v openssl
}

start_redis() {
    make_certificates
    mkdir -p "$run/redis"
    spawn redis redis-server --bind 127.0.0.1 --port "${port_of[redis]}" --tls-port "${port_of[redis_tls]}" \
        --tls-cert-file "$run/tls/server.pem" --tls-key-file "$run/tls/server.key" \
        --tls-ca-cert-file "$run/tls/ca.pem" --tls-auth-clients no \
        --dir "$run/redis" --dbfilename redis.rdb --save '' --appendonly no
}

redis() { redis-cli -p "${port_of[redis]}" "$@"; }
answers_redis() { [[ $(redis ping 2>/dev/null) == PONG ]]; }
ready_redis() { await redis; }

# It saves nothing as it goes, so that a kill loses everything; a stop keeps the data for the next start.
stop_redis() { redis shutdown save >/dev/null 2>&1 || kill -TERM "$1" 2>/dev/null || true; }
