import Change
import Connector
import Testing

@testable import Transforms

@Suite struct OutputTests {
    private static let schema = TableSchema(
        id: 1, table: TableName(namespace: "public", name: "users"),
        columns: ["id", "email", "phone", "note"].map {
            Column(name: $0, type: $0 == "note" ? .json : .text, sourceType: "text", isIdentity: $0 == "id")
        }, identity: .primaryKey, primaryKey: [0])

    private func names(_ names: String...) -> [Located<String>] { names.map { Orders.named($0) } }

    private func outputs(_ spec: TransformSpec) throws -> [String] {
        let transform = try CompiledTransform(spec: spec, schema: Self.schema)
        return transform.outputs.map { "\(transform.schema.columns[$0.column].name)#\($0.column)>\($0.name)" }
    }

    private func rename(_ column: String, _ name: String) -> TransformSpec.Rename {
        TransformSpec.Rename(column: Orders.named(column), name: Orders.named(name))
    }

    private func computation(_ name: String, _ text: String) -> TransformSpec.Computation {
        TransformSpec.Computation(name: Orders.named(name), expression: Orders.located(text))
    }

    @Test func nothingGivenWritesEveryColumn() throws {
        let transform = try CompiledTransform(spec: TransformSpec(), schema: Self.schema)
        #expect(transform.isIdentity && !transform.hasFilter && transform.filterColumns.isEmpty)
        #expect(transform.schema === Self.schema)
        #expect(try outputs(TransformSpec()) == ["id#0>id", "email#1>email", "phone#2>phone", "note#3>note"])
    }

