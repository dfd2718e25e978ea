import Change
import Checkpoints
import Connector
import ConnectorTestKit
import Control
import Engine
import Foundation
import Logging
import Testing

final class ControlSocketTests: Sendable {
    let root = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")
    let pipeline = StandInPipeline(Statuses.running())
    let store = MemoryCheckpointStore()

    deinit {
        try? FileManager.default.removeItem(at: root)
    }

    @Test func statusIsAnsweredAsItIs() async throws {
        try await withServer { client in
            let answer = try await client.ask(ControlRequest(.status))
            #expect(answer?.status == StatusReport(Statuses.running(), parkedWaiting: 0))
        }
    }

    @Test func commandsReachThePipelineInOrder() async throws {
        try await withServer { client in
            _ = try await client.ask(ControlRequest(.pause))
            _ = try await client.ask(ControlRequest(.resume))
            let table = TableReference(TableName(namespace: "public", name: "orders"))
            _ = try await client.ask(ControlRequest(.snapshot, tables: [table]))
            _ = try await client.ask(ControlRequest(.snapshot, tables: [table], findDeletes: true))
            _ = try await client.ask(ControlRequest(.stop))
        }
        #expect(
            pipeline.told == [
                "pause", "resume", "snapshot public.orders", "snapshot public.orders finding deletes", "drain",
            ])
    }

    @Test func theHeadOfTheSourcesLogIsAskedForAnew() async throws {
        try await withServer { client in
            let answer = try await client.ask(ControlRequest(.head))
            #expect(answer?.head == 1_000)
            pipeline.change { $0.source.health?.head = 1_001 }
            let later = try await client.ask(ControlRequest(.head))
            #expect(later?.head == 1_001)
        }
    }

    @Test func anErrorComesBackInItsOwnWords() async throws {
        try await withServer { client in
            let request = ControlRequest(.snapshot, tables: [TableReference(Statuses.unknownTable)])
            let failure = await #expect(throws: ControlFailure.self) { try await client.ask(request) }
            #expect(failure?.isConfiguration == true)
            #expect(failure?.message == "public.nothing: no sink writes the table")
            await #expect(throws: ControlFailure.self) { try await client.ask(ControlRequest(.snapshot)) }
        }
    }

    @Test func parkedChangesAreListedWithoutTheirRowsAndShownWithThem() async throws {
        let change = ParkedChange(
            sink: "redis", mapping: "m", table: TableName(namespace: "public", name: "orders"), reason: "too long",
            version: Version(epoch: 0, commit: 5, window: 0), position: Position(commit: 5, ordinal: 1), kind: .insert,
            keyJSON: #"{"id":"1"}"#, envelopeJSON: #"{"id":"1","note":"x"}"#, parkedAt: 7)
        try store.park([change])
        try await withServer { client in
            let listed = try await client.ask(ControlRequest(.parkedList, parked: ParkedQuery()))
            #expect(listed?.count == 1)
            #expect(listed?.parked?.map(\.envelope) == [nil])
            let one = ParkedQuery(ParkedSelection(numbers: [1]))
            let shown = try await client.ask(ControlRequest(.parkedShow, parked: one))
            #expect(shown?.parked?.first?.envelope == change.envelopeJSON)
            let discarded = try await client.ask(ControlRequest(.parkedDiscard, parked: one))
            #expect(discarded?.count == 1)
        }
        #expect(try store.parkedCount(.waiting) == 0)
    }

    @Test func aReplayGoesByTableAndSinkAndMarksWhatWasReplayed() async throws {
        func parked(_ ordinal: UInt64, sink: String, table: String) -> ParkedChange {
            ParkedChange(
                sink: sink, mapping: "m", table: TableName(namespace: "public", name: table), reason: "too long",
                version: Version(epoch: 0, commit: 5, window: 0), position: Position(commit: 5, ordinal: ordinal),
                kind: .insert, keyJSON: #"{"id":"1"}"#, envelopeJSON: "{}", parkedAt: 7)
        }
        try store.park([
            parked(1, sink: "redis", table: "a"), parked(2, sink: "redis", table: "b"),
            parked(3, sink: "redis", table: "a"), parked(4, sink: "elastic", table: "a"),
        ])
        try await withServer { client in
            let answer = try await client.ask(ControlRequest(.parkedReplay, parked: ParkedQuery()))
            #expect(answer?.count == 4)
        }
        #expect(Set(pipeline.told) == ["replay 1 3", "replay 2", "replay 4"])
        #expect(try store.parkedCount(.waiting) == 0)
    }

    @Test func nobodyListeningIsNoError() async throws {
        let folder = StateFolder(root.path)
        try folder.create()
        let client = ControlClient(pipeline: "shop", folder: folder)
        #expect(try await client.ask(ControlRequest(.status)) == nil)
        try await withServer { _ in }
        #expect(try await client.ask(ControlRequest(.status)) == nil)
    }

    @Test func aStateFolderOfAnyLengthHasItsSocket() async throws {
        let deep = (0..<12).reduce(root) { path, number in path.appending(path: "a-folder-with-a-name-\(number)") }
        try await withServer(in: StateFolder(deep.path)) { client in
            let answer = try await client.ask(ControlRequest(.status))
            #expect(answer?.status?.pipeline == "shop")
            #expect(FileManager.default.fileExists(atPath: deep.appending(path: "shop.sock").path))
        }
    }

    @Test func theSocketIsForItsOwnerAloneAndGoesWithTheServer() async throws {
        let path = root.appending(path: "shop.sock").path
        try await withServer { _ in
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func manyClientsAreAnsweredAtOnce() async throws {
        try await withServer { client in
            try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<50 { group.addTask { try await client.ask(ControlRequest(.status))?.status?.pipeline } }
                for try await name in group { #expect(name == "shop") }
            }
        }
    }

    /// Runs a server while `body` runs; the server is listening when it begins.
    private func withServer(
        in folder: StateFolder? = nil, _ body: (ControlClient) async throws -> Void
    ) async throws {
        let folder = folder ?? StateFolder(root.path)
        try folder.create()
        let listening = AsyncStream.makeStream(of: Void.self)
        let server = ControlServer(
            desk: ControlDesk(pipeline: pipeline, store: store), folder: folder, logger: Logger(label: "tests"),
            onListening: { listening.continuation.yield() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            for await _ in listening.stream { break }
            try await body(ControlClient(pipeline: "shop", folder: folder))
            group.cancelAll()
            while await group.nextResult() != nil {}
        }
    }
}
