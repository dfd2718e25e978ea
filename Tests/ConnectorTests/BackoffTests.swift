import Connector
import Testing

struct BackoffTests {
    @Test func theBoundDoublesUpToTheCap() {
        var backoff = Backoff(first: .milliseconds(100), cap: .seconds(1))
        let bounds = (0..<6).map { _ in backoff.next(random: 1) }
        #expect(
            bounds == [
                .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800), .seconds(1),
                .seconds(1),
            ])
    }

    @Test(arguments: 0..<20)
    func everyWaitIsBetweenNothingAndTheBound(seed: Int) {
        // Evenly spread numbers, another beginning for each seed.
        let step = 0.618_033_988_749_895
        var backoff = Backoff()
        for attempt in 0..<1_000 {
            let wait = backoff.next(
                random: (Double(seed) / 20 + step * Double(attempt)).truncatingRemainder(dividingBy: 1))
            let bound = attempt < 10 ? .milliseconds(100) * (1 << attempt) : Duration.seconds(60)
            #expect(wait >= .zero && wait < min(bound, .seconds(60)))
        }
    }

    @Test func theFirstWaitAfterASuccessIsShortAgain() {
        var backoff = Backoff()
        for _ in 0..<30 { _ = backoff.next(random: 0.5) }
        backoff.reset()
        #expect(backoff.next(random: 1) == .milliseconds(100))
    }
}
