import Change
import Connector
import Testing

@testable import SinkConnectors

@Suite("Elasticsearch, options")
struct ElasticsearchOptionsTests {
    private let url: OptionValue = .secret(Secret("https://a.example:9200"))

    private func messages(_ options: [String: OptionValue]) -> [String] {
        do {
            _ = try ElasticsearchOptions(.test(options))
            return []
        } catch let errors as ConfigurationErrors {
            return errors.diagnostics.map(\.message)
        } catch {
            return ["\(error)"]
        }
    }

    @Test func severalNodesMayBeNamedWithAUserInTheAddress() throws {
        let text = "https://ann:p%40ss@a.example:9243/search/, http://[::1]"
        let options = try ElasticsearchOptions(.test(["url": .secret(Secret(text))]))
        #expect(options.nodes.map(\.base) == ["https://a.example:9243/search", "http://[::1]:9200"])
        #expect(options.credentials.authorization == "Basic YW5uOnBAc3M=")
        #expect(!"\(options)".contains("p@ss"))
    }

    @Test(arguments: ["", "a.example:9200", "ftp://a.example", "https:///x", "https://a.example?x=1", "::"])
    func whatIsNoAddressIsRefusedWithoutRepeatingIt(_ text: String) throws {
        let found = messages(["url": .secret(Secret(text))])
        #expect(found.count == 1)
        #expect(text.isEmpty || !found[0].contains(text))
    }

    @Test func everythingWrongIsSaidAtOnce() {
        let found = messages([
            "url": url, "api_key": .secret(Secret("k")), "bearer_token": .secret(Secret("t")),
            "password": .secret(Secret("p")),
            "certificate_file": .text("x"), "marker_index": .text("Upper"),
        ])
        #expect(found.count == 4)
    }

    @Test func optionsOfTLSAreRefusedWhereNoneIsSpoken() {
        let found = messages(["url": .secret(Secret("http://a.example")), "verify": .boolean(false)])
        #expect(found == ["`verify` is for TLS, and the URL does not begin with https://"])
    }

    @Test func aMissingCertificateFileIsNamedByItsOption() throws {
        let options = try ElasticsearchOptions(.test(["url": url, "ca_file": .text("/nowhere/ca.pem")]))
        let error = #expect(throws: MillraceError.self) { try ElasticsearchClient(options, logger: .quiet) }
        #expect(error?.message == "the file that ca_file names cannot be read as PEM")
    }

    @Test func theFactoryDescribesEveryOptionThatIsRead() throws {
        let factory = ElasticsearchSinkFactory()
        #expect(factory.kind == "elasticsearch")
        #expect(Set(factory.options.map(\.name)).count == factory.options.count)
        #expect(
            Set(factory.mappingOptions.map(\.name)).isSuperset(of: ["index", "id", "routing", "delete", "decimals"]))
        let context = SinkContext(
            pipeline: "p", name: "search", options: .test(["url": url, "lanes": .integer(4)]), logger: .quiet,
            source: UnaskedSource())
        #expect(try factory.makeSink(context).traits.lanes == 4)
    }
}

/// A source that nobody asks.
struct UnaskedSource: ReadableSource {
    func describe(_ tables: [TableName]) async throws -> [TableSchema] { [] }
    func lookup(_ request: LookupRequest) async throws -> LookupResult { LookupResult(rows: []) }
}
