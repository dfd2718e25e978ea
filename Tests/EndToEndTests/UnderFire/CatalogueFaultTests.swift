import Foundation
import Testing

extension UnderFire {
    /// What MongoDB and its oplog may suffer.
    @Suite struct CatalogueFaultTests {
        private static func run(
            _ name: String, products: Int = 300, changing changes: [String: String] = [:],
            _ body: (OwnLab, Catalogue) async throws -> Void
        ) async throws {
            let lab = try OwnLab.running
            try await Catalogue.run(
                name, redisDatabase: 4, products: Scale.rows(products), changing: changes, servers: lab.environment
            ) { try await body(lab, $0) }
        }

        @Test func aPrimaryThatStepsDownIsKilledOrRestartedLosesAndRepeatsNothing() async throws {
            try await Self.run("stepdown") { lab, catalogue in
                let process = try catalogue.start()
                try await catalogue.catchUp(process)
                try await catalogue.edit(50, seed: 21)
                try await catalogue.stepDown()
                try await catalogue.edit(50, seed: 22)
                try await lab.stop("mongo")
                try await lab.up("mongo")
                try await catalogue.edit(50, seed: 23)
                try await lab.kill("mongo")
                try await lab.up("mongo")
                try await catalogue.edit(50, seed: 24)
                try await catalogue.expectEqual(process)
            }
        }

        @Test func stepDownsInMidSnapshotEndWithEveryDocumentEqual() async throws {
            let small = ["    url: ${SHOP_MONGODB}\n": "    url: ${SHOP_MONGODB}\n    chunk_rows: 100\n"]
            try await Self.run("midsnapshot", products: 4_000, changing: small) { _, catalogue in
                let process = try catalogue.start()
                for round in 1...Scale.rounds(2) {
                    try await catalogue.stepDown()
                    try await catalogue.edit(40, seed: 30 + round)
                }
                try await catalogue.expectEqual(process)
            }
        }

        @Test func anotherReplicaSetIsRefusedUntilTheReset() async throws {
            try await Self.run("replaced", products: 50) { lab, catalogue in
                let process = try catalogue.start()
                try await catalogue.catchUp(process)
                try await lab.stop("mongo")
                try FileManager.default.removeItem(atPath: "\(lab.folder)/mongo")
                try await lab.up("mongo")
                try await catalogue.fill(products: 40, seed: 2)
                try await catalogue.expectStop(
                    process, saying: "it is not the replica set that the checkpoint was made for",
                    "millrace checkpoint reset")
                let again = try catalogue.start()
                try await catalogue.expectStop(again, saying: "replica_set_id", "millrace checkpoint reset")
                try await catalogue.expectEqual(try await catalogue.reset())
            }
        }

        @Test func dataRestoredFromBeforeTheCheckpointIsRefusedUntilTheReset() async throws {
            try await Self.run("older", products: 50) { lab, catalogue in
                let process = try catalogue.start()
                try await catalogue.catchUp(process)
                #expect(await process.end(with: SIGTERM) == 0, "\(process.output.suffix(2_000))")
                try await lab.stop("mongo")
                let (data, copy) = ("\(lab.folder)/mongo", "\(lab.folder)/mongo-copy")
                try? FileManager.default.removeItem(atPath: copy)
                try FileManager.default.copyItem(atPath: data, toPath: copy)
                try await lab.up("mongo")
                let second = try catalogue.start()
                try await catalogue.edit(50, seed: 41)
                try await catalogue.catchUp(second)
                #expect(await second.end(with: SIGTERM) == 0)
                try await lab.stop("mongo")
                try FileManager.default.removeItem(atPath: data)
                try FileManager.default.moveItem(atPath: copy, toPath: data)
                try await lab.up("mongo")
                try await catalogue.edit(50, seed: 42)
                let third = try catalogue.start()
                try await catalogue.expectStop(
                    third, saying: "does not hold the change that the checkpoint stands at", "millrace checkpoint reset"
                )
                try await catalogue.expectEqual(try await catalogue.reset())
            }
        }

        @Test func anOplogThatHasLostThePlaceStopsThePipelineUntilTheReset() async throws {
            try await Self.run("history", products: 50) { _, catalogue in
                let process = try catalogue.start()
                try await catalogue.catchUp(process)
                try await catalogue.fail("getMore", code: 286)
                try await catalogue.edit(5, seed: 51)
                try await catalogue.expectStop(
                    process, saying: "no longer reaches back", "millrace checkpoint reset", "replSetResizeOplog")
                try await catalogue.edit(20, seed: 52)
                try await catalogue.expectEqual(try await catalogue.reset())
            }
        }

        /// By default a small collection; with MILLRACE_SOAK a million documents.
        @Test func aLargeCollectionIsReadWhileItIsEdited() async throws {
            try await Self.run("many", products: Scale.isFull ? 20_000 : 4_000) { _, catalogue in
                let editors = try catalogue.openForEditors(rate: 100, seed: 61)
                let process = try catalogue.start()
                try await catalogue.catchUp(process)
                #expect(await editors.end(with: SIGTERM) == 0)
                try await catalogue.expectEqual(process)
            }
        }
    }
}

extension Catalogue {
    /// Has the primary step down; the set's only member is elected again after a second.
    func stepDown() async throws {
        try await python(
            "database.run({'replSetStepDown': 1, 'secondaryCatchUpPeriodSecs': 0, 'force': True}, 'admin')")
        try await Eventually.require("there is a primary again") {
            try await python("print(database.run({'hello': 1})['isWritablePrimary'])") == "True"
        }
    }

    /// Makes the next command of this name that Millrace gives fail on the server.
    func fail(_ command: String, code: Int) async throws {
        try await python(
            """
            database.run({'configureFailPoint': 'failCommand', 'mode': {'times': 1}, 'data': {
                'failCommands': ['\(command)'], 'errorCode': \(code), 'appName': 'millrace shop-catalogue'}}, 'admin')
            """)
    }

    /// Does what the error said: forgets the checkpoint and loads everything again.
    func reset() async throws -> BackgroundProcess {
        let reset = try await millrace("checkpoint", "reset", file, "--yes")
        #expect(reset.status == 0, "\(reset.output)")
        return try start()
    }
}
