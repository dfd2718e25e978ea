/// What a queue had room for, among the elements that can wait, when it was asked.
public struct Headroom: Sendable {
    let queuedBytes: Int
    let byteLimit: Int
    /// The lots that are put off.
    let putOff: Set<Int>

    /// Whether an element should be offered now.
    ///
    /// - Parameters:
    ///   - lot: what it belongs to; all of a lot waits together.
    ///   - share: elements of its kind fill no more than one part in so many of the queue.
    public func isThere(for lot: Int, share: Int) -> Bool {
        queuedBytes <= byteLimit / share && !putOff.contains(lot)
    }
}
