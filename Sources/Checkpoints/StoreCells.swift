internal import Foundation
internal import GRDB

/// A row as SQLite gives it; the envelope's rows are another thing.
typealias StoreRow = GRDB.Row

/// How values become cells of the store.
enum StoreCells {
    /// A number that uses all 64 bits: SQLite's are signed.
    static func bits(_ number: UInt64?) -> DatabaseValue {
        number.map { Int64(bitPattern: $0).databaseValue } ?? .null
    }

    static func json(_ value: (some Encodable)?) throws -> DatabaseValue {
        guard let value else { return .null }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self).databaseValue
    }
}

/// How cells become values; what is not of the kind that was written is damage.
extension StoreRow {
    func text(_ column: String) throws -> String {
        try String.fromDatabaseValue(cell(column)).orTorn()
    }

    func number(_ column: String) throws -> Int64 {
        try Int64.fromDatabaseValue(cell(column)).orTorn()
    }

    func numberIfAny(_ column: String) throws -> Int64? {
        let cell = cell(column)
        return cell.isNull ? nil : try Int64.fromDatabaseValue(cell).orTorn()
    }

    func bits(_ column: String) throws -> UInt64 {
        UInt64(bitPattern: try number(column))
    }

    func json<Value: Decodable>(_ column: String) throws -> Value? {
        let cell = cell(column)
        guard !cell.isNull else { return nil }
        let text = try String.fromDatabaseValue(cell).orTorn()
        return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }

    private func cell(_ column: String) -> DatabaseValue { self[column] }
}

extension Optional {
    /// The value; its absence means that the file is damaged.
    func orTorn() throws -> Wrapped {
        guard let self else { throw StoreDamage.torn }
        return self
    }
}
