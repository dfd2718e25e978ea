extension ThrowingTaskGroup where ChildTaskResult == Void, Failure == any Error {
    /// Waits for every child, or throws the first error at once, which cancels the rest. `waitForAll` waits for all
    /// of them even after an error.
    mutating func drainOrFail() async throws {
        while try await next() != nil {}
    }
}
