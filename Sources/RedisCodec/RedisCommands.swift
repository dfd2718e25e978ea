internal import CHiredis
internal import Wire

/// A run of commands in the bytes that a server takes, to be sent at once.
///
/// ``append(_:)`` formats one command with hiredis. Where a command is sent for every row, its parts are written in
/// place instead: ``beginCommand(arguments:)``, then exactly that many arguments. Both are binary safe and make the same
/// bytes.
public struct RedisCommands: Sendable {
    public private(set) var bytes: [UInt8] = []
    /// How many commands there are, and so how many replies will come.
    public private(set) var count = 0

    public init() {}

    public mutating func removeAll(keepingCapacity: Bool = true) {
        bytes.removeAll(keepingCapacity: keepingCapacity)
        count = 0
    }

    /// A place to go back to.
    public struct Mark: Sendable {
        fileprivate let length: Int
        fileprivate let count: Int
    }

    /// The place after everything appended so far.
    public var end: Mark { Mark(length: bytes.count, count: count) }

    /// Takes back everything appended after a place.
    public mutating func rollBack(to mark: Mark) {
        bytes.removeLast(bytes.count - mark.length)
        count = mark.count
    }

    /// Appends a command of texts.
    public mutating func append(_ arguments: [String]) throws(RedisCodecError) {
        try append(arguments.map { Array($0.utf8) })
    }

    /// Appends a command of any bytes.
    public mutating func append(_ arguments: [[UInt8]]) throws(RedisCodecError) {
        let joined = Array(arguments.joined())
        let lengths = arguments.map(\.count)
        var formatted: UnsafeMutablePointer<CChar>?
        // SAFETY: every pointer is into `joined`, and hiredis copies what they point to before it returns.
        let length = joined.withUnsafeBytes { raw in
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = lengths.map { length in
                defer { offset += length }
                return raw.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) } ?? emptyText
            }
            return redisFormatCommandArgv(&formatted, Int32(lengths.count), &pointers, lengths)
        }
        guard length >= 0, let formatted else { throw .outOfMemory }
        defer { redisFreeCommand(formatted) }
        // SAFETY: hiredis says that the command has this many bytes.
        bytes.append(contentsOf: UnsafeRawBufferPointer(start: formatted, count: Int(length)))
        count += 1
    }

    /// Begins a command; its arguments, the name among them, are appended next.
    public mutating func beginCommand(arguments: Int) {
        appendHeader(UInt8(ascii: "*"), arguments)
        count += 1
    }

    /// Appends one argument.
    public mutating func append(argument: Span<UInt8>) {
        appendHeader(UInt8(ascii: "$"), argument.count)
        bytes.append(argument)
        appendLineEnd()
    }

    /// Appends one argument.
    public mutating func append(argument: [UInt8]) {
        append(argument: argument.span)
    }

    /// Appends arguments that ``encoded(_:)`` has made before.
    public mutating func append(encoded arguments: [UInt8]) {
        bytes.append(contentsOf: arguments)
    }

    /// The bytes of arguments that are the same for many commands.
    public static func encoded(_ arguments: [[UInt8]]) -> [UInt8] {
        var commands = RedisCommands()
        for argument in arguments { commands.append(argument: argument) }
        return commands.bytes
    }

    private mutating func appendHeader(_ type: UInt8, _ number: Int) {
        bytes.append(type)
        bytes.append(decimal: number)
        appendLineEnd()
    }

    private mutating func appendLineEnd() {
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }
}

/// What an argument without bytes points to.
// SAFETY: a literal's bytes live for ever and are only read.
nonisolated(unsafe) private let emptyText: UnsafePointer<CChar> = UnsafeRawPointer(("" as StaticString).utf8Start)
    .assumingMemoryBound(to: CChar.self)
