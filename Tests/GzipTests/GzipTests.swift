import ConnectorTestKit
import Foundation
import Gzip
import Testing

@Suite struct GzipTests {
    @Test(arguments: [0, 1, 100, 70_000, 3_000_000])
    func whatIsCompressedIsReadBackByGzipItself(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13 & 15) }
        for effort in [Gzip.Effort.fast, .thorough] {
            let compressed = try Gzip.compress(bytes, effort: effort)
            if count > 1000 { #expect(compressed.count < count) }
            #expect(try gunzip(compressed) == bytes)
        }
    }

    /// What the system's gzip makes of the bytes.
    private func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString).gz")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", file.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.drain()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return data
    }
}
