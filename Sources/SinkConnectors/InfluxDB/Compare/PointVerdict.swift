internal import Change
internal import Connector
internal import Wire

/// Decides how the point that was found compares with what a write would leave; asks nobody.
struct PointVerdict {
    private let expectation: PointExpectation
    private let finding: PointFinding?
    private let types: PointFinding.Types
    private var mapping: InfluxDBMapping { expectation.mapping }
    private var options: InfluxDBMappingOptions { expectation.mapping.options }

    init(_ expectation: PointExpectation, _ finding: PointFinding?, _ types: PointFinding.Types) {
        self.expectation = expectation
        self.finding = finding
        self.types = types
    }

    var comparison: Comparison {
        let version = finding?.fields[options.versionField]?.integer.map { Version(rawValue: $0) }
        return Comparison(expectation.line.map(verdict) ?? verdictOnNothing, version: version)
    }

    /// Whether the point says that its row is gone.
    private var isMarked: Bool {
        options.marksDeleted && finding?.fields[options.deletedField] == .boolean(true)
    }

    private var verdictOnNothing: Comparison.Verdict {
        guard let finding, !isMarked else { return .equal }
        if finding.fields[options.versionField]?.integer == nil {
            return .unverifiable("the point that stands there bears no version: another has written it")
        }
        return options.keepsDeparted ? .unverifiable("what leaves its point may keep it, as the mapping says") : .extra
    }

    private func verdict(_ line: PointLine) -> Comparison.Verdict {
        guard let finding, !isMarked else { return .missing }
        var differences: [ColumnDifference] = []
        var isAmbiguous = false
        for field in line.fields {
            let cell = finding.fields[field.name] ?? .null
            if field.name == options.versionField {
                if cell.integer != nil { continue }
                differences.append(
                    ColumnDifference(field.name, expected: Array("a version".utf8), found: text(cell, field.name)))
                continue
            }
            let known = types[field.name] ?? [field.value.typeName]
            if field.value.isSame(as: cell), known.contains(field.value.typeName) {
                isAmbiguous = isAmbiguous || known.count > 1
                continue
            }
            differences.append(
                ColumnDifference(field.name, expected: field.text, found: text(cell, field.name)))
        }
        if !differences.isEmpty { return .different(Array(differences.prefix(Comparison.differencesMax))) }
        if isAmbiguous { return .unverifiable("a field has several types in the measurement, and no query says which") }
        return verdictOnUntold(finding)
    }

    /// A null that is not marked leaves what the point had: whether that was right nobody can tell.
    private func verdictOnUntold(_ finding: PointFinding) -> Comparison.Verdict {
        guard options.nulls == .omit else { return .equal }
        let isKept = expectation.untold.contains { (finding.fields[$0] ?? .null) != .null }
        return isKept
            ? .unverifiable("a field that is null keeps what its point had before, by `nulls: omit`") : .equal
    }

    /// What was found, as a line would have it.
    private func text(_ cell: QueryCell, _ name: String) -> [UInt8]? {
        switch cell {
        case .null: return nil
        case .boolean(let flag): return Array((flag ? "true" : "false").utf8)
        case .number(let number):
            let suffix =
                switch types[name] {
                case ["integer"]: "i"
                case ["unsigned"]: "u"
                default: ""
                }
            return Array((number + suffix).utf8)
        case .text(let string):
            var text: [UInt8] = []
            LineText.append(quoted: string.utf8.span, to: &text)
            return text
        }
    }
}

extension InfluxDBMappingOptions {
    /// Whether a point that no row has any more may stand, by the mapping's own word.
    var keepsDeparted: Bool { [onDelete, onMove].contains { $0 == .ignore || $0 == .park } }
}
