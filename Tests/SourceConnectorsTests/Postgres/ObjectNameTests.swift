import Testing

@testable import SourceConnectors

@Suite struct ObjectNameTests {
    @Test(arguments: ["millrace_shop", "a", "_9", String(repeating: "x", count: 63)])
    func aNameOfSmallLettersDigitsAndUnderscoresIsValid(_ name: String) {
        #expect(ObjectName.isValid(name))
    }

    @Test(arguments: ["", "Shop", "shop-1", "a b", "ü", "a\"b", String(repeating: "x", count: 64)])
    func anyOtherNameIsNot(_ name: String) {
        #expect(!ObjectName.isValid(name))
        #expect(ObjectName.isValid(ObjectName.nearest(to: name)))
    }
}
