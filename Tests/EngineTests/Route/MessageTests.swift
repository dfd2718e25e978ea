import Change
import Connector
import ConnectorTestKit
import Pipelines
import Testing

@testable import Engine

/// Logical messages on their way to the mappings that take them.
@Suite struct MessageTests {
    private static let items = RandomHistory.items

    private static func write(_ name: String, messages: String? = nil, isAppending: Bool = true) -> WriteDocument {
        let place = EngineFixture.location
        return WriteDocument(
            name: name, from: Located(messages == nil ? items.table : LogicalMessage.table, at: place),
            messages: messages.map { MessagePattern($0) }, transform: TransformSpec(),
            options: OptionValues(
                [
                    "append": .init(value: .boolean(isAppending), location: place),
                    "key": .init(value: .text(messages == nil ? "{id}" : "{prefix}"), location: place),
                ], at: place), fingerprint: 1)
    }

    private static func sorter(_ writes: [WriteDocument]) throws -> SinkSorter {
        SinkSorter(
            router: try Router(writes: writes, tables: [items], sink: SimulatedSink()), epoch: 0, appliedThrough: 0,
            floors: [:], window: WindowLimits(bytesMax: 1 << 20, maySpill: false))
    }

    /// A transaction with messages between its rows, and a message outside of any.
    private static var history: [ChangeBatch] {
        var builder = HistoryBuilder()
        builder.insert(items, ["1", "a", nil])
        builder.message("outbox", "first")
        builder.insert(items, ["2", "b", nil])
        builder.message("other", "nobody's")
        builder.message("outbox", "second")
        builder.end()
        builder.message("outbox", "third")
        builder.end(id: 0)
        return builder.take()
    }

    private static func sort(_ writes: [WriteDocument]) throws -> (writes: [PendingWrite], counts: [LedgerCounts]) {
        var sorter = try sorter(writes)
        var sorted: [PendingWrite] = []
        var counts = writes.map { _ in LedgerCounts() }
        for batch in history {
            sorter.start(batch)
            while let action = try sorter.next() {
                guard case .write(let writes) = action else { continue }
                sorted += writes.writes
                for index in counts.indices { counts[index].add(writes.counts[index]) }
            }
        }
        return (sorted, counts)
    }

    @Test func messagesStandInOrderWithTheTransactionsRows() throws {
        let (writes, counts) = try Self.sort([Self.write("items"), Self.write("messages", messages: "outbox")])
        #expect(writes.map { $0.write.row.text(1) } == ["a", "\\x6669727374", "b", "\\x7365636f6e64", "\\x7468697264"])
        #expect(writes.map(\.write.kind) == [.insert, .message, .insert, .message, .message])
        #expect(writes.map(\.write.position.ordinal) == [0, 1, 2, 4, 0])
        #expect(writes.map { $0.write.transaction == 0 } == [false, false, false, false, true])
        #expect(counts.map(\.received) == [2, 3])
    }

    @Test func whatNoMappingTakesIsReceivedByNone() throws {
        let (writes, counts) = try Self.sort([Self.write("items", isAppending: false)])
        #expect(writes.map(\.write.kind) == [.insert, .insert])
        #expect(counts.map(\.received) == [2])
    }

    @Test func aMessageIsForEveryMappingThatTakesIt() throws {
        let (_, counts) = try Self.sort([
            Self.write("a", messages: "*"), Self.write("b", messages: "o*"), Self.write("c", messages: "none"),
        ])
        #expect(counts.map(\.received) == [4, 4, 0])
    }

    @Test func aMappingThatDoesNotAppendCannotTakeMessages() {
        let errors = #expect(throws: ConfigurationErrors.self) {
            _ = try Self.sorter([Self.write("m", messages: "*", isAppending: false)])
        }
        #expect(errors?.description.contains("they can only be appended") == true)
    }
}
