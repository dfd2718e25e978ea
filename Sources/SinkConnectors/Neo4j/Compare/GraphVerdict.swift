internal import BoltCodec
internal import Change
internal import Connector

/// Decides how what was found compares with what a write would leave; asks nobody.
struct GraphVerdict {
    private let expectation: GraphExpectation
    private let findings: [GraphFinding]
    private let equality: GraphEquality

    init(_ expectation: GraphExpectation, _ findings: [GraphFinding], _ equality: GraphEquality) {
        self.expectation = expectation
        self.findings = findings
        self.equality = equality
    }

    var comparison: Comparison {
        let version = findings.lazy.compactMap(\.version.integer).first
        return Comparison(
            expectation.isNothing ? verdictOnNothing : verdictOnRow, version: version.map { Version(rawValue: $0) })
    }

    /// A node that another mapping made, or that relationships hold, is not the row's.
    private var verdictOnNothing: Comparison.Verdict {
        switch expectation.mapping.form {
        case .node: findings.contains { $0.version != .null } ? .extra : .equal
        case .relationship, .statement: findings.isEmpty ? .equal : .extra
        }
    }

    private var verdictOnRow: Comparison.Verdict {
        guard let first = findings.first, let thing = expectation.things.first else { return .missing }
        // A stub says that a relationship needs the node, and nothing of its row.
        if first.isStub, first.version == .null { return .missing }
        let differences: [ColumnDifference] =
            switch expectation.mapping.form {
            case .node(let node, let labels): countDifference + nodeDifferences(thing, first, node, labels)
            case .relationship(_, let start, let end, nil):
                countDifference + relationshipDifferences(thing, first, start, end)
            case .relationship(_, let start, let end, .some): elementDifferences(start, end)
            case .statement: []
            }
        return differences.isEmpty ? .equal : .different(Array(differences.prefix(Comparison.differencesMax)))
    }

    private var countDifference: [ColumnDifference] {
        findings.count > 1 ? [ColumnDifference("count", expected: "1", found: "\(findings.count)")] : []
    }

    /// Each relationship of a row that has many against the one between the same nodes; those that have none, on either
    /// side, by their ends.
    private func elementDifferences(_ start: GraphEnd, _ end: GraphEnd) -> [ColumnDifference] {
        var differences: [ColumnDifference] = []
        var rest = findings
        for thing in expectation.things {
            if let place = rest.firstIndex(where: { endDifferences(thing, $0, start, end).isEmpty }) {
                differences += relationshipDifferences(thing, rest.remove(at: place), start, end)
            } else {
                differences += Self.ends(thing.key("a", of: start), start, thing.key("b", of: end), end) {
                    ColumnDifference($0, expected: $1, found: nil)
                }
            }
        }
        for finding in rest {
            differences += Self.ends(finding.ends[0].key, start, finding.ends[1].key, end) {
                ColumnDifference($0, expected: nil, found: $1)
            }
        }
        return differences
    }

    private static func ends(
        _ startKey: [PackStreamValue], _ start: GraphEnd, _ endKey: [PackStreamValue], _ end: GraphEnd,
        _ difference: (String, [UInt8]?) -> ColumnDifference
    ) -> [ColumnDifference] {
        let parts =
            zip(start.key, startKey).map { ("start \($0.property)", $1) }
            + zip(end.key, endKey).map { ("end \($0.property)", $1) }
        return parts.map { difference($0, GraphText.bytes(of: $1)) }
    }

    private func nodeDifferences(
        _ thing: GraphExpectation.Thing, _ finding: GraphFinding, _ node: GraphEnd, _ labels: [String]
    ) -> [ColumnDifference] {
        var differences: [ColumnDifference] = []
        for label in labels where !finding.labels.contains(.text(label)) {
            differences.append(ColumnDifference("label", expected: label, found: nil as String?))
        }
        if finding.isStub {
            differences.append(ColumnDifference(GraphStatements.stub, expected: nil, found: "true"))
        }
        differences += versionDifference(finding, GraphStatements.version(expectation.mapping.tag))
        for (number, part) in node.key.enumerated() {
            differences += difference(part.property, thing.key("k", of: node)[number], finding.key[number])
        }
        for property in expectation.mapping.properties {
            differences += difference(
                property.name, thing.property(property.name), finding.properties[property.name] ?? .null)
        }
        return differences
    }

    private func relationshipDifferences(
        _ thing: GraphExpectation.Thing, _ finding: GraphFinding, _ start: GraphEnd, _ end: GraphEnd
    ) -> [ColumnDifference] {
        var differences = endDifferences(thing, finding, start, end)
        differences += versionDifference(finding, GraphStatements.relationshipVersion)
        var rest = finding.properties
        let own = [GraphStatements.relationshipID, GraphStatements.relationshipVersion]
        for name in own { rest[name] = nil }
        for name in thing.names where !own.contains(name) {
            differences += difference(name, thing.property(name), rest.removeValue(forKey: name) ?? .null)
        }
        for (name, found) in rest.sorted(by: { $0.key < $1.key }) { differences += difference(name, .null, found) }
        return differences
    }

    private func endDifferences(
        _ thing: GraphExpectation.Thing, _ finding: GraphFinding, _ start: GraphEnd, _ end: GraphEnd
    ) -> [ColumnDifference] {
        endDifferences("start", thing.key("a", of: start), start, finding.ends[0])
            + endDifferences("end", thing.key("b", of: end), end, finding.ends[1])
    }

    /// Where a relationship begins or ends at another node than it should.
    private func endDifferences(
        _ name: String, _ key: [PackStreamValue], _ end: GraphEnd, _ found: GraphFinding.End
    ) -> [ColumnDifference] {
        var differences: [ColumnDifference] = []
        if !found.labels.contains(.text(end.label)) {
            let labels = found.labels.compactMap(\.text).joined(separator: ":")
            differences.append(ColumnDifference("\(name) label", expected: end.label, found: labels))
        }
        for (number, part) in end.key.enumerated() {
            differences += difference("\(name) \(part.property)", key[number], found.key[number])
        }
        return differences
    }

    private func versionDifference(_ finding: GraphFinding, _ name: String) -> [ColumnDifference] {
        if finding.version.integer != nil { return [] }
        return [
            ColumnDifference(name, expected: Array("a version".utf8), found: GraphText.bytes(of: finding.version))
        ]
    }

    private func difference(
        _ name: String, _ expected: PackStreamValue, _ found: PackStreamValue
    ) -> [ColumnDifference] {
        if equality.isSame(expected, found) { return [] }
        return [ColumnDifference(name, expected: GraphText.bytes(of: expected), found: GraphText.bytes(of: found))]
    }
}
