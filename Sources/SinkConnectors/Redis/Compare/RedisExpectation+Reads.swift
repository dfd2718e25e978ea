internal import RedisCodec

// What is read of the target for one write, and how the answers are taken.
extension RedisExpectation {
    /// Appends the reads: the guard first, so that a row is never older than its version, and its lifetime last, where
    /// it has one. That a key which should live for ever has one is not asked: it costs as much as reading the row.
    func appendReads(to commands: inout RedisCommands) {
        switch mapping.form {
        case .hash:
            Self.append(Self.getAll, [key], to: &commands)
        case .json:
            Self.append(Self.getMany, [companion, key], to: &commands)
        case .arraySet:
            Self.append(Self.get, [companion], to: &commands)
            Self.append(Self.members, [key], to: &commands)
        case .set, .sortedSet:
            Self.append(Self.getField, [companion, member], to: &commands)
            Self.append(mapping.score == nil ? Self.isMember : Self.score, [key, member], to: &commands)
        case .stream, .invalidation: return
        }
        if mapping.lifetime != .forever { Self.append(Self.remaining, [key], to: &commands) }
    }

    /// Takes the answers to ``appendReads(to:)``, moving on behind them.
    func finding(in replies: [RedisReply], at place: inout Int) throws -> RedisFinding {
        var guardText: [UInt8]?
        let content: RedisFinding.Content
        switch mapping.form {
        case .hash(let form):
            content = try Self.content(of: replies[place]) { reply in
                guard let elements = reply.elements else { return nil }
                guardText = Self.value(of: form.guardFieldName, in: elements)
                return elements.isEmpty ? .absent : .hash(elements)
            }
            place += 1
        case .json:
            guard let both = replies[place].elements, both.count == 2 else {
                throw RedisComparison.unexpected([replies[place]])
            }
            guardText = both[0].bytes
            content = both[1].bytes.map { .text($0) } ?? .absent
            place += 1
        case .arraySet:
            guardText = try Self.guardText(replies[place])
            content = try Self.content(of: replies[place + 1]) { reply in
                reply.elements.map { $0.isEmpty ? .absent : .members($0) }
            }
            place += 2
        case .set, .sortedSet:
            guardText = try Self.guardText(replies[place])
            content = try Self.content(of: replies[place + 1]) { reply in
                switch reply {
                case .integer(1): .member
                case .integer(0), .null: .absent
                case .bulk(let score): .score(score)
                case .integer, .status, .error, .array: nil
                }
            }
            place += 2
        case .stream, .invalidation: return RedisFinding(content: .absent, remaining: .gone)
        }
        var remaining = RedisFinding.Remaining.forever
        if mapping.lifetime != .forever {
            remaining = try Self.remaining(replies[place])
            place += 1
        }
        return RedisFinding(content: content, guardText: guardText, remaining: remaining)
    }

    /// Appends the reads for a finding that is odd: the key's type, and the guard of a hash that is not there.
    func appendSecondLook(to commands: inout RedisCommands) {
        Self.append(Self.type, [key], to: &commands)
        if case .hash = mapping.form { Self.append(Self.get, [companion], to: &commands) }
    }

    /// Takes the answers to ``appendSecondLook(to:)``.
    func complete(_ finding: inout RedisFinding, by replies: [RedisReply], at place: inout Int) throws {
        guard let type = replies[place].text else { throw RedisComparison.unexpected([replies[place]]) }
        // What has come or gone since the first look counts as not there: a difference is confirmed by another look.
        finding.content = type == "none" || type == mapping.form.typeName ? .absent : .otherType(type)
        place += 1
        guard case .hash = mapping.form else { return }
        finding.guardText = try Self.guardText(replies[place])
        place += 1
    }

    // MARK: Answers

    /// What a reply says of the key; the type of a key of another type is not known yet.
    private static func content(
        of reply: RedisReply, _ read: (RedisReply) -> RedisFinding.Content?
    ) throws -> RedisFinding.Content {
        if case .error(let error) = reply, error.code == "WRONGTYPE" { return .otherType("") }
        guard let content = read(reply) else { throw RedisComparison.unexpected([reply]) }
        return content
    }

    /// A guard's text; none where its key is not what it was.
    private static func guardText(_ reply: RedisReply) throws -> [UInt8]? {
        switch reply {
        case .bulk(let text): return text
        case .null: return nil
        case .error(let error) where error.code == "WRONGTYPE": return []
        case .integer, .status, .error, .array: throw RedisComparison.unexpected([reply])
        }
    }

    private static func remaining(_ reply: RedisReply) throws -> RedisFinding.Remaining {
        guard case .integer(let left) = reply else { throw RedisComparison.unexpected([reply]) }
        return switch left {
        case -2: .gone
        case -1: .forever
        default: .milliseconds(left)
        }
    }

    private static func value(of field: [UInt8], in elements: [RedisReply]) -> [UInt8]? {
        for index in stride(from: 0, to: elements.count - 1, by: 2) where elements[index].bytes == field {
            return elements[index + 1].bytes
        }
        return nil
    }

    // MARK: Commands

    private static func append(_ command: [UInt8], _ arguments: [[UInt8]], to commands: inout RedisCommands) {
        commands.beginCommand(arguments: 1 + arguments.count)
        commands.append(encoded: command)
        for argument in arguments { commands.append(argument: argument) }
    }

    private static func command(_ name: String) -> [UInt8] { RedisCommands.encoded([Array(name.utf8)]) }

    private static let getAll = command("HGETALL")
    private static let getMany = command("MGET")
    private static let get = command("GET")
    private static let getField = command("HGET")
    private static let members = command("SMEMBERS")
    private static let isMember = command("SISMEMBER")
    private static let score = command("ZSCORE")
    private static let remaining = command("PTTL")
    private static let type = command("TYPE")
}

extension RedisFinding {
    /// Whether one more look is needed to say what is there.
    var isOdd: Bool {
        switch content {
        case .absent, .otherType: true
        case .hash, .text, .members, .member, .score: false
        }
    }
}
