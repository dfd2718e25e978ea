import Randomness
import Testing
import Wire

@testable import SinkConnectors

@Suite("Bulk responses, read item by item")
struct BulkResponseReaderTests {
    /// What Elasticsearch 7.0.0 answered to a request with the sink's `filter_path`.
    static let captured = """
        {"errors":true,"items":[{"index":{"_seq_no":0,"status":201}},{"index":{"status":409,"error":{"type":\
        "version_conflict_engine_exception","reason":"[1]: version conflict, current version [5] is higher or equal to \
        the one provided [4]","index_uuid":"Q50t2WeFTrC6EKrdnad2AA","shard":"0","index":"eltest1"}}},{"delete":{\
        "_seq_no":1,"status":404}},{"index":{"status":400,"error":{"type":"mapper_parsing_exception","reason":"failed to \
        parse field [r] of type [long_range] in document with id '3'","caused_by":{"type":"mapper_parsing_exception",\
        "reason":"error parsing field [r], expected an object but got r"}}}}]}
        """

    private func read(_ bytes: [UInt8]) throws(WireError) -> [BulkItem] {
        var reader = try BulkResponseReader(bytes.span)
        var items: [BulkItem] = []
        while let item = try reader.next(in: bytes.span) { items.append(item) }
        return items
    }

    @Test func aCapturedResponseIsReadWhole() throws {
        let bytes = Array(Self.captured.utf8)
        let items = try read(bytes)
        #expect(items.map(\.status) == [201, 409, 404, 400])
        #expect(items.map(\.sequence) == [0, nil, 1, nil])
        func text(_ range: Range<Int>?) -> String? { range.map { String(decoding: bytes[$0], as: UTF8.self) } }
        #expect(
            items.map { text($0.errorType) } == [
                nil, "version_conflict_engine_exception", nil, "mapper_parsing_exception",
            ])
        #expect(text(items[1].indexID) == "Q50t2WeFTrC6EKrdnad2AA")
        #expect(text(items[3].errorReason)?.hasPrefix("failed to parse field [r]") == true)
    }

    @Test func whatElseTheResponseHoldsDoesNotMatter() throws {
        let text = """
            {"took":1,"errors":false,"ingest_took":2,"items":[{"create":{"_index":"i","_id":"1","_shards":{"total":2,\
            "successful":1,"failed":0},"status":200,"error":"old style"}}],"more":[{"items":[]}]}
            """
        let items = try read(Array(text.utf8))
        #expect(items.map(\.status) == [200])
        #expect(items[0].errorType == 0..<0)
    }

    @Test func aResponseThatEndsEarlyIsNoResponse() {
        let bytes = Array(Self.captured.utf8)
        for length in 0..<bytes.count {
            #expect(throws: WireError.self) { try read(Array(bytes[..<length])) }
        }
    }

    @Test func damagedResponsesThrowOrAreReadAndNeverTrap() {
        var random = SeededNumbers(seed: 7)
        let bytes = Array(Self.captured.utf8)
        var refused = 0
        for _ in 0..<20_000 {
            var damaged = bytes
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let place = Int.random(in: 0..<damaged.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: damaged[place] = UInt8.random(in: 0...255, using: &random)
                case 1: damaged.remove(at: place)
                default: damaged.insert(UInt8.random(in: 0...255, using: &random), at: place)
                }
            }
            do throws(WireError) { _ = try read(damaged) } catch { refused += 1 }
        }
        #expect(refused > 1000)
    }
}
