import Foundation
import Testing

@testable import millrace

struct PipelineNameTests {
    @Test func aNameIsTakenAsItIs() throws {
        #expect(try PipelineName.resolve("shop-orders-2") == "shop-orders-2")
    }

    @Test(arguments: [
        "pipeline: shop\n", "format: 1\npipeline: \"shop\"  # the shop\n", "pipeline:   'shop'\r\nsource:\n",
    ])
    func aFileIsAskedForItsNameAloneWhateverItsVariables(content: String) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).yaml").path
        try content.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try PipelineName.resolve(path) == "shop")
    }

    @Test func whatIsNeitherIsRefusedWithWords() {
        let error = #expect(throws: CommandFailure.self) { try PipelineName.resolve("no/such.yaml") }
        #expect(error?.status == .configuration)
    }
}
