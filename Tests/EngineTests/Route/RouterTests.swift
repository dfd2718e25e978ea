import Change
import Connector
import ConnectorTestKit
import Pipelines
import Testing

@testable import Engine

/// A key that a delete would not bring is refused with what mends it.
struct RouterTests {
    private static func refusal(of key: String, isOpen: Bool) -> String? {
        let first = isOpen ? "_id" : "number"
        let schema = TableSchema(
            id: 1, table: TableName(namespace: "shop", name: "things"),
            columns: [first, "id", "colour"].map {
                Column(name: $0, type: .text, sourceType: "text", isIdentity: $0 == first)
            }, identity: .primaryKey, primaryKey: [0], isOpen: isOpen)
        let place = EngineFixture.location
        let write = WriteDocument(
            name: "things", from: Located(schema.table, at: place), transform: TransformSpec(),
            options: OptionValues(["key": .init(value: .text(key), location: place)], at: place), fingerprint: 1)
        do {
            _ = try Router(writes: [write], tables: [schema], sink: SimulatedSink())
            return nil
        } catch {
            return (error as? ConfigurationErrors)?.diagnostics.map { "\($0.message) (\($0.hint ?? ""))" }.joined()
        }
    }

    @Test func aTablesKeyHasToBeItsIdentity() {
        #expect(Self.refusal(of: "{number}", isOpen: false) == nil)
        #expect(
            Self.refusal(of: "{colour}:{number}", isOpen: false)
                == "the key is made of colour, which the replica identity of shop.things does not carry: a delete could not "
                + "find its target (ALTER TABLE shop.things REPLICA IDENTITY FULL;)")
    }

    @Test func aDocumentIsKnownByItsOwnKey() {
        #expect(Self.refusal(of: "{_id}", isOpen: true) == nil)
        let images =
            #"keep pre-images: db.runCommand({collMod: "things", changeStreamPreAndPostImages: {enabled: true}})"#
        #expect(
            Self.refusal(of: "{colour}", isOpen: true)
                == "the key is made of colour, which the identity of shop.things does not carry: a delete could not "
                + "find its target (\(images))")
        #expect(
            Self.refusal(of: "{id}", isOpen: true)?.hasSuffix("(a document is known by {_id}; or \(images))") == true)
    }
}
