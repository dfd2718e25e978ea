import Change
import Connector
import NIOCore
import Testing
import Wire

@testable import SinkConnectors

@Suite("What each answer of the cluster means")
struct AnswerTableTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var status: Int
        var type: String?
        var reason = ""
        var action: SinkWrite.Action = .upsert
        var word: String

        var testDescription: String { "\(status) \(type ?? "-") \(word)" }
    }

    static let cases: [Case] = [
        Case(status: 200, word: "applied"), Case(status: 201, word: "applied"),
        Case(status: 404, action: .delete, word: "applied"),
        Case(status: 404, word: "stop"),
        Case(status: 404, type: "index_not_found_exception", word: "stop"),
        Case(status: 404, type: "index_not_found_exception", action: .delete, word: "stop"),
        Case(status: 409, type: "version_conflict_engine_exception", word: "stale"),
        Case(status: 400, type: "mapper_parsing_exception", word: "park"),
        Case(status: 400, type: "document_parsing_exception", word: "park"),
        Case(
            status: 400, type: "illegal_argument_exception", reason: "Document contains an immense term", word: "park"),
        Case(
            status: 400, type: "illegal_argument_exception", reason: "Limit of total fields [1000] has been exceeded",
            word: "stop"),
        Case(status: 400, type: "action_request_validation_exception", word: "park"),
        Case(status: 400, type: "something_new_exception", word: "park"),
        Case(
            status: 400, type: "strict_dynamic_mapping_exception",
            reason: "mapping set to strict, dynamic introduction of [name] within [_doc] is not allowed", word: "stop"),
        Case(
            status: 400, type: "strict_dynamic_mapping_exception",
            reason: "[1:6] mapping set to strict, dynamic introduction of [x] within [body] is not allowed",
            word: "park"),
        Case(status: 400, type: "index_closed_exception", word: "stop"),
        Case(status: 400, type: "routing_missing_exception", word: "stop"),
        Case(status: 403, type: "cluster_block_exception", word: "retry"),
        Case(status: 429, type: "cluster_block_exception", word: "retry"),
        Case(status: 403, type: "security_exception", word: "stop"),
        Case(status: 401, type: "security_exception", word: "stop"),
        Case(status: 429, type: "es_rejected_execution_exception", word: "retry"),
        Case(status: 429, type: "circuit_breaking_exception", word: "retry"),
        Case(status: 429, type: "something_new_exception", word: "retry"),
        Case(status: 503, type: "unavailable_shards_exception", word: "retry"),
        Case(status: 503, type: "process_cluster_event_timeout_exception", word: "retry"),
        Case(status: 500, type: "null_pointer_exception", word: "retry"),
        Case(status: 502, word: "retry"), Case(status: 504, word: "retry"), Case(status: 408, word: "retry"),
        Case(status: 413, type: "content_too_long_exception", word: "split"),
    ]

    private func mapping() throws -> ElasticsearchMapping {
        let table = DocumentTable([("id", .int32), ("name", .text)])
        let sink = try ElasticsearchSink.test(pipeline: "p", options: ["url": .secret(Secret("http://127.0.0.1"))])
        return try table.mapping(of: sink, index: "things")
    }

    private func result(_ body: String, _ action: SinkWrite.Action) throws -> ItemResult {
        let bytes = Array(#"{"items":[{"index":\#(body)}]}"#.utf8)
        var reader = try BulkResponseReader(bytes.span)
        let item = try #require(try reader.next(in: bytes.span))
        return AnswerTable.result(of: item, in: bytes.span, action: action, mapping: try mapping())
    }

    @Test(arguments: cases)
    func eachAnswerHasItsMeaning(_ answer: Case) throws {
        let error = answer.type.map { #","error":{"type":"\#($0)","reason":"\#(answer.reason)"}"# } ?? ""
        #expect(try result(#"{"status":\#(answer.status)\#(error)}"#, answer.action).word == answer.word)
    }

    @Test(arguments: [
        "failed to parse field [name] of type [long] in document with id 'SECRET'. Preview of field's value: 'SECRET'",
        "failed to parse field [SECRET] of type [long]",
        "object mapping for [name] tried to parse field [SECRET] as object",
        "field [name.SECRET] not found", "field [name", "field [", "",
    ])
    func aReasonNeverHoldsAValue(_ reason: String) throws {
        for type in [
            "mapper_parsing_exception", "SECRET exception", "illegal_argument_exception", "brand_new_exception",
        ] {
            let body = #"{"status":400,"error":{"type":"\#(type)","reason":"\#(reason)"}}"#
            let text = try #require(try result(body, .upsert).reason)
            #expect(!text.contains("SECRET"))
        }
    }

    @Test func aKnownFieldIsNamed() throws {
        let body =
            #"{"status":400,"error":{"type":"mapper_parsing_exception","reason":"failed to parse field [name] of type"}}"#
        #expect(try result(body, .upsert).reason == "mapper_parsing_exception in field name")
    }

    @Test(arguments: [
        (413, "", "split"), (429, "", "retry"), (403, "cluster_block_exception", "retry"), (401, "", "stop"),
        (403, "", "stop"),
        (404, "", "stop"), (405, "", "stop"), (406, "", "stop"), (415, "", "stop"), (307, "", "stop"),
        (400, "", "split"),
    ])
    func anAnswerToTheWholeRequestIsEachItems(_ status: Int, _ type: String, _ word: String) throws {
        let response = HTTPAnswer(
            status: status, body: ByteBuffer(string: #"{"error":{"type":"\#(type)"}}"#), retryAfter: nil)
        #expect(try AnswerTable.results(ofWhole: response, count: 3).map(\.word) == [word, word, word])
    }

    @Test(arguments: [408, 500, 502, 503, 504])
    func aFailingClusterLeavesTheOutcomeOpen(_ status: Int) {
        let response = HTTPAnswer(status: status, body: ByteBuffer(string: "<html>"), retryAfter: nil)
        let error = #expect(throws: MillraceError.self) { try AnswerTable.results(ofWhole: response, count: 3) }
        #expect(error?.code == .sinkUnavailable)
    }
}
