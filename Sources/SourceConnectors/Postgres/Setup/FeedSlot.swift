internal import Connector
internal import PostgresClient
internal import Wire

/// The slots of detached feeds: copies of the main one.
enum FeedSlot {
    /// A name made from the main slot's and the sink's; where that is too long, its end is a hash.
    static func name(of feed: Feed, main: String) -> String {
        guard case .detached(let sink) = feed else { return main }
        let full = prefix(of: main) + ObjectName.nearest(to: sink)
        guard full.utf8.count > 63 || ObjectName.nearest(to: sink) != sink else { return full }
        let bytes = Array("\(main)\u{0}\(sink)".utf8)
        return String(full.prefix(63 - 17)) + "_" + String(Hash64.of(bytes.span), radix: 16)
    }

    /// What every copy's name begins with.
    static func prefix(of main: String) -> String {
        guard main.utf8.count > 36 else { return main + "__feed_" }
        let bytes = Array(main.utf8)
        return main.prefix(28) + String(UInt32(truncatingIfNeeded: Hash64.of(bytes.span)), radix: 16) + "__feed_"
    }

    /// Copies the main slot, unless the copy exists.
    @available(*, noasync)
    static func copy(_ main: String, to name: String, on session: PostgresConnection) throws {
        guard try SlotFacts.read(name, on: session) == nil else { return }
        _ = try session.query("SELECT pg_copy_logical_replication_slot($1, $2, false)", [main, name])
    }

    /// Drops a slot that may not exist, ending whoever still reads it.
    @available(*, noasync)
    static func drop(_ name: String, on session: PostgresConnection) throws {
        for _ in 0..<50 {
            guard let slot = try SlotFacts.read(name, on: session) else { return }
            if let holder = slot.activeProcess {
                _ = try session.query("SELECT pg_terminate_backend($1::int, 1000)", [String(holder)])
            } else {
                _ = try session.query("SELECT pg_drop_replication_slot($1)", [name])
            }
        }
        throw SlotPatience.inUse(try SlotFacts.read(name, on: session), slot: name)
    }
}