    @Test func selectGivesTheOrderAndOmitLeavesOut() throws {
        #expect(try outputs(TransformSpec(select: names("note", "id"))) == ["note#3>note", "id#0>id"])
        #expect(try outputs(TransformSpec(omit: names("email", "note"))) == ["id#0>id", "phone#2>phone"])
        #expect(
            try outputs(TransformSpec(select: names("id", "email"), rename: [rename("email", "mail")]))
                == ["id#0>id", "email#1>mail"])
    }

    @Test func renamesMaySwapAndMayNotCollide() throws {
        let swapped = TransformSpec(
            select: names("email", "phone"), rename: [rename("email", "phone"), rename("phone", "email")])
        #expect(try outputs(swapped) == ["email#1>phone", "phone#2>email"])
        #expect(throws: ConfigurationErrors.self) { try outputs(TransformSpec(rename: [rename("email", "phone")])) }
        #expect(
            try outputs(TransformSpec(omit: names("phone"), rename: [rename("email", "phone")]))
                == ["id#0>id", "email#1>phone", "note#3>note"])
    }

    @Test func computedColumnsAreAppendedAndReplaceWhatIsWritten() throws {
        let spec = TransformSpec(compute: [
            computation("email", "lower(email)"), computation("domain", "substring(email, 3)"),
        ])
        #expect(
            try outputs(spec) == ["id#0>id", "email#4>email", "phone#2>phone", "note#3>note", "domain#5>domain"])
        let transform = try CompiledTransform(spec: spec, schema: Self.schema)
        // Looking the name up still finds the source's: keys are made of what the source has.
        #expect(transform.schema.index(of: "email") == 1)
        let row = try transform.extended(Row(schema: Self.schema, texts: ["1", "A@B", nil, "{}"]))
        #expect((0..<6).map { row.text($0) } == ["1", "A@B", nil, "{}", "a@b", "B"])
        #expect(transform.sourceColumns(behind: [0, 4, 5]) == [0, 1])
        #expect(try outputs(TransformSpec(select: names("id"), compute: spec.compute)) == ["id#0>id"])
    }

    @Test func whatDependsOnTheIdentityAloneIsPartOfIt() throws {
        let spec = TransformSpec(compute: [
            computation("slug", "user-{id}"), computation("both", "{id}-{email}"), computation("fixed", "1"),
        ])
        let transform = try CompiledTransform(spec: spec, schema: Self.schema)
        #expect(transform.schema.columns.suffix(3).map(\.isIdentity) == [true, false, true])
        var builder = RowBuilder()
        builder.append("7")
        for _ in 0..<3 { builder.appendUnchanged() }
        let extended = try transform.extended(builder.row(schema: Self.schema))
        #expect(extended.text(4) == "user-7")
        #expect(extended.state(5) == .unchanged)
        #expect(extended.text(6) == "1")
    }

    @Test func masksKeepTheLastCharacters() throws {
        let spec = TransformSpec(mask: [
            TransformSpec.Mask(column: Orders.named("email"), visible: 0),
            TransformSpec.Mask(column: Orders.named("phone"), visible: 4),
        ])
        let transform = try CompiledTransform(spec: spec, schema: Self.schema)
        func masked(_ email: String?, _ phone: String?) throws -> [String?] {
            let row = try transform.extended(Row(schema: Self.schema, texts: ["1", email, phone, nil]))
            return [row.text(4), row.text(5)]
        }
        #expect(try outputs(spec) == ["id#0>id", "email#4>email", "phone#5>phone", "note#3>note"])
        #expect(try masked("äb@c", "+49 170 1234") == ["****", "********1234"])
        #expect(try masked("", "1234") == ["", "****"])
        #expect(try masked(nil, "käse1") == [nil, "*äse1"])
    }

    @Test func digestsAreThoseOfTheStandards() throws {
        // FIPS 180-2, appendix B, and RFC 4231, test case 2.
        func digest(_ algorithm: TransformSpec.Digest.Algorithm, key: String?, _ text: String) throws -> String? {
            let spec = TransformSpec(
                digest: [TransformSpec.Digest(column: Orders.named("email"), algorithm: algorithm)],
                digestKey: key.map { Secret($0) })
            let transform = try CompiledTransform(spec: spec, schema: Self.schema)
            return try transform.extended(Row(schema: Self.schema, texts: ["1", text, nil, nil])).text(4)
        }
        #expect(
            try digest(.sha256, key: nil, "abc")
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            try digest(.sha256, key: "Jefe", "what do ya want for nothing?")
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(try digest(.sha384, key: nil, "abc")?.hasPrefix("cb00753f45a35e8bb5a03d699ac65007") == true)
        #expect(try digest(.sha512, key: nil, "abc")?.hasPrefix("ddaf35a193617abacc417349ae204131") == true)
    }

    @Test func masksAndDigestsFollowComputedColumns() throws {
        let spec = TransformSpec(
            compute: [computation("email", "upper(email)"), computation("flag", "id = '1'")],
            mask: [
                TransformSpec.Mask(column: Orders.named("email"), visible: 1),
                TransformSpec.Mask(column: Orders.named("flag"), visible: 2),
            ])
        let transform = try CompiledTransform(spec: spec, schema: Self.schema)
        let row = try transform.extended(Row(schema: Self.schema, texts: ["1", "ab", nil, nil]))
        #expect(row.text(6) == "*B" && row.text(7) == "**ue")
        #expect(transform.sourceColumns(behind: [6, 7]) == [0, 1])
    }

    @Test func everythingThatDoesNotFitIsSaidAtOnce() throws {
        let spec = TransformSpec(
            select: names("id", "emial"), omit: names("phnoe"), rename: [rename("nto", "x")],
            filter: Orders.located("id = 1"), compute: [computation("a", "b + 1"), computation("c", "a || 'x'")],
            mask: [TransformSpec.Mask(column: Orders.named("fone"), visible: 0)],
            digest: [TransformSpec.Digest(column: Orders.named("a"), algorithm: .sha256)])
        do {
            _ = try CompiledTransform(spec: spec, schema: Self.schema)
            Issue.record("the transform was taken")
        } catch {
            #expect(
                error.diagnostics.map(\.message) == [
                    "the table public.users has no column b",
                    "text and integer do not go together",
                    "mask: the table public.users has no column fone",
                    "select: the table public.users has no column emial",
                    "omit: the table public.users has no column phnoe",
                    "rename: the table public.users has no column nto",
                ])
        }
    }

    @Test func theFormOfExpressionsIsCheckedWithoutATable() {
        let spec = TransformSpec(
            filter: Orders.located("a = "),
            compute: [computation("x", "{a"), computation("y", "a +"), computation("z", "a")])
        #expect(TransformSyntax.problems(in: spec).map { $0.location?.column } == [9, 5, 8])
    }
}
