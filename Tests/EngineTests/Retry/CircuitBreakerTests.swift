import Connector
import Testing

@testable import Engine

struct CircuitBreakerTests {
    private func opened(at now: Duration = .zero) -> CircuitBreaker {
        var breaker = CircuitBreaker(failuresMax: 3, backoff: Backoff(first: .seconds(1), cap: .seconds(4)))
        for _ in 0..<3 { breaker.failed(at: now, random: 1) }
        return breaker
    }

    @Test func fewerFailuresThanTheLimitHoldNobodyBack() {
        var breaker = CircuitBreaker(failuresMax: 3)
        for _ in 0..<10 {
            breaker.failed(at: .zero, random: 1)
            breaker.failed(at: .zero, random: 1)
            #expect(!breaker.isOpen)
            #expect(breaker.permission(at: .zero) == .go)
            breaker.succeeded()
        }
    }

    @Test func failuresInARowOpenItForTheBackoff() {
        var breaker = opened(at: .seconds(5))
        #expect(breaker.isOpen)
        #expect(breaker.permission(at: .seconds(5)) == .wait(.seconds(1)))
        #expect(breaker.permission(at: .milliseconds(5_900)) == .wait(.milliseconds(100)))
    }

    @Test func afterTheWaitExactlyOneLaneTries() {
        var breaker = opened()
        #expect(breaker.permission(at: .seconds(1)) == .go)
        for _ in 0..<5 {
            guard case .wait = breaker.permission(at: .seconds(1)) else {
                Issue.record("a second lane was let through")
                return
            }
        }
    }

    @Test func aFailedTryOpensItForLonger() {
        var breaker = opened()
        #expect(breaker.permission(at: .seconds(1)) == .go)
        breaker.failed(at: .seconds(1), random: 1)
        #expect(breaker.permission(at: .seconds(1)) == .wait(.seconds(2)))
        #expect(breaker.permission(at: .seconds(3)) == .go)
    }

    @Test func aSuccessfulTryClosesItForEveryone() {
        var breaker = opened()
        #expect(breaker.permission(at: .seconds(1)) == .go)
        breaker.succeeded()
        #expect(!breaker.isOpen)
        #expect(breaker.permission(at: .seconds(1)) == .go)
        #expect(breaker.permission(at: .seconds(1)) == .go)
        // It takes as many failures as before to open it, and the first wait is short.
        for _ in 0..<3 { breaker.failed(at: .seconds(1), random: 1) }
        #expect(breaker.permission(at: .seconds(1)) == .wait(.seconds(1)))
    }
}
