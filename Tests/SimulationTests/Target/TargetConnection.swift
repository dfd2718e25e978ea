import Change
import Connector

/// A target as one life of the process sees it: every call travels, and may go wrong on the way there or back.
final class TargetConnection: ReadableSink, @unchecked Sendable {
    let traits: SinkTraits
    private let life: Life
    private let world: World
    private let server: TargetServer
    private var incarnation = 0
    private var connection = 0
    /// Whether the marker was there since the target was opened.
    private var isMarked = false
    /// The versions sent of each place, for law 2.
    private var sent: [String: Set<Version>] = [:]

    init(life: Life, server: TargetServer) {
        self.life = life
        world = life.world
        self.server = server
        traits = SinkTraits(
            lanes: 3, batchCountMax: 5, batchBytesMax: 1_500,
            comparesVersions: server.plan.comparesVersions || world.mutation == .sweepBeyondGuard)
    }

    // MARK: Calls

    /// Sends something and waits for the answer.
    private func call<Answer>(_ act: @escaping () throws -> Answer) async throws -> Answer {
        let latency = world.chance.below(4 * Span.millisecond)
        try await life.pause(latency)
        if world.time.now < server.standsUntil { try await life.pause(server.standsUntil - world.time.now) }
        guard world.time.now >= server.downUntil else {
            throw MillraceError(.sinkUnavailable, "simulated: the target is down")
        }
        guard incarnation == 0 || incarnation == server.incarnation else {
            life.hasReopened = true
            throw MillraceError(.sinkReplaced, "simulated: it is another incarnation")
        }
        return try act()
    }

    func open() async throws -> SinkIncarnation {
        (incarnation, isMarked, sent) = (0, false, [:])
        return try await call { [self] in
            (incarnation, connection) = (server.incarnation, server.connect())
            return SinkIncarnation(["run": "\(incarnation)"])
        }
    }

    func check(_ mappings: [any RowMapping]) async -> [Diagnostic] { [] }
    func makeMapping(_ request: MappingRequest) throws -> any RowMapping {
        TargetMapping(request, world.mutation == .lanesMixed ? { [world] in world.chance.below(3) } : nil)
    }
    func prepare(_ mappings: [any RowMapping]) async throws { _ = try await call {} }

    func readMarker(pipeline: String) async throws -> SinkMarker? {
        var marker = try await call { [server] in server.contents.marker }
        if world.mutation == .loadsTrusted { marker?.snapshotSaves = .max / 2 }
        isMarked = isMarked || marker != nil
        return marker ?? (world.mutation == .markerForged ? world.oracle.lastMarkers[server.plan.name] : nil)
    }

    func writeMarker(_ marker: SinkMarker) async throws {
        try await call { [self] in
            if world.isFaulty(.refused, oneIn: 10) {
                throw MillraceError(.sinkUnavailable, "simulated: the marker is refused")
            }
            if isMarked, server.contents.marker == nil, world.mutation != .markerForged {
                life.hasReopened = true
                throw MillraceError(.sinkReplaced, "simulated: the marker is gone")
            }
            if world.mutation != .markerSkipped || server.contents.marker == nil { server.setMarker(marker) }
            world.oracle.lastMarkers[server.plan.name] = marker
            isMarked = true
        }
    }

    func removeMarker(pipeline: String) async throws {}
    func close() async {}

    func truncate(_ mapping: any RowMapping, floor: Version) async throws {
        try await call { [self] in
            let isWhole = !world.isFaulty(.partial, oneIn: 3)
            world.trace("\(server.plan.name) truncates below \(floor.short)\(isWhole ? "" : ", in part")")
            server.truncate(mapping.request.name, floor: floor, isWhole: isWhole, over: connection)
            guard isWhole else { throw MillraceError(.sinkUnavailable, "simulated: the truncate broke off") }
        }
    }

    // MARK: Reading back

    func obstacle(toScanning mapping: any RowMapping) -> String? { nil }

    /// Few at once, so that much may happen between two pages, and between a page and what is done about it.
    func scan(_ mapping: any RowMapping, _ take: @Sendable ([SinkEntry]) async throws -> Void) async throws {
        let name = mapping.request.name
        var keys = try await call { [server] in server.entries(of: name).keys.sorted() }[...]
        while !keys.isEmpty {
            let page = keys.prefix(3)
            keys = keys.dropFirst(3)
            let entries = try await call { [server] in
                let found = server.entries(of: name)
                return page.compactMap { key in found[key].map { SinkEntry(key: Array(key.utf8), version: $0) } }
            }
            guard !world.isFaulty(.partial, oneIn: 10) else {
                throw MillraceError(.sinkUnavailable, "simulated: the scan broke off")
            }
            try await life.pause(world.chance.below(world.scenario.chunkPause))
            try await take(entries)
        }
    }

    func delete(_ entries: [SinkEntry], of mapping: any RowMapping, upTo version: Version) async throws -> Int {
        let name = mapping.request.name
        guard let planned = server.plan.mappings.first(where: { $0.name == name }) else { return 0 }
        // Much may be written to what was read before it is deleted.
        try await life.pause(world.chance.below(4 * world.scenario.chunkPause))
        return try await call { [self] in
            let reached = world.isFaulty(.partial, oneIn: 5) ? world.chance.below(entries.count + 1) : entries.count
            let deleted = entries.prefix(reached).count { entry in
                let key = String(decoding: entry.key, as: UTF8.self)
                world.trace("\(server.plan.name) sweeps \(name)/\(key) of \(entry.version.short)")
                return server.sweep(key, of: planned, upTo: version)
            }
            guard reached == entries.count else {
                throw MillraceError(.sinkUnavailable, "simulated: the sweep broke off")
            }
            return deleted
        }
    }

