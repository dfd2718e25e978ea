import Change
import PostgresClient
import Testing

/// Drives a decoder through messages, answering what it asks from a fixed catalog.
struct Decoding {
    var decoder = PgOutputDecoder(nearTransactionID: 1000)
    var types: [UInt32: PostgresType] = [:]
    var facts: [UInt32: RelationFacts] = [:]
    /// What was asked so far.
    var requests: [CatalogRequest] = []

    mutating func decode(_ message: [UInt8], sentAt: Int64 = 0) throws {
        let before = requests.count
        while case .needs(let request) = try decoder.decode(message.span, sentAt: sentAt) {
            requests.append(request)
            try #require(requests.count < before + 3, "an answer must satisfy the decoder")
            decoder.supply(
                CatalogAnswer(
                    request: request, facts: facts[request.relation] ?? RelationFacts(),
                    types: request.types.compactMap { types[$0] }))
        }
    }

    mutating func decode(_ messages: some Sequence<[UInt8]>) throws {
        for message in messages { try decode(message) }
    }

    /// A decoder that knows the tables of the golden capture.
    static var golden: Decoding {
        var decoding = Decoding()
        decoding.types[16430] = PostgresType(
            oid: 16430, name: "public.mood", kind: .enumeration(labels: ["sad", "ok", "happy"]))
        decoding.facts = [
            16437: RelationFacts(primaryKey: ["id"]),
            16449: RelationFacts(primaryKey: ["id"], identityIndex: "byindex_code_key"),
        ]
        return decoding
    }
}

/// Writes pgoutput messages.
struct Message {
    var bytes: [UInt8]

    init(_ kind: Character) { bytes = [kind.asciiValue!] }

    func byte(_ value: Character) -> Message { adding([value.asciiValue!]) }
    func int8(_ value: UInt8) -> Message { adding([value]) }
    func int16(_ value: UInt16) -> Message { adding(withUnsafeBytes(of: value.bigEndian, Array.init)) }
    func int32(_ value: UInt32) -> Message { adding(withUnsafeBytes(of: value.bigEndian, Array.init)) }
    func int64(_ value: UInt64) -> Message { adding(withUnsafeBytes(of: value.bigEndian, Array.init)) }
    func string(_ value: String) -> Message { adding(Array(value.utf8) + [0]) }
    func cell(_ value: String) -> Message {
        byte("t").int32(UInt32(value.utf8.count)).adding(Array(value.utf8))
    }

    func row(_ cells: [String?]) -> Message {
        cells.reduce(int16(UInt16(cells.count))) { message, cell in cell.map { message.cell($0) } ?? message.byte("n") }
    }

    func adding(_ more: [UInt8]) -> Message {
        var message = self
        message.bytes += more
        return message
    }

    static func begin(commit: UInt64, at: UInt64 = 0, id: UInt32 = 1001) -> [UInt8] {
        Message("B").int64(commit).int64(at).int32(id).bytes
    }

    static func commit(_ commit: UInt64, end: UInt64? = nil) -> [UInt8] {
        Message("C").int8(0).int64(commit).int64(end ?? commit + 48).int64(0).bytes
    }

    static func insert(_ relation: UInt32, _ cells: [String?]) -> [UInt8] {
        Message("I").int32(relation).byte("N").row(cells).bytes
    }

    static func relation(
        _ oid: UInt32, _ name: String, identity: Character = "d",
        _ columns: [(name: String, type: UInt32, modifier: Int32, isKey: Bool)]
    ) -> [UInt8] {
        let start = Message("R").int32(oid).string("public").string(name).byte(identity).int16(UInt16(columns.count))
        return columns.reduce(start) { message, column in
            message.int8(column.isKey ? 1 : 0).string(column.name).int32(column.type)
                .int32(UInt32(bitPattern: column.modifier))
        }.bytes
    }
}
