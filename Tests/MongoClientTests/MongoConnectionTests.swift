import Foundation
import MongoClient
import Testing
import Threads

struct MongoConnectionTests {
    @Test func aUrlThatCannotBeReadIsNeverShown() async {
        let secret = "no-url-at-all:hunter2@"
        let error = await #expect(throws: MongoError.self) {
            try await DedicatedThread.run(name: "test") { _ = try MongoConnection(MongoSettings(secret, applicationName: "test")) }
        }
        #expect(error?.kind == .configuration)
        #expect(error?.description.contains("hunter2") == false)
        #expect("\(MongoSettings(secret, applicationName: "test"))" == "•••")
    }

    @Test func noServerIsUnreachableAndTheUrlIsNotShown() async {
        let settings = MongoSettings(
            "mongodb://ada:hunter2@127.0.0.1:1/?serverSelectionTimeoutMS=500", applicationName: "test")
        let error = await #expect(throws: MongoError.self) {
            try await DedicatedThread.run(name: "test") { _ = try MongoConnection(settings) }
        }
        #expect(error?.kind == .unreachable)
        #expect(error?.description.contains("hunter2") == false)
        #expect(error?.description.contains("ada") == false)
    }
}

@Suite(.enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil))
struct MongoServerTests {
    private var settings: MongoSettings {
        get throws {
            MongoSettings(try #require(ProcessInfo.processInfo.environment["SHOP_MONGODB"]), applicationName: "test")
        }
    }

    @Test func aServersErrorHasItsNumberAndName() async throws {
        let settings = try settings
        let error = await #expect(throws: MongoError.self) {
            try await DedicatedThread.run(name: "test") {
                var command = BSONWriter()
                command.append("noSuchCommand", int32: 1)
                _ = try MongoConnection(settings).run(command, on: "admin")
            }
        }
        #expect(error?.code == .commandNotFound)
        #expect(error?.codeName == "CommandNotFound")
        #expect(error?.isLabelledResumable == false)
    }

    @Test func anAnswerIsReadByNames() async throws {
        let settings = try settings
        let version = try await DedicatedThread.run(name: "test") {
            var command = BSONWriter()
            command.append("buildInfo", int32: 1)
            let reply = try MongoConnection(settings).run(command, on: "admin")
            #expect(reply.integer("versionArray", "0") == 6)
            #expect(reply.text("no", "such") == nil)
            return reply.text("version")
        }
        #expect(version?.hasPrefix("6.") == true)
    }
}
