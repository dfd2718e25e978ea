import Change
import Connector
import ConnectorTestKit
import Pipelines
import Testing

@testable import Engine

/// Rows with a null in a column that the sink key is made of: they have no place in the sink.
struct KeylessRowTests {
    static let items = TableSchema(
        id: 1, table: TableName(namespace: "public", name: "items"),
        columns: [
            Column(name: "id", type: .int64, sourceType: "bigint", isIdentity: true),
            Column(name: "code", type: .text, sourceType: "text", isIdentity: true),
        ], identity: .full, primaryKey: [0])

    @Test func aRowThatGetsItsKeyIsWrittenAndNothingIsDeleted() throws {
        let writes = try sorted { $0.update(Self.items, ["7", "a"], old: ["7", .null], isKeyOnly: false) }
        #expect(writes.writes.map(\.write.action) == [.upsert])
        #expect(writes.parked.isEmpty)
    }

    @Test func aRowThatLosesItsKeyLeavesItsPlaceAndParks() throws {
        let writes = try sorted { $0.update(Self.items, ["7", .null], old: ["7", "a"], isKeyOnly: false) }
        #expect(writes.writes.map(\.write.action) == [.delete])
        #expect(writes.writes.map(\.changes) == [0])
        #expect(writes.parked.map(\.kind) == [.update])
    }

    @Test func aRowThatNeverHadAKeyParksAlone() throws {
        let writes = try sorted { $0.update(Self.items, ["7", .null], old: ["7", .null], isKeyOnly: false) }
        #expect(writes.writes.isEmpty)
        #expect(writes.parked.count == 1)
    }

    /// What one transaction becomes in a sink whose key is `{code}`.
    private func sorted(_ build: (inout HistoryBuilder) -> Void) throws -> SortedWrites {
        let place = EngineFixture.location
        let write = WriteDocument(
            name: "items", from: Located(Self.items.table, at: place), transform: TransformSpec(),
            options: OptionValues(["key": .init(value: .text("{code}"), location: place)], at: place), fingerprint: 1)
        let router = try Router(writes: [write], tables: [Self.items], sink: SimulatedSink())
        var sorter = SinkSorter(
            router: router, epoch: 0, appliedThrough: 0, floors: [:],
            window: WindowLimits(bytesMax: 1 << 20, maySpill: false))
        var builder = HistoryBuilder()
        build(&builder)
        builder.end()
        sorter.start(try #require(builder.take().first))
        guard case .write(let writes) = try #require(try sorter.next()) else {
            throw MillraceError(.invariant, "no writes")
        }
        return writes
    }
}
