internal import Connector
internal import Foundation

/// Finds out which pipeline is meant: by its name, or by its file.
enum PipelineName {
    /// - Parameter text: the name of a pipeline, or the path of a pipeline file. Only the name is read from the file, so
    ///   that it does not matter whether its variables are set here.
    static func resolve(_ text: String) throws -> String {
        if isName(text) { return text }
        guard let content = try? String(contentsOfFile: text, encoding: .utf8) else {
            throw CommandFailure(
                .configuration, "\(text) is neither the name of a pipeline nor a file that can be read")
        }
        for line in content.split(whereSeparator: \.isNewline) where line.hasPrefix("pipeline:") {
            let value = line.dropFirst("pipeline:".count).split(separator: " #", maxSplits: 1).first ?? ""
            let name = value.trimmingCharacters(in: CharacterSet(charactersIn: " \t\"'"))
            if isName(name) { return name }
        }
        throw CommandFailure(.configuration, "\(text) has no line that names its pipeline, such as pipeline: shop")
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
