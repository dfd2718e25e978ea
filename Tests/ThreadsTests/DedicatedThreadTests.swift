import Foundation
import Testing
import Threads

struct DedicatedThreadTests {
    struct Broken: Error {}

    @Test func theBodyRunsOnAThreadOfThatNameAndItsResultComesBack() async throws {
        let name = try await DedicatedThread.run(name: "millrace") {
            #if os(Linux)
                try String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
                    .trimmingCharacters(in: .newlines)
            #else
                Thread.current.name
            #endif
        }
        #expect(name == "millrace")
    }

    @Test func theBodysErrorComesBack() async {
        await #expect(throws: Broken.self) {
            try await DedicatedThread.run(name: "millrace") { throw Broken() }
        }
    }

    @Test func blockingBodiesDoNotHoldEachOtherUp() async throws {
        let count = 64
        let wakes = try (0..<count).map { _ in try WakeDescriptor() }
        // Each thread waits for the next one's signal; only the last goes by itself. Fewer threads would never end.
        let woken = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<count {
                group.addTask {
                    try await DedicatedThread.run(name: "chain") {
                        let isLast = index == count - 1
                        let isWoken = isLast || wakes[index].wait(forSocket: -1, timeout: .seconds(60)).isSignalled
                        if index > 0 { wakes[index - 1].signal() }
                        return isWoken
                    }
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(woken == count)
    }
}
