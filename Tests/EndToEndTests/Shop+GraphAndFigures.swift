import Foundation
import Testing

extension Shop {
    @discardableResult
    func figures(_ statement: String) async throws -> String {
        var address = URLComponents(string: environment["SHOP_INFLUXDB"] ?? "") ?? URLComponents()
        let database = address.path.dropFirst()
        address.path = "/query"
        address.query = "epoch=ns&db=\(database)"
        return try await Command.run(
            "curl", ["-sf", "-XPOST", address.string ?? "", "--data-urlencode", "q=\(statement)"])
    }

    /// Writes a point as a line of line protocol.
    func write(figure line: String) async throws {
        var address = URLComponents(string: environment["SHOP_INFLUXDB"] ?? "") ?? URLComponents()
        let database = address.path.dropFirst()
        address.path = "/write"
        address.query = "precision=ns&db=\(database)"
        try await Command.run("curl", ["-sf", "-XPOST", address.string ?? "", "--data-binary", line])
    }

    /// Runs a statement on the graph and returns its records, each as a line of JSON.
    @discardableResult
    func graph(_ statement: String) async throws -> [String] {
        let code = """
            import json, os, sys
            sys.path.insert(0, '\(file("examples/shop/graph"))')
            from bolt import Bolt
            for record in Bolt(os.environ['SHOP_NEO4J']).run(sys.argv[1]):
                print(json.dumps(record))
            """
        return try await Command.run("python3", ["-c", code, statement], environment: environment)
            .split(separator: "\n").map(String.init)
    }

    func emptyGraph() async throws {
        try await graph("MATCH (n) DETACH DELETE n")
    }

    /// Names a database of figures and the graph, which every test of a lab shares, and empties them.
    ///
    /// - Parameter variables: what names the servers.
    mutating func openGraphAndFigures(
        _ database: String, servers variables: [String: String] = ProcessInfo.processInfo.environment
    ) async throws {
        var influx = try #require(variables["SHOP_INFLUXDB"].flatMap(URLComponents.init(string:)))
        influx.path = "/\(database)"
        environment["SHOP_INFLUXDB"] = influx.string
        environment["SHOP_NEO4J"] = variables["SHOP_NEO4J"]
        try await figures("DROP DATABASE \(database)")
        try await figures("CREATE DATABASE \(database)")
        try await emptyGraph()
    }

    func closeGraphAndFigures(_ database: String) async throws {
        try await emptyGraph()
        try await figures("DROP DATABASE \(database)")
    }
}
