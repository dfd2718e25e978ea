import Change
import Connector
import Logging
import Testing

@testable import SourceConnectors

@Suite struct OptionsTests {
    private func options(_ values: [String: OptionValue], pipeline: String = "shop-orders") throws
        -> PostgresSourceOptions
    {
        let place = SourceLocation(file: "p.yaml", line: 4, column: 5)
        return try PostgresSourceOptions(
            SourceContext(
                pipeline: pipeline,
                options: OptionValues(values.mapValues { .init(value: $0, location: place) }, at: place),
                tables: [TableName(namespace: "public", name: "t")], logger: Logger(label: "test")))
    }

    private let url = OptionValue.secret(Secret("postgresql://u:hunter2@h/db"))

    @Test func namesComeFromThePipelineUnlessGiven() throws {
        let plain = try options(["url": url])
        #expect(plain.slot == "millrace_shop_orders")
        #expect(plain.publications == ["millrace_shop_orders", "millrace_shop_orders_nokey"])
        let given = try options(["url": url, "slot": .text("s"), "publication": .text("p")])
        #expect(given.slot == "s" && given.publication == "p")
    }

    @Test func aWrongNameIsAnErrorAtItsPlaceWithOneThatIsRight() throws {
        let errors = try #require(throws: ConfigurationErrors.self) {
            _ = try options([
                "url": url, "slot": .text("My-Slot"), "publication": .text(String(repeating: "p", count: 60)),
            ])
        }
        #expect(errors.diagnostics.count == 2)
        #expect(errors.diagnostics[0].location?.line == 4 && errors.diagnostics[0].hint == "slot: my_slot")
    }

    @Test func theUrlIsNeverShown() throws {
        #expect(!"\(try options(["url": url]))".contains("hunter2"))
    }

    @Test func copiesOfASlotHaveNamesThatDifferAndFit() {
        let names = ["redis", "Redis", "a-b", "a_b", String(repeating: "long", count: 30)].map {
            FeedSlot.name(of: .detached(sink: $0), main: String(repeating: "m", count: 63))
        }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { ObjectName.isValid($0) })
        #expect(FeedSlot.name(of: .detached(sink: "redis"), main: "millrace_a") == "millrace_a__feed_redis")
    }
}
