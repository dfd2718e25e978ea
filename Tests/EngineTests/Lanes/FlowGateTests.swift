import Randomness
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1)))
struct FlowGateTests {
    @Test(arguments: 0..<5)
    func neverMoreThanTheLimitIsInside(seed: Int) async throws {
        var random = SeededNumbers(seed: UInt64(seed))
        let gate = FlowGate(byteLimit: 100)
        let sizes = (0..<200).map { _ in Int.random(in: 1...60, using: &random) }
        let (entered, signal) = AsyncStream<Int>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for size in sizes {
                    try await gate.enter(bytes: size, writes: 1)
                    signal.yield(size)
                }
                signal.finish()
            }
            group.addTask {
                for await size in entered {
                    #expect(gate.pending.bytes <= 100)
                    gate.leave(bytes: size, writes: 1)
                }
            }
            while try await group.next() != nil {}
        }
        #expect(gate.pending.bytes == 0)
        #expect(gate.pending.writes == 0)
    }

    @Test func whatIsLargerThanTheLimitPassesAlone() async throws {
        let gate = FlowGate(byteLimit: 100)
        try await gate.enter(bytes: 1_000, writes: 1)
        #expect(gate.pending.bytes == 1_000)
        let second = Task { try await gate.enter(bytes: 1, writes: 1) }
        gate.leave(bytes: 1_000, writes: 1)
        try await second.value
        #expect(gate.pending.bytes == 1)
    }

    @Test func itIsEmptyOnceEverythingHasLeft() async throws {
        let gate = FlowGate(byteLimit: 100)
        try await gate.waitUntilEmpty()
        try await gate.enter(bytes: 10, writes: 2)
        let writesLeft = Task {
            try await gate.waitUntilEmpty()
            return gate.pending.writes
        }
        gate.leave(bytes: 5, writes: 1)
        gate.leave(bytes: 5, writes: 1)
        #expect(try await writesLeft.value == 0)
    }

    @Test func aFailureEndsEveryWait() async throws {
        struct Broken: Error {}
        let gate = FlowGate(byteLimit: 1)
        try await gate.enter(bytes: 1, writes: 1)
        let waiting = Task { try await gate.enter(bytes: 1, writes: 1) }
        gate.fail(Broken())
        await #expect(throws: Broken.self) { try await waiting.value }
        await #expect(throws: Broken.self) { try await gate.waitUntilEmpty() }
    }

    @Test func cancellingEndsTheWait() async throws {
        let gate = FlowGate(byteLimit: 1)
        try await gate.enter(bytes: 1, writes: 1)
        let waiting = Task { try await gate.enter(bytes: 1, writes: 1) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
