internal import Change
internal import Connector
internal import Wire

/// Changes of a looked-up table that concern rows of one mapping, and are answered together: each row is written once.
///
/// The rows bear the version of the last of the changes and are settled with the first: they are read when all of them are
/// visible, so that each is as new as the last, and none of the changes counts as done before every row is.
struct DependentGroup {
    private let trigger: JoinTrigger
    private let first: PendingWrite
    private var last: PendingWrite
    private var keys: Set<[String]> = []
    private var meansAll = false
    /// The primary key of the row that was read last.
    var place: [String]?
    var isDone = false

    private init(_ trigger: JoinTrigger, _ first: PendingWrite) {
        self.trigger = trigger
        self.first = first
        last = first
    }

    /// The groups of some changes, by ascending version.
    static func groups(of triggers: [PendingWrite]) -> [DependentGroup] {
        var groups: [DependentGroup] = []
        var places: [ObjectIdentifier: Int] = [:]
        for pending in triggers {
            guard let trigger = pending.plan.trigger else { continue }
            let place = places[ObjectIdentifier(trigger)] ?? groups.count
            if place == groups.count {
                places[ObjectIdentifier(trigger)] = place
                groups.append(DependentGroup(trigger, pending))
            }
            groups[place].add(pending)
        }
        return groups.sorted { $0.last.write.version < $1.last.write.version }
    }

    private mutating func add(_ pending: PendingWrite) {
        if pending.write.version >= last.write.version { last = pending }
        if JoinTrigger.meansAll(pending.write.row) {
            meansAll = true
        } else if let key = trigger.key(of: pending.write.row) {
            keys.insert(key)
        }
    }

    var mapping: Int { trigger.plan.number }
    var ticket: Ticket { first.ticket }

    func request(transactions: [UInt64]) -> LookupRequest {
        let schema = trigger.plan.joins?.own ?? trigger.plan.mapping.request.schema
        guard !meansAll else {
            return LookupRequest(schema: schema, parts: [], keys: [[]], transactions: transactions)
        }
        return LookupRequest(
            schema: schema, keyColumns: trigger.ownColumns,
            keys: keys.sorted { $0.lexicographicallyPrecedes($1) }, transactions: transactions)
    }

    /// What a row that was read becomes; nil for one without a sink key, which its own change parks.
    func write(_ row: Row) -> PendingWrite? {
        let plan = trigger.plan
        var key: [UInt8] = []
        do { try plan.appendKey(of: row, to: &key) } catch { return nil }
        var pending = PendingWrite(
            write: SinkWrite(
                mapping: plan.mapping, action: .upsert, row: row, version: last.write.version,
                position: last.write.position, kind: .update, committedAt: last.write.committedAt,
                transaction: last.write.transaction),
            plan: plan, ticket: ticket, changes: 1, keyHash: Hash64.of(key.span))
        pending.isDependent = true
        return pending
    }
}
