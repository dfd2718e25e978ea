import Foundation
import Testing

/// The shop's catalogue out of MongoDB, by the real process against the real servers.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .timeLimit(.minutes(5)))
struct CatalogueTests {
    /// Small chunks, so that a kill finds the snapshot half done.
    private static let smallChunks = ["    url: ${SHOP_MONGODB}\n": "    url: ${SHOP_MONGODB}\n    chunk_rows: 100\n"]

    @Test func aProcessKilledInMidSnapshotAndInMidStreamEndsWithEveryDocumentEqual() async throws {
        try await Catalogue.run("killed", redisDatabase: 5, products: 2_000, changing: Self.smallChunks) { catalogue in
            let editors = try catalogue.openForEditors(rate: 200, seed: 7)
            var random = SystemRandomNumberGenerator()
            for _ in 0..<5 {
                let process = try catalogue.start()
                try await Task.sleep(for: .milliseconds(Int.random(in: 200...2_000, using: &random)))
                try #require(process.isRunning, "\(process.output.suffix(2_000))")
                await process.end(with: SIGKILL)
            }
            let process = try catalogue.start()
            try await Task.sleep(for: .seconds(1))
            #expect(await editors.end(with: SIGTERM) == 0)
            try await catalogue.expectEqual(process)
        }
    }

    @Test func aProductGoesFromOneCategorysSetToAnothers() async throws {
        try await Catalogue.run("moved", redisDatabase: 5, products: 20) { catalogue in
            let process = try catalogue.start()
            try await catalogue.catchUp(process)
            let ids = try await catalogue.python(
                """
                product = next(database.find('products'))
                other = next(c for c in database.find('categories') if c['_id'] != product['category']['id'])
                print(product['_id'], product['category']['id'], other['_id'])
                """
            ).split(separator: " ").map(String.init)
            #expect(try await catalogue.redis("SISMEMBER", "category:\(ids[1]):products", ids[0]) == "1")
            try await catalogue.python(
                """
                product = next(database.find('products'))
                database.update('products', {'_id': product['_id']},
                    {'$set': {'category.id': ObjectId(bytes.fromhex('\(ids[2])'))}})
                """)
            try await catalogue.catchUp(process)
            #expect(try await catalogue.redis("SISMEMBER", "category:\(ids[1]):products", ids[0]) == "0")
            #expect(try await catalogue.redis("SISMEMBER", "category:\(ids[2]):products", ids[0]) == "1")
            // A set that has expired is made again of every product that says it is of the category.
            _ = try await catalogue.redis("DEL", "category:\(ids[2]):products")
            try await catalogue.python(
                "database.update('products', {'_id': next(database.find('products'))['_id']}, {'$set': {'name': 'a'}})")
            try await catalogue.python("database.delete('products', {'_id': next(database.find('products'))['_id']})")
            try await catalogue.expectEqual(process)
        }
    }

    /// Without the document as it was nobody could tell which set a product leaves.
    @Test func aSetByCategoryNeedsPreImagesAndTheCheckNamesWhatToEnable() async throws {
        try await Catalogue.run("images", redisDatabase: 5, products: 20) { catalogue in
            try await catalogue.python(
                "database.run({'collMod': 'products', 'changeStreamPreAndPostImages': {'enabled': False}})")
            let findings = try await catalogue.check()
            #expect(findings.contains("the key is made of category"), "\(findings)")
            #expect(
                findings.contains(
                    #"db.runCommand({collMod: "products", changeStreamPreAndPostImages: {enabled: true}})"#),
                "\(findings)")
            let refused = try catalogue.start()
            #expect(try await refused.end(within: .seconds(30)) == 2)
            #expect(refused.output.contains("changeStreamPreAndPostImages"))
            try await catalogue.python(
                "database.run({'collMod': 'products', 'changeStreamPreAndPostImages': {'enabled': True}})")
            let process = try catalogue.start()
            try await catalogue.edit(100, seed: 3)
            try await catalogue.expectEqual(process)
        }
    }

