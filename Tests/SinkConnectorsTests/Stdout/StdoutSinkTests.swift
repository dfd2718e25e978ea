import Change
import Connector
import ConnectorTestKit
import Foundation
import Testing

@testable import SinkConnectors

@Suite struct StdoutSinkTests {
    private let table = PrintedTable()

    private func sink(_ descriptor: Int32, form: EnvelopeForm = .millrace) -> StdoutSink {
        StdoutSink(
            options: StdoutOptions(PrintedTable.options(["form": .text(form.rawValue)]), pipeline: "p"),
            client: StdoutClient(descriptor: descriptor), clock: { PrintedTable.now })
    }

    @Test func linesComeInOrderAndAPoisonRowParksAlone() async throws {
        let pipe = Pipe()
        let sink = sink(pipe.fileHandleForWriting.fileDescriptor)
        let results = try await sink.apply(
            [
                table.write(.insert, ["1", "a", nil, nil]), table.write(.insert, ["2", "b", "secret", nil]),
                table.write(.insert, ["3", "c", nil, nil]),
            ], lane: 0)
        try await sink.truncate(table.mapping, floor: Version(epoch: 0, commit: 3001, window: 0))
        try pipe.fileHandleForWriting.close()
        let lines = PrintedTable.lines(pipe.fileHandleForReading.drain())
        #expect(try lines.map { try PrintedTable.object($0)?["op"] as? String } == ["insert", "insert", "truncate"])
        #expect(lines[1].contains(#""key":{"id":3}"#))
        #expect(results.count == 3)
        guard case .park(let reason) = results[1] else {
            Issue.record("a poison row parks")
            return
        }
        #expect(reason.contains("price") && !reason.contains("secret"))
    }

    @Test func moreThanAPipeHoldsIsWrittenWhole() async throws {
        let pipe = Pipe()
        let sink = sink(pipe.fileHandleForWriting.fileDescriptor)
        let text = String(repeating: "x", count: 300_000)
        async let read = Task.detached { pipe.fileHandleForReading.drain() }.value
        _ = try await sink.apply([table.write(.insert, ["1", .value(text), nil, nil])], lane: 0)
        try pipe.fileHandleForWriting.close()
        let lines = PrintedTable.lines(await read)
        #expect(lines.count == 1 && lines[0].contains(text))
    }

    @Test func aDescriptorThatCannotBeWrittenIsAnErrorOfTheSink() async {
        let error = await #expect(throws: MillraceError.self) {
            _ = try await sink(-1).apply([table.write(.insert, ["1", "a", nil, nil])], lane: 0)
        }
        #expect(error?.code == .sinkUnavailable)
    }

    @Test func aMappingAppendsEveryChangeAndTakesTheSnapshot() throws {
        let mapping = try sink(1).makeMapping(table.mapping.request)
        #expect(mapping.isAppending && mapping.takesSnapshot)
        #expect(mapping.keyColumns == [0] && mapping.neededColumns == [0])
        var keys: Set<[UInt8]> = []
        for id in ["1", "11", "12"] {
            var key: [UInt8] = []
            try mapping.appendKey(of: table.row([.value(id), "same", nil, nil]), to: &key)
            keys.insert(key)
        }
        #expect(keys.count == 3)
    }

    @Test func optionsHaveTheirDefaults() {
        let options = StdoutOptions(PrintedTable.options(), pipeline: "orders")
        #expect(options.form == .millrace && options.topicPrefix == "orders" && options.database.isEmpty)
        #expect(SinkRegistry.all.contains { $0.kind == "stdout" })
    }
}
