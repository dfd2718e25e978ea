internal import Change
internal import Connector
internal import RedisCodec
internal import Wire

/// Turns writes into commands, one command for each, in buffers that are used again and again.
///
/// The hot path of the sink: no text is made and nothing allocated for a cell.
struct RedisEncoding {
    private(set) var commands = RedisCommands()
    /// The key of the write at hand.
    var key: [UInt8] = []
    /// Its document, or its member.
    var value: [UInt8] = []
    /// One argument in the making.
    var scratch: [UInt8] = []
    private var companion: [UInt8] = []

    mutating func removeAll() { commands.removeAll() }

    mutating func rollBack(to mark: RedisCommands.Mark) { commands.rollBack(to: mark) }

    /// Appends the command of a write that is not an entry of a stream.
    ///
    /// - Throws: for a row that cannot be written; nothing was then appended.
    mutating func append(_ write: SinkWrite, scripts: LoadedScripts, tombstone: Int64) throws(RedisRowProblem) {
        guard let mapping = write.mapping as? RedisMapping else { preconditionFailure("the sink made its mappings") }
        let start = commands.end
        let length = commands.bytes.count
        do throws(RedisRowProblem) {
            try append(write, mapping, scripts, tombstone)
            guard commands.bytes.count - length <= RedisLimits.commandBytesMax else { throw RedisRowProblem.tooLarge }
        } catch {
            commands.rollBack(to: start)
            throw error
        }
    }

    private mutating func append(
        _ write: SinkWrite, _ mapping: RedisMapping, _ scripts: LoadedScripts, _ tombstone: Int64
    ) throws(RedisRowProblem) {
        try setKey(mapping.key, of: write.row)
        let isDelete = write.action == .delete
        switch mapping.form {
        case .hash(let form):
            if isDelete {
                begin(.hashDelete, scripts, arguments: 3)
                commands.append(encoded: form.guardField)
                appendGuard(of: write, mapping)
                append(number: tombstone)
            } else {
                try appendHash(write, mapping, form, scripts, tombstone)
            }
        case .json(let form):
            if isDelete {
                begin(.textDelete, scripts, arguments: 2)
                appendGuard(of: write, mapping)
                append(number: tombstone)
            } else {
                try appendDocument(write, mapping, form, scripts, tombstone)
            }
        case .arraySet(let form):
            if isDelete {
                begin(.textDelete, scripts, arguments: 2)
                appendGuard(of: write, mapping)
                append(number: tombstone)
            } else {
                try appendArraySet(write, mapping, form, scripts, tombstone)
            }
        case .set(let form):
            try appendMember(write, mapping, form, score: nil, scripts, tombstone)
        case .sortedSet(let form, let score):
            try appendMember(write, mapping, form, score: score, scripts, tombstone)
        case .stream(let form):
            try appendEntry(write, form)
        case .invalidation:
            commands.beginCommand(arguments: 2)
            commands.append(encoded: Self.delete)
            appendKey()
        }
    }

    private static let delete = RedisCommands.encoded([Array("DEL".utf8)])

    // MARK: Parts

    mutating func setKey(_ template: CompiledTemplate, of row: Row) throws(RedisRowProblem) {
        key.removeAll(keepingCapacity: true)
        do {
            try template.append(row, to: &key)
        } catch {
            throw .key(error)
        }
        guard key.count <= RedisLimits.argumentBytesMax else { throw .tooLarge }
    }

    mutating func setValue(_ template: CompiledTemplate, of row: Row) throws(RedisRowProblem) {
        value.removeAll(keepingCapacity: true)
        do {
            try template.append(row, to: &value)
        } catch {
            throw .key(error)
        }
        guard value.count <= RedisLimits.argumentBytesMax else { throw .tooLarge }
    }

    /// Begins the call of a script with its keys, which are made of ``key``.
    mutating func begin(_ script: RedisScript, _ scripts: LoadedScripts, arguments: Int) {
        commands.beginCommand(arguments: 3 + script.keyCount + arguments)
        commands.append(encoded: scripts.prefix(of: script))
        appendKey()
        appendCompanion(.guards)
        if script.keyCount == 3 { appendCompanion(.graves) }
    }

    mutating func beginCommand(arguments: Int) { commands.beginCommand(arguments: arguments) }

    mutating func append(encoded arguments: [UInt8]) { commands.append(encoded: arguments) }

    mutating func appendKey() { commands.append(argument: key) }

    mutating func appendValue() { commands.append(argument: value) }

    mutating func appendScratch() { commands.append(argument: scratch) }

    mutating func append(number: Int64) {
        scratch.removeAll(keepingCapacity: true)
        scratch.append(decimal: number)
        appendScratch()
    }

    mutating func appendGuard(of write: SinkWrite, _ mapping: RedisMapping) {
        scratch.removeAll(keepingCapacity: true)
        mapping.appendGuard(write.version, isDeleted: write.action == .delete, to: &scratch)
        appendScratch()
    }

    /// Appends the text of a cell that has a value.
    mutating func append(_ text: CellText, of row: borrowing Row) throws(RedisRowProblem) {
        try text.append(row, to: &commands, scratch: &scratch)
    }

    private mutating func appendCompanion(_ kind: RedisKey.Companion) {
        companion.removeAll(keepingCapacity: true)
        RedisKey.append(kind, of: key, to: &companion)
        commands.append(argument: companion)
    }
}
