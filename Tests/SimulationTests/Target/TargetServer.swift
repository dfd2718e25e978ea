import Change
import Connector

/// A write as it travels to a target.
struct TargetWrite {
    var mapping: String
    var key: String
    var version: Version
    var kind: ChangeKind
    /// The row's cells by the names they are written by; nil for a delete.
    var cells: [String: String?]?
    /// Whether a cell of it is not known.
    var hasUnknownCell = false

    var place: String { "\(mapping)/\(key)" }
}

/// A target: it outlives every process that writes to it, and guards its rows as the real ones do. A write applies if
/// its version is newer than what is there; a delete leaves its version behind for a time.
final class TargetServer: @unchecked Sendable {
    struct Entry {
        var version: Version
        /// Nil for a tombstone.
        var cells: [String: String?]?
        /// When a tombstone is forgotten.
        var forgottenAt = Int.max
    }

    struct Contents {
        var entries: [String: Entry] = [:]
        var marker: SinkMarker?
        /// The newest version that each place ever had, and until when it must be guarded; and what truncates removed:
        /// for the oracle.
        var newest: [String: (version: Version, until: Int)] = [:]
        var floors: [String: Version] = [:]
    }

    let plan: TargetPlan
    private let world: World
    private(set) var contents = Contents()
    /// What a crash of the target leaves.
    private var durable = Contents()
    /// What was applied at any time, by place, and truncates by mapping: what the target once confirmed.
    private(set) var everApplied: [String: Version] = [:]
    private(set) var everFloors: [String: Version] = [:]
    private(set) var incarnation = 1
    var downUntil = 0
    var standsUntil = 0
    var fullUntil = 0
    /// Whether something happened that the pipeline cannot mend.
    var isDamaged = false
    private var requests: [Request] = []
    private var connections = 0

    /// A batch on its way.
    final class Request {
        let connection: Int
        var isLost = false
        fileprivate init(connection: Int) { self.connection = connection }
    }

    init(plan: TargetPlan, world: World) {
        self.plan = plan
        self.world = world
    }

    /// A connection's number: a process makes a new one whenever it opens the target.
    func connect() -> Int {
        connections += 1
        return connections
    }

    func request(over connection: Int) -> Request {
        let request = Request(connection: connection)
        requests.append(request)
        if requests.count > 64 { requests.removeFirst(32) }
        return request
    }

    /// The process died: what it had sent arrives, or not.
    func clientDied() {
        for request in requests where plan.latenessMax == 0 || world.chance.oneIn(2) { request.isLost = true }
    }

    // MARK: Writes

    func apply(_ write: TargetWrite) -> ItemResult {
        guard world.time.now >= fullUntil else { return .retry(reason: "simulated: the target is full") }
        if write.mapping.hasSuffix("items"), let cells = write.cells, cells["name"] == SimulatedDatabase.poison {
            return .park(reason: "simulated: no such row is taken")
        }
        forgetTombstone(at: write.place)
        if let known = contents.entries[write.place], known.version >= write.version, plan.comparesVersions,
            world.mutation != .guardDropped
        {
            return .stale
        }
        world.oracle.applies(write, to: self)
        var entry = Entry(version: write.version, cells: write.cells)
        if write.cells == nil { entry.forgottenAt = world.time.now + plan.tombstoneLifetime }
        contents.entries[write.place] = entry
        if write.cells == nil, world.mutation == .tombstonesForgotten { contents.entries[write.place] = nil }
        contents.newest[write.place] = (write.version, entry.forgottenAt)
        everApplied[write.place] = max(write.version, everApplied[write.place] ?? write.version)
        return .applied
    }

    private func forgetTombstone(at place: String) {
        guard let entry = contents.entries[place], entry.forgottenAt <= world.time.now else { return }
        contents.entries[place] = nil
    }

    /// Removes what is older than the floor, or only some of it where the call breaks off.
    ///
    /// What was sent over an earlier connection has arrived by then, or never will.
    func truncate(_ mapping: String, floor: Version, isWhole: Bool, over connection: Int) {
        for request in requests where request.connection < connection { request.isLost = true }
        let places = contents.entries.keys.filter { $0.hasPrefix("\(mapping)/") }.sorted()
        for place in places where isWhole || world.chance.oneIn(2) {
            guard let entry = contents.entries[place], entry.cells != nil, entry.version < floor else { continue }
            let tombstone = Entry(
                version: Version(rawValue: max(entry.version.rawValue, floor.rawValue - 1)), cells: nil,
                forgottenAt: world.time.now + plan.tombstoneLifetime)
            contents.entries[place] = tombstone
            contents.newest[place] = (tombstone.version, tombstone.forgottenAt)
        }
        guard isWhole else { return }
        contents.floors[mapping] = max(floor, contents.floors[mapping] ?? floor)
        everFloors[mapping] = max(floor, everFloors[mapping] ?? floor)
    }

    /// What stands there for a mapping, by key.
    func entries(of mapping: String) -> [String: Version] {
        contents.entries.filter { $0.key.hasPrefix("\(mapping)/") && $0.value.cells != nil }
            .reduce(into: [:]) { $0[String($1.key.dropFirst(mapping.count + 1))] = $1.value.version }
    }

    /// Deletes a row where its version is not above one, and leaves that version behind; returns whether it was there.
    func sweep(_ key: String, of mapping: MappingPlanned, upTo version: Version) -> Bool {
        let place = "\(mapping.name)/\(key)"
        guard let entry = contents.entries[place], let cells = entry.cells else { return false }
        guard entry.version <= version || world.mutation == .sweepUnguarded else { return false }
        world.oracle.sweeps(cells, of: entry.version, mapping, upTo: version, in: self)
        let forgottenAt = world.time.now + plan.tombstoneLifetime
        contents.entries[place] = Entry(version: version, cells: nil, forgottenAt: forgottenAt)
        contents.newest[place] = (version, forgottenAt)
        // Rightly or not, which the oracle has just said: whatever there was of the row up to that version is over.
        everApplied[place] = max(version, everApplied[place] ?? version)
        return true
    }

    func removeMarker() { contents.marker = nil }

    func setMarker(_ marker: SinkMarker) { contents.marker = marker }

    // MARK: Fates

    func makeDurable() { durable = contents }

    /// Its connections end: what was on its way does not arrive.
    func restart() {
        for request in requests { request.isLost = true }
        incarnation += 1
        downUntil = world.time.now + world.chance.below(2 * Span.second)
    }

    func rollBack() {
        guard durable.marker != nil else { return }
        isDamaged = true
        contents = durable
        restart()
    }

    /// The rows and the marker are gone, as if nothing had ever been there.
    func empty() {
        isDamaged = true
        contents = Contents()
        durable = Contents()
    }

    /// The operator has it filled anew: all that stands there stays, but for the marker, and nothing is on its way.
    func reset() {
        for request in requests { request.isLost = true }
        contents.marker = nil
        // What was truncated is forgotten with the state, and comes again.
        contents.floors = [:]
        durable = Contents()
        isDamaged = false
    }

    /// The rows of a mapping by key.
    func rows(of mapping: String) -> [String: [String: String?]] {
        var rows: [String: [String: String?]] = [:]
        for (place, entry) in contents.entries where place.hasPrefix("\(mapping)/") {
            guard let cells = entry.cells else { continue }
            rows[String(place.dropFirst(mapping.count + 1))] = cells
        }
        return rows
    }
}
