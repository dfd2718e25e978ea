import PostgresClient
import Testing

struct LSNTests {
    @Test(
        arguments: [
            ("0/0", 0), ("16/B374D848", 0x16_B374_D848), ("FFFFFFFF/FFFFFFFF", .max), ("0/1e1f248", 0x1E1_F248),
        ] as [(String, UInt64)])
    func theServersFormIsReadAndWritten(text: String, value: UInt64) throws {
        let position = try #require(LSN(text))
        #expect(position.rawValue == value)
        #expect(position.description == text.uppercased())
    }

    @Test(arguments: ["", "/", "0", "0/", "/0", "0/0/0", "g/0", "+1/0", "-1/0", "123456789/0", "0/ 1", "0/1\u{0}"])
    func anythingElseIsRefused(text: String) {
        #expect(LSN(text) == nil)
    }

    @Test func commitPositionsKeepTheOrderAndComeBack() {
        let position = LSN(rawValue: 0x16_B374_D848)
        #expect(LSN(commitPosition: position.commitPosition) == position)
        #expect(LSN(rawValue: 8).commitPosition < LSN(rawValue: 16).commitPosition)
    }
}
