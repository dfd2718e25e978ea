import Change
import Connector
import ConnectorTestKit
import Foundation
import MongoClient
import Testing

@testable import SourceConnectors

/// Faults that the server makes on command, met while documents are written.
@Suite(.serialized, .enabled(if: Lab.isEnabled), .timeLimit(.minutes(2)))
struct MongoFaultTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        var command: String
        var code: Int32?
        var labels: [String] = []
        var times = 1
        var testDescription: String { "\(command) \(code.map(String.init) ?? "connection closed") ×\(times)" }
    }

    private static let label = ["ResumableChangeStreamError"]

    /// What the drivers' specification calls resumable, and what passes while a stream is opened.
    static let passing: [Fault] =
        [6, 7, 63, 89, 91, 133, 150, 189, 234, 262, 9001, 10107, 11600, 11602, 13388, 13435, 13436].map {
            Fault(command: "getMore", code: $0, labels: label)
        } + [
            Fault(command: "getMore", code: 43), Fault(command: "getMore", code: nil),
            Fault(command: "aggregate", code: 91), Fault(command: "aggregate", code: nil),
            Fault(command: "aggregate", code: 13435), Fault(command: "getMore", code: nil, times: 4),
        ]

    @Test(arguments: passing)
    func whatPassesIsResumedWithoutLossOrRepetition(_ fault: Fault) async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"create": "a"}"#)
            try await MongoRunning.stream(database, ["a"]) { running in
                try await database.run(#"{"insert": "a", "documents": [{"_id": 0}]}"#)
                _ = try await running.recorder.wait { $0.seen.count >= 1 }
                if fault.command == "aggregate" {
                    // The stream is opened again after its cursor was killed, and the opening fails.
                    try await database.failCommand(["aggregate"], code: fault.code, closes: fault.code == nil, times: 2)
                    try await database.killCursors()
                } else {
                    try await database.failCommand(
                        [fault.command], code: fault.code, closes: fault.code == nil, labels: fault.labels,
                        times: fault.times)
                }
                for id in 1..<6 { try await database.run(#"{"insert": "a", "documents": [{"_id": \#(id)}]}"#) }
                let record = try await running.recorder.wait { $0.seen.count >= 6 }
                #expect(record.seen.map { $0.new[0] } == (0..<6).map { #"{"$numberInt":"\#($0)"}"# })
            }
            try await database.run(#"{"configureFailPoint": "failCommand", "mode": "off"}"#, on: "admin")
        }
    }

    @Test(arguments: [
        (Int32(286), MillraceError.Code.positionLost), (280, .positionLost), (260, .positionLost),
        (13, .sourceRejected), (10334, .sourceRejected), (2, .sourceRejected),
    ])
    func whatDoesNotPassStopsWithWords(_ code: Int32, _ expected: MillraceError.Code) async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"create": "a"}"#)
            let error = await #expect(throws: MillraceError.self) {
                try await MongoRunning.stream(database, ["a"]) { running in
                    try await database.run(#"{"insert": "a", "documents": [{"_id": 0}]}"#)
                    _ = try await running.recorder.wait { $0.seen.count >= 1 }
                    try await database.failCommand(["getMore"], code: code)
                    _ = try await running.recorder.wait { $0.seen.count >= 2 }
                }
            }
            try await database.run(#"{"configureFailPoint": "failCommand", "mode": "off"}"#, on: "admin")
            #expect(error?.code == expected)
            #expect(error?.description.contains(database.url) == false)
        }
    }

    @Test func whatIsAskedOfAServerThatFallsSilentEndsInTime() async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"create": "a"}"#)
            let server = try #require(URLComponents(string: database.url))
            let proxy = try await FaultProxy(to: try #require(server.port))
            // Straight to the proxy: the members' own addresses would lead around it.
            let url =
                "mongodb://127.0.0.1:\(proxy.port)/?directConnection=true&socketTimeoutMS=700&serverSelectionTimeoutMS=1500"
            let source = try MongoRunning.makeSource(MongoDatabase(database.name, url: url), ["a"])
            let start = try await source.prepare(resumingFrom: nil)
            let table = try #require(start.tables.first?.table)
            proxy.blackHole()
            let begun = ContinuousClock.now
            for _ in 0..<2 {
                let error = await #expect(throws: MillraceError.self) { _ = try await source.planSnapshot(of: table) }
                #expect(error?.code == .sourceUnavailable, "\(String(describing: error))")
            }
            #expect(ContinuousClock.now - begun < .seconds(20))
            proxy.heal()
            proxy.cut()
            #expect(try await source.planSnapshot(of: table).chunkCount == 1)
            try await proxy.stop()
        }
    }

    @Test func aPrimaryThatStepsDownIsFollowedWhenItIsBack() async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"create": "a"}"#)
            try await MongoRunning.stream(database, ["a"]) { running in
                try await database.run(#"{"insert": "a", "documents": [{"_id": 0}]}"#)
                _ = try await running.recorder.wait { $0.seen.count >= 1 }
                try? await database.run(#"{"replSetStepDown": 1, "force": true}"#, on: "admin")
                for _ in 0..<200 {
                    do {
                        try await database.run(#"{"insert": "a", "documents": [{"_id": 1}]}"#)
                        break
                    } catch {
                        try await Task.sleep(for: .milliseconds(100))
                    }
                }
                let record = try await running.recorder.wait { $0.seen.count >= 2 }
                #expect(record.seen.map { $0.new[0] } == (0..<2).map { #"{"$numberInt":"\#($0)"}"# })
            }
        }
    }

    @Test func anEventLargerThanADocumentStopsWithWordsWhereTheServerCannotDivideIt() async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"create": "a", "changeStreamPreAndPostImages": {"enabled": true}}"#)
            let error = await #expect(throws: MillraceError.self) {
                try await MongoRunning.stream(database, ["a"]) { running in
                    try await database.ask { connection in
                        for kind in ["x", "y"] {
                            var document = BSONWriter()
                            document.append("_id", int32: 1)
                            document.append("text", String(repeating: kind, count: 10 << 20))
                            var update = BSONWriter()
                            update.append("q") { $0.append("_id", int32: 1) }
                            update.append("u", document: document.document)
                            update.append("upsert", true)
                            var command = BSONWriter()
                            command.append("update", "a")
                            command.append("updates", documents: [update.document])
                            _ = try connection.run(command, on: database.name)
                        }
                    }
                    _ = try await running.recorder.wait { $0.seen.count >= 2 }
                }
            }
            #expect(error?.code == .sourceRejected)
            #expect(error?.message.contains("16 MB") == true)
        }
    }
}
