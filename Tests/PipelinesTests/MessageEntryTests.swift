import Change
import Connector
import Testing

@testable import Pipelines

/// Entries that take logical messages instead of rows.
@Suite struct MessageEntryTests {
    private func file(_ entry: String, sink: String = "stdout: {") -> String {
        """
        format: 1
        pipeline: shop
        source: {postgres: {url: u, tables: [public.users]}}
        sinks:
          - \(sink)write: [{from: public.users}, {\(entry)}]}

        """
    }

    @Test func anEntryTakesMessagesByTheirPrefix() throws {
        let documents = try ["outbox", "audit.*", "'*'"].map { pattern in
            try Kinds.read(file("messages: \(pattern)")).sinks[0].writes[1]
        }
        #expect(documents.allSatisfy { $0.from.value == LogicalMessage.table })
        #expect(documents.map(\.name) == ["messages outbox", "messages audit.*", "messages *"])
        #expect(Set(documents.map(\.fingerprint)).count == 3)
        let prefixes = ["", "outbox", "outbox2", "audit.", "audit.x", "audit"].map { Array($0.utf8) }
        let taken = documents.map { document in
            prefixes.map { document.messages?.matches($0.span) }
        }
        #expect(
            taken == [
                [false, true, false, false, false, false], [false, false, false, true, true, false],
                [true, true, true, true, true, true],
            ])
    }

    @Test func anEntryTakesOneOfTheTwo() {
        #expect(
            Kinds.faults(file("from: public.users, messages: x")) == [
                "5:65: an entry takes rows `from` a table or `messages`, not both (make two entries of it)"
            ])
        #expect(
            Kinds.faults(file("messages: ''")) == [
                "5:55: messages: a prefix is missing (write messages: outbox, or messages: \"*\" for every message)"
            ])
    }

    @Test func aSinkThatKeepsRowsByTheirKeyTakesNone() {
        let faults = Kinds.faults(file("messages: x", sink: "redis: {url: r, "))
        #expect(faults.contains { $0.contains("an entry of redis has no key messages") }, "\(faults)")
    }
}
