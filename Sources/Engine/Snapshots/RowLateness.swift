/// Decides which sinks leave the reading of a table because they hold it up.
///
/// That does a sink which has enough of the rows, while another one that takes them has nothing to do, for more than half
/// of a window of time. So does one in which nothing moves for a whole window: the source holds something for rows that
/// wait, such as a transaction.
struct RowLateness {
    /// What one look at a sink that takes rows of a run finds.
    struct Look {
        var run: Int
        var sink: String
        var hasEnough: Bool
        var isIdle: Bool
        /// Whatever is another when something has moved.
        var progress: [Int]
    }

    private struct Place: Hashable {
        var run: Int
        var sink: String
    }

    private struct Wait {
        var lateness: Lateness
        var progress: [Int]
        var since: Duration
    }

    private let window: Duration
    private var waits: [Place: Wait] = [:]
    private var lastLook = Duration.zero

    init(window: Duration) {
        self.window = window
    }

    /// Begins to look, after rows did not wait.
    mutating func begin(at now: Duration) { lastLook = now }

    /// Takes note of a look at everyone who takes rows that wait, and says who leaves which run.
    mutating func late(_ looks: [Look], at now: Duration) -> [Look] {
        defer { lastLook = now }
        let runs = Set(looks.map(\.run))
        waits = waits.filter { runs.contains($0.key.run) }
        let starving = Set(looks.filter { $0.isIdle && !$0.hasEnough }.map(\.run))
        return looks.filter { $0.hasEnough && isLate($0, isHoldingUp: starving.contains($0.run), at: now) }
    }

    private mutating func isLate(_ look: Look, isHoldingUp: Bool, at now: Duration) -> Bool {
        let place = Place(run: look.run, sink: look.sink)
        var wait = waits[place] ?? Wait(lateness: Lateness(window: window), progress: look.progress, since: now)
        if isHoldingUp { wait.lateness.note(wait: now - lastLook, at: now) }
        if wait.progress != look.progress { (wait.progress, wait.since) = (look.progress, now) }
        waits[place] = wait
        return wait.lateness.isLate || now - wait.since > window
    }
}
