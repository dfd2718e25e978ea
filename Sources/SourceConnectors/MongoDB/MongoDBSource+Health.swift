internal import Connector
internal import MongoClient
internal import Wire

extension MongoDBSource {
    func health() async throws -> SourceHealth {
        let acknowledged = acknowledged
        return try await connections.ask("reading the oplog") { connection in
            let head = try MongoServerFacts.majorityTime(on: connection)
            let oplog = try OplogFacts.read(connection)
            var warnings: [String] = []
            if let acknowledged, let oplog {
                warnings += oplog.warnings(standingAt: MongoPosition.time(of: acknowledged), head: head)
            }
            return SourceHealth(
                head: MongoPosition.end(try MongoPosition.commit(head)), retainedBytes: oplog?.bytes ?? 0,
                retainedBytesMax: oplog?.bytesMax, warnings: warnings, countsBytes: false)
        }
    }
}
