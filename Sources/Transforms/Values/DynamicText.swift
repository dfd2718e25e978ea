internal import Change
internal import Wire

/// Values out of documents as text and as JSON.
enum DynamicText {
    /// Appends the plain text of a value that is not null, as ``Wire/Swift/Array/append(bsonText:)`` has it.
    static func append(_ value: Scalar, to text: inout [UInt8]) throws {
        if case .text(let bytes) = value { return text.append(contentsOf: bytes) }
        let element = try element(value)
        try text.append(bsonText: BSONElement(element.span).value)
    }

    /// Appends a value as plain JSON, decimals as numbers.
    static func append(json value: Scalar, to text: inout [UInt8]) throws {
        let element = try element(value)
        let isExact = try text.append(
            bson: BSONElement(element.span).value, as: .plain(.init(quotesDecimals: false)))
        guard isExact else { throw WireError.malformed("UTF-8 text") }
    }

    static func time(_ microseconds: Int64) -> [UInt8] {
        var text: [UInt8] = []
        text.append(isoTime: microseconds)
        return text
    }

    private static func element(_ value: Scalar) throws -> [UInt8] {
        var element: [UInt8] = []
        try value.append(elementTo: &element)
        return element
    }
}

extension BSONCopy {
    /// The text of a UUID, nil for anything else.
    var uuidText: [UInt8]? {
        guard type == .binary, let value = try? BSONValue(type: type, bytes: bytes.span), value.isUUID else {
            return nil
        }
        var text: [UInt8] = []
        text.append(uuid: value.binary)
        return text
    }
}
