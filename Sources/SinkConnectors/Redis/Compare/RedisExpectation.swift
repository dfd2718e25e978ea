internal import Connector
internal import RedisCodec
internal import Wire

/// What a write would leave in Redis, taken from the call that the sink itself would send: there is no second mapping.
struct RedisExpectation {
    let mapping: RedisMapping
    let isDelete: Bool
    /// The call, and where its arguments stand.
    private let bytes: [UInt8]
    private let arguments: [Range<Int>]

    /// - Parameters:
    ///   - bytes: the encoded commands of many writes.
    ///   - arguments: where those of this one's stand.
    init(_ write: SinkWrite, _ mapping: RedisMapping, bytes: [UInt8], arguments: [Range<Int>]) {
        self.mapping = mapping
        isDelete = write.action == .delete
        self.bytes = bytes
        self.arguments = arguments
    }

    /// The name of the script and what comes before its keys.
    private static let keysStart = 3

    var key: [UInt8] { argument(Self.keysStart) }
    /// The key with the guard, or with the guards of a collection's members.
    var companion: [UInt8] { argument(Self.keysStart + 1) }

    /// The member of a collection.
    var member: [UInt8] { argument(first + 1) }
    /// The score of a member, as the sink sends it.
    var score: [UInt8] { argument(first + 2) }
    /// The document of a row that is a text.
    var text: [UInt8] { argument(first + 1) }

    /// The members of a row that is a set of its own.
    var members: [[UInt8]] { parameters(from: first + 2).map { Array(bytes[$0]) } }

    /// How many fields a row's hash has, the guard not counted.
    var fieldCount: Int { parameters(from: first + 2).count / 2 }

    /// Whether the field of this place, in the sink's order, has this name and this value.
    func isField(_ index: Int, _ name: [UInt8], _ value: [UInt8]) -> Bool {
        let place = first + 2 + 2 * index
        return isEqual(place, name) && isEqual(place + 1, value)
    }

    func fieldName(_ index: Int) -> [UInt8] { argument(first + 2 + 2 * index) }
    func fieldValue(_ index: Int) -> [UInt8] { argument(first + 3 + 2 * index) }

    /// What sums the row up: the same whatever the order of its fields; nil for a form that is not summed up.
    var digest: UInt64? {
        switch mapping.form {
        case .hash:
            var digest = HashDigest()
            for index in 0..<fieldCount {
                let place = first + 2 + 2 * index
                digest.add(bytes.span.extracting(arguments[place]), bytes.span.extracting(arguments[place + 1]))
            }
            return digest.value
        case .json: return Hash64.of(bytes.span.extracting(arguments[first + 1]))
        case .arraySet, .set, .sortedSet, .stream, .invalidation: return nil
        }
    }

    /// When the row expires, in milliseconds since 1970; nil for never.
    ///
    /// - Precondition: the mapping's lifetime is up to a time of the row.
    var end: Int64? { Int64(String(decoding: argument(arguments.count - 2), as: UTF8.self)) }

    /// The first argument after the keys.
    private var first: Int {
        Self.keysStart + (mapping.collectionForm == nil ? 2 : 3)
    }

    /// The arguments from one on to where those of the lifetime begin.
    private func parameters(from start: Int) -> ArraySlice<Range<Int>> {
        arguments[start..<(arguments.count - (mapping.lifetime == .forever ? 0 : 2))]
    }

    private func argument(_ index: Int) -> [UInt8] { Array(bytes[arguments[index]]) }

    private func isEqual(_ index: Int, _ other: [UInt8]) -> Bool {
        arguments[index].count == other.count && bytes[arguments[index]].elementsEqual(other)
    }
}

extension RedisMapping {
    /// How long what the mapping writes lives.
    var lifetime: Lifetime {
        switch form {
        case .hash(let form): form.lifetime
        case .json(let form): form.lifetime
        case .arraySet(let form): form.lifetime
        case .set(let form), .sortedSet(let form, _): form.lifetime.map { .milliseconds($0) } ?? .forever
        case .stream, .invalidation: .forever
        }
    }
}
