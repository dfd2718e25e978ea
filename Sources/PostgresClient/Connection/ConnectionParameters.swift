internal import CLibPQ

/// What libpq is told: keywords and values, one set for each host of the connection string.
struct ConnectionParameters {
    private(set) var values: [String: String]

    /// Whether the connection is for data or for the replication protocol.
    enum Purpose {
        case queries
        case replication
    }

    /// - Throws: `configuration` when libpq cannot read the connection string. Its own message would repeat the
    ///   string, secrets included, so it is not shown.
    init(_ settings: ConnectionSettings, purpose: Purpose) throws(PostgresError) {
        values = try Self.parse(settings.connectionString)
        values["application_name"] = settings.applicationName
        values["client_encoding"] = "UTF8"
        values["options"] = Self.options(settings, inherited: values["options"])
        values["replication"] = purpose == .replication ? "database" : nil
        let defaults = [
            "connect_timeout": String(max(1, settings.connectTimeout.components.seconds)),
            // A connection that died without a word is noticed within a minute.
            "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": "60000",
        ]
        values.merge(defaults) { given, _ in given }
    }

    /// How long one host may take; nil where the connection string says to wait for ever.
    var connectTimeout: Duration? {
        guard let seconds = values["connect_timeout"].flatMap({ Int($0) }), seconds > 0 else { return nil }
        // As libpq does: one second is too easily a rounding of nearly nothing.
        return .seconds(max(2, seconds))
    }

    /// The parameters for each host by itself, in order; libpq's own loop over hosts cannot be left on a timeout.
    var perHost: [ConnectionParameters] {
        let hosts = list("host"), addresses = list("hostaddr"), ports = list("port")
        let count = max(hosts.count, addresses.count)
        guard count > 1 else { return [self] }
        return (0..<count).map { index in
            var one = self
            one.values["host"] = index < hosts.count ? hosts[index] : nil
            one.values["hostaddr"] = index < addresses.count ? addresses[index] : nil
            one.values["port"] = ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : nil
            return one
        }
    }

    /// Calls `body` with the arrays that `PQconnectStartParams` takes.
    func withArrays<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        var text: [CChar] = []
        var offsets: [(key: Int, value: Int)] = []
        for (key, value) in values {
            let start = text.count
            text += key.utf8CString
            offsets.append((start, text.count))
            text += value.utf8CString
        }
        // SAFETY: the pointers point into `text`, which outlives the call, and both arrays end with a null pointer.
        return text.withUnsafeBufferPointer { text in
            let keys: [UnsafePointer<CChar>?] = offsets.map { text.baseAddress?.advanced(by: $0.key) } + [nil]
            let texts: [UnsafePointer<CChar>?] = offsets.map { text.baseAddress?.advanced(by: $0.value) } + [nil]
            return body(keys, texts)
        }
    }

    private func list(_ key: String) -> [String] {
        values[key]?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
    }

    private static func parse(_ connectionString: String) throws(PostgresError) -> [String: String] {
        guard !connectionString.utf8.contains(0) else { throw .unreadableConnectionString }
        var message: UnsafeMutablePointer<CChar>?
        // SAFETY: libpq hands over an array that ends with a null keyword; it and the message are freed here.
        guard let options = PQconninfoParse(connectionString, &message) else {
            PQfreemem(message)
            throw .unreadableConnectionString
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        // A secret with a raw @ or : in a URL slips into the host or the port, and from there into messages.
        let isMisread =
            values["host"]?.contains("@") == true || values["port"]?.contains { !"0123456789,".contains($0) } == true
        guard !isMisread else { throw .unreadableConnectionString }
        return values
    }

    private static func options(_ settings: ConnectionSettings, inherited: String?) -> String {
        var parameters = ConnectionSettings.pinnedParameters
        parameters += settings.parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        var options = inherited ?? ""
        for (name, value) in parameters {
            options += " -c \(name)="
            for character in value.unicodeScalars {
                if character == " " || character == "\\" { options.unicodeScalars.append("\\") }
                options.unicodeScalars.append(character)
            }
        }
        return options
    }
}
