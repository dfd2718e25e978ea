internal import Connector

/// What is risky about the way to the cluster.
enum ConnectionCheck {
    static func findings(_ options: ElasticsearchOptions) -> [Diagnostic] {
        var findings: [Diagnostic] = []
        let open = options.nodes.contains { !$0.isSecure && !isLoopback($0.host) }
        if open, !options.credentials.isNone {
            findings.append(
                Diagnostic(
                    .warning, "the credentials and every row cross the network in the clear", hint: "use https://"))
        } else if open {
            findings.append(
                Diagnostic(
                    .warning, at: options.urlLocation, "every row crosses the network in the clear",
                    hint: "use https://"))
        }
        if !options.tls.isVerifying, options.nodes.contains(where: \.isSecure) {
            findings.append(
                Diagnostic(
                    .warning, at: options.urlLocation,
                    "with verify: false, anyone between here and the cluster can pose as it",
                    hint: "name the authority with ca_file"))
        }
        return findings
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
