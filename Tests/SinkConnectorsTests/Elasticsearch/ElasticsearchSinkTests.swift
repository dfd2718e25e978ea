import Change
import Connector
import ConnectorTestKit
import Testing

@testable import SinkConnectors

@Suite("Elasticsearch, a scripted cluster", .timeLimit(.minutes(1)))
struct ElasticsearchSinkTests {
    let table = DocumentTable([("id", .int32), ("name", .text)])

    private func prepared(_ sink: ElasticsearchSink) async throws -> ElasticsearchMapping {
        _ = try await sink.open()
        let mapping = try table.mapping(of: sink, index: "things")
        try await sink.prepare([mapping])
        return mapping
    }

    private func writes(_ mapping: ElasticsearchMapping, _ count: Int) -> [SinkWrite] {
        (0..<count).map { table.upsert(mapping, ["\($0)", "name \($0)"], version: 10) }
    }

    @Test func everyItemIsJudgedByItself() async throws {
        let items = [
            #"{"index":{"_seq_no":3,"status":201}}"#,
            #"{"index":{"status":429,"error":{"type":"es_rejected_execution_exception","reason":"queue is full"}}}"#,
            #"{"index":{"status":409,"error":{"type":"version_conflict_engine_exception","reason":"x"}}}"#,
            #"{"index":{"status":400,"error":{"type":"document_parsing_exception","reason":"[1:9] failed to parse field [name] of type [text] in document with id '3'. Preview of field's value: 'SECRET'"}}}"#,
            #"{"index":{"status":503,"error":{"type":"unavailable_shards_exception","reason":"x"}}}"#,
        ]
        try await ScriptedCluster.run(
            bulk: { _, _ in .json(#"{"errors":false,"took":1,"items":[\#(items.joined(separator: ","))]}"#) },
            { _, sink in
                let mapping = try await prepared(sink)
                let results = try await sink.apply(writes(mapping, 5), lane: 0)
                #expect(results.map(\.word) == ["applied", "retry", "stale", "park", "retry"])
                #expect(results[3].reason == "document_parsing_exception in field name")
            })
    }

    @Test func aRequestCarriesItsLengthAndTheVersionOfEachWrite() async throws {
        try await ScriptedCluster.run { cluster, sink in
            let mapping = try await prepared(sink)
            let results = try await sink.apply(
                [
                    table.upsert(mapping, ["1", "a\nb"], version: 4611686018427387904),
                    table.delete(mapping, ["2"], version: 11),
                ], lane: 0)
            #expect(results.map(\.word) == ["applied", "applied"])
            let bulk = try #require(cluster.bulks.first)
            #expect(bulk.headers["content-length"] == String(bulk.body.count))
            #expect(bulk.headers["transfer-encoding"] == nil)
            #expect(bulk.headers["content-type"] == "application/x-ndjson")
            #expect(
                bulk.text.split(separator: "\n", omittingEmptySubsequences: false) == [
                    #"{"index":{"_index":"things","_id":"1","version":4611686018427387904,"version_type":"external"}}"#,
                    #"{"id":1,"name":"a\nb"}"#,
                    #"{"delete":{"_index":"things","_id":"2","version":11,"version_type":"external"}}"#, "",
                ])
        }
    }

    @Test func aBodyThatIsTooLargeIsSplit() async throws {
        try await ScriptedCluster.run(bulk: { _, _ in .reply(status: 413, headers: [:], body: "") }) { _, sink in
            let mapping = try await prepared(sink)
            #expect(try await sink.apply(writes(mapping, 3), lane: 0).map(\.word) == ["split", "split", "split"])
        }
    }

    @Test func aRequestThatOneLineBreaksIsSplitUntilTheLineIsAlone() async throws {
        let answer = ScriptedAnswer.json(
            #"{"error":{"type":"illegal_argument_exception","reason":"Malformed action/metadata line [3]"},"status":400}"#,
            status: 400)
        try await ScriptedCluster.run(bulk: { _, _ in answer }) { _, sink in
            let mapping = try await prepared(sink)
            #expect(try await sink.apply(writes(mapping, 2), lane: 0).map(\.word) == ["split", "split"])
            #expect(try await sink.apply(writes(mapping, 1), lane: 0).map(\.word) == ["park"])
        }
    }

    @Test func anOverloadedClusterIsLeftAloneForAsLongAsItAsks() async throws {
        try await ScriptedCluster.run(
            bulk: { _, before in
                before == 0 ? .json("{}", status: 429, headers: ["Retry-After": "1"]) : nil
            },
            { _, sink in
                let mapping = try await prepared(sink)
                #expect(try await sink.apply(writes(mapping, 2), lane: 0).map(\.word) == ["retry", "retry"])
                let asked = ContinuousClock.now
                #expect(try await sink.apply(writes(mapping, 2), lane: 0).map(\.word) == ["applied", "applied"])
                #expect(ContinuousClock.now - asked > .milliseconds(900))
            })
    }

    @Test(arguments: [
        ScriptedAnswer.half(status: 200, body: #"{"errors":false,"items":[{"index":{"status":201}}"#),
        .hangUp, .json("<html>"), .json("{}"), .json(#"{"items":[]}"#), .json("", status: 502),
        .json(#"{"items":[{"index":{"status":201}},{"index":{"status":201}},{"index":{"status":201}}]}"#),
        .json(#"{"items":[{"index":{"status":201}},{"index":{}}]}"#), .json("{}", status: 503),
        .json("{}", status: 500),
    ])
    func anUnknownOutcomeIsSentAgain(answer: ScriptedAnswer) async throws {
        try await ScriptedCluster.run(
            bulk: { _, before in before == 0 ? answer : nil },
            { _, sink in
                let mapping = try await prepared(sink)
                let error = await #expect(throws: MillraceError.self) {
                    try await sink.apply(writes(mapping, 2), lane: 0)
                }
                #expect(error?.code == .sinkUnavailable)
                #expect(try await sink.apply(writes(mapping, 2), lane: 0).map(\.word) == ["applied", "applied"])
            })
    }

    @Test func aClusterThatSaysNothingIsGivenUpAfterTheTimeout() async throws {
        try await ScriptedCluster.run(
            options: ["timeout": .duration(.seconds(3))], bulk: { _, before in before == 0 ? .silence : nil },
            { _, sink in
                let mapping = try await prepared(sink)
                let error = await #expect(throws: MillraceError.self) {
                    try await sink.apply(writes(mapping, 2), lane: 0)
                }
                #expect(error?.message == "the cluster did not answer in time")
                #expect(try await sink.apply(writes(mapping, 2), lane: 0).map(\.word) == ["applied", "applied"])
            })
    }

    @Test func aRefusalOfTheCredentialsStops() async throws {
        try await ScriptedCluster.run(bulk: { _, _ in .json("{}", status: 401) }) { _, sink in
            let mapping = try await prepared(sink)
            let results = try await sink.apply(writes(mapping, 1), lane: 0)
            #expect(results.map(\.word) == ["stop"])
        }
    }

    @Test func aFullDiskIsWaitedFor() async throws {
        let block = #"{"type":"cluster_block_exception","reason":"index [things] blocked by: [FORBIDDEN/12/...];"}"#
        try await ScriptedCluster.run(
            bulk: { _, before in
                before == 0
                    ? .json(#"{"items":[{"index":{"status":403,"error":\#(block)}}]}"#)
                    : .json(#"{"error":\#(block),"status":403}"#, status: 403)
            },
            { _, sink in
                let mapping = try await prepared(sink)
                #expect(try await sink.apply(writes(mapping, 1), lane: 0).map(\.word) == ["retry"])
                #expect(try await sink.apply(writes(mapping, 1), lane: 0).map(\.word) == ["retry"])
            })
    }

    @Test func credentialsAreSentAndFollowNoRedirect() async throws {
        let elsewhere = try await ScriptedHTTPServer { _ in .json(ScriptedCluster.elasticsearch7) }
        let target = elsewhere.url
        try await ScriptedCluster.run(
            options: ["api_key": .secret(Secret("a2V5"))],
            other: { _, _ in .reply(status: 307, headers: ["Location": target], body: "") },
            { cluster, sink in
                let error = await #expect(throws: MillraceError.self) { try await sink.open() }
                #expect(error?.code == .sinkRejected)
                #expect(cluster.server.requests.map(\.headers["authorization"]) == ["ApiKey a2V5"])
                #expect(elsewhere.requests.isEmpty)
            })
        try await elsewhere.stop()
    }

    @Test(
        arguments: [
            (["username": .text("ann"), "password": .secret(Secret("s3"))], "Basic YW5uOnMz"),
            (["bearer_token": .secret(Secret("t"))], "Bearer t"),
        ] as [([String: OptionValue], String)])
    func eachWayToAuthenticateHasItsHeader(options: [String: OptionValue], header: String) async throws {
        try await ScriptedCluster.run(options: options) { cluster, sink in
            _ = try await sink.open()
            #expect(Set(cluster.server.requests.map(\.headers["authorization"])) == [header])
        }
    }

    @Test func aCertificateOfTheNamedAuthorityIsTrustedAndNoOther() async throws {
        let cluster = try await ScriptedCluster(tls: try TestCertificates.server())
        try await TestCertificates.withAuthorityFile { file in
            let sink = try cluster.sink(["ca_file": .text(file)])
            #expect(try await sink.open().parts["cluster"] == "c1")
            await sink.close()
        }
        let strict = try cluster.sink()
        let error = await #expect(throws: MillraceError.self) { try await strict.open() }
        #expect(error?.message == "the TLS handshake with the cluster failed")
        await strict.close()
        let blind = try cluster.sink(["verify": .boolean(false)])
        #expect(try await blind.open().parts["cluster"] == "c1")
        await blind.close()
        try await cluster.server.stop()
    }

    @Test func aLaterVersionIsAskedToSpeakAsTheNewestKnown() async throws {
        let identity = #"{"cluster_uuid":"c1","version":{"number":"10.1.0"},"tagline":"You Know, for Search"}"#
        try await ScriptedCluster.run(identity: identity) { cluster, sink in
            let mapping = try await prepared(sink)
            _ = try await sink.apply(writes(mapping, 1), lane: 0)
            let headers = try #require(cluster.bulks.first).headers
            #expect(headers["content-type"] == "application/vnd.elasticsearch+x-ndjson;compatible-with=9")
            #expect(headers["accept"] == "application/vnd.elasticsearch+json;compatible-with=9")
        }
    }

    @Test func openSearchGetsItsOwnNameForFlattenedObjects() async throws {
        let identity = #"{"cluster_uuid":"c1","version":{"number":"2.11.0","distribution":"opensearch"}}"#
        let table = DocumentTable([("id", .int32), ("body", .json), ("price", .decimal(precision: 12, scale: 2))])
        try await ScriptedCluster.run(identity: identity) { cluster, sink in
            _ = try await sink.open()
            let mapping = try table.mapping(
                of: sink, index: "things", ["json": .text("flattened"), "decimals": .text("scaled_float")])
            try await sink.prepare([mapping])
            let create = try #require(cluster.server.requests.first { $0.method == "PUT" && $0.path == "/things" })
            let properties = try #require(try JSONValue(parsing: create.body)[["mappings", "properties"]])
            #expect(properties["body"] == ["type": "flat_object"])
            #expect(
                properties["price"] == ["type": "scaled_float", "scaling_factor": 100, "ignore_malformed": true])
            #expect(create.headers["content-type"] == "application/json")
        }
    }

    @Test func aNodeThatFailsIsPassedOverWhileAnotherAnswers() async throws {
        let broken = try await ScriptedHTTPServer { _ in .json("", status: 503) }
        try await ScriptedCluster.run { cluster, _ in
            let sink = try cluster.sink(["url": .secret(Secret("\(broken.url),\(cluster.server.url)"))])
            _ = await #expect(throws: MillraceError.self) { try await sink.open() }
            _ = try await sink.open()
            _ = try await prepared(sink)
            #expect(broken.requests.count == 1)
            await sink.close()
        }
        try await broken.stop()
    }

    @Test func whatIsNoElasticsearchIsRefused() async throws {
        for identity in ["{}", #"{"version":{"number":"6.8.0"}}"#] {
            try await ScriptedCluster.run(identity: identity) { _, sink in
                let error = await #expect(throws: MillraceError.self) { try await sink.open() }
                #expect(error?.code == .sinkRejected)
            }
        }
    }

    @Test func onlyLargeBodiesAreCompressed() async throws {
        try await ScriptedCluster.run(
            options: ["compression": .boolean(true)],
            bulk: { request, _ in
                let items = Array(repeating: #"{"index":{"status":201}}"#, count: request.body.count > 500 ? 400 : 1)
                return .json(#"{"items":[\#(items.joined(separator: ","))]}"#)
            },
            { cluster, sink in
                let mapping = try await prepared(sink)
                _ = try await sink.apply(writes(mapping, 1), lane: 0)
                _ = try await sink.apply(writes(mapping, 400), lane: 0)
                #expect(cluster.bulks.map(\.headers["content-encoding"]) == [nil, "gzip"])
                #expect(cluster.bulks[1].body.starts(with: [0x1F, 0x8B]))
                #expect(cluster.bulks[1].headers["content-length"] == String(cluster.bulks[1].body.count))
            })
    }

    @Test func theFirstWriteOfAShardIsOnlyBelievedOfTheIndexThatIsKnown() async throws {
        let replaced = #"{"things":{"mappings":{},"settings":{"index":{"uuid":"another"}}}}"#
        try await ScriptedCluster.run(
            bulk: { _, _ in .json(#"{"items":[{"index":{"_seq_no":0,"status":201}}]}"#) },
            other: { request, before in
                request.path == "/things" && request.method == "GET" && before > 3 ? .json(replaced) : nil
            },
            { cluster, sink in
                let mapping = try await prepared(sink)
                #expect(try await sink.apply(writes(mapping, 1), lane: 0).map(\.word) == ["applied"])
                let error = await #expect(throws: MillraceError.self) {
                    try await sink.apply(writes(mapping, 1), lane: 0)
                }
                #expect(error?.code == .sinkReplaced)
                #expect(error?.place == "things")
            })
    }

    @Test func missingPrivilegesAreNamedByCheck() async throws {
        let answer = #"{"cluster":{"monitor":true},"index":{"things":{"index":true,"delete":false,"manage":false}}}"#
        try await ScriptedCluster.run(
            options: ["api_key": .secret(Secret("a2V5"))],
            other: { request, _ in request.path == "/_security/user/_has_privileges" ? .json(answer) : nil },
            { _, sink in
                let findings = await sink.check([try table.mapping(of: sink, index: "things")])
                let errors = findings.filter { $0.severity == .error }.map(\.message)
                #expect(errors == ["the user lacks the privilege delete, manage on things"])
            })
    }

    @Test func anUnreachableClusterIsAFindingOfCheck() async throws {
        let sink = try ElasticsearchSink.test(pipeline: "p", options: ["url": .secret(Secret("http://127.0.0.1:1"))])
        let findings = await sink.check([])
        #expect(findings.map(\.message) == ["no connection to the cluster could be made"])
        await sink.close()
    }
}
