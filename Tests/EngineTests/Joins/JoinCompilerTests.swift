import Change
import Connector
import ConnectorTestKit
import Pipelines
import Testing

@testable import Engine

/// What `check` says of look-ups that could not be kept right.
@Suite struct JoinCompilerTests {
    private static let sales = SaleHistory.sales
    private static let lines = SaleHistory.lines

    private static func at<Value: Sendable>(_ value: Value, line: Int) -> Located<Value> {
        Located(value, at: JoinFixture.place(line))
    }

    private static func lookup(
        _ table: TableSchema, _ pairs: [String: String], _ gain: LookupDocument.Gain
    ) -> LookupDocument {
        LookupDocument(
            from: at(table.table, line: 3),
            pairs: pairs.sorted { $0.key < $1.key }.map {
                .init(other: at($0.key, line: 4), own: at($0.value, line: 4))
            },
            gain: gain)
    }

    private static func take(_ name: String, _ column: String) -> LookupDocument.Gain {
        .take([.init(name: at(name, line: 5), column: at(column, line: 5))])
    }

    /// Everything that is wrong, one line each: `line: message (hint)`.
    private static func faults(
        _ lookups: [LookupDocument], of own: TableSchema = lines, key: String = "line:{id}", isAppending: Bool = false,
        tables: [TableSchema] = [sales, lines]
    ) -> [String] {
        let write = JoinFixture.write(own, key: key, lookups, isAppending: isAppending)
        do {
            _ = try Router(writes: [write], tables: tables, sink: SimulatedSink())
            return []
        } catch let errors as ConfigurationErrors {
            return errors.diagnostics.map { diagnostic in
                "\(diagnostic.location?.line ?? 0): \(diagnostic.message)\(diagnostic.hint.map { " (\($0))" } ?? "")"
            }
        } catch {
            return ["\(error)"]
        }
    }

    @Test func whatFitsIsCompiledWithTheOtherTablesTypes() throws {
        let write = JoinFixture.write(Self.lines, key: "line:{id}", [JoinFixture.buyers])
        let router = try Router(writes: [write], tables: [Self.sales, Self.lines], sink: SimulatedSink())
        let schema = try #require(router.mappings.first).request.schema
        #expect(schema.columns.map(\.name) == ["id", "sale", "quantity", "buyer"])
        #expect(schema.columns[3].type == .text && !schema.columns[3].isIdentity)
    }

