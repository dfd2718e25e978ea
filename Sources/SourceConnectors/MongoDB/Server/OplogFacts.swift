internal import MongoClient
internal import Wire

/// How far the oplog reaches back, and how large it is.
struct OplogFacts: Sendable, Equatable {
    var oldest: MongoTimestamp
    var bytes: Int
    var bytesMax: Int

    /// Nil where the user may not read the oplog.
    @available(*, noasync)
    static func read(_ connection: MongoConnection) throws -> OplogFacts? {
        do {
            var find = BSONWriter()
            find.append("find", "oplog.rs")
            find.append("sort") { $0.append("$natural", int32: 1) }
            find.append("limit", int32: 1)
            find.append("projection") { $0.append("ts", int32: 1) }
            var oldest: MongoTimestamp?
            try connection.forEachDocument(of: find, on: "local") { document in
                var elements = document.elements
                while try elements.advance() {
                    guard elements.type == .timestamp, elements.name.isEqual(to: "ts") else { continue }
                    let time = elements.value.timestamp
                    oldest = MongoTimestamp(seconds: time.seconds, increment: time.increment)
                }
            }
            var stats = BSONWriter()
            stats.append("collStats", "oplog.rs")
            let reply = try connection.run(stats, on: "local")
            guard let oldest else { return nil }
            return OplogFacts(
                oldest: oldest, bytes: Int(reply.integer("size") ?? 0), bytesMax: Int(reply.integer("maxSize") ?? 0))
        } catch let error as MongoError where error.kind == .authentication {
            return nil
        }
    }

    /// How much of the oplog lies between its beginning and its end, in seconds.
    func seconds(to head: MongoTimestamp) -> Int { Int(head.seconds) - Int(oldest.seconds) }

    /// What the operator should know of a pipeline that stands at a time: how soon the oplog leaves it behind.
    func warnings(standingAt time: MongoTimestamp, head: MongoTimestamp) -> [String] {
        let window = seconds(to: head)
        let behind = Int(head.seconds) - Int(time.seconds)
        // A small oplog that was just made says nothing yet.
        guard behind > 60, bytes > bytesMax / 2 else { return [] }
        for share in [80, 50] where behind * 100 >= window * share {
            return [
                "the pipeline has used \(share) % of the oplog's window: when the oplog no longer reaches back to where "
                    + "it stands, everything has to be loaded again; make the oplog larger (replSetResizeOplog)"
            ]
        }
        return []
    }
}
