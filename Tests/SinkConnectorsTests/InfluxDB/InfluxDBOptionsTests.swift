import Connector
import Testing

@testable import SinkConnectors

@Suite struct InfluxDBOptionsTests {
    private func options(_ values: [String: OptionValue]) throws -> InfluxDBOptions {
        try InfluxDBOptions(.test(values))
    }

    private func url(_ text: String) -> OptionValue { .secret(Secret(text)) }

    @Test func aURLNamesTheServerTheUserAndTheDatabase() throws {
        let options = try options(["url": url("http://me:p%40ss@[::1]/my%20shop")])
        #expect(options.address == HTTPAddress(isSecure: false, host: "::1", port: 8086))
        #expect(options.database == "my shop")
        #expect(options.credentials.authorization(.v1) == "Basic bWU6cEBzcw==")
        let behind = try self.options(["url": url("https://host.example/prefix/shop"), "api": .text("v3")])
        #expect(behind.address.base == "https://host.example:443/prefix")
        #expect(behind.database == "shop")
        #expect(behind.api == .v3)
        let named = try self.options(["url": url("https://host.example/prefix"), "database": .text("shop")])
        #expect(named.address.path == "/prefix")
        #expect(named.database == "shop")
    }

    @Test func whatIsWrongIsRefusedWithoutSayingTheURL() {
        for values: [String: OptionValue] in [
            ["url": url("http://SECRET")], ["url": url("ftp://SECRET/x")], ["url": url("http://SECRET/x?y")],
            ["url": url("http://h/x"), "api": .text("v2")],
            ["url": url("http://h/x"), "organization": .text("o")],
            ["url": url("http://h/x"), "api": .text("v3"), "retention_policy": .text("o")],
            ["url": url("http://u:p@h/x"), "token": url("t")],
            ["url": url("http://h/x"), "marker_measurement": .text("_x")],
            ["url": url("https://h/x"), "key_file": .text("k")],
        ] {
            let error = #expect(throws: ConfigurationErrors.self) { try options(values) }
            #expect(error.map { "\($0)".contains("SECRET") } == false)
        }
    }
}
