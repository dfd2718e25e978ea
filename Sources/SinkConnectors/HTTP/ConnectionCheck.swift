internal import Connector

/// What is risky about the way to a target that speaks HTTP.
enum ConnectionCheck {
    /// - Parameters:
    ///   - place: where the pipeline file names the addresses.
    ///   - target: what listens there, such as `the cluster`.
    static func findings(
        _ addresses: [HTTPAddress], hasCredentials: Bool, isVerifying: Bool, at place: SourceLocation, target: String
    ) -> [Diagnostic] {
        var findings: [Diagnostic] = []
        let open = addresses.contains { !$0.isSecure && !isLoopback($0.host) }
        if open, hasCredentials {
            findings.append(
                Diagnostic(
                    .warning, "the credentials and every row cross the network in the clear", hint: "use https://"))
        } else if open {
            findings.append(
                Diagnostic(
                    .warning, at: place, "every row crosses the network in the clear",
                    hint: "use https://"))
        }
        if !isVerifying, addresses.contains(where: \.isSecure) {
            findings.append(
                Diagnostic(
                    .warning, at: place,
                    "with verify: false, anyone between here and \(target) can pose as it",
                    hint: "name the authority with ca_file"))
        }
        return findings
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
