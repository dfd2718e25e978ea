internal import CMongoC
internal import Wire

extension MongoError {
    /// What libmongoc says of a command that failed, with the server's answer where there was one.
    init(_ error: bson_error_t, reply: MongoReply?) {
        let code = MongoErrorCode(rawValue: Int32(truncatingIfNeeded: error.code))
        switch error.domain {
        case MONGOC_ERROR_SERVER.rawValue:
            let name = reply.flatMap(Self.codeName)
            let isRefusal = code == .unauthorized || code == .authenticationFailed
            self.init(
                isRefusal ? .authentication : .server, code: code, codeName: name,
                isLabelledResumable: reply.map { mongoc_error_has_label($0.pointer, "ResumableChangeStreamError") }
                    ?? false,
                message: isRefusal ? "the MongoDB server refused us" : "the MongoDB server reported an error")
        case MONGOC_ERROR_STREAM.rawValue:
            self.init(
                .connectionLost, message: "the connection to the MongoDB server failed: \(Self.sentence(of: error))")
        case MONGOC_ERROR_SERVER_SELECTION.rawValue:
            let isWrong = Self.speaksOfAuthentication(Self.sentence(of: error))
            self.init(
                isWrong ? .authentication : .unreachable,
                message: "no MongoDB server could be used: \(Self.sentence(of: error))")
        case MONGOC_ERROR_CLIENT.rawValue where error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE.rawValue,
            MONGOC_ERROR_SASL.rawValue, MONGOC_ERROR_SCRAM.rawValue:
            self.init(.authentication, message: "the MongoDB server does not accept user and password")
        case MONGOC_ERROR_PROTOCOL.rawValue, MONGOC_ERROR_BSON.rawValue:
            self.init(.protocolViolation, message: "the MongoDB server's answer cannot be read")
        default:
            self.init(.protocolViolation, message: "the MongoDB driver failed (\(error.domain), \(error.code))")
        }
    }

    private static func sentence(of error: bson_error_t) -> String {
        // SAFETY: libmongoc ends the message with a zero byte within its fixed room; String copies it.
        withUnsafeBytes(of: error.message) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func speaksOfAuthentication(_ sentence: String) -> Bool {
        ["uthentication fail", "TLS handshake failed", "certificate"].contains { sentence.contains($0) }
    }

    private static func codeName(in reply: MongoReply) -> String? {
        do {
            var elements = try BSONDocument(reply.bytes).elements
            while try elements.advance() {
                guard elements.type == .string, elements.name.isEqual(to: "codeName") else { continue }
                return String(decoding: elements.value.text)
            }
        } catch {}
        return nil
    }
}
