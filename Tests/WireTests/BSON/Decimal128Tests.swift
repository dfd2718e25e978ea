import ConnectorTestKit
import Testing
import Wire

@Suite struct Decimal128Tests {
    /// Bits and texts, in the manner of the specification's own list.
    @Test(
        arguments: [
            (0x3040_0000_0000_0000, 0, "0"), (0xB040_0000_0000_0000, 0, "-0"), (0x3040_0000_0000_0000, 1, "1"),
            (0xB040_0000_0000_0000, 1, "-1"), (0x303E_0000_0000_0000, 10, "1.0"), (0x303C_0000_0000_0000, 1, "0.01"),
            (0x3046_0000_0000_0000, 0, "0E+3"), (0xB046_0000_0000_0000, 0, "-0E+3"),
            (0x303A_0000_0000_0000, 0, "0.000"),
            (0x3042_0000_0000_0000, 1, "1E+1"), (0x3042_0000_0000_0000, 105, "1.05E+3"),
            (0x3034_0000_0000_0000, 1, "0.000001"), (0x3032_0000_0000_0000, 1, "1E-7"),
            (0x3032_0000_0000_0000, 12, "0.0000012"), (0x3030_0000_0000_0000, 123, "0.00000123"),
            (0x302E_0000_0000_0000, 12, "1.2E-8"),
            (0x0000_0000_0000_0000, 1, "1E-6176"), (0x5FFE_0000_0000_0000, 1, "1E+6111"),
            (0x5FFF_ED09_BEAD_87C0, 0x378D_8E63_FFFF_FFFF, "9.999999999999999999999999999999999E+6144"),
            (0x3041_ED09_BEAD_87C0, 0x378D_8E63_FFFF_FFFF, "9999999999999999999999999999999999"),
            (0x7C00_0000_0000_0000, 0, "NaN"), (0xFC00_0000_0000_0000, 0, "NaN"), (0x7E00_0000_0000_0000, 12, "NaN"),
            (0x7800_0000_0000_0000, 0, "Infinity"), (0xF800_0000_0000_0000, 0, "-Infinity"),
            // Significands beyond 34 digits, in both forms, stand for zero.
            (0x3041_ED09_BEAD_87C0, 0x378D_8E64_0000_0000, "0"), (0x6C10_0000_0000_0000, 5, "0"),
            (0x6C11_FFFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF, "0E+3"), (0xEC10_0000_0000_0000, 0, "-0"),
        ] as [(UInt64, UInt64, String)])
    func bitsHaveOneText(_ high: UInt64, _ low: UInt64, _ text: String) {
        #expect(Decimal128(high: high, low: low).description == text)
    }

    @Test func everyExponentIsExact() throws {
        for exponent in -6176...6111 {
            let number = Decimal128(high: UInt64(exponent + 6176) << 49, low: 15)
            let exact = ExactDecimal(number)
            #expect(exact == ExactDecimal("1.5E\(exponent + 1)"))
            #expect(ExactDecimal(number.description) == exact)
        }
    }

    @Test func wholeNumbersOf64BitsAreFound() {
        for (text, whole) in [
            ("1.00", 1), ("1E+18", 1_000_000_000_000_000_000), ("-9223372036854775808", Int64.min),
            ("9223372036854775807.000", Int64.max), ("0E+400", 0), ("9223372036854775808", nil), ("1E+19", nil),
            ("0.5", nil), ("NaN", nil), ("Infinity", nil), ("100E-2", 1),
        ] as [(String, Int64?)] {
            #expect(ExactDecimal(text)?.int64 == whole, "\(text)")
        }
    }
}