    // MARK: Batches

    func apply(_ writes: [SinkWrite], lane: Int) async throws -> [ItemResult] {
        let batch = try writes.map(Self.write)
        for write in batch { note(write) }
        let fate = try await call { [world, server] in Fate.draw(in: world, count: batch.count, for: server.plan) }
        let request = server.request(over: connection)
        let (server, world, name) = (server, world, server.plan.name)
        let deliver = { () -> [ItemResult]? in
            guard !request.isLost else { return nil }
            return batch.map { write in
                let result = server.apply(write)
                world.trace("\(name) \(write.summary): \(result.word)")
                return result
            }
        }
        if fate != .none { world.trace("\(name): a batch of \(batch.count) is \(fate)") }
        switch fate {
        case .none: return try await exchange(deliver)
        case .refused:
            if world.mutation == .settledBeforeReply { return batch.map { _ in .applied } }
            if world.mutation == .faultsPark { return batch.map { _ in .park(reason: "simulated: unavailable") } }
            throw MillraceError(.sinkUnavailable, "simulated: nothing was applied")
        case .replyLost:
            _ = try await exchange(deliver)
            throw MillraceError(.sinkUnavailable, "simulated: the answer was lost")
        case .late:
            world.time.after(world.chance.below(server.plan.latenessMax)) { _ = deliver() }
            try await life.pause(world.chance.below(server.plan.latenessMax))
            throw MillraceError(.sinkUnavailable, "simulated: no answer in time")
        case .doubled:
            world.time.after(world.chance.below(server.plan.latenessMax)) { _ = deliver() }
            return try await exchange(deliver)
        case .partial(let count):
            _ = try await exchange { batch.prefix(count).map(server.apply) }
            throw MillraceError(.sinkUnavailable, "simulated: the connection broke within the batch")
        case .split: return batch.map { _ in .split(reason: "simulated: too large") }
        case .retried:
            return try await exchange {
                batch.enumerated().map { index, write in
                    // What follows a write that has to be sent again comes after it, where no version tells.
                    let isRetried = server.plan.comparesVersions ? index % 2 == 1 : index > 0
                    return isRetried ? .retry(reason: "simulated: busy") : server.apply(write)
                }
            }
        }
    }

    /// The batch arrives whatever becomes of the process meanwhile; its answer finds only a living one.
    private func exchange(_ deliver: @escaping () -> [ItemResult]?) async throws -> [ItemResult] {
        var results: [ItemResult]?
        try await life.travel(world.chance.below(5 * Span.millisecond)) { results = deliver() }
        try await life.travel(world.chance.below(5 * Span.millisecond))
        guard let results else { throw MillraceError(.sinkUnavailable, "simulated: the connection was lost") }
        return results
    }

    private func note(_ write: TargetWrite) {
        // Rows of a snapshot bear the position of their run, whatever came before them.
        guard write.kind != .read else { return }
        world.oracle.sends(write, after: sent[write.place] ?? [])
        sent[write.place, default: []].insert(write.version)
    }

    private static func write(_ write: SinkWrite) throws -> TargetWrite {
        guard let key = write.row.text(write.mapping.keyColumns[0]) else { throw KeyError.missing(column: "key") }
        var result = TargetWrite(
            mapping: write.mapping.request.name, key: key, version: write.version, kind: write.kind)
        guard write.action != .delete else { return result }
        var cells: [String: String?] = [:]
        for output in write.mapping.request.outputs {
            if write.row.state(output.column) == .unchanged { result.hasUnknownCell = true }
            cells.updateValue(write.row.text(output.column), forKey: output.name)
        }
        result.cells = cells
        return result
    }
}

/// What becomes of a batch.
private enum Fate: Equatable {
    case none
    case refused
    case replyLost
    case late
    case doubled
    case partial(Int)
    case split
    case retried

    static func draw(in world: World, count: Int, for target: TargetPlan) -> Fate {
        guard world.chance.oneIn(world.scenario.oneIn) else { return .none }
        let fates: [(Fault, Fate)] = [
            (.refused, .refused), (.replyLost, .replyLost), (.late, .late), (.doubled, .doubled),
            (.partial, .partial(world.chance.below(count + 1))), (.split, .split), (.retried, .retried),
        ]
        let possible = fates.filter { fault, fate in
            world.isEnabled(fault) && (fate != .split || count > 1)
                && (target.latenessMax > 0 || fate != .late && fate != .doubled)
        }
        return possible.isEmpty ? .none : world.chance.pick(possible).1
    }
}

extension TargetWrite {
    var summary: String {
        let row = cells.map { $0.sorted { $0.key < $1.key }.map { "\($0.key)=\(($0.value ?? "null").prefix(12))" } }
        return "\(place) \(version.short) \(kind) \(row?.joined(separator: " ") ?? "delete")"
    }
}

extension Version {
    var short: String { "\(epoch).\(commit).\(window)" }
}

extension ItemResult {
    fileprivate var word: String {
        switch self {
        case .applied: "applied"
        case .stale: "stale"
        case .retry: "retry"
        case .split: "split"
        case .park: "parked"
        case .stop: "stop"
        }
    }
}
