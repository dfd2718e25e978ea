public import Change
public import Connector
internal import Synchronization

/// A target in memory with the guard that every state sink has: a write applies only if its version is newer, and a
/// delete leaves its version behind. One whose traits compare no versions takes what comes.
public final class SimulatedSink: ChangeSink {
    /// What a fault does to one call of ``apply(_:lane:)``.
    public enum Fault: Sendable {
        /// The call fails before anything is applied.
        case before
        /// Everything is applied and the answer is lost.
        case after
        /// Every other write is refused for now.
        case retryEveryOther
        /// The batch is too large.
        case split
        /// A batch that holds a refused row is to be halved; alone, the row is parked.
        case splitAtPoison
    }

    public struct Entry: Sendable, Equatable {
        public var version: Version
        /// The row's cells as texts; nil for a tombstone.
        public var cells: [String?]?
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var appended: [String] = []
        var marker: SinkMarker?
        /// Whether the marker was there since the sink was opened.
        var isMarked = false
        var incarnation = "first"
        var poison: String?
        var applied = 0
        var staleWrites = 0
    }

    public let traits: SinkTraits
    private let state = Mutex(State())
    private let fault: @Sendable () -> Fault?
    private let hold: @Sendable () async -> Void
    /// How many writes a call may have to be answered in time.
    private let reach: Int

    public init(
        traits: SinkTraits = SinkTraits(lanes: 3, batchCountMax: 7, batchBytesMax: 1 << 16), poison: String? = nil,
        reach: Int = .max,
        hold: @escaping @Sendable () async -> Void = {}, fault: @escaping @Sendable () -> Fault? = { nil }
    ) {
        self.hold = hold
        self.reach = reach
        self.traits = traits
        self.fault = fault
        refuse(poison)
    }

    /// Refuses rows whose first cell is this text, from now on and for ever.
    public func refuse(_ poison: String?) { state.withLock { $0.poison = poison } }

    /// The live rows by sink key.
    public var rows: [String: [String?]] {
        state.withLock { $0.entries.compactMapValues(\.cells) }
    }

    /// What stands there by sink key, tombstones included.
    var entries: [String: Entry] { state.withLock { $0.entries } }

    public var appended: [String] { state.withLock { $0.appended } }
    public var marker: SinkMarker? { state.withLock { $0.marker } }

    /// Forgets everything and becomes another target.
    public func wipe() {
        state.withLock { state in
            state = State()
            state.incarnation = "second"
        }
    }

    /// Forgets everything and is the same target: only a marker that is gone tells of it.
    public func empty() {
        state.withLock { state in
            let (isMarked, incarnation) = (state.isMarked, state.incarnation)
            state = State()
            (state.isMarked, state.incarnation) = (isMarked, incarnation)
        }
    }

    /// Becomes another incarnation with the data of a moment at which it had this marker and no row yet.
    public func comeBack(with marker: SinkMarker) {
        state.withLock { state in
            state = State()
            state.marker = marker
            state.incarnation = "second"
        }
    }

    public func open() async throws -> SinkIncarnation {
        state.withLock { state in
            state.isMarked = false
            return SinkIncarnation(["run": state.incarnation])
        }
    }

    public func check(_ mappings: [any RowMapping]) async -> [Diagnostic] { [] }

    public func makeMapping(_ request: MappingRequest) throws -> any RowMapping { try SimulatedMapping(request) }

    public func prepare(_ mappings: [any RowMapping]) async throws {}

    public func readMarker(pipeline: String) async throws -> SinkMarker? {
        state.withLock { state in
            state.isMarked = state.isMarked || state.marker != nil
            return state.marker
        }
    }

    public func writeMarker(_ marker: SinkMarker) async throws {
        try state.withLock { state in
            if state.isMarked, state.marker == nil { throw MillraceError(.sinkReplaced, "simulated: emptied") }
            state.marker = marker
            state.isMarked = true
        }
    }

    public func removeMarker(pipeline: String) async throws { state.withLock { $0.marker = nil } }

