import Change
import Connector
import Engine
import Foundation
import Pipelines

/// One run of the engine under one seed.
enum Simulation {
    struct Outcome {
        /// What law was broken and how; nil where none was.
        var violation: String?
        /// The same for the same schedule.
        var digest: UInt64
        var lives: Int
    }

    /// Runs on the calling thread until everything has come to rest or a law is broken.
    static func run(
        _ seed: UInt64, _ mode: Mode, _ mutation: Mutation? = nil, isTracing: Bool = false
    ) -> Outcome {
        let folder = FileManager.default.temporaryDirectory.path
        let world = World(seed: seed, mode: mode, mutation: mutation, isTracing: isTracing, spillFolder: folder)
        world.begin()
        while !world.isOver, world.oracle.violation == nil { world.step() }
        world.crash()
        return Outcome(violation: world.oracle.violation, digest: world.digest, lives: world.livesBegun)
    }

    /// The command that runs a seed again and shows what happens in it.
    static func replay(_ seed: UInt64, _ mode: Mode, _ mutation: Mutation? = nil) -> String {
        "make replay SEED=\(seed) MODE=\(mode.rawValue)" + (mutation.map { " MUTATION=\($0.rawValue)" } ?? "")
    }
}

extension World {
    func begin() {
        trace("seed \(seed), \(mode), faults \(scenario.faults.map { "\($0)" }.sorted().joined(separator: " "))")
        // Some rows are there before the pipeline is.
        if scenario.snapshot == .initial {
            for _ in 0..<chance.below(40) { database.step() }
        } else {
            slot.confirmed = database.position * 8
        }
        startLife()
        write(scenario.databaseSteps)
        if !scenario.faults.isEmpty { misfortune() }
    }

    /// The writers go on for so many steps, and then everything comes to rest.
    private func write(_ left: Int) {
        time.after(chance.below(scenario.writerPause)) { [self] in
            guard !isOver else { return }
            database.step()
            if left > 0 { return write(left - 1) }
            time.after(chance.below(2 * Span.second)) { [self] in comeToRest() }
        }
    }

    private func comeToRest() {
        trace("everything comes to rest")
        isQuiet = true
        database.settle()
        (slot.downUntil, disk.fullUntil, stalledUntil) = (0, 0, 0)
        expectTheOthersToGoOn()
        for server in servers { (server.downUntil, server.standsUntil, server.fullUntil) = (0, 0, 0) }
        running?.runner.resume()
        awaitRest(until: time.now + 2 * Span.hour)
    }

    /// A target that stands for long leaves the others going: law 10.
    private func expectTheOthersToGoOn() {
        let last = database.log.last?.commit ?? 0
        let standing = servers.filter { $0.standsUntil > time.now + 2 * Span.minute }
        guard let running, standing.count == 1, let other = servers.first(where: { $0 !== standing[0] }),
            other.standsUntil < time.now + 10 * Span.second,
            // One that stands already when the process starts is waited for.
            running.runner.status.sinks.count == servers.count, !running.isDraining, !slot.hasGap,
            disk.state.source == slot.identity,
            servers.allSatisfy({ !$0.isDamaged })
        else { return }
        let incarnations = servers.map(\.incarnation)
        time.after(100 * Span.second) { [self] in
            guard self.running === running, !running.life.hasReopened, !running.isDraining,
                incarnations == servers.map(\.incarnation)
            else { return }
            let line = running.runner.status.sinks.first { $0.name == other.plan.name }
            // A pipeline that began after the last transaction has nothing to apply.
            let applied = max(line?.applied?.commit ?? 0, line?.checkpoint?.commit ?? 0)
            guard applied < last else { return }
            oracle.fail(
                "law 10", "\(other.plan.name) has \(applied) of \(last) because \(standing[0].plan.name) stands still")
        }
    }

    func awaitRest(until deadline: Int) {
        time.after(100 * Span.millisecond) { [self] in
            guard !isOver else { return }
            if isCaughtUp {
                trace("caught up")
                isAtRest = true
                return drain()
            }
            if time.now > deadline { return oracle.fail("liveness", "the targets do not catch up") }
            awaitRest(until: deadline)
        }
    }

    // MARK: Misfortune

    /// Something happens now and then while the faults last.
    private func misfortune() {
        time.after(chance.below(600 * Span.millisecond)) { [self] in
            guard !isOver, !isQuiet else { return }
            strike(chance.pick(scenario.faults.sorted { "\($0)" < "\($1)" }))
            misfortune()
        }
    }

    private func strike(_ fault: Fault) {
        let server = chance.pick(servers)
        switch fault {
        case .crash:
            guard running != nil else { return }
            crash()
            startLater()
        case .drain: drain()
        case .pause:
            guard let running else { return }
            running.runner.pause()
            time.after(chance.below(5 * Span.second)) { running.runner.resume() }
        case .stall: stalledUntil = time.now + chance.below(Span.minute)
        case .clockJump: wallOffset += chance.between(-Span.hour, Span.hour)
        case .diskFull: disk.fullUntil = time.now + chance.below(3 * Span.second)
        case .targetFull: server.fullUntil = time.now + chance.below(3 * Span.second)
        case .targetDown: server.downUntil = time.now + chance.below(10 * Span.second)
        case .targetStands:
            let span = chance.below(chance.pick([2, 10]) * Span.minute)
            server.standsUntil = max(server.standsUntil, time.now + span)
        case .targetRestarts: server.restart()
        case .targetEmptied: server.empty()
        case .targetRolledBack:
            server.makeDurable()
            time.after(chance.below(2 * Span.second)) { [self] in if !isQuiet { server.rollBack() } }
        case .streamBreaks: breakStreams()
        case .sourceDown:
            slot.downUntil = time.now + chance.below(5 * Span.second)
            breakStreams()
        case .databaseRestarts:
            database.restart()
            breakStreams()
        case .takeover:
            guard !slot.hasGap, slot.losses < 2 else { return }
            oracle.noteLog()
            database.failOver(losing: chance.below(6))
            oracle.positionsWentBack()
            slot.timeline += 1
            loseSlot()
            guard chance.oneIn(2), running != nil else { return }
            crash()
            startLater()
        case .slotLost:
            guard !slot.hasGap, slot.losses < 2 else { return }
            loseSlot()
        case .tornSave, .refused, .replyLost, .late, .doubled, .partial, .split, .retried, .source: break
        }
        trace("misfortune: \(fault)")
    }

    private func loseSlot() {
        slot.hasGap = slot.confirmed != nil
        slot.losses += 1
        slot.confirmed = nil
        breakStreams()
    }

    private func breakStreams() {
        slot.breaks += 1
        for bell in listeners { bell.ring() }
    }
}
