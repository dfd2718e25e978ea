import Change
import Connector
import ConnectorTestKit
import Testing

@testable import Transforms

@Suite struct DocumentOutputTests {
    private func names(_ names: String...) -> [Located<String>] { names.map { Orders.named($0) } }

    private func rename(_ column: String, _ name: String) -> TransformSpec.Rename {
        TransformSpec.Rename(column: Orders.named(column), name: Orders.named(name))
    }

    private func computation(_ name: String, _ text: String) -> TransformSpec.Computation {
        TransformSpec.Computation(name: Orders.named(name), expression: Orders.located(text))
    }

    @Test func pathsAreSelectedAndRenamed() throws {
        let spec = TransformSpec(
            select: names("_id", "category.id", "images[0].url", "variants[*].id", "category.nothing", "soon"),
            rename: [rename("_id", "id"), rename("category.id", "category"), rename("variants[*].id", "variants")])
        #expect(
            try Products.written(spec)
                == #"{"id":"507f1f77bcf86cd799439011","category":"c1","images[0].url":"a.png","variants":["v1","v2","v3","v4"]}"#
        )
    }

    @Test func partsAreOmittedAndTheRestIsAsItWas() throws {
        let spec = TransformSpec(
            select: names("variants", "category", "tags"),
            omit: names(
                "variants[*].price", "variants[*].tags", "variants[3]", "category.parent.id", "nothing.x", "tags[0]"))
        #expect(
            try Products.written(spec)
                == #"{"variants":[{"id":"v1","isActive":true},{"id":"v2","isActive":false},{"id":"v3","isActive":true}],"#
                + #""category":{"name":"Computers","parent":{},"gone":null,"odd name":1,"#.replacing(
                    #"{"name""#, with: #"{"id":"c1","name""#
                ).replacing(#","odd name":1,"#, with: #","odd name":1},"#)
                + #""tags":["sale"]}"#)
    }

    @Test func computedColumnsMayUseEarlierOnes() throws {
        let spec = TransformSpec(
            select: names("price", "label"),
            compute: [
                computation("price", "min(variants[isActive].price)"),
                computation("label", "name || ' ' || price::text"),
            ])
        #expect(try Products.written(spec) == #"{"price":12.5,"label":"Laptop 12.5"}"#)
    }

    @Test func whatIsMissingIsNotWrittenAndNullIs() throws {
        let row = try Products.row(without: ["tags", "name"])
        let spec = TransformSpec(select: names("note", "tags", "name", "category.gone"))
        #expect(try Products.written(spec, row) == #"{"note":null,"category.gone":null}"#)
    }

    @Test func aPathIsMaskedOnlyWhereNothingElseTellsIt() throws {
        let masked = TransformSpec(
            select: names("category.name"),
            mask: [TransformSpec.Mask(column: Orders.named("category.name"), visible: 2)])
        #expect(try Products.written(masked) == #"{"category.name":"*******rs"}"#)
        let open = TransformSpec(mask: [TransformSpec.Mask(column: Orders.named("category.name"), visible: 2)])
        #expect(throws: ConfigurationErrors.self) { try Products.transform(open) }
        // Of a field that nobody has seen there is nothing to mask yet, and a row has it once it was seen.
        let unseen = TransformSpec(mask: [TransformSpec.Mask(column: Orders.named("email"), visible: 0)])
        #expect(throws: Never.self) { try Products.transform(unseen) }
    }

    @Test func contradictionsAreNamed() {
        let notSelected = TransformSpec(rename: [rename("category.id", "category_id")])
        #expect(throws: ConfigurationErrors.self) { try Products.transform(notSelected) }
        let condition = TransformSpec(omit: names("variants[isActive]"))
        #expect(throws: ConfigurationErrors.self) { try Products.transform(condition) }
        let broken = TransformSpec(select: names("variants["))
        #expect(throws: ConfigurationErrors.self) { try Products.transform(broken) }
    }

    @Test func templatesFollowPaths() throws {
        let row = try Products.row()
        func text(_ template: String, _ row: Row) throws -> String {
            var text: [UInt8] = []
            try Template(parsing: template).compiled(for: Products.collection.schema).append(row, to: &text)
            return String(decoding: text, as: UTF8.self)
        }
        #expect(try text("product:{_id}", row) == "product:507f1f77bcf86cd799439011")
        #expect(try text("category:{category.id}:products", row) == "category:c1:products")
        #expect(try text("{images[1].url}|{inventory.quantity}", row) == "b.png|7")
        #expect(try text("{_id}", Products.row(["_id": .decimal("1.00")])) == "1")
        for template in ["{category.nothing}", "{nothing.x}", "{note}", "{category.gone}", "{soon}"] {
            #expect(throws: KeyError.self) { try text(template, row) }
        }
        #expect(throws: TemplateError.badPath("variants[*].id")) { try text("{variants[*].id}", row) }
        let compiled = try Template(parsing: "{category.id}-{soon}").compiled(for: Products.collection.schema)
        #expect(compiled.columns == [2] && !compiled.isConstant)
    }
}
