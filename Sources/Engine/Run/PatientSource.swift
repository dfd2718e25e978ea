internal import Connector
internal import Logging

/// A source that is asked again until it answers.
struct PatientSource: Sendable {
    let source: any ReadableSource
    let clock: any EngineClock
    let logger: Logger

    func lookup(_ request: LookupRequest) async throws -> LookupResult {
        try await asking { try await $0.lookup(request) }
    }

    func waitForEarlierTransactions() async throws { try await asking { try await $0.waitForEarlierTransactions() } }

    func count(_ request: LookupRequest) async throws -> [Int] { try await asking { try await $0.count(request) } }

    func lookupPart(_ request: LookupRequest, after: [String]?, rowsMax: Int) async throws -> LookupPart {
        try await asking { try await $0.lookupPart(request, after: after, rowsMax: rowsMax) }
    }

    private func asking<Answer>(_ ask: (any ReadableSource) async throws -> Answer) async throws -> Answer {
        var backoff = Backoff()
        while true {
            do {
                return try await ask(source)
            } catch let error where RetryTable.decision(for: error) == .retry {
                logger.warning("a re-read by key failed; trying again", metadata: ["reason": "\(error)"])
                try await clock.sleep(for: backoff.next(random: clock.random()))
            }
        }
    }
}
