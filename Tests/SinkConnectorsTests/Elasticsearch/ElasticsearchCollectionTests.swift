import Change
import Connector
import ConnectorTestKit
import Testing
import Wire

@testable import SinkConnectors

/// What the documents of a collection become.
@Suite struct ElasticsearchCollectionTests {
    static let products = SampleCollection([
        "sku", "name", "description", "category", "price", "tags", "is_active", "created_at", "variants", "photo",
    ])

    static let types: [String: String] = [
        "sku": "keyword", "name": "text", "description": "text", "category": "keyword", "price": "double",
        "tags": "keyword", "is_active": "boolean", "created_at": "date",
    ]

    static func mapping(
        of sink: ElasticsearchSink, index: String, _ collection: SampleCollection = products,
        _ options: [String: OptionValue] = [:]
    ) throws -> ElasticsearchMapping {
        let columns = collection.schema.columns
        let values = options.merging([
            "index": .text(index), "id": .text("{_id}"), "types": .map(types.mapValues { .text($0) }),
        ]) { given, _ in given }
        let request = MappingRequest(
            name: "products", schema: collection.schema,
            outputs: columns.indices.map { OutputField(name: $0 == 0 ? "id" : columns[$0].name, column: $0) },
            options: .test(values))
        return try #require(try sink.makeMapping(request) as? ElasticsearchMapping)
    }

    static func write(
        _ mapping: ElasticsearchMapping, _ document: BSONSample, version: Int64, _ action: SinkWrite.Action = .upsert,
        _ collection: SampleCollection = products
    ) throws -> SinkWrite {
        SinkWrite(
            mapping: mapping, action: action, row: try collection.row(document), version: Version(rawValue: version),
            position: Position(commit: UInt64(version)), kind: .insert, committedAt: 0, transaction: 1)
    }

    private func sink() throws -> ElasticsearchSink {
        try ElasticsearchSink.test(pipeline: "p", options: ["url": .secret(Secret("http://127.0.0.1:1"))])
    }

    private func field(_ name: String, _ options: [String: OptionValue] = [:]) throws -> FieldPlan {
        let mapping = try Self.mapping(of: sink(), index: "products", Self.products, options)
        return try #require(mapping.fields.first { $0.name == name })
    }

    @Test func aFieldIsKeptUnsearchedUnlessItsTypeIsNamed() throws {
        #expect(try field("variants").property == ["type": "object", "enabled": false])
        #expect(try field("variants").loss?.contains("not searchable") == true)
        #expect(try field("price").property == ["type": "double", "ignore_malformed": true])
        #expect(try field("price").loss?.contains("what is no number stays in the document as text") == true)
        #expect(try field("name").property["fields"]?["keyword"] != nil)
        #expect(try field("is_active").loss == "a row whose value is not of this type parks")
        #expect(try field("variants", ["json": .text("flattened")]).type == "flattened")
    }

