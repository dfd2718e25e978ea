import Foundation
import Testing

/// The auditor between MongoDB and the real sinks.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .timeLimit(.minutes(5)))
struct CatalogueAuditTests {
    /// Small chunks, and keys that have no excuse for being gone.
    private static let lasting = [
        "    url: ${SHOP_MONGODB}\n": "    url: ${SHOP_MONGODB}\n    chunk_rows: 100\n",
        "          ttl: 1h\n": "", "          ttl: 2h\n": "", "          ttl: 5m\n": "",
    ]

    @Test func nothingIsFoundWhileEditorsWorkAndWhatIsWrongIsFoundAndRepaired() async throws {
        try await Catalogue.run("audited", redisDatabase: 14, products: 600, changing: Self.lasting) { catalogue in
            let process = try catalogue.start()
            try await catalogue.catchUp(process)
            let editors = try catalogue.openForEditors(rate: 60, seed: 17)
            for round in 0..<2 {
                let audit = try await catalogue.millrace("audit", "shop-catalogue")
                #expect(audit.status & ~(2 | 4) == 0, "round \(round): \(audit.output)")
                #expect(audit.output.contains(" equal"), "\(audit.output)")
            }
            #expect(await editors.end(with: SIGTERM) == 0)
            try await catalogue.catchUp(process)

            let wrong = try await corrupt(catalogue)
            let dry = try await catalogue.millrace("audit", "shop-catalogue", "--json")
            #expect(dry.status & 1 == 1, "\(dry.output)")
            for (kind, target) in wrong {
                let line = dry.output.split(separator: "\n").first {
                    $0.contains(#""kind":"\#(kind)""#) && $0.contains(target)
                }
                #expect(line != nil, "\(kind) \(target): \(dry.output)")
            }
            let mended = try await catalogue.millrace("audit", "shop-catalogue", "--repair", "--yes")
            #expect(mended.output.contains("repaired"), "\(mended.output)")
            let again = try await catalogue.millrace("audit", "shop-catalogue")
            #expect(again.status & ~(2 | 4) == 0, "\(again.output)")
            #expect(await process.end(with: SIGTERM) == 0, "\(process.output.suffix(2_000))")
        }
    }

    /// Damages both sinks; returns what an audit has to call what.
    private func corrupt(_ catalogue: Catalogue) async throws -> [(kind: String, target: String)] {
        let products = try await catalogue.python(
            "for p in list(database.find('products'))[:5]: print(p['_id'], p['category']['id'])"
        ).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let ids = products.map { $0[0] }
        let server = try #require(catalogue.environment["SHOP_ELASTICSEARCH"])
        func elasticsearch(_ method: String, _ path: String, _ body: String? = nil) async throws {
            let content = body.map { ["-H", "Content-Type: application/json", "-d", $0] } ?? []
            try await Command.run("curl", ["-sS", "--fail-with-body", "-X", method, "\(server)/\(path)"] + content)
        }
        _ = try await catalogue.redis("DEL", "product:\(ids[0])")
        let text = try await catalogue.redis("GET", "product:\(ids[1])")
        let changed = text.replacing(/"createdAt":"[0-9]/) { _ in #""createdAt":"9"# }
        #expect(changed != text, "\(text)")
        _ = try await catalogue.redis("SET", "product:\(ids[1])", changed)
        let set = "category:\(products[2][1]):products"
        #expect(try await catalogue.redis("SREM", set, ids[2]) == "1")
        try await elasticsearch("DELETE", "products/_doc/\(ids[3])")
        let source = try #require(try await catalogue.document(ids[4], of: "products"))
        // A document that stands for no product, as the pipeline might have left it long ago.
        try await elasticsearch("PUT", "products/_doc/stranger?version=5&version_type=external", source)
        try await elasticsearch("POST", "products/_update/\(ids[4])", #"{"doc":{"name":"Nobody wrote this"}}"#)
        try await elasticsearch("POST", "products/_refresh")
        return [
            ("missing", "product:\(ids[0])"), ("different", "product:\(ids[1])"), ("missing", set),
            ("missing", "products/\(ids[3])"), ("different", "products/\(ids[4])"), ("extra", "products/stranger"),
        ]
    }
}
