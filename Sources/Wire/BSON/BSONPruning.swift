/// Which parts of a document are left out.
public struct BSONPruning: Hashable, Sendable {
    public enum Step: Hashable, Sendable {
        case field([UInt8])
        case index(Int)
        /// Every element of an array.
        case all
    }

    /// Paths from the value down, none of them empty.
    public var paths: [[Step]]

    /// - Precondition: no path is empty.
    public init(_ paths: [[Step]]) {
        precondition(paths.allSatisfy { !$0.isEmpty }, "a path that is left out has a step")
        self.paths = paths
    }

    /// Appends a value's bytes without the parts; what the paths do not lead to is copied as it is.
    public func append(_ value: borrowing BSONValue, to bytes: inout [UInt8]) throws(WireError) {
        try Self.append(value, paths.map { $0[...] }, to: &bytes)
    }

    private static func append(
        _ value: borrowing BSONValue, _ paths: [ArraySlice<Step>], to bytes: inout [UInt8]
    ) throws(WireError) {
        guard !paths.isEmpty, value.type == .document || value.type == .array else { return bytes.append(value.bytes) }
        let isArray = value.type == .array
        let start = bytes.beginBSON()
        var elements = value.document.elements
        var index = 0
        var written = 0
        while try elements.advance() {
            var inner: [ArraySlice<Step>] = []
            var isLeftOut = false
            for path in paths {
                guard let step = path.first, step.matches(elements.name, at: isArray ? index : nil) else { continue }
                if path.count == 1 { isLeftOut = true } else { inner.append(path.dropFirst()) }
            }
            index += 1
            guard !isLeftOut else { continue }
            if isArray {
                bytes.append(bsonHead: elements.type, index: written)
            } else {
                bytes.append(bsonHead: elements.type, name: elements.name)
            }
            written += 1
            try append(elements.value, inner, to: &bytes)
        }
        bytes.endBSON(from: start)
    }
}

extension BSONPruning.Step {
    fileprivate func matches(_ name: Span<UInt8>, at index: Int?) -> Bool {
        switch self {
        case .field(let wanted): index == nil && name.isEqual(to: wanted.span)
        case .index(let wanted): index == wanted
        case .all: index != nil
        }
    }
}