    @Test func fieldsOfAnObjectHaveTypesByTheirPaths() throws {
        let types: OptionValue = .map([
            "variants.price": .text("double"), "variants.attributes.color": .text("keyword"), "photo": .text("nested"),
            "photo.size": .text("long"),
        ])
        let variants = try field("variants", ["types": types])
        #expect(
            variants.property == [
                "type": "object", "dynamic": false,
                "properties": [
                    "price": ["type": "double", "ignore_malformed": true],
                    "attributes": [
                        "dynamic": false, "properties": ["color": ["type": "keyword", "ignore_above": 8191]],
                    ],
                ],
            ])
        #expect(try field("photo", ["types": types]).property["type"] == "nested")
        for wrong: [String: OptionValue] in [
            ["variants": .text("keyword"), "variants.price": .text("double")], ["variants.": .text("double")],
            ["variants.a": .text("double"), "variants.a.b": .text("double")], ["variants.a": .text("doubel")],
        ] {
            #expect(throws: ConfigurationErrors.self) { try field("variants", ["types": .map(wrong)]) }
        }
    }

    @Test func valuesAreWrittenAsTheirFieldTakesThem() throws {
        func written(_ name: String, _ sample: BSONSample, _ options: [String: OptionValue] = [:]) throws -> String {
            let plan = try field(name, options)
            let cell = sample.element()
            var body: [UInt8] = []
            let outcome = try plan.encoding.append(cell.span, of: plan.columnType, to: &body)
            return String(decoding: body, as: UTF8.self) + (outcome == .special ? " special" : "")
        }
        #expect(try written("price", .decimal("19.90")) == "19.90")
        #expect(try written("price", .int64(.max)) == "9223372036854775807")
        #expect(try written("price", .double(.nan)) == #""NaN" special"#)
        #expect(try written("price", "n/a") == #""n/a" special"#)
        #expect(try written("price", [1, 2.5]) == "[1,2.5]")
        #expect(try written("created_at", .date(0)) == #""1970-01-01T00:00:00Z""#)
        #expect(try written("created_at", .date(.max)) == #""+292278994-08-17T07:12:55.807Z" special"#)
        #expect(try written("created_at", "2026-01-01") == #""2026-01-01""#)
        #expect(try written("created_at", 5) == "5")
        #expect(try written("tags", ["a", "b"]) == #"["a","b"]"#)
        #expect(
            try written("variants", [["price": .decimal("1.0"), "id": .objectID("507f1f77bcf86cd799439011")]])
                == #"[{"price":"1.0","id":"507f1f77bcf86cd799439011"}]"#)
        #expect(try written("variants", ["a": 1], ["json": .text("text")]) == #""{\"a\":1}""#)
        #expect(throws: WireError.self) { try written("name", .rawString([0xFF])) }
    }

    @Test func anOddFieldOfOneDocumentParksThatDocumentAlone() throws {
        let odd = SampleCollection(["sku", "a.b", ""])
        let mapping = try Self.mapping(of: sink(), index: "products", odd)
        #expect(mapping.fields.filter { $0.refusal != nil }.map(\.name) == ["a.b", ""])
        var batch = ElasticsearchEncoding(reserving: 64)
        try batch.append(try Self.write(mapping, ["_id": 1, "sku": "x"], version: 1, .upsert, odd), mapping: mapping)
        #expect(throws: RowProblem.self) {
            try batch.append(try Self.write(mapping, ["_id": 2, "a.b": 1], version: 1, .upsert, odd), mapping: mapping)
        }
    }

    @Test func theSourcesOwnNameOfTheKeyHasToBeRenamed() throws {
        let error = #expect(throws: ConfigurationErrors.self) {
            try sink().makeMapping(
                MappingRequest(
                    name: "m", schema: Self.products.schema, outputs: [OutputField(name: "_id", column: 0)],
                    options: .test(["index": .text("products"), "id": .text("{_id}")])))
        }
        #expect(error?.diagnostics.first?.hint?.contains("rename") == true)
    }
}

@Suite("Elasticsearch, collections on the real engine", .enabled(if: ElasticsearchLab.isWanted))
struct ElasticsearchCollectionLiveTests {
    private typealias Collection = ElasticsearchCollectionTests

    private func product(
        _ id: Int32, _ name: String, price: BSONSample, isActive: Bool = true, description: String = "",
        tags: [String] = []
    ) -> BSONSample {
        [
            "_id": .int32(id), "sku": .string("s\(id)"), "name": .string(name), "description": .string(description),
            "category": "c1", "price": price, "tags": .array(tags.map { .string($0) }), "is_active": .boolean(isActive),
            "created_at": .date(1_767_323_045_600), "variants": [["id": "v1", "price": .decimal("1.10")]],
        ]
    }

