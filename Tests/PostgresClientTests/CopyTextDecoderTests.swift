import Randomness
import Change
import PostgresClient
import Testing

struct CopyTextDecoderTests {
    @Test func whatTheReferenceEncoderWritesIsReadBack() throws {
        var random = SeededNumbers(seed: 7)
        var batch = ChangeBatch()
        // Bytes that matter to the format are drawn often.
        let alphabet: [UInt8] = [8, 9, 10, 11, 12, 13, 92, 78, 110, 48, 120, 65, 0xC3, 0xA9, 0xF0]
        for _ in 0..<5_000 {
            let cells: [[UInt8]?] = (0..<Int(random.next() % 6 + 1)).map { _ in
                guard random.next() % 5 > 0 else { return nil }
                let isPlain = random.next() % 2 == 0
                return (0..<Int(random.next() % 12)).map { _ in
                    isPlain ? 97 : alphabet[Int(random.next() % UInt64(alphabet.count))]
                }
            }
            let line = encode(cells)
            let first = try CopyTextDecoder.decode(line.span, columns: cells.count, into: &batch)
            #expect(read(batch, from: first, count: cells.count) == cells)
        }
    }

    @Test(
        arguments: [
            ("", [""]), ("\\N", [nil]), ("a\t", ["a", ""]), ("\t", ["", ""]), ("\\N\t\\N", [nil, nil]),
            ("\\N\t", [nil, ""]), ("\\\\N", ["\\N"]), ("\\Nx", ["Nx"]), ("x\\N", ["xN"]),
            ("\\101\\x42\\0", ["AB\u{0}"]),
            ("\\xZ", ["xZ"]), ("\\x4", ["\u{4}"]), ("\\q\\.", ["q."]), ("a\\", ["a\\"]), ("\\1018", ["A8"]),
        ] as [(String, [String?])])
    func escapesAreReadAsPostgresReadsThem(line: String, cells: [String?]) throws {
        var batch = ChangeBatch()
        let first = try CopyTextDecoder.decode(Array(line.utf8).span, columns: cells.count, into: &batch)
        #expect(read(batch, from: first, count: cells.count) == cells.map { $0.map { Array($0.utf8) } })
    }

    @Test(arguments: ["a", "a\tb\tc", "", "a\\\tb", "\\N\\N"])
    func anotherNumberOfCellsIsRefusedAndLeavesTheBatch(line: String) throws {
        var batch = ChangeBatch()
        _ = try CopyTextDecoder.decode(Array("x\ty".utf8).span, columns: 2, into: &batch)
        let error = #expect(throws: PostgresError.self) {
            _ = try CopyTextDecoder.decode(Array(line.utf8).span, columns: 2, into: &batch)
        }
        #expect(error?.kind == .protocolViolation)
        #expect(batch.slots.count == 2)
        #expect(batch.bytes.count == 3)
    }

    @Test func aTableWithoutColumnsHasEmptyLines() throws {
        var batch = ChangeBatch()
        #expect(try CopyTextDecoder.decode([UInt8]().span, columns: 0, into: &batch) == 0)
        #expect(batch.slots.isEmpty)
    }

    private func read(_ batch: ChangeBatch, from first: Int, count: Int) -> [[UInt8]?] {
        batch.slots[first..<first + count].map { slot in
            slot.state == .null ? nil : Array(batch.bytes[Int(slot.offset)..<Int(slot.offset) + slot.length])
        }
    }

    /// COPY's output as `copyto.c` writes it.
    private func encode(_ cells: [[UInt8]?]) -> [UInt8] {
        let escapes: [UInt8: Character] = [8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 92: "\\"]
        let encoded = cells.map { cell -> [UInt8] in
            guard let cell else { return Array("\\N".utf8) }
            return cell.flatMap { byte in escapes[byte].map { [92, $0.asciiValue!] } ?? [byte] }
        }
        return Array(encoded.joined(separator: [9]))
    }
}
