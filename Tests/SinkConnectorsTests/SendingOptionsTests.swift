import Connector
import Testing

@testable import SinkConnectors

/// What every sink with a server is told in the same words.
struct SendingOptionsTests {
    private static let urls = [
        "redis": "redis://a.example", "elasticsearch": "http://a.example", "neo4j": "bolt://a.example",
        "influxdb": "http://a.example/shop",
    ]

    private func problems(_ kind: String, _ options: [String: OptionValue]) throws -> [String] {
        let factory = try #require(SinkRegistry.all.first { $0.kind == kind })
        let url = OptionValue.secret(Secret(try #require(Self.urls[kind])))
        let context = SinkContext(
            pipeline: "p", name: kind, options: .test(options.merging(["url": url]) { $1 }), logger: .quiet,
            source: UnaskedSource())
        do {
            _ = try factory.makeSink(context)
            return []
        } catch let errors as ConfigurationErrors {
            return errors.diagnostics.map(\.message)
        }
    }

    @Test(arguments: urls.keys.sorted())
    func noTimeAndNoRoomAreRefused(kind: String) throws {
        let found = try problems(
            kind,
            [
                "timeout": .duration(.zero), "connect_timeout": .duration(.microseconds(999)),
                "batch_bytes": .byteCount(0),
            ])
        #expect(
            found == [
                "`connect_timeout` has to be at least 1ms", "`timeout` has to be at least 1ms",
                "`batch_bytes` has to be positive",
            ])
        #expect(
            try problems(kind, ["timeout": .duration(.milliseconds(1)), "batch_bytes": .byteCount(1)]).isEmpty)
    }
}
