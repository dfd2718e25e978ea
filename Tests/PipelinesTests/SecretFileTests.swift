import Connector
import Foundation
import Testing

@testable import Pipelines

@Suite struct SecretFileTests {
    private func expand(_ content: [UInt8]?) throws -> (String?, [Diagnostic]) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "s3cret-path")
        if let content { try Data(content).write(to: path) }
        var problems = Problems()
        let environment = EnvironmentVariables(values: ["URL_FILE": path.path])
        let text = LocatedText("${URL}", at: SourceLocation(file: "f", line: 1, column: 1))
        let value = environment.expand(text, problems: &problems)?.value
        #expect(!"\(problems.errors)".contains("s3cret-path"))
        return (value, problems.errors)
    }

    @Test func aFileStandsForAVariable() throws {
        #expect(try expand(Array("redis://x\n".utf8)).0 == "redis://x")
        #expect(try expand(Array("redis://x\r\n".utf8)).0 == "redis://x")
        #expect(try expand(Array("two\nlines".utf8)).0 == "two\nlines")
    }

    @Test func whatCannotBeReadIsAnErrorWithoutThePath() throws {
        #expect(try expand(nil).1.count == 1)
        #expect(try expand([]).1.count == 1)
        #expect(try expand([0xFF]).1.count == 1)
        #expect(try expand([UInt8](repeating: 0x41, count: (64 << 10) + 1)).1.count == 1)
    }
}
