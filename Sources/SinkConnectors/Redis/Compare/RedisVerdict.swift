internal import Change
internal import Connector
internal import RedisCodec
internal import Wire

/// Decides how what was found compares with what a write would leave; asks nobody.
struct RedisVerdict {
    private let expectation: RedisExpectation
    private let finding: RedisFinding
    private let interval: RedisInterval
    private var mapping: RedisMapping { expectation.mapping }

    init(_ expectation: RedisExpectation, _ finding: RedisFinding, during interval: RedisInterval) {
        self.expectation = expectation
        self.finding = finding
        self.interval = interval
    }

    /// How far a key's end may lie from the row's: the clock ticks while keys are read.
    private static let clockToleranceMilliseconds: Int64 = 1000

    var comparison: Comparison {
        let version = finding.guardText.flatMap { RedisMapping.version(ofGuard: $0) }
        return Comparison(expectation.isDelete ? verdictOnNothing : verdictOnRow, version: version)
    }

    // MARK: Rows that are gone

    private var verdictOnNothing: Comparison.Verdict {
        switch finding.content {
        case .absent: .equal
        case .otherType: .extra
        case .hash, .text, .members, .member, .score:
            switch GuardState(finding.guardText, mapping) {
            case .foreign: .unverifiable("what stands there was written by another mapping or pipeline")
            case .live, .deleted, .none, .malformed: .extra
            }
        }
    }

    // MARK: Rows

    private var verdictOnRow: Comparison.Verdict {
        switch finding.content {
        case .absent: verdictOnAbsent
        case .otherType(let type):
            .different([ColumnDifference("type", expected: mapping.form.typeName, found: type)])
        case .hash, .text, .members, .member, .score: verdictOnContent
        }
    }

    private var verdictOnAbsent: Comparison.Verdict {
        let state = GuardState(finding.guardText, mapping)
        if case .arraySet = mapping.form, expectation.members.isEmpty { return verdictOnEmptySet(state) }
        switch mapping.lifetime {
        case .forever: return .missing
        case .until:
            guard let end = expectation.end else { return .missing }
            if end > interval.end + Self.clockToleranceMilliseconds { return .missing }
            if end <= interval.start - Self.clockToleranceMilliseconds { return .equal }
            return .unverifiable("the row expires just now")
        case .milliseconds:
            // A collection that stands holds every member.
            if mapping.collectionForm != nil, finding.remaining != .gone { return .missing }
            // What the last write left was no row, however long ago.
            if state == .deleted, mapping.collectionForm == nil { return .missing }
            return .unverifiable(
                mapping.collectionForm == nil
                    ? "nothing stands there, and what stood there may have expired"
                    : "the collection is not there: it has expired, or nothing has changed in it since")
        }
    }

    /// A set without members is no key: its guard stands for it, for as long as it lives.
    private func verdictOnEmptySet(_ state: GuardState) -> Comparison.Verdict {
        switch state {
        case .live: .equal
        case .none where mapping.lifetime != .forever:
            .unverifiable("nothing stands there, and what stood there may have expired")
        case .none: .missing
        case .deleted, .foreign, .malformed: .different([guardDifference])
        }
    }

    private var verdictOnContent: Comparison.Verdict {
        if finding.remaining == .gone, mapping.lifetime != .forever { return .unverifiable("the row expires just now") }
        var differences = contentDifferences
        switch GuardState(finding.guardText, mapping) {
        case .live: break
        // Of a collection that was built from a look-up only the changes leave guards.
        case .none where mapping.collectionForm?.lifetime != nil: break
        case .none, .deleted, .foreign, .malformed: differences.append(guardDifference)
        }
        if let difference = lifetimeDifference { differences.append(difference) }
        return differences.isEmpty ? .equal : .different(Array(differences.prefix(Comparison.differencesMax)))
    }

    // MARK: Content

    private var contentDifferences: [ColumnDifference] {
        switch finding.content {
        case .absent, .otherType, .member: []
        case .hash(let elements): hashDifferences(elements)
        case .text(let text): textDifferences(text)
        case .members(let elements): memberDifferences(elements)
        case .score(let found): scoreDifferences(found)
        }
    }

    private func hashDifferences(_ elements: [RedisReply]) -> [ColumnDifference] {
        guard case .hash(let form) = mapping.form, !isHashInOrder(elements, form) else { return [] }
        var found: [[UInt8]: [UInt8]] = [:]
        for index in stride(from: 0, to: elements.count - 1, by: 2) {
            found[elements[index].bytes ?? []] = elements[index + 1].bytes ?? []
        }
        found[form.guardFieldName] = nil
        var differences: [ColumnDifference] = []
        for index in 0..<expectation.fieldCount {
            let name = expectation.fieldName(index)
            let value = found.removeValue(forKey: name)
            if value == expectation.fieldValue(index) { continue }
            differences.append(
                ColumnDifference(Self.name(name), expected: expectation.fieldValue(index), found: value))
        }
        let extra = found.sorted { $0.key.lexicographicallyPrecedes($1.key) }.prefix(Comparison.differencesMax)
        return differences + extra.map { ColumnDifference(Self.name($0.key), expected: nil, found: $0.value) }
    }

