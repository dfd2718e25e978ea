import Foundation
import Logging
import Synchronization
import Testing

@testable import millrace

struct LineLogHandlerTests {
    final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    let lines = Lines()

    func logger(_ format: LogFormat, level: Logger.Level = .info) -> Logger {
        Logger(label: "tests") { [lines] label in
            LineLogHandler(
                label: label, format: format, level: level, now: { LogTime(milliseconds: 1_700_000_000_123) },
                write: { line in lines.all.withLock { $0.append(line) } })
        }
    }

    @Test func jsonLinesHoldEverythingAndNothingUnescaped() throws {
        var logger = logger(.json)
        logger[metadataKey: "pipeline"] = "shop"
        logger.warning("two\nlines and a \"quote\"", metadata: ["sink": "redis", "level": "a value, not the level"])
        let line = try #require(lines.all.withLock { $0.first })
        #expect(!line.contains("\n"))
        let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        #expect(
            object == [
                "time": "2023-11-14T22:13:20.123Z", "level": "warning", "message": "two\nlines and a \"quote\"",
                "pipeline": "shop", "sink": "redis",
            ])
    }

    @Test func textLinesBeginWithThePipelineAndStayOneLine() throws {
        var logger = logger(.text)
        logger[metadataKey: "pipeline"] = "shop"
        logger.error("first\nsecond", metadata: ["sink": "redis"])
        let line = try #require(lines.all.withLock { $0.first })
        #expect(line.hasSuffix(" error shop: first | second (sink=redis)"))
        #expect(!line.contains("\n"))
    }

    @Test func lessImportantLinesAreLeftOut() {
        let logger = logger(.text, level: .warning)
        logger.info("left out")
        logger.warning("written")
        #expect(lines.all.withLock { $0.count } == 1)
    }
}
