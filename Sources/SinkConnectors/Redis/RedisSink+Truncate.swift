internal import Change
internal import Connector

extension RedisSink {
    /// Finds the mapping's keys by their pattern and deletes what the mapping wrote before `floor`.
    ///
    /// What was written by another mapping, or by somebody else, stays: the guards say who wrote. A stream is a log and
    /// keeps its entries. Of an invalidation every key that matches is deleted: all of them are out of date.
    ///
    /// The version left behind is the one before the floor: a row of the truncate's own window, which comes after it,
    /// bears the floor itself.
    func truncate(_ mapping: any RowMapping, floor: Version) async throws {
        let own = redis(mapping)
        if case .invalidation = own.form {
            return try await RedisScan(mapping: own, client: control).forEachPageOfKeys { keys in
                _ = try await control.send([Array("DEL".utf8)] + keys)
            }
        }
        try await scan(mapping) { entries in
            _ = try await delete(entries.filter { $0.version < floor }, of: mapping, upTo: floor.before)
        }
    }
}
