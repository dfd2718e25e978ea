import Testing

@testable import SinkConnectors

@Suite("Elasticsearch, which node is asked next")
struct NodeRingTests {
    let nodes = ["a", "b", "c"].map { HTTPAddress(isSecure: false, host: $0, port: 9200) }
    let start = ContinuousClock.now

    @Test func nodesAreAskedInTurn() {
        var ring = NodeRing(nodes)
        #expect((0..<7).map { _ in ring.take(now: start) } == [0, 1, 2, 0, 1, 2, 0])
    }

    @Test func aNodeThatFailedRestsAndComesBack() {
        var ring = NodeRing(nodes)
        ring.failed(1, now: start)
        #expect((0..<4).map { _ in ring.take(now: start) } == [0, 2, 0, 2])
        let later = start + NodeRing.restAfterFailure
        #expect(Set((0..<3).map { _ in ring.take(now: later) }) == [0, 1, 2])
        ring.failed(1, now: later)
        ring.succeeded(1)
        #expect(Set((0..<3).map { _ in ring.take(now: later) }) == [0, 1, 2])
    }

    @Test func whereEveryNodeRestsOneIsAskedAllTheSame() {
        var ring = NodeRing(nodes)
        for node in 0..<3 { ring.failed(node, now: start) }
        #expect((0..<3).map { _ in ring.take(now: start) } == [0, 1, 2])
    }

    @Test func theLongestRequestForQuietHolds() {
        var ring = NodeRing(nodes)
        ring.keepQuiet(until: start + .seconds(5))
        ring.keepQuiet(until: start + .seconds(1))
        #expect(ring.quietUntil == start + .seconds(5))
    }
}
