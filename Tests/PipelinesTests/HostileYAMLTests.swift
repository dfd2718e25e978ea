import Randomness
import Testing

@testable import Pipelines

@Suite struct HostileYAMLTests {
    @Test func aBillionLaughsAreRefusedAtOnce() {
        var text = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for (name, before) in zip("bcdefghi", "abcdefgh") {
            text += "\(name): &\(name) [\(Array(repeating: "*\(before)", count: 9).joined(separator: ", "))]\n"
        }
        #expect(
            Kinds.faults(text) == [
                "1:1: the file uses aliases (*name); a pipeline file has none (write out what they stand for)"
            ])
        // As a key, Yams itself would compare it.
        #expect(Kinds.faults(text + "? *i\n: x\n").count == 1)
    }

    @Test func aFewAliasesAreRefusedWithTheirPlace() {
        let faults = Kinds.faults("format: &one 1\npipeline: *one\n")
        #expect(faults.contains("1:9: anchors and aliases are not used in pipeline files (write the value out)"))
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "])
    func depthIsCapped(opening: String) {
        for depth in [40, 900, 5_000, 200_000] {
            #expect(!Kinds.faults("format: " + String(repeating: opening, count: depth)).isEmpty)
        }
        let closed = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect(Kinds.faults("format: 1\npipeline: \(closed)").contains { $0.contains("levels deep") })
    }

    @Test func sizesAreCapped() {
        #expect(Kinds.faults(String(repeating: "#", count: (1 << 20) + 1)).first?.contains("at most 1048576") == true)
        let long = Kinds.file(entry: "hash: \(String(repeating: "a", count: 70_000))")
        #expect(Kinds.faults(long) == ["13:17: a text has at most 65536 bytes"])
        let many = "format: 1\npipeline: [" + String(repeating: "1,", count: 150_000) + "1]"
        #expect(Kinds.faults(many).contains { $0.contains("more than 100000 values") })
    }

    @Test func whatIsNoTextIsRefused() {
        let reader = Kinds.reader()
        for bytes in [[0xFF, 0xFE, 0x41], [0x66, 0xC3], [0x00], Array("a: \"\\0\"".utf8), Array("a: \u{7}".utf8)]
            as [[UInt8]]
        {
            #expect(throws: (any Error).self) { try reader.read(bytes, file: "p.yaml") }
        }
    }

    @Test func everyTruncationIsAnErrorOrAFile() {
        let bytes = Array(Kinds.file(entry: "where: \"a = 'b' \\\n            and c\"").utf8)
        let reader = Kinds.reader()
        for length in 0..<bytes.count { _ = try? reader.read(Array(bytes[..<length]), file: "p.yaml") }
        #expect((try? reader.read(bytes, file: "p.yaml")) != nil)
    }

    @Test func mutatedFilesNeverTrap() {
        var random = SeededNumbers(seed: 7)
        let reader = Kinds.reader()
        let original = Array(
            Kinds.file(
                entry: "compute: {a: \"{b}\", c: 'd''e'}\n          where: >-\n            a = 1\n            and b"
            ).utf8)
        let signs = Array("{}[]:-?&*!|>'\"%@`#,\n\t \\$x0".utf8) + [0, 0x80, 0xFF]
        var read = 0
        for _ in 0..<3_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = signs.randomElement(using: &random)!
                case 1: bytes.insert(signs.randomElement(using: &random)!, at: index)
                default: bytes.remove(at: index)
                }
            }
            if (try? reader.read(bytes, file: "p.yaml")) != nil { read += 1 }
        }
        #expect(read > 0)
    }

    @Test func secretsNeverReachAnError() throws {
        let secret = "s3cr3t-value"
        for option in ["lanes", "verify", "timeout", "batch_bytes", "mode", "name", "hosts", "settings"] {
            let faults = Kinds.faults(
                Kinds.file(sink: "\(option): ${SECRET}"), environment: ["PG": secret, "RD": secret, "SECRET": secret])
            #expect(faults.count <= 1 && !faults.description.contains(secret))
        }
        for entry in [
            "hash: \"{${SECRET}\"", "name: \"${SECRET}\\n\"", "select: [\"${SECRET}\", \"${SECRET}\"]",
            "digest: {a: \"${SECRET}\"}",
        ] {
            let faults = Kinds.faults(
                Kinds.file(entry: entry), environment: ["PG": secret, "RD": secret, "SECRET": secret])
            #expect(faults.count == 1 && !faults.description.contains(secret))
        }
        let from = Kinds.faults(
            Kinds.file().replacing("from: public.users", with: "from: ${SECRET}"),
            environment: ["PG": secret, "RD": secret, "SECRET": secret])
        #expect(from.count == 1 && !from.description.contains(secret))
    }
}
