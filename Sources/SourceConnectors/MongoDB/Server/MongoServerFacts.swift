internal import Connector
internal import MongoClient

/// What a server says about itself.
struct MongoServerFacts: Sendable {
    var version: [Int]
    var featureCompatibility: String
    var replicaSet: String
    var replicaSetID: String
    /// The newest time that a majority has.
    var majorityTime: MongoTimestamp

    var identity: SourceIdentity {
        SourceIdentity(["replica_set": replicaSet, "replica_set_id": replicaSetID])
    }

    /// Whether changes of different transactions may share a cluster time.
    var sharesTimes: Bool { isAtLeast(8, 0, 0) }

    /// Whether `$changeStreamSplitLargeEvent` is known.
    var splitsLargeEvents: Bool { isAtLeast(7, 0, 0) || (version.starts(with: [6, 0]) && isAtLeast(6, 0, 9)) }

    func isAtLeast(_ numbers: Int...) -> Bool { !version.lexicographicallyPrecedes(numbers) }

    /// - Throws: where the server is none that changes can be read from.
    @available(*, noasync)
    static func read(_ connection: MongoConnection) throws -> MongoServerFacts {
        let hello = try connection.run(command("hello"), on: "admin")
        if hello.text("msg") == "isdbgrid" {
            throw MillraceError(
                .sourceRejected, "the url leads to a sharded cluster, which cannot be read yet: only a replica set can")
        }
        guard let name = hello.text("setName") else {
            throw MillraceError(
                .sourceRejected,
                "the server is not a member of a replica set, and only those have change streams: start it with "
                    + "--replSet and run rs.initiate()")
        }
        guard let majority = hello.timestamp("lastWrite", "majorityOpTime", "ts") else {
            throw MongoError(.unreachable, message: "the replica set has no majority yet")
        }
        let build = try connection.run(command("buildInfo"), on: "admin")
        let version = (build.text("version") ?? "").split(whereSeparator: { $0 == "." || $0 == "-" }).prefix(3)
            .compactMap { Int($0) }
        var parameter = command("getParameter")
        parameter.append("featureCompatibilityVersion", int32: 1)
        let compatibility = try connection.run(parameter, on: "admin")
        let configuration = try connection.run(command("replSetGetConfig"), on: "admin")
        guard let id = configuration.objectID("config", "settings", "replicaSetId") else {
            throw MillraceError(.sourceRejected, "the replica set has no id; it was initiated before MongoDB 3.2")
        }
        let facts = MongoServerFacts(
            version: version, featureCompatibility: compatibility.text("featureCompatibilityVersion", "version") ?? "",
            replicaSet: name, replicaSetID: id, majorityTime: majority)
        guard facts.isAtLeast(6, 0, 0) else {
            throw MillraceError(.sourceRejected, "MongoDB 6.0 or later is needed")
        }
        return facts
    }

    /// The newest time that a majority has, now.
    @available(*, noasync)
    static func majorityTime(on connection: MongoConnection) throws -> MongoTimestamp {
        let hello = try connection.run(command("hello"), on: "admin")
        guard let time = hello.timestamp("lastWrite", "majorityOpTime", "ts") else {
            throw MongoError(.unreachable, message: "the replica set has no majority yet")
        }
        return time
    }

    /// Refuses another replica set than the checkpoint's.
    static func verify(_ identity: SourceIdentity, against expected: SourceIdentity) throws {
        let differences = identity.differences(from: expected)
        guard !differences.isEmpty else { return }
        throw MillraceError(
            .sourceChanged,
            "the source differs in \(differences.joined(separator: ", ")): it is not the replica set that the checkpoint "
                + "was made for: point the url back, or \(MongoFault.resync)")
    }

    private static func command(_ name: String) -> BSONWriter {
        var command = BSONWriter()
        command.append(name, int32: 1)
        return command
    }
}
