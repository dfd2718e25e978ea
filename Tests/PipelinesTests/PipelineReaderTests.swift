import Change
import Connector
import Testing

@testable import Pipelines

@Suite struct PipelineReaderTests {
    @Test func aWholeFileBecomesATypedDocument() throws {
        let document = try Kinds.read(
            """
            format: 1
            pipeline: shop-orders
            source:
              postgres:
                url: ${PG}
                tables: [public.users, 'public."odd.name"', public.idle]
                snapshot: never
            sinks:
              - redis:
                  url: ${RD}
                  lanes: 4
                  verify: false
                  timeout: 250ms
                  batch_bytes: 8MB
                  mode: safe
                  hosts: [one, two]
                  settings: {a: 1, b: 2}
                  write:
                    - from: public.users
                      select: [id, email, total]
                      rename: {email: mail}
                      where: status = 'active'
                      compute:
                        total: a + b
                        label: "{id}-{email}"
                      mask: {email: 4}
                      digest: [id]
                      digest_key: ${KEY:-none}
                      hash: "user:{id}"
                      member: "{id}"
                      score: created_at
                      ttl: 30m
                    - from: public."odd.name"
                      name: odd
              - redis:
                  name: second
                  url: ${RD}
                  write: [{from: public.users, omit: [a]}]
              - stdout:
                  write:
                    - from: public.users
            """)
        #expect(document.name == "shop-orders" && document.file == "p.yaml")
        #expect(document.source.kind == "postgres" && document.source.snapshot == .never)
        #expect(document.source.options.secret("url")?.revealed == "postgres://pg")
        #expect(
            document.source.tables.map(\.value) == [
                TableName(namespace: "public", name: "users"), TableName(namespace: "public", name: "odd.name"),
                TableName(namespace: "public", name: "idle"),
            ])
        #expect(document.warnings.map(\.message) == ["no sink writes the table public.idle"])
        #expect(document.warnings.first?.location?.line == 6)
        #expect(document.sinks.map(\.name) == ["redis", "second", "stdout"])
        let redis = document.sinks[0]
        #expect(redis.options.integer("lanes") == 4 && redis.options.boolean("verify") == false)
        #expect(redis.options.duration("timeout") == .milliseconds(250))
        #expect(redis.options.byteCount("batch_bytes") == 8 << 20)
        #expect(redis.options.text("mode") == "safe" && redis.options.texts("hosts") == ["one", "two"])
        #expect(redis.options["settings"] == .map(["a": .integer(1), "b": .integer(2)]))
        let write = redis.writes[0]
        #expect(write.name == "public.users hash user:{id} member {id}")
        #expect(redis.writes[1].name == "odd")
        #expect(write.options.text("hash") == "user:{id}" && write.options.text("score") == "created_at")
        #expect(write.options.duration("ttl") == .seconds(1800))
        let transform = write.transform
        #expect(transform.select?.map(\.value) == ["id", "email", "total"])
        #expect(transform.rename.map { "\($0.column.value)>\($0.name.value)" } == ["email>mail"])
        #expect(transform.filter?.value == "status = 'active'")
        #expect(transform.compute.map(\.name.value) == ["total", "label"])
        #expect(transform.mask.map(\.visible) == [4])
        #expect(transform.digest.map(\.algorithm) == [.sha256])
        #expect(transform.digestKey?.revealed == "none")
    }

    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("30s", .seconds(30)), ("5m", .seconds(300)), ("2h", .seconds(7_200)),
        ("7d", .seconds(604_800)), ("0s", .zero), ("36500d", .seconds(36_500 * 86_400)),
    ])
    func durationsHaveAUnit(text: String, duration: Duration) {
        #expect(Quantity.duration(text) == duration)
    }

    @Test(arguments: ["", "5", "m", "5 m", "-5m", "5M", "1.5h", "36501d", "99999999999999999999s", "1h30m", "٣s"])
    func whatIsNoDurationIsRefused(text: String) {
        #expect(Quantity.duration(text) == nil)
    }

    @Test func byteCountsArePowersOf1024() {
        #expect(Quantity.byteCount("512KB") == 512 << 10)
        #expect(Quantity.byteCount("8MB") == 8 << 20)
        #expect(Quantity.byteCount("1GB") == 1 << 30)
        #expect(Quantity.byteCount("3KiB") == 3072)
        #expect(Quantity.byteCount("17B") == 17)
        for text in ["", "8", "MB", "8mb", "8 MB", "-1MB", "1.5MB", "9999999999TB"] {
            #expect(Quantity.byteCount(text) == nil)
        }
    }

    @Test func theFingerprintFollowsWhatIsWrittenAndNotWhereItStands() throws {
        func fingerprint(_ entry: String, _ before: String = "") throws -> UInt64 {
            try Kinds.read(before + Kinds.file(entry: entry)).sinks[0].writes[0].fingerprint
        }
        let usual = try fingerprint("hash: \"user:{id}\"")
        #expect(try fingerprint("hash: 'user:{id}'", "# moved\n\n") == usual)
        #expect(try fingerprint("hash: user:{id}2") != usual)
        #expect(try fingerprint("{hash: \"user:{id}\", ttl: 1s}".dropBraces) != usual)
        #expect(try fingerprint("where: a = 1") != usual)
        #expect(try fingerprint("where: a = 1") != fingerprint("where: a = 2"))
        #expect(try fingerprint("omit: [a, b]") == fingerprint("omit: [b, a]"))
        #expect(try fingerprint("select: [a, b]") != fingerprint("select: [b, a]"))
        #expect(try fingerprint("mask: [a]") != fingerprint("digest: [a]"))
    }

    @Test func theNameOfAnEntryDoesNotDependOnTheEnvironment() throws {
        let file = Kinds.file(entry: "hash: \"${PREFIX:-x}:{id}\"")
        let plain = try Kinds.read(file)
        let prefixed = try Kinds.read(file, environment: ["PG": "pg", "RD": "rd", "PREFIX": "s3cret"])
        #expect(plain.sinks[0].writes[0].name == "public.users hash ${PREFIX:-x}:{id}")
        #expect(prefixed.sinks[0].writes[0].name == plain.sinks[0].writes[0].name)
        #expect(prefixed.sinks[0].writes[0].options.text("hash") == "s3cret:{id}")
    }

    @Test func aMissingFileIsSaidSo() {
        #expect(throws: ConfigurationErrors.self) { try Kinds.reader().read(file: "/nowhere/p.yaml") }
    }
}

extension String {
    /// Two options as two lines of the entry.
    fileprivate var dropBraces: String {
        dropFirst().dropLast().split(separator: ", ").joined(separator: "\n          ")
    }
}
