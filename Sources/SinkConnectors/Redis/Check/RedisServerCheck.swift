internal import Connector

/// What a server's own words about itself mean for the rows that it is given.
enum RedisServerCheck {
    /// - Parameter saving: `CONFIG GET` of `save` and `appendfsync`, as far as it was answered.
    static func findings(_ server: RedisServer, saving: [String: String]) -> [Diagnostic] {
        version(server) + role(server) + identity(server) + memory(server) + [durability(server, saving)]
    }

    private static func version(_ server: RedisServer) -> [Diagnostic] {
        guard let version = server.version else {
            return [Diagnostic(.warning, "the server hides its version: Redis 6.2 or later is needed")]
        }
        if version < (6, 2) {
            return [Diagnostic(.error, "Redis \(version.major).\(version.minor) is too old: 6.2 or later is needed")]
        }
        guard !server.hasScriptFlags else { return [] }
        return [
            Diagnostic(
                .warning,
                "before version 7, Redis does not stop a script that replaces a row when the memory is full: maxmemory "
                    + "can be passed by what the replaced rows grow")
        ]
    }

    private static func role(_ server: RedisServer) -> [Diagnostic] {
        var findings: [Diagnostic] = []
        if server["role"] == "slave", server["slave_read_only"] != "0" {
            findings.append(
                Diagnostic(.error, "the server is a read-only replica", hint: "name its master in `url`"))
        }
        if server["cluster_enabled"] == "1" {
            findings.append(
                Diagnostic(
                    .error,
                    "the server is a node of a Redis Cluster, which is not supported: keys of other nodes would be refused",
                    hint: "give the URL of a server that holds every key"))
        }
        return findings
    }

    private static func identity(_ server: RedisServer) -> [Diagnostic] {
        guard server.runID.isEmpty else { return [] }
        return [
            Diagnostic(
                .warning,
                "the server hides its run id: that it was restarted with older data is not noticed before the marker "
                    + "is gone", hint: "allow the user INFO")
        ]
    }

    private static func memory(_ server: RedisServer) -> [Diagnostic] {
        let policy = server["maxmemory_policy"] ?? "noeviction"
        guard server["maxmemory"] != "0", policy != "noeviction" else { return [] }
        let isEverything = policy.hasPrefix("allkeys")
        return [
            Diagnostic(
                .warning,
                isEverything
                    ? "with maxmemory-policy \(policy) the server removes rows by itself when its memory is full"
                    : "with maxmemory-policy \(policy) the server may forget deletions when its memory is full: a replay "
                        + "could then bring a deleted row back for a while",
                hint: "maxmemory-policy noeviction lets Millrace wait for memory instead")
        ]
    }

    /// What a confirmed write survives.
    private static func durability(_ server: RedisServer, _ saving: [String: String]) -> Diagnostic {
        if server["aof_enabled"] == "1" {
            let rhythm =
                switch saving["appendfsync"] {
                case "always": "at every write: a confirmed write survives the server's end"
                case "no": "when the operating system likes to: a crash of the machine can lose the last half minute"
                default: "every second: a crash can lose the last second"
                }
            return Diagnostic(.note, "Redis keeps an append-only file, synced \(rhythm)")
        }
        if let save = saving["save"], save.isEmpty {
            return Diagnostic(
                .warning,
                "Redis saves nothing to disk: a restart loses every row, and the pipeline then has to load them again",
                hint: "appendonly yes")
        }
        return Diagnostic(
            .note,
            "Redis saves snapshots now and then: after a crash it comes back with older rows, and the pipeline resumes "
                + "from the marker among them", hint: "appendonly yes keeps more")
    }
}
