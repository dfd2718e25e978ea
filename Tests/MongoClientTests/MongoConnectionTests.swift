import Foundation
import MongoClient
import Testing
import Threads

struct MongoConnectionTests {
    @Test func aUrlThatCannotBeReadIsNeverShown() async {
        let secret = "no-url-at-all:hunter2@"
        let error = await #expect(throws: MongoError.self) {
            try await DedicatedThread.run(name: "test") {
                _ = try MongoConnection(MongoSettings(secret, applicationName: "test"))
            }
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

    @Test func aUserIsKnownByThePasswordAlone() async throws {
        let settings = try settings
        try await DedicatedThread.run(name: "test") {
            var create = BSONWriter()
            create.append("createUser", "millrace_test")
            create.append("pwd", "right-password")
            create.append("roles", texts: ["read"])
            do throws(MongoError) { _ = try MongoConnection(settings).run(create, on: "admin") } catch {
                // The user is there.
                guard error.code?.rawValue == 51_003 else { throw error }
            }
        }
        var url = try #require(URLComponents(string: ProcessInfo.processInfo.environment["SHOP_MONGODB"] ?? ""))
        url.user = "millrace_test"
        url.path = "/admin"
        url.password = "right-password"
        let right = MongoSettings(try #require(url.string), applicationName: "test")
        let name = try await DedicatedThread.run(name: "test") {
            var status = BSONWriter()
            status.append("connectionStatus", int32: 1)
            return try MongoConnection(right).run(status, on: "admin").text(
                "authInfo", "authenticatedUsers", "0", "user")
        }
        #expect(name == "millrace_test")
        url.password = "wrong-password"
        let wrong = MongoSettings(try #require(url.string), applicationName: "test")
        let error = await #expect(throws: MongoError.self) {
            try await DedicatedThread.run(name: "test") {
                var ping = BSONWriter()
                ping.append("ping", int32: 1)
                _ = try MongoConnection(wrong).run(ping, on: "admin")
            }
        }
        #expect(error?.kind == .authentication)
        #expect(error?.description.contains("wrong-password") == false)
    }
}
