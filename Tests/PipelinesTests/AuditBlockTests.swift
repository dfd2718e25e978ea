import Testing

@testable import Pipelines

@Suite struct AuditBlockTests {
    private func file(_ block: String) -> String { Kinds.file() + "\n" + block }

    @Test func whatIsNotSaidHasItsDefault() throws {
        #expect(try Kinds.read(file("audit: {every: 1h}")).audit == AuditDocument(every: .seconds(3_600)))
        #expect(
            try Kinds.read(file("audit: {every: 90s, redact: false, keep: 5, rate: 5000}")).audit
                == AuditDocument(every: .seconds(90), isRedacted: false, keep: 5, rowsPerSecond: 5_000))
        #expect(try Kinds.read(Kinds.file()).audit == nil)
    }

    @Test(arguments: [
        ("audit: {keep: 3}", "audit needs the key every"), ("audit: {every: 0s}", "every: audits need a second"),
        ("audit: {every: often}", "is not a duration"), ("audit: {every: 1h, keep: 0}", "is not a whole number"),
        ("audit: {every: 1h, rate: 99}", "is not a whole number"),
        ("audit: {evry: 1h}", "audit has no key evry"), ("audit: 1h", "audit is a mapping"),
    ])
    func aMistakeIsNamed(block: String, words: String) {
        let faults = Kinds.faults(file(block))
        #expect(faults.contains { $0.contains(words) }, "\(faults)")
    }
}
