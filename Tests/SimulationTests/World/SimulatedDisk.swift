import Connector
import ConnectorTestKit

/// The state folder: what is durable outlives every process.
final class SimulatedDisk: @unchecked Sendable {
    private(set) var state = PipelineState()
    private(set) var parked: [ParkedChange] = []
    var fullUntil = 0
    /// What was there before the last write, until its caller knows that it was written.
    private var before: (state: PipelineState, parked: [ParkedChange])?
    /// Updates that a broken save has only promised.
    private var promised: [StateUpdate] = []

    func save(_ update: StateUpdate, by world: World) throws {
        try write(in: world) {
            if world.mutation == .savedLater {
                promised.append(update)
                guard promised.count > 2 else { return }
                try apply(promised.removeFirst())
            } else {
                try apply(update)
            }
        }
    }

    func park(_ changes: [ParkedChange], by world: World) throws {
        try write(in: world) { parked += changes }
        world.oracle.parks(changes)
    }

    private func write(in world: World, _ change: () throws -> Void) throws {
        guard world.time.now >= fullUntil else {
            throw MillraceError(.stateUnavailable, "simulated: no space left on the disk")
        }
        before = (state, parked)
        try change()
        world.oracle.saved()
        if world.isFaulty(.diskFull, oneIn: 20) {
            throw MillraceError(.stateUnavailable, "simulated: written, and the answer is an error")
        }
    }

    /// What is parked, to be asked.
    func parkedStore() throws -> MemoryCheckpointStore {
        let store = MemoryCheckpointStore()
        try store.park(parked)
        return store
    }

    private func apply(_ update: StateUpdate) throws {
        let store = MemoryCheckpointStore(state)
        try store.save(update)
        state = try store.load()
    }

    /// The caller of the last write knows of it.
    func returned() { before = nil }

    /// The process died while the last write was under way: it is not there.
    func tear() {
        guard let before else { return }
        (state, parked) = before
        self.before = nil
    }

    /// The operator forgets these sinks.
    func reset(sinks: Set<String>) throws {
        let store = MemoryCheckpointStore(state)
        store.reset(sinks: sinks)
        try keep(store)
    }

    /// The operator forgets the source and every sink; what comes is newer than this epoch, unless a broken law has it
    /// otherwise.
    func reset(all sinks: Set<String>, above epoch: UInt8, isEpochKept: Bool) throws {
        let store = MemoryCheckpointStore(state)
        try store.reset(sinks: sinks, above: epoch)
        let kept = state.epoch
        try keep(store)
        if isEpochKept { state.epoch = kept }
    }

    private func keep(_ store: MemoryCheckpointStore) throws {
        state = try store.load()
        (before, promised) = (nil, [])
    }
}

/// The state folder as one life of the process sees it.
struct DiskStore: CheckpointStore, ParkedChangeStore {
    let life: Life

    func load() throws -> PipelineState {
        try life.check()
        return life.world.disk.state
    }

    func save(_ update: StateUpdate) throws {
        try life.check()
        var update = update
        if life.world.mutation == .floorForgotten { update.floors = [:] }
        try life.world.disk.save(update, by: life.world)
    }

    func park(_ changes: [ParkedChange]) throws {
        try life.check()
        try life.world.disk.park(changes, by: life.world)
    }

    func parkedChanges(_ selection: ParkedSelection) throws -> [ParkedRecord] {
        try life.check()
        return try life.world.disk.parkedStore().parkedChanges(selection)
    }

    func parkedCount(_ selection: ParkedSelection) throws -> Int {
        try life.check()
        return try life.world.disk.parkedStore().parkedCount(selection)
    }

    func markReplayed(_ numbers: Set<Int64>, at time: Int64) throws {
        throw MillraceError(.invariant, "simulated: nobody replays")
    }

    func discardParked(_ selection: ParkedSelection) throws -> Int {
        throw MillraceError(.invariant, "simulated: nobody discards")
    }
}
