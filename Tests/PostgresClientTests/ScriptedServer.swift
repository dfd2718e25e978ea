import Foundation
import Testing
import Threads

#if canImport(Glibc)
    import Glibc
#endif

/// Something on loopback that takes a client for one of PostgreSQL's and says what a script has it say.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        case say([UInt8])
        /// Says the same until the client has gone, up to a number of bytes.
        case repeatUpTo(Int, [UInt8])
        /// Waits for a message of the client.
        case hear
        /// Says nothing more and leaves the connection open until the client goes.
        case wait
    }

    let port: Int
    private let listener: Int32

    /// Serves connections one after the other, each with the whole script, and closes each at its end.
    init(_ script: [Step]) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        try #require(isListening)
        port = Int(UInt16(bigEndian: address.sin_port))
        DedicatedThread.start(name: "scripted-server") {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else {
                    // Closed by nobody else: the number may be another server's by the time that it is asked again.
                    close(listener)
                    return
                }
                Self.play(script, to: client)
                close(client)
            }
        }
    }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func play(_ script: [Step], to client: Int32) {
        guard hear(client) else { return }
        for step in script {
            switch step {
            case .say(let bytes): guard say(bytes, to: client) else { return }
            case .repeatUpTo(let count, let bytes):
                var said = 0
                while said < count {
                    guard say(bytes, to: client) else { return }
                    said += bytes.count
                }
            case .hear: guard hear(client) else { return }
            case .wait: while hear(client) {}
            }
        }
    }

    private static func hear(_ client: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        return recv(client, &buffer, buffer.count, 0) > 0
    }

    private static func say(_ bytes: [UInt8], to client: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}

/// Messages as a server sends them.
enum ServerMessage {
    static func of(_ type: Character, _ body: [UInt8]) -> [UInt8] {
        [type.asciiValue ?? 0] + number(body.count + 4) + body
    }

    static func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    static func short(_ value: Int) -> [UInt8] { (0..<2).map { UInt8(truncatingIfNeeded: value >> (8 - 8 * $0)) } }
    static func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

    static let authenticated = of("R", number(0))
    static let ready = of("Z", Array("I".utf8))
    /// All that lets a client in.
    static let welcome =
        authenticated + of("S", text("server_version") + text("15.4")) + of("S", text("client_encoding") + text("UTF8"))
        + of("S", text("standard_conforming_strings") + text("on")) + of("K", number(1) + number(2)) + ready
    static let parsed = of("1", []) + of("2", [])
    static let oneColumn = of(
        "T", short(1) + text("a") + number(0) + short(0) + number(25) + short(-1) + number(-1) + short(0))
    static func row(_ value: String) -> [UInt8] { of("D", short(1) + number(value.utf8.count) + Array(value.utf8)) }
    static let done = of("C", text("SELECT 1")) + ready
    static func error(_ words: String) -> [UInt8] {
        of("E", Array("S".utf8) + text("ERROR") + Array("C".utf8) + text("XX000") + Array("M".utf8) + text(words) + [0])
    }
}
