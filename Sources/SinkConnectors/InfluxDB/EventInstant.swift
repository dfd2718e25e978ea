internal import Change
internal import Synchronization
internal import Wire

/// Where the point of one change stands: a time of its own close to the commit, and a tag of few values.
///
/// Both are made of the change's position and commit time alone, so that a replay writes the same points. The time is
/// the commit's microsecond; its nanoseconds and the tag's first character count the commit position modulo
/// ``commitsApart``; the tag's rest counts the changes of a transaction up to ``changesPerMicrosecond``, after which
/// the next microsecond is used. Two transactions meet where their microsecond is the same and their commits are a
/// multiple of ``commitsApart`` apart: in PostgreSQL 128 kB of log written within a microsecond.
struct EventInstant: Hashable, Sendable {
    static let commitsApart: UInt64 = 16_000
    static let changesPerMicrosecond: UInt64 = 100

    /// Nanoseconds since 1970.
    var time: Int64
    var commitPart: UInt8
    var changePart: UInt8

    init(position: Position, committedAt: Int64) throws(PointProblem) {
        let slot = position.commit % Self.commitsApart
        let microsecond = Int128(committedAt) + Int128(position.ordinal / Self.changesPerMicrosecond)
        let exact = microsecond * 1000 + Int128(slot % 1000)
        guard let time = Int64(exactly: exact), PointTime.range.contains(time) else { throw .timeRange }
        self.time = time
        commitPart = UInt8(slot / 1000)
        changePart = UInt8(position.ordinal % Self.changesPerMicrosecond)
    }

    /// Appends the tag's value: `a`, or `a.1` for a transaction's second change.
    func appendSequence(to line: inout [UInt8]) {
        line.append(Hex.digit(commitPart))
        guard changePart > 0 else { return }
        line.append(UInt8(ascii: "."))
        line.append(decimal: changePart)
    }

    /// The instant without what tells the changes of one transaction apart.
    var place: Place { Place(time: time, commitPart: commitPart) }

    struct Place: Hashable, Sendable {
        var time: Int64
        var commitPart: UInt8
    }
}

/// Remembers which transaction has which instant, so that no event silently takes the place of another's.
///
/// It holds the last ``countMax`` instants; the oldest is forgotten for a new one.
final class InstantBook: Sendable {
    static let countMax = 16_384

    private struct State {
        var commits: [EventInstant.Place: UInt64] = [:]
        var order: [EventInstant.Place] = []
        var next = 0
    }

    private let state = Mutex(State())

    /// Whether the instant is free for the transaction, or its own already.
    func claim(_ instant: EventInstant, for commit: UInt64) -> Bool {
        let place = instant.place
        return state.withLock { state in
            if let owner = state.commits[place] { return owner == commit }
            if state.order.count < Self.countMax {
                state.order.append(place)
            } else {
                state.commits[state.order[state.next]] = nil
                state.order[state.next] = place
                state.next = (state.next + 1) % Self.countMax
            }
            state.commits[place] = commit
            return true
        }
    }
}
