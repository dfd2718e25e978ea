public import Change

/// A sink whose target can be read back: what stands there for a mapping, and in which version.
///
/// A sweep and an audit go by it. Both may run while lanes write; the engine runs one of either at a time in a sink.
public protocol ReadableSink: ChangeSink {
    /// Why what stands in the target for a mapping cannot be told, in words; nil where it can.
    func obstacle(toScanning mapping: any RowMapping) -> String?

    /// Finds everything that stands in the target for a mapping and hands it over in pages, the next one when `take`
    /// has returned. A page is a few thousand entries, or about a megabyte, at the most; a single larger one passes
    /// alone.
    ///
    /// What was written by another pipeline or mapping, or by somebody else, is not among it. An entry may come twice,
    /// and one that is written meanwhile may come or not; its version is the one that it had when it was read.
    ///
    /// - Throws: ``MillraceError``, or what `take` throws; a scan that is tried again begins at its beginning.
    func scan(_ mapping: any RowMapping, _ take: @Sendable ([SinkEntry]) async throws -> Void) async throws

    /// Deletes entries of a scan, each only where the version that the target has *now* is at most `version`, and
    /// leaves that version behind, so that an older write does not bring it back.
    ///
    /// - Returns: how many were deleted.
    /// - Throws: ``MillraceError`` where some may not have been; deleting them again is safe.
    func delete(_ entries: [SinkEntry], of mapping: any RowMapping, upTo version: Version) async throws -> Int
}

/// One row as it stands in a target.
public struct SinkEntry: Sendable, Hashable {
    /// What ``RowMapping/appendKey(of:to:)`` makes of the row.
    public var key: [UInt8]
    /// The version that it was written with; the lowest where the target does not tell.
    public var version: Version
    /// What the sink needs to find it again, in a form of its own.
    public var place: [[UInt8]]
    /// What a ``DigestingSink`` makes of the row, where it was asked for that.
    public var digest: UInt64?

    public init(key: [UInt8], version: Version, place: [[UInt8]] = [], digest: UInt64? = nil) {
        self.key = key
        self.version = version
        self.place = place
        self.digest = digest
    }
}

extension SinkEntry {
    /// A sink key for people: what is no printable text is escaped.
    public static func text(ofKey key: [UInt8]) -> String {
        // A byte that no text holds sets the parts of a key apart.
        key.split(separator: 0xFF).map { plain($0) }.joined(separator: "/")
    }

    private static func plain(_ part: ArraySlice<UInt8>) -> String {
        String(decoding: part, as: UTF8.self).unicodeScalars.reduce(into: "") { text, scalar in
            let isPlain = scalar.properties.generalCategory != .control && scalar != "\u{FFFD}"
            text += isPlain ? String(scalar) : scalar.escaped(asASCII: true)
        }
    }
}

extension Version {
    /// The version before: no write that is older than this one is newer than that. The lowest has none but itself.
    public var before: Version { Version(rawValue: max(0, rawValue - 1)) }
}
