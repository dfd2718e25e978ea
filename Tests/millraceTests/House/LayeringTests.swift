import Testing

/// SwiftPM lets a target import whatever happens to be built; these tests do not.
struct LayeringTests {
    let files: [SourceTree.File]

    init() throws {
        files = try SourceTree.files(under: "Sources")
    }

    @Test func everyTargetHasItsLevel() {
        let targets = Set(files.map(\.target))
        #expect(targets.count >= 13)
        for target in targets { #expect(ModuleMap.levels[target] != nil, "\(target) is missing from the module map") }
    }

    @Test func importsPointStrictlyDownwards() throws {
        var checked = 0
        for file in files {
            let level = try #require(ModuleMap.levels[file.target])
            for (line, module) in file.imports {
                guard let other = ModuleMap.levels[module] else { continue }
                checked += 1
                #expect(other < level, "\(file.path):\(line): \(file.target) imports \(module)")
            }
        }
        #expect(checked > 200)
    }

    @Test func theHouseKnowsNoConnectorAndNoConnectorKnowsTheHouse() {
        for file in files {
            let modules = file.imports
            if file.target != "millrace" {
                for (line, module) in modules where ModuleMap.rooms.contains(module) {
                    Issue.record("\(file.path):\(line): only the command line may import \(module)")
                }
            }
            guard ModuleMap.rooms.contains(file.target) else { continue }
            for (line, module) in modules where ["Engine", "Pipelines", "Checkpoints", "Control"].contains(module) {
                Issue.record("\(file.path):\(line): a connector imports \(module)")
            }
        }
    }

    @Test func aCLibraryIsSeenOnlyByTheTargetThatWrapsItAndAWrapperOnlyByItsRoom() {
        for file in files {
            for (line, module) in file.imports {
                if let wrapper = ModuleMap.wrappers[module] {
                    #expect(file.target == wrapper, "\(file.path):\(line): \(module) belongs to \(wrapper)")
                    let text = file.lines[line - 1]
                    #expect(!text.hasPrefix("public import"), "\(file.path):\(line): C types leave their target")
                }
                if let room = ModuleMap.clients[module] {
                    #expect(file.target == room, "\(file.path):\(line): \(module) belongs to \(room)")
                }
            }
        }
    }

    @Test func theEnvelopeAndTheCodecsDoWithoutFoundation() {
        for file in files where ["Wire", "Change"].contains(file.target) {
            for (line, module) in file.imports where module.hasPrefix("Foundation") {
                Issue.record("\(file.path):\(line): \(file.target) imports \(module)")
            }
        }
    }

    @Test func oneRoomDoesNotReachIntoAnother() {
        for file in files where ModuleMap.rooms.contains(file.target) {
            let parts = file.path.split(separator: "/")
            guard parts.count > 3 else { continue }
            let rooms = ["Redis", "Elasticsearch", "InfluxDB", "Neo4j", "Discard", "Stdout", "Postgres", "MongoDB"]
            for other in rooms where other != parts[2] {
                for (line, text) in file.code where text.contains("\(other)Sink(") || text.contains("\(other)Source(") {
                    Issue.record("\(file.path):\(line): reaches into the room of \(other)")
                }
            }
        }
    }
}
