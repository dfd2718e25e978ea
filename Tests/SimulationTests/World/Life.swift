import Engine

/// One life of the process under test: its clock, and what it waits for. A life that has ended touches nothing any
/// more: whatever it still tries fails at once.
///
/// Like all of the simulated world, it lives on the simulation's one thread.
final class Life: EngineClock, @unchecked Sendable {
    let world: World
    let number: Int
    private(set) var isOver = false
    /// Whether a target was found to be another one: what was under way then is taken up again or comes again.
    var hasReopened = false
    private var waits: [Int: CheckedContinuation<Void, any Error>] = [:]
    private var nextWait = 0

    init(world: World, number: Int) {
        self.world = world
        self.number = number
    }

    /// Ends everything that is waited for with an error, in the order of waiting.
    func end() {
        isOver = true
        for number in waits.keys.sorted() { resume(number, throwing: CancellationError()) }
    }

    func check() throws {
        if isOver { throw CancellationError() }
    }

    // MARK: Waiting

    /// Waits until the task is cancelled or the time has passed.
    func pause(_ duration: Int) async throws {
        try check()
        let number = takeNumber()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                begin(number, continuation, duration) {}
            }
        } onCancel: {
            resume(number, throwing: CancellationError())
        }
    }

    /// Waits whether the task is cancelled or not. What arrives is done even if this life is over by then.
    func travel(_ duration: Int, arriving action: @escaping () -> Void = {}) async throws {
        try check()
        let number = takeNumber()
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            begin(number, continuation, duration, action)
        }
    }

    /// Waits for a ring, a time at the most. A ring that came before is taken.
    func wait(for bell: Bell, atMost duration: Int) async throws {
        if bell.isRung {
            bell.isRung = false
            return try Task.checkCancellation()
        }
        bell.waiting = (self, nextWait)
        try await pause(duration)
        bell.isRung = false
    }

    /// Asks again and again, ever more seldom.
    func poll(_ condition: () throws -> Bool) async throws {
        var rest = Span.millisecond
        while !(try condition()) {
            try await pause(rest)
            rest = min(rest * 2, 5 * Span.second)
        }
    }

    fileprivate func wake(_ number: Int) { resume(number, throwing: nil) }

    private func takeNumber() -> Int {
        defer { nextWait += 1 }
        return nextWait
    }

    private func begin(
        _ number: Int, _ continuation: CheckedContinuation<Void, any Error>, _ duration: Int,
        _ action: @escaping () -> Void
    ) {
        waits[number] = continuation
        world.time.after(duration) { [weak self] in
            action()
            self?.wake(number)
        }
    }

    private func resume(_ number: Int, throwing error: (any Error)?) {
        guard let continuation = waits.removeValue(forKey: number) else { return }
        if let error { continuation.resume(throwing: error) } else { continuation.resume() }
    }

    // MARK: EngineClock

    func now() -> Int64 { Int64(world.wallOffset + world.time.now) }
    func monotonic() -> Duration { .microseconds(world.time.now) }
    func sleep(for duration: Duration) async throws { try await pause(duration.microseconds) }
    func random() -> Double { Double(world.chance.below(1 << 30)) / Double(1 << 30) }

    /// Takes some time before and after the work, so that anything may happen in between, a crash too.
    func perform<Result: Sendable>(
        _ name: String, _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await travel(world.chance.below(2 * Span.millisecond))
        let result = Swift.Result { try work() }
        world.trace("\(name) \(result.isFailure ? "failed" : "done")")
        try await travel(world.chance.below(2 * Span.millisecond))
        world.disk.returned()
        return try result.get()
    }
}

/// Wakes one waiting step.
final class Bell: @unchecked Sendable {
    fileprivate var isRung = false
    fileprivate var waiting: (life: Life, number: Int)?

    func ring() {
        isRung = true
        waiting?.life.wake(waiting?.number ?? -1)
        waiting = nil
    }
}

extension Result {
    fileprivate var isFailure: Bool {
        if case .failure = self { true } else { false }
    }
}
