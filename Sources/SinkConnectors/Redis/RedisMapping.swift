internal import Change
internal import Connector
internal import RedisCodec
internal import Wire

/// How rows of one shape become writes of one form in Redis.
final class RedisMapping: RowMapping {
    let request: MappingRequest
    let form: RedisForm
    let key: CompiledTemplate
    /// The key's template as the file has it; for finding every key of the mapping.
    let keyTemplate: Template
    let keyColumns: [Int]
    let neededColumns: [Int]
    let unseenKeyFields: [String]
    /// Names the mapping in the guards it leaves: a truncate of one mapping spares the keys of another.
    let tag: [UInt8]

    /// - Throws: ``Connector/ConfigurationErrors`` with the place of each wrong option.
    init(_ request: MappingRequest, pipeline: String) throws {
        var compiler = RedisMappingCompiler(request)
        let compiled = try compiler.compile()
        self.request = request
        form = compiled.form
        key = compiled.key
        keyTemplate = compiled.keyTemplate
        keyColumns = Set(compiled.key.columns).union(compiled.memberColumns).sorted()
        unseenKeyFields = compiled.unseenKeyFields
        neededColumns = Set(keyColumns).union(compiled.readColumns).sorted()
        tag = MappingTag.bytes(of: request.name, in: pipeline)
    }

    var isAppending: Bool {
        if case .stream = form { true } else { false }
    }

    /// A collection with a lifetime is made anew from the source's rows.
    var rereadColumns: [String] { collectionForm?.lifetime == nil ? [] : keyTemplate.columns }

    func appendKey(of row: Row, to key: inout [UInt8]) throws(KeyError) {
        guard let member = collectionForm?.member else { return try self.key.append(row, to: &key) }
        let start = key.count
        try self.key.append(row, to: &key)
        let length = key.count - start
        try member.append(row, to: &key)
        Self.endCollectionKey(&key, from: start, collectionLength: length)
    }

    /// The sink key of a member of a collection.
    static func collectionKey(_ collection: [UInt8], member: [UInt8]) -> [UInt8] {
        var key = collection + member
        endCollectionKey(&key, from: 0, collectionLength: collection.count)
        return key
    }

    /// The length keeps apart what would run together: collection and member are any bytes.
    private static func endCollectionKey(_ key: inout [UInt8], from start: Int, collectionLength: Int) {
        key.append(decimal: collectionLength)
        key.append(UInt8(ascii: ":"))
        let length = key.count - start
        key.append(decimal: length)
    }

    /// The form of a set or a sorted set.
    var collectionForm: RedisForm.CollectionForm? {
        switch form {
        case .set(let form), .sortedSet(let form, _): form
        case .hash, .json, .arraySet, .stream, .invalidation: nil
        }
    }

    /// The score of a sorted set.
    var score: Score? {
        if case .sortedSet(_, let score) = form { score } else { nil }
    }

    /// The guard of a write: ``RedisScript`` says what is in it.
    func appendGuard(_ version: Version, isDeleted: Bool, to text: inout [UInt8]) {
        text.append(decimal: UInt64(bitPattern: version.rawValue), width: 20)
        text.append(isDeleted ? UInt8(ascii: "-") : UInt8(ascii: "+"))
        text.append(contentsOf: tag)
    }

    /// Whether a guard is one that the mapping left.
    func owns(_ text: [UInt8]) -> Bool { text.count == 21 + tag.count && text[21...].elementsEqual(tag) }

    /// The version of something that is there and that the mapping wrote; nil for every other guard.
    func liveVersion(_ text: [UInt8]) -> Version? {
        guard owns(text), text[20] == UInt8(ascii: "+") else { return nil }
        return Int64(String(decoding: text[..<20], as: UTF8.self)).map { Version(rawValue: $0) }
    }
}