    /// Whether the fields stand as they were written: Redis keeps the order of small hashes.
    private func isHashInOrder(_ elements: [RedisReply], _ form: RedisForm.HashForm) -> Bool {
        let count = expectation.fieldCount
        guard elements.count == 2 * count + 2, elements[0].bytes == form.guardFieldName else { return false }
        for index in 0..<count {
            let place = 2 + 2 * index
            guard case .bulk(let name) = elements[place], case .bulk(let value) = elements[place + 1],
                expectation.isField(index, name, value)
            else { return false }
        }
        return true
    }

    private func textDifferences(_ found: [UInt8]) -> [ColumnDifference] {
        let expected = expectation.text
        if expected == found { return [] }
        let whole = ColumnDifference("text", expected: expected, found: found)
        guard let differences = try? JSONDifference.between(expected: expected.span, found: found.span),
            !differences.isEmpty, differences.allSatisfy({ $0.name != nil })
        else { return [whole] }
        return differences.map { difference in
            ColumnDifference(
                difference.name ?? "text", expected: difference.expected.map { Array(expected[$0]) },
                found: difference.found.map { Array(found[$0]) })
        }
    }

    private func memberDifferences(_ elements: [RedisReply]) -> [ColumnDifference] {
        let expected = Set(expectation.members)
        let found = Set(elements.map { $0.bytes ?? [] })
        if expected == found { return [] }
        func first(_ members: Set<[UInt8]>) -> ArraySlice<[UInt8]> {
            members.sorted { $0.lexicographicallyPrecedes($1) }.prefix(Comparison.differencesMax)
        }
        return first(expected.subtracting(found)).map { ColumnDifference("member", expected: $0, found: nil) }
            + first(found.subtracting(expected)).map { ColumnDifference("member", expected: nil, found: $0) }
    }

    /// Scores are doubles, whose texts differ from version to version of Redis.
    private func scoreDifferences(_ found: [UInt8]) -> [ColumnDifference] {
        let expected = expectation.score
        if expected == found { return [] }
        let number = Double(String(decoding: found, as: UTF8.self))
        if number != nil, number == Double(String(decoding: expected, as: UTF8.self)) { return [] }
        return [ColumnDifference("score", expected: expected, found: found)]
    }

    // MARK: Guards and lifetimes

    private var guardDifference: ColumnDifference {
        let name =
            if case .hash(let form) = mapping.form { Self.name(form.guardFieldName) } else { "guard" }
        return ColumnDifference(name, expected: [UInt8(ascii: "+")] + mapping.tag, found: finding.guardText)
    }

    private var lifetimeDifference: ColumnDifference? {
        let found: Int64? = if case .milliseconds(let left) = finding.remaining { left } else { nil }
        switch mapping.lifetime {
        case .forever: return nil
        case .milliseconds(let lifetime):
            return found == nil ? ColumnDifference("ttl", expected: "\(lifetime) ms", found: nil) : nil
        case .until:
            guard let end = expectation.end else {
                return found.map { ColumnDifference("ttl", expected: nil as String?, found: "\($0) ms") }
            }
            guard let left = found else { return ColumnDifference("ttl", expected: "until \(end)", found: nil) }
            let tolerance = Self.clockToleranceMilliseconds
            let ends = (interval.start &+ left - tolerance)...max(interval.start, interval.end) &+ left + tolerance
            return ends.contains(end)
                ? nil : ColumnDifference("ttl", expected: "until \(end)", found: "until \(interval.end &+ left)")
        }
    }

    private static func name(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// Whose guard stands beside a row, and what it says.
private enum GuardState {
    case none
    case live
    case deleted
    /// Of another mapping, or of another pipeline.
    case foreign
    case malformed

    init(_ text: [UInt8]?, _ mapping: RedisMapping) {
        guard let text else {
            self = .none
            return
        }
        if RedisMapping.version(ofGuard: text) == nil {
            self = .malformed
        } else if !mapping.owns(text) {
            self = .foreign
        } else {
            self = text[20] == UInt8(ascii: "+") ? .live : .deleted
        }
    }
}

extension RedisMapping {
    /// The version that a guard holds, whoever left it; nil for what is no guard.
    static func version(ofGuard text: [UInt8]) -> Version? {
        guard text.count == 29, text[20] == UInt8(ascii: "+") || text[20] == UInt8(ascii: "-") else { return nil }
        return Int64(String(decoding: text[..<20], as: UTF8.self)).map { Version(rawValue: $0) }
    }
}

extension RedisForm {
    /// What Redis calls the type of the form's keys.
    var typeName: String {
        switch self {
        case .hash: "hash"
        case .json: "string"
        case .set, .arraySet: "set"
        case .sortedSet: "zset"
        case .stream: "stream"
        case .invalidation: "none"
        }
    }
}
