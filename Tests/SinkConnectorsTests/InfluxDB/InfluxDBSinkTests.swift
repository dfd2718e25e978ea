import Change
import Connector
import ConnectorTestKit
import Foundation
import Synchronization
import Testing

@testable import SinkConnectors

@Suite("InfluxDB, a scripted server", .timeLimit(.minutes(1)))
struct InfluxDBSinkTests {
    let table = PointTable([("id", .int32), ("at", .timestamp), ("name", .text)])
    let rows: [String: OptionValue] = [
        "mode": .text("rows"), "time": .text("at"), "tags": .list([.text("id")]), "nulls": .text("omit"),
    ]

    private func writes(_ mapping: InfluxDBMapping, _ count: Int) -> [SinkWrite] {
        (0..<count).map { table.write(mapping, ["\($0)", "1970-01-01 00:00:01", "name \($0)"]) }
    }

    @Test(arguments: [
        ("v1", "/write?db=shop&precision=ns", "Token t"),
        ("v2", "/api/v2/write?org=my%20org&bucket=shop&precision=ns", "Token t"),
        ("v3", "/api/v3/write_lp?db=shop&precision=nanosecond&accept_partial=true", "Bearer t"),
    ])
    func eachAPIHasItsPathAndItsToken(api: String, path: String, authorization: String) async throws {
        var options: [String: OptionValue] = ["api": .text(api), "token": .secret(Secret("t"))]
        if api == "v2" { options["organization"] = .text("my org") }
        try await ScriptedInfluxDB.run(options) { scripted, sink in
            let mapping = try table.mapping(of: sink, rows)
            #expect(try await sink.apply(writes(mapping, 2), lane: 0).map(\.word) == ["applied", "applied"])
            let request = try #require(scripted.writes.first)
            #expect(request.method == "POST")
            #expect(request.path == path)
            #expect(request.headers["authorization"] == authorization)
            #expect(request.headers["content-length"] == "\(request.body.count)")
            let deleted = api == "v3" ? "deleted=false," : ""
            #expect(
                request.text
                    == "things,id=0 millrace_version=2560i,\(deleted)name=\"name 0\" 1000000000\n"
                    + "things,id=1 millrace_version=2560i,\(deleted)name=\"name 1\" 1000000000\n")
        }
    }

    @Test func pointsAreSentAsGzipAndTheSameBytesAgain() async throws {
        try await ScriptedInfluxDB.run(["compression": .boolean(true)]) { scripted, sink in
            let mapping = try table.mapping(of: sink, rows)
            for _ in 0..<2 { _ = try await sink.apply(writes(mapping, 100), lane: 0) }
            let requests = scripted.writes
            #expect(requests.count == 2)
            #expect(requests[0].headers["content-encoding"] == "gzip")
            #expect(requests[0].body == requests[1].body)
            #expect(requests[0].body.count < 2000)
        }
    }

    /// The deletion is never answered, so that it lasts as long as the patience for it.
    @Test func nothingIsWrittenWhileAnythingIsDeleted() async throws {
        let arrivals = Mutex<[String: ContinuousClock.Instant]>([:])
        try await ScriptedInfluxDB.run(["timeout": .duration(.milliseconds(500))]) { request, _ in
            let isDeletion = request.text.contains("DELETE")
            arrivals.withLock { $0[isDeletion ? "deletion" : "write"] = .now }
            return isDeletion ? .silence : nil
        } _: { scripted, sink in
            let mapping = try table.mapping(of: sink, rows)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let deletion = table.write(mapping, ["1", "1970-01-01 00:00:01", nil], .delete)
                    await #expect(throws: MillraceError.self) { try await sink.apply([deletion], lane: 0) }
                }
                while scripted.server.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
                #expect(try await sink.apply(writes(mapping, 1), lane: 1).map(\.word) == ["applied"])
                try await group.waitForAll()
            }
        }
        let (deletion, write) = arrivals.withLock { ($0["deletion"], $0["write"]) }
        #expect(try #require(write) - #require(deletion) > .milliseconds(400))
    }

    /// A server of version 1 or 2 says only that something was refused: halves find it.
    @Test(arguments: [
        (
            400,
            #"{"error":"partial write: field type conflict: input field \"name\" on measurement \"things\" is type string, already exists as type float dropped=1"}"#,
            "a field has another type in the measurement (field name)"
        ),
        (400, #"{"error":"field type conflict"}"#, "a field has another type in the measurement"),
        (
            400, #"{"error":"partial write: points beyond retention policy dropped=1"}"#,
            "the point is older than the retention policy keeps"
        ),
        (400, #"{"error":"unable to parse 'things,id=1 SECRET': bad timestamp"}"#, "the server cannot read the point"),
        (
            422,
            #"{"code":"unprocessable entity","message":"failure writing points to database: partial write: field type conflict: input field \"name\" SECRET"}"#,
            "a field has another type in the measurement (field name)"
        ),
        (400, "<html>", "the server refuses the point (HTTP status 400)"),
    ])
    func aRefusedPartIsHalvedUntilTheLineIsAlone(status: Int, body: String, reason: String) async throws {
        try await ScriptedInfluxDB.run(
            answering: { request, _ in request.path.hasPrefix("/write") ? .json(body, status: status) : nil },
            { _, sink in
                let mapping = try table.mapping(of: sink, rows)
                #expect(try await sink.apply(writes(mapping, 3), lane: 0).map(\.word) == ["split", "split", "split"])
                let alone = try await sink.apply(writes(mapping, 1), lane: 0)
                #expect(alone.map(\.word) == ["park"])
                #expect(alone[0].reason == reason)
            })
    }

    @Test func theLinesThatVersion3NamesAreParkedAndTheOthersAreWritten() async throws {
        let answer =
            #"{"error":"partial write of line protocol occurred","data":[{"original_line":"SECRET","line_number":2,"error_message":"invalid column type for column 'name', expected iox::column_type::field::float, got iox::column_type::field::string"}]}"#
        try await ScriptedInfluxDB.run(
            ["api": .text("v3")],
            answering: { request, _ in request.path.contains("write_lp") ? .json(answer, status: 400) : nil },
            { _, sink in
                let mapping = try table.mapping(of: sink, rows)
                let results = try await sink.apply(writes(mapping, 3), lane: 0)
                #expect(results.map(\.word) == ["applied", "park", "applied"])
                #expect(results[1].reason == "a field or tag has another type in the table (field name)")
            })
    }

    @Test func aListThatMayBeIncompleteIsHalvedInstead() async throws {
        let lines = (1...100).map { #"{"line_number":\#($0),"error_message":"x"}"# }.joined(separator: ",")
        try await ScriptedInfluxDB.run(
            ["api": .text("v3")],
            answering: { request, _ in
                request.path.contains("write_lp") ? .json(#"{"error":"x","data":[\#(lines)]}"#, status: 400) : nil
            },
            { _, sink in
                let mapping = try table.mapping(of: sink, rows)
                let results = try await sink.apply(writes(mapping, 120), lane: 0)
                #expect(results.allSatisfy { $0.word == "split" })
            })
    }

    @Test(arguments: [
        (401, "{}"), (403, "{}"), (404, #"{"error":"database not found: \"shop\""}"#), (405, ""), (302, ""),
        (400, #"{"error":"partial write: max-series-per-database limit exceeded: (1000000) dropped=5"}"#),
    ])
    func whatNobodyButAPersonMendsStops(status: Int, body: String) async throws {
        try await ScriptedInfluxDB.run(
            answering: { request, _ in request.path.hasPrefix("/write") ? .json(body, status: status) : nil },
            { _, sink in
                let mapping = try table.mapping(of: sink, rows)
                #expect(try await sink.apply(writes(mapping, 2), lane: 0).map(\.word) == ["stop", "stop"])
            })
    }

    @Test(arguments: [
        ScriptedAnswer.hangUp, .half(status: 200, body: "x"), .json("", status: 500), .json("", status: 502),
        .json("", status: 503), .json("", status: 408),
    ])
    func anUnknownOutcomeIsSentAgain(answer: ScriptedAnswer) async throws {
        try await ScriptedInfluxDB.run(
            answering: { request, before in request.path.hasPrefix("/write") && before == 0 ? answer : nil },
            { _, sink in
                let mapping = try table.mapping(of: sink, rows)
                let error = await #expect(throws: MillraceError.self) {
                    try await sink.apply(writes(mapping, 2), lane: 0)
                }
                #expect(error?.code == .sinkUnavailable)
                #expect(try await sink.apply(writes(mapping, 2), lane: 0).map(\.word) == ["applied", "applied"])
            })
    }

    @Test(arguments: [429, 503])
    func aServerIsLeftAloneForAsLongAsItAsks(status: Int) async throws {
        try await ScriptedInfluxDB.run(
            answering: { request, before in
                request.path.hasPrefix("/write") && before == 0
                    ? .json("", status: status, headers: ["Retry-After": "1"]) : nil
            },
            { _, sink in
                let mapping = try table.mapping(of: sink, rows)
                let first = try? await sink.apply(writes(mapping, 1), lane: 0).map(\.word)
                #expect(first == (status == 429 ? ["retry"] : nil))
                let asked = ContinuousClock.now
                #expect(try await sink.apply(writes(mapping, 1), lane: 0).map(\.word) == ["applied"])
                #expect(ContinuousClock.now - asked > .milliseconds(900))
            })
    }

    @Test func aRequestThatIsTooLargeIsSplit() async throws {
        try await ScriptedInfluxDB.run(
            answering: { request, _ in request.path.hasPrefix("/write") ? .json("", status: 413) : nil },
            { _, sink in
                let mapping = try table.mapping(of: sink, rows)
                #expect(try await sink.apply(writes(mapping, 2), lane: 0).map(\.word) == ["split", "split"])
            })
    }

    @Test func writesOfOnePointNeverShareARequestAndKeepTheirOrder() async throws {
        try await ScriptedInfluxDB.run { scripted, sink in
            let mapping = try table.mapping(of: sink, rows)
            func row(_ name: String, _ action: SinkWrite.Action = .upsert, kind: ChangeKind = .update) -> SinkWrite {
                table.write(mapping, ["1", "1970-01-01 00:00:00", name], action, kind: kind)
            }
            let other = table.write(mapping, ["2", "1970-01-01 00:00:00", "other"])
            let results = try await sink.apply(
                [row("first"), other, row("first", .delete, kind: .delete), row("last")], lane: 0)
            #expect(results.allSatisfy { $0.word == "applied" })
            let requests = scripted.server.requests.map { $0.text.removingPercentEncoding ?? "" }
            #expect(requests.count == 3)
            #expect(requests[0].split(separator: "\n").count == 2)
            #expect(requests[1] == #"q=DELETE FROM "things" WHERE time = 0 AND "id" = '1'"#)
            #expect(requests[2].contains("last"))
        }
    }

    @Test func whatFollowsAWriteThatWasNotTakenWaitsForIt() async throws {
        try await ScriptedInfluxDB.run(
            answering: { request, _ in request.path.hasPrefix("/write") ? .json("", status: 429) : nil },
            { scripted, sink in
                let mapping = try table.mapping(of: sink, rows)
                let write = table.write(mapping, ["1", "1970-01-01 00:00:00", "x"])
                #expect(try await sink.apply([write, write], lane: 0).map(\.word) == ["retry", "retry"])
                #expect(scripted.writes.count == 1)
            })
    }

    @Test(arguments: ["mark", "ignore", "park", "delete"])
    func aDeletedRowDoesWhatTheFileSays(policy: String) async throws {
        try await ScriptedInfluxDB.run { scripted, sink in
            let mapping = try table.mapping(of: sink, rows.merging(["on_delete": .text(policy)]) { $1 })
            let delete = table.write(mapping, ["1", "1970-01-01 00:00:00", "x"], .delete, kind: .delete)
            let results = try await sink.apply([delete], lane: 0)
            #expect(results.map(\.word) == [policy == "park" ? "park" : "applied"])
            let sent = scripted.server.requests.map { $0.text.removingPercentEncoding ?? "" }
            switch policy {
            case "mark": #expect(sent == ["things,id=1 millrace_version=2560i,deleted=true 0\n"])
            case "delete": #expect(sent == [#"q=DELETE FROM "things" WHERE time = 0 AND "id" = '1'"#])
            default: #expect(sent.isEmpty)
            }
        }
    }

    @Test func aMoveHasAPolicyOfItsOwn() async throws {
        try await ScriptedInfluxDB.run { scripted, sink in
            let mapping = try table.mapping(
                of: sink, rows.merging(["on_delete": .text("delete"), "on_move": .text("mark")]) { $1 })
            let leaves = table.write(mapping, ["1", "1970-01-01 00:00:00", "x"], .delete, kind: .update)
            #expect(try await sink.apply([leaves], lane: 0).map(\.word) == ["applied"])
            #expect(scripted.writes.map(\.text) == ["things,id=1 millrace_version=2560i,deleted=true 0\n"])
        }
    }

    @Test func version2DeletesByPredicateAndNotWhatNoneCanName() async throws {
        try await ScriptedInfluxDB.run(["api": .text("v2"), "organization": .text("o")]) { scripted, sink in
            let mapping = try table.mapping(of: sink, rows.merging(["tags": .list([.text("name")])]) { $1 })
            let time = "2024-02-29 12:34:56.789012"
            let results = try await sink.apply(
                [
                    table.write(mapping, ["1", time, "a\"b"], .delete, kind: .delete),
                    table.write(mapping, ["2", time, nil], .delete, kind: .delete),
                ], lane: 0)
            #expect(results.map(\.word) == ["applied", "park"])
            #expect(scripted.server.requests.count == 1)
            #expect(scripted.server.requests[0].path == "/api/v2/delete?org=o&bucket=shop")
            let instant = "2024-02-29T12:34:56.789012000Z"
            let body = try JSONValue(parsing: scripted.server.requests[0].body)
            #expect(body["start"]?.text == instant)
            #expect(body["stop"]?.text == instant)
            #expect(body["predicate"]?.text == #"_measurement="things" AND "name"="a\"b""#)
        }
    }

    @Test func keysAreRowsWhereNoPointIsLookedFor() async throws {
        try await ScriptedInfluxDB.run { _, sink in
            let ignoring = try table.mapping(of: sink, rows.merging(["on_delete": .text("ignore")]) { $1 })
            #expect(ignoring.keyColumns == [0])
            let finding = try table.mapping(of: sink, rows)
            #expect(finding.keyColumns == [0, 1])
            let events = try table.mapping(of: sink, [:])
            #expect(events.keyColumns.isEmpty)
            #expect(events.isAppending && !events.takesSnapshot)
        }
    }

    @Test func twoTransactionsThatMeetAreNotMadeOneEvent() async throws {
        try await ScriptedInfluxDB.run { _, sink in
            let mapping = try table.mapping(of: sink, [:])
            let row = ["1", "1970-01-01 00:00:00", "x"]
            let results = try await sink.apply(
                [
                    table.write(mapping, row, .append, commit: 10),
                    table.write(mapping, row, .append, commit: 10 + EventInstant.commitsApart),
                ], lane: 0)
            #expect(results.map(\.word) == ["applied", "park"])
            // A replay of the first is the first.
            #expect(
                try await sink.apply([table.write(mapping, row, .append, commit: 10)], lane: 0).map(\.word)
                    == ["applied"])
        }
    }

    @Test func aMarkerThatIsGoneSaysThatTheDatabaseWasEmptied() async throws {
        let record = Mutex<String?>(nil)
        try await ScriptedInfluxDB.run(
            answering: { request, _ in
                if request.path.hasPrefix("/write") {
                    let store = request.text.split(separator: "store=\"").last?.prefix { $0 != "\"" } ?? ""
                    record.withLock { $0 = $0 == "gone" ? $0 : String(store) }
                    return nil
                }
                guard let store = record.withLock({ $0 }), store != "gone" else { return nil }
                return .json(
                    #"{"results":[{"series":[{"columns":["time","store","marker"],"values":[[5,"\#(store)",""]]}]}]}"#)
            },
            { _, sink in
                let incarnation = try await sink.open()
                #expect(try await sink.open() == incarnation)
                let marker = SinkMarker(
                    pipeline: "shop", source: SourceIdentity(["system": "1"]), epoch: 1,
                    progress: SourceProgress(commit: 1, end: 2))
                try await sink.writeMarker(marker)
                record.withLock { $0 = "gone" }
                let error = await #expect(throws: MillraceError.self) { try await sink.writeMarker(marker) }
                #expect(error?.code == .sinkReplaced)
                #expect(try await sink.open() != incarnation)
            })
    }

    @Test func mappingsThatCannotShareAMeasurementAreRefused() async throws {
        try await ScriptedInfluxDB.run { _, sink in
            let first = try table.mapping(of: sink, name: "first", [:])
            let second = try table.mapping(of: sink, name: "second", [:])
            await #expect(throws: MillraceError.self) { try await sink.prepare([first, second]) }
            let typed = try table.mapping(
                of: sink, name: "second", rows.merging(["types": .map(["name": .text("float")])]) { $1 })
            #expect(await sink.check([first, typed]).contains { $0.message.contains("different types") })
        }
    }

    @Test func checkComparesWithWhatIsThereAndSaysWhatColumnsBecome() async throws {
        try await ScriptedInfluxDB.run(
            answering: { request, _ in
                request.text.contains("SHOW%20FIELD%20KEYS")
                    ? .json(
                        #"{"results":[{"series":[{"columns":["fieldKey","fieldType"],"values":[["name","float"]]}]}]}"#)
                    : nil
            },
            { _, sink in
                let mapping = try table.mapping(of: sink, rows)
                let findings = await sink.check([mapping])
                #expect(
                    findings.contains { $0.severity == .error && $0.message.contains("has the field name as float") })
                #expect(findings.contains { $0.severity == .warning && $0.message.contains("may have many values") })
                let events = try table.mapping(of: sink, measurement: "m", ["tags": .list([.text("name")])])
                #expect(await sink.check([events]).contains { $0.message == "id (int32) becomes field id, integer" })
            })
    }

    @Test func manySeriesAreNoticedOnce() {
        let watch = SeriesWatch()
        #expect(!watch.note((0..<9999).map(UInt64.init), of: "m"))
        #expect(!watch.note((0..<9999).map(UInt64.init), of: "m"))
        #expect(watch.note([99_999], of: "m"))
        #expect(!watch.note((0..<20_000).map(UInt64.init), of: "m"))
    }
}
