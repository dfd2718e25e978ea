import Synchronization
import Testing
import Threads

struct HandoverTests {
    struct Broken: Error {}

    @Test func elementsComeInOrderAndTheEndAfterThem() async throws {
        let handover = Handover<Int>(byteLimit: 100)
        for number in 0..<10 { #expect(handover.offer(number, cost: 1)) }
        handover.finish()
        for number in 0..<10 { #expect(try await handover.next() == number) }
        #expect(try await handover.next() == nil)
        #expect(try await handover.next() == nil)
    }

    @Test func aFullQueueRefusesAndSignalsOnceWhenSpaceAppears() async throws {
        let handover = Handover<Int>(byteLimit: 10)
        let signals = Mutex(0)
        handover.whenSpaceAppears { signals.withLock { $0 += 1 } }
        #expect(handover.offer(1, cost: 6))
        #expect(handover.offer(2, cost: 4))
        #expect(!handover.offer(3, cost: 1))
        #expect(handover.queuedBytes == 10)
        #expect(signals.withLock { $0 } == 0)
        #expect(try await handover.next() == 1)
        #expect(signals.withLock { $0 } == 1)
        #expect(handover.offer(3, cost: 1))
        #expect(try await handover.next() == 2)
        #expect(signals.withLock { $0 } == 1)
        #expect(try await handover.next() == 3)
        #expect(handover.queuedBytes == 0)
    }

    @Test func whatCanWaitWaitsWhereItIsPutOffOrTheQueueFillsAndASignalEndsIt() async throws {
        let handover = Handover<Int>(byteLimit: 80)
        let signals = Mutex(0)
        handover.whenSpaceAppears { signals.withLock { $0 += 1 } }
        #expect(handover.headroom.isThere(for: 7, share: 8))
        handover.putOff([7])
        #expect(!handover.headroom.isThere(for: 7, share: 8))
        #expect(handover.headroom.isThere(for: 8, share: 8))
        // What cannot wait does not.
        #expect(handover.offer(1, cost: 11))
        handover.putOff([7, 8])
        #expect(signals.withLock { $0 } == 0)
        handover.putOff([8])
        #expect(signals.withLock { $0 } == 1)
        #expect(!handover.headroom.isThere(for: 7, share: 8))
        #expect(handover.headroom.isThere(for: 7, share: 2))
        #expect(try await handover.next() == 1)
        #expect(signals.withLock { $0 } == 2)
        handover.putOff([])
        #expect(signals.withLock { $0 } == 2, "nobody waited")
        #expect(handover.headroom.isThere(for: 8, share: 8))
    }

    @Test func whatIsOnItsWayIsTakenAndKeepsNothingElseOut() async throws {
        let handover = Handover<Int>(byteLimit: 10)
        #expect(handover.offer(1, cost: 8))
        #expect(handover.offer(2, cost: 50, isOnItsWay: true))
        #expect(handover.offer(3, cost: 2))
        #expect(!handover.offer(4, cost: 1))
        #expect(handover.queuedBytes == 60)
        #expect(try await handover.next() == 1)
        #expect(handover.offer(4, cost: 8))
        for number in 2...4 { #expect(try await handover.next() == number) }
        #expect(handover.offer(5, cost: 10) && !handover.offer(6, cost: 1))
    }

    @Test func anElementLargerThanTheLimitPassesAlone() async throws {
        let handover = Handover<Int>(byteLimit: 10)
        #expect(handover.offer(1, cost: 1))
        #expect(!handover.offer(2, cost: 1000))
        #expect(try await handover.next() == 1)
        #expect(handover.offer(2, cost: 1000))
        #expect(!handover.offer(3, cost: 0 + 1))
        #expect(try await handover.next() == 2)
        #expect(handover.offer(3, cost: 1))
    }

    @Test func aWaitingConsumerGetsAnElementPastTheLimit() async throws {
        let handover = Handover<Int>(byteLimit: 1)
        async let received = handover.next()
        // Queued or handed over, whichever comes first: the queue is empty, so it is never refused.
        #expect(handover.offer(7, cost: 1000))
        #expect(try await received == 7)
    }

    @Test func theErrorComesAfterWhatIsQueuedAndTheFirstEndCounts() async throws {
        let handover = Handover<Int>(byteLimit: 10)
        #expect(handover.offer(1, cost: 1))
        handover.finish(throwing: Broken())
        handover.finish()
        #expect(handover.offer(2, cost: 1), "what comes after the end is accepted and forgotten")
        #expect(try await handover.next() == 1)
        await #expect(throws: Broken.self) { _ = try await handover.next() }
    }

    @Test func theEndReachesAConsumerThatWaits() async throws {
        let handover = Handover<Int>(byteLimit: 10)
        async let received = handover.next()
        DedicatedThread.start(name: "finisher") { handover.finish() }
        #expect(try await received == nil)
    }

    @Test func cancellingTheConsumerEndsItsWaitAndFreesTheProducer() async throws {
        let handover = Handover<Int>(byteLimit: 1)
        let wake = try WakeDescriptor()
        handover.whenSpaceAppears { wake.signal() }
        let consumer = Task {
            while try await handover.next() != nil { try await Task.sleep(for: .seconds(3600)) }
        }
        // The producer fills the queue, is refused, and would wait for ever if nobody told it.
        async let produced = DedicatedThread.run(name: "producer") {
            var wakes = 0
            for number in 0..<4 {
                while !handover.offer(number, cost: 1) {
                    guard wake.wait(forSocket: -1, timeout: .seconds(60)).isSignalled else { return -1 }
                    wakes += 1
                }
            }
            return wakes
        }
        consumer.cancel()
        // It was refused at least never, at most once for each element after the first.
        #expect(try await produced >= 0)
        await #expect(throws: CancellationError.self) { try await consumer.value }
    }

    @Test func aFastProducerNeverQueuesPastTheLimitAndNothingIsLostOrReordered() async throws {
        let handover = Handover<Int>(byteLimit: 64)
        let wake = try WakeDescriptor()
        handover.whenSpaceAppears { wake.signal() }
        let count = 50_000
        async let producer: Void = DedicatedThread.run(name: "producer") {
            for number in 0..<count {
                while !handover.offer(number, cost: number % 16 + 1) {
                    _ = wake.wait(forSocket: -1, timeout: .seconds(60))
                }
            }
            handover.finish()
        }
        var expected = 0
        while let number = try await handover.next() {
            #expect(number == expected)
            expected += 1
            #expect(handover.queuedBytes <= handover.byteLimit)
        }
        #expect(expected == count)
        try await producer
    }
}
