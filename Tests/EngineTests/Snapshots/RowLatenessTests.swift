import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1))) struct RowLatenessTests {
    var lateness = RowLateness(window: .seconds(20))
    var now = Duration.zero

    private static func look(
        _ sink: String, run: Int = 1, hasEnough: Bool = false, isIdle: Bool = false, progress: Int = 0
    )
        -> RowLateness.Look
    {
        RowLateness.Look(run: run, sink: sink, hasEnough: hasEnough, isIdle: isIdle, progress: [progress])
    }

    /// Looks every tenth of a second, for as long as nobody is late and at the most for so many seconds.
    private mutating func lateSinks(
        within seconds: Int, _ looks: (_ number: Int) -> [RowLateness.Look]
    ) -> (sinks: [String], after: Duration) {
        let begun = now
        for number in 0..<seconds * 10 {
            now += .milliseconds(100)
            let late = lateness.late(looks(number), at: now)
            guard late.isEmpty else { return (late.map { "\($0.run) \($0.sink)" }, now - begun) }
        }
        return ([], now - begun)
    }

    @Test mutating func whoeverLeavesAnotherIdleForHalfOfAWindowLeaves() {
        let late = lateSinks(within: 60) { number in
            [Self.look("slow", hasEnough: true, progress: number), Self.look("fast", isIdle: true)]
        }
        #expect(late.sinks == ["1 slow"])
        #expect(late.after > .seconds(10) && late.after < .seconds(11))
    }

    @Test mutating func aLittleSlowerIsNotLate() {
        let late = lateSinks(within: 120) { number in
            [Self.look("slow", hasEnough: true, progress: number), Self.look("fast", isIdle: number.isMultiple(of: 3))]
        }
        #expect(late.sinks.isEmpty)
    }

    @Test mutating func noneIsLateWhereAllAreBusyOrInRunsOfTheirOwn() {
        let late = lateSinks(within: 60) { number in
            [
                Self.look("slow", hasEnough: true, progress: number),
                Self.look("slower", hasEnough: true, progress: number),
                Self.look("fast", run: 2, isIdle: true),
            ]
        }
        #expect(late.sinks.isEmpty)
    }

    @Test mutating func whateverStandsStillForAWindowLeavesEvenAlone() {
        let late = lateSinks(within: 60) { number in
            [Self.look("still", hasEnough: true, progress: number < 50 ? number : 50), Self.look("busy")]
        }
        #expect(late.sinks == ["1 still"])
        #expect(late.after > .seconds(25) && late.after < .seconds(26))
    }

    @Test mutating func timeInWhichNoRowsWaitedDoesNotCount() {
        let looks: (Int) -> [RowLateness.Look] = { number in
            [Self.look("slow", hasEnough: true, progress: number), Self.look("fast", isIdle: true)]
        }
        #expect(lateSinks(within: 9, looks).sinks.isEmpty)
        now += .seconds(5)
        lateness.begin(at: now)
        #expect(lateSinks(within: 1, looks).sinks.isEmpty)
    }
}
