internal import Change
internal import Wire

/// The `source` block of a record: where the change comes from.
struct DebeziumSource {
    var table: TableName
    /// Whether the table is a collection, whose source Debezium calls by other names.
    var isCollection = false
    var isSnapshot: Bool
    /// When the source committed the change, in microseconds since 1970.
    var committedAt: Int64
    /// Nil where the change belongs to no transaction.
    var transaction: UInt64?
    /// The commit's position, as ``Position/commit`` counts it.
    var commit: UInt64
    /// The commit before it, nil for the first.
    var previousCommit: UInt64?

    /// The members that are the same for every change, as JSON.
    struct Names {
        fileprivate let head: [UInt8]
        fileprivate let database: [UInt8]

        init(topicPrefix: String, database: String) {
            var head: [UInt8] = []
            head.append(literal: #","name":"#)
            head.append(jsonString: topicPrefix)
            self.head = head
            var name: [UInt8] = []
            name.append(literal: #","db":"#)
            name.append(jsonString: database)
            self.database = name
        }
    }

    func append(_ names: Names, to line: inout [UInt8]) {
        line.append(literal: #"{"version":"3.0.0.Final","connector":"#)
        line.append(literal: isCollection ? #""mongodb""# : #""postgresql""#)
        line.append(contentsOf: names.head)
        line.append(literal: #","ts_ms":"#)
        line.append(decimal: committedAt / 1000)
        line.append(literal: isSnapshot ? #","snapshot":"true""# : #","snapshot":"false""#)
        if isCollection { return appendCollection(to: &line) }
        line.append(contentsOf: names.database)
        appendSequence(to: &line)
        line.append(literal: #","ts_us":"#)
        line.append(decimal: committedAt)
        line.append(literal: #","ts_ns":"#)
        line.append(decimal: Int128(committedAt) * 1000)
        line.append(literal: #","schema":"#)
        line.append(jsonString: table.namespace)
        line.append(literal: #","table":"#)
        line.append(jsonString: table.name)
        line.append(literal: #","txId":"#)
        if let transaction { line.append(decimal: transaction) } else { line.append(literal: "null") }
        line.append(literal: #","lsn":"#)
        line.append(decimal: Self.lsn(commit))
        line.append(literal: #","xmin":null,"origin":null,"origin_lsn":null}"#)
    }

    /// What the block of a collection goes on with.
    private func appendCollection(to line: inout [UInt8]) {
        line.append(literal: #","db":"#)
        line.append(jsonString: table.namespace)
        line.append(literal: #","sequence":null,"ts_us":"#)
        line.append(decimal: committedAt)
        line.append(literal: #","ts_ns":"#)
        line.append(decimal: Int128(committedAt) * 1000)
        line.append(literal: #","collection":"#)
        line.append(jsonString: table.name)
        line.append(literal: #","ord":"#)
        line.append(decimal: commit)
        line.append(literal: #","lsid":null,"txnNumber":null,"wallTime":null}"#)
    }

    /// An array of two LSNs as a string: that of the last commit before, and this one's.
    private func appendSequence(to line: inout [UInt8]) {
        line.append(literal: #","sequence":"["#)
        if let previousCommit {
            line.append(literal: #"\""#)
            line.append(decimal: Self.lsn(previousCommit))
            line.append(literal: #"\""#)
        } else {
            line.append(literal: "null")
        }
        line.append(literal: #",\""#)
        line.append(decimal: Self.lsn(commit))
        line.append(literal: #"\"]""#)
    }

    private static func lsn(_ commit: UInt64) -> UInt64 { commit * 8 }
}
