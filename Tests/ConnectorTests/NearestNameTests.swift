import Testing

@testable import Connector

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("statsu", "status"), ("STATUS", "status"), ("statu", "status"), ("sttaus", "status"), ("hsah", "hash"),
        ("hash", "hash"), ("totalamount", "total_amount"), ("idd", "id"),
    ])
    func aMistypedNameIsFound(written: String, meant: String) {
        #expect(NearestName.of(written, among: ["id", "status", "hash", "total_amount"]) == meant)
    }

    @Test func aNameThatIsFarFromAllIsNotGuessed() {
        #expect(NearestName.of("wholly_other", among: ["id", "status"]) == nil)
        #expect(NearestName.hint(for: "wholly_other", among: ["id", "status"]) == "valid here: id, status")
        #expect(NearestName.hint(for: "stauts", among: ["id", "status"]) == "did you mean status?")
        #expect(NearestName.hint(for: "x", among: []) == nil)
        let many = (0..<100).map { "column_number_\($0)" }
        #expect(NearestName.hint(for: "q", among: many)?.hasSuffix(", …") == true)
    }

    @Test func longNamesCostLittle() {
        let long = String(repeating: "ab", count: 100_000)
        #expect(NearestName.of(long, among: [long + "c"]) != nil)
    }
}
