internal import Change
internal import Connector
internal import RedisCodec
internal import Wire

extension RedisEncoding {
    // MARK: Hashes

    mutating func appendHash(
        _ write: SinkWrite, _ mapping: RedisMapping, _ form: RedisForm.HashForm, _ scripts: LoadedScripts,
        _ tombstone: Int64
    ) throws(RedisRowProblem) {
        let fieldCount = try countFields(form.fields, of: write, writingNulls: form.hasEmptyNulls)
        let (script, lifetimeArguments) = RedisScript.writing(
            form.lifetime, .hashWrite, .hashWriteFor, .hashWriteUntil)
        begin(script, scripts, arguments: 2 + 2 * fieldCount + lifetimeArguments)
        append(encoded: form.guardField)
        appendGuard(of: write, mapping)
        try appendFields(form.fields, of: write.row, writingNulls: form.hasEmptyNulls)
        try appendLifetime(form.lifetime, of: write.row, tombstone)
    }

    private func countFields(
        _ fields: [RedisField], of write: SinkWrite, writingNulls: Bool
    ) throws(RedisRowProblem) -> Int {
        var count = 0
        for field in fields {
            switch write.row.state(field.text.column) {
            case .value: count += 1
            case .null: count += writingNulls ? 1 : 0
            // A hash is written whole, so that a field left out is removed.
            case .missing: break
            case .unchanged:
                // Of a deleted row the source says no more than its key.
                guard write.kind == .delete else {
                    throw .unknown(column: write.row.schema.columns[field.text.column].name)
                }
            }
        }
        return count
    }

    private mutating func appendFields(
        _ fields: [RedisField], of row: borrowing Row, writingNulls: Bool
    ) throws(RedisRowProblem) {
        for field in fields {
            switch row.state(field.text.column) {
            case .value:
                append(encoded: field.name)
                try append(field.text, of: row)
            case .null where writingNulls:
                append(encoded: field.name)
                append(encoded: Self.empty)
            case .null, .unchanged, .missing: break
            }
        }
    }

    // MARK: Documents

    mutating func appendDocument(
        _ write: SinkWrite, _ mapping: RedisMapping, _ form: RedisForm.DocumentForm, _ scripts: LoadedScripts,
        _ tombstone: Int64
    ) throws(RedisRowProblem) {
        let (script, lifetimeArguments) = RedisScript.writing(
            form.lifetime, .textWrite, .textWriteFor, .textWriteUntil)
        begin(script, scripts, arguments: 2 + lifetimeArguments)
        appendGuard(of: write, mapping)
        value.removeAll(keepingCapacity: true)
        try form.append(write.row, to: &value)
        guard value.count <= RedisLimits.argumentBytesMax else { throw .tooLarge }
        appendValue()
        try appendLifetime(form.lifetime, of: write.row, tombstone)
    }

    // MARK: Sets of their own

    mutating func appendArraySet(
        _ write: SinkWrite, _ mapping: RedisMapping, _ form: RedisForm.ArraySetForm, _ scripts: LoadedScripts,
        _ tombstone: Int64
    ) throws(RedisRowProblem) {
        let members = try form.members(of: write.row)
        let (script, lifetimeArguments) = RedisScript.writing(
            form.lifetime, .arraySetWrite, .arraySetWriteFor, .arraySetWriteUntil)
        begin(script, scripts, arguments: 2 + members.count + lifetimeArguments)
        appendGuard(of: write, mapping)
        append(number: Int64(members.count))
        for member in members {
            value.removeAll(keepingCapacity: true)
            value.append(contentsOf: member)
            appendValue()
        }
        try appendLifetime(form.lifetime, of: write.row, tombstone)
    }

    // MARK: Collections

    mutating func appendMember(
        _ write: SinkWrite, _ mapping: RedisMapping, _ form: RedisForm.CollectionForm, score: Score?,
        _ scripts: LoadedScripts, _ tombstone: Int64
    ) throws(RedisRowProblem) {
        try setValue(form.member, of: write.row)
        let expires = form.lifetime != nil
        let isSorted = score != nil
        let lifetimeArguments = expires ? 2 : 0
        if write.action == .delete {
            let script: RedisScript =
                isSorted
                ? (expires ? .sortedSetDeleteFor : .sortedSetDelete) : (expires ? .setDeleteFor : .setDelete)
            begin(script, scripts, arguments: 3 + lifetimeArguments)
            appendGuard(of: write, mapping)
            appendValue()
            append(number: tombstone)
        } else {
            let script: RedisScript =
                isSorted ? (expires ? .sortedSetWriteFor : .sortedSetWrite) : (expires ? .setWriteFor : .setWrite)
            begin(script, scripts, arguments: (isSorted ? 3 : 2) + lifetimeArguments)
            appendGuard(of: write, mapping)
            appendValue()
            if let score { try appendScore(score, of: write.row) }
        }
        if let lifetime = form.lifetime {
            append(number: lifetime)
            append(number: lifetime + tombstone)
        }
    }

