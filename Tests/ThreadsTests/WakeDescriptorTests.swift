import Foundation
import Testing
import Threads

struct WakeDescriptorTests {
    @Test func aSignalGivenBeforeTheWaitEndsIt() async throws {
        let wake = try WakeDescriptor()
        wake.signal()
        let readiness = try await DedicatedThread.run(name: "waiter") {
            wake.wait(forSocket: -1, timeout: .seconds(60))
        }
        #expect(readiness.isSignalled)
        #expect(!readiness.isSocketReady)
    }

    @Test func manySignalsAreOneWake() async throws {
        let wake = try WakeDescriptor()
        // More than the pipe holds: signalling never blocks.
        for _ in 0..<100_000 { wake.signal() }
        let readiness = try await DedicatedThread.run(name: "waiter") {
            [
                wake.wait(forSocket: -1, timeout: .seconds(60)).isSignalled,
                wake.wait(forSocket: -1, timeout: .zero).isSignalled,
            ]
        }
        #expect(readiness == [true, false])
    }

    @Test func aSignalFromAnotherThreadEndsAWait() async throws {
        let wake = try WakeDescriptor()
        async let readiness = DedicatedThread.run(name: "waiter") { wake.wait(forSocket: -1, timeout: .seconds(60)) }
        DedicatedThread.start(name: "signaller") { wake.signal() }
        #expect(try await readiness.isSignalled)
    }

    @Test func theSocketIsReadyWhenItHasData() async throws {
        let wake = try WakeDescriptor()
        let pipe = Pipe()
        let (before, after) = try await DedicatedThread.run(name: "waiter") {
            let descriptor = pipe.fileHandleForReading.fileDescriptor
            let before = wake.wait(forSocket: descriptor, timeout: .zero)
            try pipe.fileHandleForWriting.write(contentsOf: Data([1]))
            return (before, wake.wait(forSocket: descriptor, timeout: .seconds(60)))
        }
        #expect(!before.isSocketReady)
        #expect(after.isSocketReady)
        #expect(!after.isSignalled)
    }

    @Test(arguments: [Duration.seconds(-1), .zero, .microseconds(1), .milliseconds(20)])
    func aWaitLastsAtLeastItsTime(timeout: Duration) async throws {
        let wake = try WakeDescriptor()
        let (readiness, elapsed) = try await DedicatedThread.run(name: "waiter") {
            let start = ContinuousClock.now
            let readiness = wake.wait(forSocket: -1, timeout: timeout)
            return (readiness, ContinuousClock.now - start)
        }
        #expect(!readiness.isSignalled && !readiness.isSocketReady)
        #expect(elapsed >= timeout)
    }

    @Test func aWaitOfAnyLengthCanBeAskedFor() async throws {
        let wake = try WakeDescriptor()
        wake.signal()
        let readiness = try await DedicatedThread.run(name: "waiter") {
            wake.wait(forSocket: -1, timeout: .seconds(Int64.max))
        }
        #expect(readiness.isSignalled)
    }
}
