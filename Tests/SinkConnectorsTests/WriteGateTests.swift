import Synchronization
import Testing

@testable import SinkConnectors

@Suite struct WriteGateTests {
    /// What goes on behind the gate, and the worst that was seen.
    private final class Inside: Sendable {
        private struct State {
            var writers = 0
            var alone = 0
            var isBroken = false
            var turns: [String] = []
        }

        private let state = Mutex(State())

        func come(alone: Bool) {
            state.withLock { state in
                if alone { state.alone += 1 } else { state.writers += 1 }
                if state.alone > 1 || (state.alone > 0 && state.writers > 0) { state.isBroken = true }
                state.turns.append(alone ? "alone" : "writer")
            }
        }

        func go(alone: Bool) {
            state.withLock { state in
                if alone { state.alone -= 1 } else { state.writers -= 1 }
            }
        }

        var isBroken: Bool { state.withLock(\.isBroken) }
        var turns: [String] { state.withLock(\.turns) }
    }

    @Test func whoIsAloneIsAloneAndNobodyWaitsForEver() async {
        let gate = WriteGate()
        let inside = Inside()
        await withTaskGroup { group in
            for number in 0..<40 {
                group.addTask {
                    for _ in 0..<50 {
                        let alone = number % 2 == 0
                        let body = {
                            inside.come(alone: alone)
                            await Task.yield()
                            inside.go(alone: alone)
                        }
                        if alone { await gate.alone(body) } else { await gate.writing(body) }
                    }
                }
            }
        }
        #expect(!inside.isBroken)
        #expect(inside.turns.count == 2_000)
    }

    /// With somebody always waiting to be alone, writers that wait come in after each of them.
    @Test func thoseWhoWantToBeAloneDoNotKeepWritersOut() async {
        let gate = WriteGate()
        let inside = Inside()
        await withTaskGroup { group in
            for alone in [true, true, true, false] {
                group.addTask {
                    for _ in 0..<100 {
                        let body = {
                            inside.come(alone: alone)
                            await Task.yield()
                            inside.go(alone: alone)
                        }
                        if alone { await gate.alone(body) } else { await gate.writing(body) }
                    }
                }
            }
        }
        let last = inside.turns.lastIndex(of: "writer") ?? 0
        // A writer comes in between any two that are alone: a hundred of it are through before three hundred others.
        #expect(last < 320, "\(last)")
    }
}
