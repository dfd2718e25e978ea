internal import Connector
internal import Foundation
internal import Wire

/// How a collection is cut into chunks: what ``Connector/SnapshotPlan/ranges`` holds.
enum DocumentRanges: Codable, Equatable, Sendable {
    /// Every chunk begins at an `_id`, which is its own, and ends before the next, in the order of all BSON values. The
    /// boundaries are elements in hexadecimal.
    case byID(boundaries: [String])
    /// Single documents, so many to a chunk, by `_id` in Extended JSON.
    case documents([String])

    /// How many single documents one chunk reads.
    static let documentsPerChunk = 500

    /// Which documents one chunk has.
    enum Chunk: Equatable, Sendable {
        /// Elements whose values bound it; nil for no bound.
        case range(from: [UInt8]?, to: [UInt8]?)
        /// The elements of their `_id`s.
        case documents([[UInt8]])
    }

    var chunkCount: Int {
        switch self {
        case .byID(let boundaries): boundaries.count + 1
        case .documents(let ids): max(1, (ids.count + Self.documentsPerChunk - 1) / Self.documentsPerChunk)
        }
    }

    var isResumable: Bool {
        switch self {
        case .byID: true
        case .documents: false
        }
    }

    static func byID(boundaries: [[UInt8]]) -> DocumentRanges {
        .byID(
            boundaries: boundaries.map { boundary in
                var text: [UInt8] = []
                text.append(hex: boundary.span)
                return String(decoding: text, as: UTF8.self)
            })
    }

    func chunk(_ number: Int) throws -> Chunk {
        switch self {
        case .byID(let boundaries):
            return .range(
                from: number == 0 ? nil : try Self.element(boundaries[number - 1]),
                to: number == boundaries.count ? nil : try Self.element(boundaries[number]))
        case .documents(let ids):
            let first = min(number * Self.documentsPerChunk, ids.count)
            let part = ids[first..<min(first + Self.documentsPerChunk, ids.count)]
            return .documents(try part.map(DocumentLookup.element))
        }
    }

    init(text: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
    }

    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    private static func element(_ text: String) throws -> [UInt8] {
        let digits = text.utf8.compactMap { Int8(exactly: $0).flatMap(Self.digit) }
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else {
            throw MillraceError(.stateForeign, "the snapshot's plan cannot be read")
        }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static func digit(_ character: Int8) -> UInt8? {
        UInt8(String(UnicodeScalar(UInt8(character))), radix: 16)
    }
}