    @Test func aColumnThatIsNotThereHasTheNearestName() {
        #expect(
            Self.faults([Self.lookup(Self.sales, ["id": "sales"], Self.take("buyer", "buyr"))]) == [
                "4: the table public.lines has no column sales (did you mean sale?)"
            ])
        #expect(
            Self.faults([Self.lookup(Self.sales, ["id": "sale"], Self.take("buyer", "buyr"))]) == [
                "5: the table public.sales has no column buyr (did you mean buyer?)"
            ])
        #expect(
            Self.faults([Self.lookup(Self.sales, ["id": "sale"], Self.take("quantity", "buyer"))]) == [
                "5: the table public.lines has a column quantity itself (give it another name)"
            ])
    }

    @Test func whatADeleteCouldNotSayIsRefusedWithTheStatementThatMendsIt() {
        let lines = TableSchema.forTest(
            "lines", id: 2, columns: [("id", .int32), ("sale", .int64), ("quantity", .int32)], key: ["id"])
        let count = LookupDocument.Gain.count(Self.at("lines", line: 5))
        #expect(
            Self.faults([Self.lookup(lines, ["sale": "id"], count)], of: Self.sales, tables: [Self.sales, lines]) == [
                "4: the replica identity of public.lines does not carry sale: a delete there could not say which rows it "
                    + "concerns (ALTER TABLE public.lines REPLICA IDENTITY FULL;)"
            ])
    }

    @Test func severalRowsToTakeFromAreRefused() {
        #expect(
            Self.faults([Self.lookup(Self.lines, ["sale": "id"], Self.take("line", "id"))], of: Self.sales) == [
                "3: `where` may find several rows of public.lines, and `take` is of one (name the primary key under "
                    + "`where`: id; or `count` the rows)"
            ])
    }

    @Test func typesThatAreNotComparedAlikeAreRefused() {
        #expect(
            Self.faults([Self.lookup(Self.lines, ["id": "buyer"], Self.take("line", "quantity"))], of: Self.sales) == [
                "4: buyer is text and id of public.lines is int32: these are not compared (give both columns the same type)"
            ])
        func column(_ type: DataType, _ name: String) -> Column {
            Column(name: "c", type: type, sourceType: name, isIdentity: true)
        }
        #expect(JoinRange(column(.text, "character(3)"), column(.text, "character varying(3)")) == nil)
        #expect(JoinRange(column(.text, "text"), column(.text, "character varying(3)")) != nil)
        #expect(JoinRange(column(.float64, "double precision"), column(.float64, "double precision")) == nil)
        #expect(JoinRange(column(.int16, "smallint"), column(.int64, "bigint"))?.bounds == -32_768...32_767)
        #expect(JoinRange(column(.int64, "bigint"), column(.int64, "bigint"))?.bounds == .some(nil))
    }

    @Test func aKeyOfALookUpAndAnythingThatAppendsAreRefused() {
        let faults = Self.faults([JoinFixture.buyers], key: "{buyer}:{id}")
        #expect(
            faults.count == 1 && faults[0].hasPrefix("1: the key is made of buyer, which is looked up:"), "\(faults)")
        let appending = Self.faults([JoinFixture.buyers], isAppending: true)
        #expect(
            appending.count == 1 && appending[0].hasPrefix("1: an entry that appends cannot look anything up:"),
            "\(appending)")
    }

    @Test func aKeyComputedFromALookUpIsRefusedToo() {
        var transform = TransformSpec()
        transform.compute = [
            .init(
                name: JoinFixture.at("place"), expression: LocatedText("upper(buyer)", at: JoinFixture.place()))
        ]
        let write = JoinFixture.write(Self.lines, key: "{place}:{id}", [JoinFixture.buyers], transform)
        let error = #expect(throws: ConfigurationErrors.self) {
            try Router(writes: [write], tables: [Self.sales, Self.lines], sink: SimulatedSink())
        }
        #expect(error?.description.contains("the key is made of buyer, which is looked up") == true)
    }

    @Test func aTableWithoutAPrimaryKeyIsRefused() {
        let lines = TableSchema.forTest(
            "lines", id: 2, columns: [("id", .int32), ("sale", .int64)], key: [], identity: .full)
        let faults = Self.faults([JoinFixture.buyers], of: lines, tables: [Self.sales, lines])
        #expect(
            faults.contains {
                $0.contains("the table public.lines has no primary key")
                    && $0.contains("ALTER TABLE public.lines ADD PRIMARY KEY")
            }, "\(faults)")
    }

    @Test func anotherVersionOfTheOtherTableCompilesTheMappingAnew() throws {
        let write = JoinFixture.write(Self.lines, key: "line:{id}", [JoinFixture.buyers])
        var router = try Router(writes: [write], tables: [Self.sales, Self.lines], sink: SimulatedSink())
        let first = try #require(try router.triggers(for: Self.sales).first)
        let altered = TableSchema.forTest(
            "sales", id: 1, columns: [("id", .int32), ("note", .text), ("buyer", .int64)], key: ["id"])
        _ = try router.plans(for: altered, isCurrent: true)
        #expect(try router.compileReaders(of: altered).count == 1)
        let second = try #require(try router.triggers(for: altered).first)
        #expect(first.number == second.number && first !== second)
        #expect(second.trigger?.plan.mapping.request.schema.columns[3].type == .int64)
        // Changes of the earlier version, which a lagging stream may still bring, are read as they are.
        let earlier = try #require(try router.triggers(for: Self.sales).first?.trigger)
        #expect(earlier.key(of: Row(schema: Self.sales, texts: ["7", "b", "n"])) == ["7"])
        let without = TableSchema.forTest("sales", id: 1, columns: [("id", .int32), ("note", .text)], key: ["id"])
        _ = try router.plans(for: without, isCurrent: true)
        #expect(throws: ConfigurationErrors.self) { try router.compileReaders(of: without) }
    }
}
