import Change
import Connector
import ConnectorTestKit
import Wire

@testable import Transforms

/// A collection of products, and expressions evaluated on one.
enum Products {
    static let collection = SampleCollection([
        "name", "category", "variants", "images", "tags", "isActive", "inventory", "createdAt", "note", "weight",
        "code",
    ])

    static let usual: [(String, BSONSample)] = [
        ("_id", .objectID("507f1f77bcf86cd799439011")), ("name", "Laptop"),
        ("category", ["id": "c1", "name": "Computers", "parent": ["id": "c0"], "gone": nil, "odd name": 1]),
        (
            "variants",
            [
                ["id": "v1", "price": .decimal("19.90"), "isActive": true, "tags": ["a", "b"]],
                ["id": "v2", "price": 5, "isActive": false, "tags": []],
                ["id": "v3", "price": 12.5, "isActive": true, "tags": ["c"]],
                ["id": "v4", "isActive": true],
            ]
        ),
        ("images", [["url": "a.png"], ["url": "b.png"]]), ("tags", ["new", "sale"]), ("isActive", true),
        ("inventory", ["quantity": 7, "reserved": .int64(2)]), ("createdAt", .date(1_767_323_045_600)), ("note", nil),
        ("weight", .double(1.5)), ("code", .binary(4, Array(0...15))),
    ]

    static func row(_ changes: [String: BSONSample] = [:], without gone: Set<String> = []) throws -> Row {
        try collection.row(
            .document(usual.filter { !gone.contains($0.0) }.map { ($0.0, changes[$0.0] ?? $0.1) }))
    }

    static func transform(_ spec: TransformSpec) throws(ConfigurationErrors) -> CompiledTransform {
        try CompiledTransform(spec: spec, schema: collection.schema)
    }

    static func passes(_ filter: String, _ row: Row? = nil) throws -> Bool {
        try transform(TransformSpec(filter: Orders.located(filter))).passes(try row ?? Products.row())
    }

    /// What an expression computes, as canonical Extended JSON or plain text; `null` and `missing` for those states.
    static func compute(_ expression: String, _ row: Row? = nil) throws -> String {
        let transform = try transform(
            TransformSpec(compute: [
                TransformSpec.Computation(name: Orders.named("result"), expression: Orders.located(expression))
            ]))
        let extended = try transform.extended(try row ?? Products.row())
        let column = collection.schema.columns.count
        return switch extended.state(column) {
        case .value: extended.text(column) ?? ""
        case .null: "null"
        case .missing: "missing"
        case .unchanged: "unchanged"
        }
    }

    static func fault(_ expression: String) -> String? {
        do {
            _ = try transform(TransformSpec(filter: Orders.located(expression)))
            return nil
        } catch {
            guard let first = error.diagnostics.first, let location = first.location else { return "no place" }
            return "\(location.column - Orders.place.column): \(first.message)"
        }
    }

    /// The written members of a row as plain JSON.
    static func written(_ spec: TransformSpec, _ row: Row? = nil) throws -> String {
        let transform = try transform(spec)
        let extended = try transform.extended(try row ?? Products.row())
        var text: [UInt8] = []
        try extended.appendJSON(
            transform.outputs.map { JSONField(name: $0.name, column: $0.column) }, to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