    public func apply(_ writes: [SinkWrite], lane: Int) async throws -> [ItemResult] {
        await hold()
        guard writes.count <= reach else { throw MillraceError(.sinkUnavailable, "simulated: no answer in time") }
        let fault = fault()
        if case .before = fault { throw MillraceError(.sinkUnavailable, "simulated: nothing was applied") }
        if case .split = fault, writes.count > 1 { return writes.map { _ in .split(reason: "simulated") } }
        if case .splitAtPoison = fault, writes.count > 1, let poison = state.withLock({ $0.poison }),
            writes.contains(where: { $0.row.text(0) == poison })
        {
            return writes.map { _ in .split(reason: "simulated") }
        }
        let results = try state.withLock { state in
            try writes.enumerated().map { index, write -> ItemResult in
                // What follows a write that has to be sent again comes after it, where no version tells.
                if case .retryEveryOther = fault, index % 2 == 1 || index > 0 && !traits.comparesVersions {
                    return .retry(reason: "simulated")
                }
                if let poison = state.poison, write.row.text(0) == poison { return .park(reason: "simulated poison") }
                return try apply(write, to: &state)
            }
        }
        if case .after = fault { throw MillraceError(.sinkUnavailable, "simulated: the answer was lost") }
        return results
    }

    private func apply(_ write: SinkWrite, to state: inout State) throws -> ItemResult {
        var bytes: [UInt8] = []
        try write.mapping.appendKey(of: write.row, to: &bytes)
        let key = String(decoding: bytes, as: UTF8.self)
        if write.action == .append {
            state.appended.append("\(write.version.rawValue).\(write.position.ordinal) \(key)")
            return .applied
        }
        if traits.comparesVersions, let known = state.entries[key], known.version >= write.version {
            state.staleWrites += 1
            return .stale
        }
        let cells = write.mapping.request.outputs.map { write.row.text($0.column) }
        state.entries[key] = Entry(version: write.version, cells: write.action == .delete ? nil : cells)
        state.applied += 1
        return .applied
    }

    public func truncate(_ mapping: any RowMapping, floor: Version) async throws {
        state.withLock { state in
            for (key, entry) in state.entries where entry.version < floor {
                state.entries[key] = Entry(version: entry.version, cells: nil)
            }
        }
    }

    public func close() async {}
}

extension SimulatedSink: ReadableSink {
    public func obstacle(toScanning mapping: any RowMapping) -> String? { nil }

    public func scan(_ mapping: any RowMapping, _ take: @Sendable ([SinkEntry]) async throws -> Void) async throws {
        let entries = state.withLock { state in
            state.entries.filter { $0.value.cells != nil }.map { key, entry in
                SinkEntry(key: Array(key.utf8), version: entry.version)
            }
        }
        for start in stride(from: 0, to: entries.count, by: 3) {
            if case .before = fault() { throw MillraceError(.sinkUnavailable, "simulated: the scan broke off") }
            try await take(Array(entries[start..<min(start + 3, entries.count)]))
        }
    }

    public func delete(
        _ entries: [SinkEntry], of mapping: any RowMapping, upTo version: Version
    ) async throws -> Int {
        let fault = fault()
        if case .before = fault { throw MillraceError(.sinkUnavailable, "simulated: nothing was deleted") }
        let deleted = state.withLock { state in
            entries.count { entry in
                let key = String(decoding: entry.key, as: UTF8.self)
                guard let known = state.entries[key], known.cells != nil, known.version <= version else { return false }
                state.entries[key] = Entry(version: version, cells: nil)
                return true
            }
        }
        if case .after = fault { throw MillraceError(.sinkUnavailable, "simulated: the answer was lost") }
        return deleted
    }
}

/// A mapping whose key is the template under the option `key`.
public final class SimulatedMapping: RowMapping {
    public let request: MappingRequest
    public let keyColumns: [Int]
    public let neededColumns: [Int]
    public let isAppending: Bool
    private let key: CompiledTemplate

    init(_ request: MappingRequest) throws {
        self.request = request
        let template = try Template(parsing: request.options.text("key") ?? "{id}")
        key = try template.compiled(for: request.schema)
        keyColumns = key.columns
        neededColumns = Array(Set(key.columns + request.outputs.map(\.column))).sorted()
        isAppending = request.options.boolean("append") ?? false
    }

    public func appendKey(of row: Row, to key: inout [UInt8]) throws(KeyError) {
        try self.key.append(row, to: &key)
    }
}
