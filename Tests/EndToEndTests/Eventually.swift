import Testing

/// Waits for what becomes true by itself.
enum Eventually {
    /// Asks again and again; false when the time is over first.
    static func holds(
        within limit: Duration = .seconds(90), _ condition: () async throws -> Bool
    ) async throws -> Bool {
        let deadline = ContinuousClock.now + limit * Scale.patience
        while !(try await condition()) {
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(50))
        }
        return true
    }

    /// Fails the test when the time is over first.
    static func require(
        _ what: Comment, within limit: Duration = .seconds(90), sourceLocation: SourceLocation = #_sourceLocation,
        _ condition: () async throws -> Bool
    ) async throws {
        try #require(try await holds(within: limit, condition), what, sourceLocation: sourceLocation)
    }
}