    /// A set that has expired is made again of all its products, which the collection is searched for.
    @Test func aSetThatExpiresNeedsAnIndexAndTheCheckSaysHowToMakeIt() async throws {
        try await Catalogue.run("unindexed", redisDatabase: 5, products: 20) { catalogue in
            let advice = #"getCollection("products").createIndex({"category.id": 1})"#
            let sound = try await catalogue.check()
            #expect(!sound.contains("createIndex"), "\(sound)")
            try await catalogue.python("database.run({'dropIndexes': 'products', 'index': 'category'})")
            let findings = try await catalogue.check()
            #expect(findings.contains(advice), "\(findings)")
        }
    }

    /// Where a product stood before, nobody can tell then: it parks, and nothing is wrong in silence.
    @Test func aMoveWithoutAPreImageParksUntilTheCollectionIsReadAgain() async throws {
        try await Catalogue.run("expired", redisDatabase: 5, products: 20) { catalogue in
            let process = try catalogue.start()
            try await catalogue.catchUp(process)
            try await catalogue.python(
                """
                database.run({'collMod': 'products', 'changeStreamPreAndPostImages': {'enabled': False}})
                product = next(database.find('products'))
                other = next(c for c in database.find('categories') if c['_id'] != product['category']['id'])
                database.update('products', {'_id': product['_id']}, {'$set': {'category.id': other['_id']}})
                database.run({'collMod': 'products', 'changeStreamPreAndPostImages': {'enabled': True}})
                """)
            try await catalogue.catchUp(process)
            let parked = try await catalogue.millrace("parked", "list", "shop-catalogue").output
            #expect(parked.contains("did not give the row as it was"), "\(parked)")
            let read = try await catalogue.millrace(
                "snapshot", "shop-catalogue", "\(catalogue.database).products", "--find-deletes")
            #expect(read.status == 0, "\(read.output)")
            try await catalogue.expectEqual(process)
        }
    }

    @Test func everyKindOfEventLeavesBothSinksAsTheCollectionsAre() async throws {
        try await Catalogue.run("kinds", redisDatabase: 5, products: 50) { catalogue in
            let process = try catalogue.start()
            try await catalogue.catchUp(process)
            try await catalogue.python(
                """
                database.run({'createIndexes': 'content', 'indexes': [{'key': {'slug': 1}, 'name': 'slug'}]})
                database.run({'dropIndexes': 'content', 'index': 'slug'})
                database.run({'collMod': 'content', 'validator': {'slug': {'$exists': True}}})
                database.run({'create': 'other'})
                database.run({'create': 'view', 'viewOn': 'other', 'pipeline': []})
                database.insert('other', [{'a': 1}])
                database.run({'drop': 'content'})
                """)
            try await catalogue.edit(50, seed: 11)
            try await catalogue.catchUp(process)
            #expect(try await catalogue.redis("--scan", "--pattern", "doc:*").split(separator: "\n").count < 10)
            try await catalogue.python(
                """
                admin = lambda source, target: database.run(
                    {'renameCollection': f'{database.name}.{source}', 'to': f'{database.name}.{target}'}, 'admin')
                pages = list(database.find('content'))
                admin('content', 'archive')
                database.run({'create': 'content', 'changeStreamPreAndPostImages': {'enabled': True}})
                if pages: database.insert('content', pages[:1])
                """)
            try await catalogue.catchUp(process)
            try await catalogue.python("database.run({'dropDatabase': 1})")
            try await catalogue.catchUp(process)
            #expect(try await catalogue.redis("--scan", "--pattern", "product:????????????????????????").isEmpty)
            try await catalogue.fill(products: 30, seed: 12)
            try await catalogue.edit(100, seed: 13)
            try await catalogue.catchUp(process)
            // Documents that no event tells of.
            try await catalogue.python(
                """
                database.run({'aggregate': 'products', 'cursor': {}, 'pipeline': [
                    {'$set': {'name': 'written by $out'}}, {'$out': 'products'}]})
                """)
            try await catalogue.expectStop(
                process, saying: "another collection was renamed to this one", "checkpoint reset")
            // $out has made the collection anew, without what it kept.
            try await catalogue.python(
                "database.run({'collMod': 'products', 'changeStreamPreAndPostImages': {'enabled': True}})")
            let reset = try await catalogue.millrace("checkpoint", "reset", catalogue.file, "--yes")
            #expect(reset.status == 0, "\(reset.output)")
            try await catalogue.expectEqual(try catalogue.start())
        }
    }
}
