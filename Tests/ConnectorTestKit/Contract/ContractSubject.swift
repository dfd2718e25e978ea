public import Connector

/// A sink under the contract: opened and prepared, with a mapping of ``ContractRow/schema`` that nobody else writes
/// through, onto a place that is empty.
public struct ContractSubject: Sendable {
    public var sink: any ChangeSink
    public var mapping: any RowMapping
    /// A pipeline of nobody else's, for the marker.
    public var pipeline: String
    /// What the target has for an id, in a form of the subject's own; nil where it has nothing.
    public var read: @Sendable (_ id: String) async throws -> String?
    /// What ``read`` has to return for a row that is there.
    public var render: @Sendable (ContractRow) -> String
    /// How many bytes the largest name of the checks has.
    public var largestName: Int
    /// Does damage to the row of an id behind the sink's back and says what a comparison then has to find; nil where
    /// the form has nothing that could be damaged so.
    public var corrupt: @Sendable (ContractCorruption, _ id: String) async throws -> ContractCorruption.Effect?

    public init(
        sink: any ChangeSink, mapping: any RowMapping, pipeline: String, largestName: Int = 1 << 20,
        read: @escaping @Sendable (String) async throws -> String?, render: @escaping @Sendable (ContractRow) -> String,
        corrupt: @escaping @Sendable (ContractCorruption, String) async throws -> ContractCorruption.Effect? = { _, _ in
            nil
        }
    ) {
        self.sink = sink
        self.mapping = mapping
        self.pipeline = pipeline
        self.largestName = largestName
        self.read = read
        self.render = render
        self.corrupt = corrupt
    }
}

/// What a sink did that the contract forbids.
public struct ContractViolation: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension ContractSubject {
    /// What a batch may do to one write.
    enum Result: Equatable {
        case applied
        case stale
        case other(String)

        init(_ result: ItemResult) {
            switch result {
            case .applied: self = .applied
            case .stale: self = .stale
            default: self = .other("\(result)")
            }
        }
    }

    /// Applies writes as one batch.
    @discardableResult
    func apply(_ writes: [ContractWrite]) async throws -> [Result] {
        let results = try await sink.apply(writes.map { $0.sinkWrite(mapping) }, lane: 0)
        guard results.count == writes.count else {
            throw ContractViolation("\(results.count) results for \(writes.count) writes")
        }
        return results.map(Result.init)
    }

    /// Applies writes as one batch and holds the sink to what becomes of each.
    func apply(_ writes: [ContractWrite], gives expected: [Result]) async throws {
        let results = try await apply(writes)
        guard results == expected else { throw ContractViolation("expected \(expected), the sink says \(results)") }
    }

    /// Holds the target to a state: these rows are there as given, those ids are not there.
    func expect(_ rows: [ContractRow], absent ids: [String] = []) async throws {
        for row in rows {
            let found = try await read(row.id)
            guard found == render(row) else {
                throw ContractViolation(
                    "row \(row.id.prefix(40)) should be \(render(row).prefix(200)), "
                        + "and is \(found.map { "\($0.prefix(200))" } ?? "absent")")
            }
        }
        for id in ids {
            if let found = try await read(id) {
                throw ContractViolation("row \(id.prefix(40)) should be absent, and is \(found.prefix(200))")
            }
        }
    }
}
