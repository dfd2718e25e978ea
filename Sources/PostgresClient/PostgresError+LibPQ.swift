internal import CLibPQ

extension PostgresError {
    /// What the server said of a command.
    init(ofResult result: ResultHandle) {
        guard let text = result.errorField("C") else {
            // No SQLSTATE: libpq made the result itself, because the connection ended.
            self = .lost
            return
        }
        let code = SQLState(rawValue: text)
        self.init(
            code.kind, code: code, severity: result.errorField("V") ?? result.errorField("S"),
            message: Self.message(result.errorField("M"), for: code))
    }

    /// Why an established connection ended.
    init(ofLostConnection connection: OpaquePointer) {
        self = .lost
        guard let report = ServerReport(String(cString: PQerrorMessage(connection))), let code = report.code else {
            return
        }
        self.code = code
        message = Self.message(report.message, for: code)
    }

    /// Why a connection could not be made.
    init(ofFailedConnection connection: OpaquePointer) {
        let text = String(cString: PQerrorMessage(connection))
        let report = ServerReport(text)
        if let code = report?.code {
            let kind: Kind = code.kind == .connectionLost ? .unreachable : code.kind
            self.init(kind, code: code, message: Self.message(report?.message, for: code))
            return
        }
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no connection could be made"
        guard !line.hasPrefix("invalid ") else {
            self.init(.configuration, message: line)
            return
        }
        let isRefusal = PQconnectionNeedsPassword(connection) != 0 || Self.speaksOfAuthentication(line)
        self.init(isRefusal ? .authentication : .unreachable, message: line)
    }

    private static func message(_ message: String?, for code: SQLState) -> String {
        guard code.hasSafeMessage, let message else { return "the PostgreSQL server reported an error" }
        return message
    }

    /// libpq gives no code for what it refuses itself; its own sentences are not translated in this process.
    private static func speaksOfAuthentication(_ line: String) -> Bool {
        ["SSL", "certificate", "authentication", "password", "SCRAM", "GSSAPI"].contains { line.contains($0) }
    }
}

/// The server's sentence within a libpq message of verbose form: `SEVERITY:  CODE: sentence`.
struct ServerReport {
    var code: SQLState?
    var message: String

    init?(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let bytes = Array(line.utf8)
            // The severity may be translated; two spaces, five characters, a colon and a space are not.
            for start in bytes.indices.dropLast(9) where bytes[start...].starts(with: [0x3A, 0x20, 0x20]) {
                let code = bytes[(start + 3)..<(start + 8)]
                guard code.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }),
                    bytes[(start + 8)...].starts(with: [0x3A, 0x20])
                else { continue }
                self.code = SQLState(rawValue: String(decoding: code, as: UTF8.self))
                message = String(decoding: bytes[(start + 10)...], as: UTF8.self)
                return
            }
        }
        return nil
    }
}
