internal import Connector
internal import NIOCore
internal import NIOPosix
internal import RedisCodec

/// What every refusal of a Redis server, and every failure to reach one, means for a write: the one table of it.
enum RedisFailures {
    private enum Class {
        /// The server cannot now.
        case retry(String)
        /// The server never will take this row.
        case park(String)
        /// The server will take none.
        case stop(String)
    }

    /// What becomes of the write whose reply was an error.
    static func result(for error: RedisReplyError) -> ItemResult {
        switch classify(error) {
        case .retry(let reason): .retry(reason: reason)
        case .park(let reason): .park(reason: reason)
        case .stop(let reason): .stop(MillraceError(.sinkRejected, reason))
        }
    }

    /// Whether a stream refuses an entry because it has it, or a later one.
    static func isOldEntry(_ error: RedisReplyError) -> Bool {
        error.message.hasPrefix("ERR The ID specified in XADD is equal or smaller")
    }

    /// What a call that is not about a row throws.
    static func thrown(for error: RedisReplyError) -> MillraceError {
        switch classify(error) {
        case .retry(let reason): MillraceError(.sinkUnavailable, reason)
        case .park(let reason), .stop(let reason): MillraceError(.sinkRejected, reason)
        }
    }

    private static func classify(_ error: RedisReplyError) -> Class {
        if let known = table[error.code] { return known }
        // Before version 7 a script's error is quoted inside an ERR.
        for (code, known) in table where error.quotes(code) { return known }
        guard error.code == "ERR" else { return .retry("Redis answered \(error.code)") }
        let text = error.message.dropFirst("ERR ".count)
        for (beginning, known) in messages where text.hasPrefix(beginning) { return known }
        return .park("Redis refuses the row (ERR)")
    }

    /// Rows of one mapping lie in many slots, and a write and its guard may lie in two.
    private static func noCluster(_ answer: String) -> String {
        "the server is a node of a Redis Cluster (\(answer)), which is not supported: give the URL of a server that holds "
            + "every key, alone or behind a proxy that speaks to the cluster"
    }

    private static let table: [String: Class] = [
        "OOM": .retry("Redis is out of memory (OOM): raise maxmemory or free some"),
        "READONLY": .retry("Redis is a read-only replica now (READONLY)"),
        "LOADING": .retry("Redis is loading its data (LOADING)"),
        "BUSY": .retry("Redis is busy with a script (BUSY)"),
        "MISCONF": .retry("Redis cannot save to its disk and refuses writes (MISCONF)"),
        "NOREPLICAS": .retry("Redis has too few replicas to accept writes (NOREPLICAS)"),
        "MASTERDOWN": .retry("the Redis replica has lost its master (MASTERDOWN)"),
        "CLUSTERDOWN": .retry("the Redis cluster is down (CLUSTERDOWN)"),
        "TRYAGAIN": .retry("the Redis cluster is moving keys (TRYAGAIN)"),
        "EXECABORT": .retry("Redis could not take the transaction (EXECABORT)"),
        "NOSCRIPT": .retry("Redis has lost the scripts again (NOSCRIPT)"),
        "WRONGTYPE": .park("the key holds a value of another type (WRONGTYPE)"),
        "NOPERM": .stop("the Redis user may not do this (NOPERM): `millrace check` says what it needs"),
        "NOAUTH": .stop("Redis wants a password (NOAUTH)"),
        "WRONGPASS": .stop("Redis refuses the user or the password (WRONGPASS)"),
        "NOPROTO": .stop("the server does not speak the Redis protocol, version 2 (NOPROTO)"),
        "CROSSSLOT": .stop(noCluster("CROSSSLOT")),
        "MOVED": .stop(noCluster("MOVED")),
        "ASK": .stop(noCluster("ASK")),
    ]

    private static let messages: [(String, Class)] = [
        ("unknown command", .stop("Redis does not know a command that the mapping needs")),
        ("max number of clients", .retry("Redis has no connection left")),
        ("Client sent AUTH, but no password is set", .stop("Redis has no password set, but the URL gives one")),
        ("AUTH <password> called without any password", .stop("Redis has no password set, but the URL gives one")),
        ("invalid DB index", .stop("Redis has no database of that number")),
        ("DB index is out of range", .stop("Redis has no database of that number")),
        ("SELECT is not allowed in cluster mode", .stop(noCluster("SELECT"))),
        ("invalid password", .stop("Redis refuses the password")),
    ]

    /// What a failure to connect or a lost connection throws: the engine tries again.
    static func unavailable(_ error: any Error) -> any Error {
        switch error {
        case is MillraceError, is CancellationError: return error
        case let error as RedisConnectionError:
            switch error {
            case _ where Task.isCancelled: return CancellationError()
            case .untrusted, .notEncrypted:
                return MillraceError(.sinkRejected, "Redis cannot be spoken to: \(error); see `url` and `ca_file`")
            case .closed, .timedOut, .malformed, .unexpectedReply:
                return MillraceError(.sinkUnavailable, "Redis does not answer: \(error)")
            }
        case is NIOConnectionError, is ChannelError:
            return MillraceError(.sinkUnavailable, "Redis cannot be reached")
        default:
            return MillraceError(.sinkUnavailable, "the connection to Redis failed")
        }
    }
}
