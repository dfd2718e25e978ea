internal import PostgresClient

/// Reads the values of one row of a catalog query, left to right.
struct CellReader {
    private let cells: [String?]
    private var next = 0

    init(_ cells: [String?]) {
        self.cells = cells
    }

    mutating func optional() throws -> String? {
        guard next < cells.count else { throw CatalogError.unexpectedValue(column: next) }
        defer { next += 1 }
        return cells[next]
    }

    mutating func text() throws -> String {
        try required { $0 }
    }

    mutating func integer() throws -> Int {
        try required { Int($0) }
    }

    mutating func optionalInteger() throws -> Int? {
        try optional().flatMap { Int($0) }
    }

    mutating func unsigned() throws -> UInt64 {
        try required { UInt64($0) }
    }

    mutating func boolean() throws -> Bool {
        try required { $0 == "t" ? true : $0 == "f" ? false : nil }
    }

    mutating func lsn() throws -> LSN {
        try required { LSN($0) }
    }

    mutating func optionalLSN() throws -> LSN? {
        try optional().flatMap { LSN($0) }
    }

    private mutating func required<Value>(_ read: (String) -> Value?) throws -> Value {
        guard let value = try optional().flatMap(read) else {
            throw CatalogError.unexpectedValue(column: next - 1)
        }
        return value
    }
}