    /// Appends the command that makes an expiring collection of the rows that were read again.
    ///
    /// - Parameter triggers: the writes that found it absent, at least one.
    mutating func appendBuild(
        of members: [Row], for triggers: [SinkWrite], _ mapping: RedisMapping, _ form: RedisForm.CollectionForm,
        score: Score?, scripts: LoadedScripts, tombstone: Int64
    ) throws(RedisRowProblem) {
        guard let lifetime = form.lifetime else { preconditionFailure("only an expiring collection is built") }
        // A row that cannot be a member is parked when its own change comes; the others are the collection.
        let members = members.filter { isMember($0, form, score) }
        guard members.count + triggers.count <= RedisLimits.membersMax else { throw .tooManyMembers }
        let start = commands.end
        do throws(RedisRowProblem) {
            try setKey(mapping.key, of: triggers[0].row)
            begin(
                score == nil ? .setBuild : .sortedSetBuild, scripts,
                arguments: 3 + 2 * triggers.count + members.count * (score == nil ? 1 : 2))
            append(number: lifetime)
            append(number: lifetime + tombstone)
            append(number: Int64(triggers.count))
            for trigger in triggers {
                appendGuard(of: trigger, mapping)
                try setValue(form.member, of: trigger.row)
                appendValue()
            }
            for member in members {
                if let score { try appendScore(score, of: member) }
                try setValue(form.member, of: member)
                appendValue()
            }
        } catch {
            rollBack(to: start)
            throw error
        }
    }

    private mutating func isMember(_ row: Row, _ form: RedisForm.CollectionForm, _ score: Score?) -> Bool {
        do {
            try setValue(form.member, of: row)
            scratch.removeAll(keepingCapacity: true)
            try score?.append(row, to: &scratch)
            return true
        } catch {
            return false
        }
    }

    private mutating func appendScore(_ score: Score, of row: borrowing Row) throws(RedisRowProblem) {
        scratch.removeAll(keepingCapacity: true)
        try score.append(row, to: &scratch)
        appendScratch()
    }

    // MARK: Streams

    /// An entry's id is its version and its ordinal: the same in every run, so that the stream itself refuses a replay.
    mutating func appendEntry(_ write: SinkWrite, _ form: RedisForm.StreamForm) throws(RedisRowProblem) {
        let fieldCount = try countFields(form.fields, of: write, writingNulls: form.hasEmptyNulls)
        beginCommand(arguments: 3 + (form.lengthMax == nil ? 0 : 3) + 2 + 2 * fieldCount)
        append(encoded: Self.add)
        appendKey()
        if let lengthMax = form.lengthMax {
            append(encoded: Self.lengthMax)
            append(number: Int64(lengthMax))
        }
        scratch.removeAll(keepingCapacity: true)
        scratch.append(decimal: write.version.rawValue)
        scratch.append(UInt8(ascii: "-"))
        scratch.append(decimal: write.position.ordinal)
        appendScratch()
        append(encoded: form.kindField)
        append(encoded: Self.kinds[Int(write.kind.rawValue)])
        try appendFields(form.fields, of: write.row, writingNulls: form.hasEmptyNulls)
    }

    private static let empty = RedisCommands.encoded([[]])
    private static let add = RedisCommands.encoded([Array("XADD".utf8)])
    private static let lengthMax = RedisCommands.encoded([Array("MAXLEN".utf8), Array("~".utf8)])
    /// By ``Change/ChangeKind``.
    private static let kinds = ["insert", "update", "delete", "read", "truncate", "message"].map {
        RedisCommands.encoded([Array($0.utf8)])
    }

    // MARK: Lifetimes

    private mutating func appendLifetime(
        _ lifetime: Lifetime, of row: borrowing Row, _ tombstone: Int64
    ) throws(RedisRowProblem) {
        switch lifetime {
        case .forever: return
        case .milliseconds(let milliseconds):
            append(number: milliseconds)
            append(number: milliseconds + tombstone)
        case .until(let column):
            scratch.removeAll(keepingCapacity: true)
            try Lifetime.appendEnd(column, of: row, to: &scratch)
            appendScratch()
            append(number: tombstone)
        }
    }
}

extension RedisScript {
    /// The script for a lifetime, and how many arguments the lifetime adds.
    fileprivate static func writing(
        _ lifetime: Lifetime, _ forever: RedisScript, _ fixed: RedisScript, _ until: RedisScript
    ) -> (RedisScript, Int) {
        switch lifetime {
        case .forever: (forever, 0)
        case .milliseconds: (fixed, 2)
        case .until: (until, 2)
        }
    }
}