    @Test func theShopsSearchFindsWhatItShould() async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try Collection.mapping(of: $0, index: lab.prefix)]
            } _: { sink, mappings in
                let writes = try [
                    product(1, "Gaming laptop", price: .decimal("1999.99")), product(2, "Laptop bag", price: 600),
                    product(3, "Desk", price: 700.5, description: "fits a gaming laptop"),
                    product(4, "Gaming laptop", price: 3000), product(5, "Gaming laptop", price: 900, isActive: false),
                    product(6, "Mouse", price: .int64(500), tags: ["gaming laptop"]),
                    product(7, "Chair", price: 800, tags: ["gaming"]),
                ].map { try Collection.write(mappings[0], $0, version: 1) }
                #expect(Set(try await sink.apply(writes, lane: 0).map(\.word)) == ["applied"])
                _ = try await lab.ask(.post("/\(lab.prefix)/_refresh"))
                let query: JSONValue = [
                    "size": 20, "sort": [["price": "asc"]],
                    "query": [
                        "bool": [
                            "must": [
                                [
                                    "multi_match": [
                                        "query": "gaming laptop", "fields": ["name^2", "description", "tags"],
                                    ]
                                ]
                            ],
                            "filter": [
                                ["term": ["is_active": true]], ["range": ["price": ["gte": 500, "lte": 2000]]],
                            ],
                        ]
                    ],
                ]
                let answer = try await lab.ask(.post("/\(lab.prefix)/_search", query))
                let hits = try #require(answer[["hits", "hits"]]?.array)
                #expect(hits.map { $0["_id"]?.text } == ["6", "2", "3", "1"])
            }
        }
    }

    @Test func missingFieldsAreAbsentAndOddOnesDoNotStopTheOthers() async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try Collection.mapping(of: $0, index: lab.prefix)]
            } _: { sink, mappings in
                let documents: [BSONSample] = [
                    [
                        "_id": 1, "sku": nil, "price": .double(.nan), "created_at": .date(.max),
                        "variants": "not an array",
                    ],
                    ["_id": 2, "is_active": "maybe"],
                    [
                        "_id": 3, "tags": ["a", ["b", nil]], "variants": [1, ["x": .maxKey], .undefined],
                        "price": "cheap",
                    ],
                    ["_id": ["a": 1], "photo": .binary(0, [1]), "variants": ["same": 1, "same": 2]],
                ]
                let writes = try documents.map { try Collection.write(mappings[0], $0, version: 1) }
                let results = try await sink.apply(writes, lane: 0)
                #expect(results.map(\.word) == ["applied", "park", "applied", "park"])
                #expect(
                    try await lab.document("1", in: lab.prefix) == [
                        "id": 1, "sku": .null, "price": "NaN", "created_at": "+292278994-08-17T07:12:55.807Z",
                        "variants": "not an array",
                    ])
                #expect(try await lab.document("3", in: lab.prefix)?["variants"]?.array?.count == 3)
                #expect(try await lab.found(lab.prefix, ["term": ["tags": "b"]]) == 1)
                let gone = try await sink.apply(
                    [
                        SinkWrite(
                            mapping: mappings[0], action: .delete, row: Collection.products.deleted(.decimal("1.0")),
                            version: Version(rawValue: 2), position: Position(commit: 2), kind: .delete, committedAt: 0,
                            transaction: 2)
                    ], lane: 0)
                #expect(gone.map(\.word) == ["applied"])
                #expect(try await lab.document("1", in: lab.prefix) == nil)
            }
        }
    }

    @Test func aNewFieldBecomesAFieldOfTheIndex() async throws {
        try await ElasticsearchLab.run { lab in
            let first = SampleCollection(["sku"])
            let second = SampleCollection(["sku", "price"])
            try await lab.withSink {
                [try Collection.mapping(of: $0, index: lab.prefix, first)]
            } _: { sink, mappings in
                _ = try await sink.apply(
                    [try Collection.write(mappings[0], ["_id": 1, "sku": "a"], version: 1, .upsert, first)], lane: 0)
                let next = try Collection.mapping(of: sink, index: lab.prefix, second)
                try await sink.prepare([next])
                let results = try await sink.apply(
                    [try Collection.write(next, ["_id": 2, "price": .decimal("9.5")], version: 2, .upsert, second)],
                    lane: 0)
                #expect(results.map(\.word) == ["applied"])
                #expect(try await lab.found(lab.prefix, ["range": ["price": ["gt": 9]]]) == 1)
            }
        }
    }
}
