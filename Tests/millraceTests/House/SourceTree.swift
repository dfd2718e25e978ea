import Foundation

/// The project's own Swift files.
struct SourceTree {
    struct File {
        /// The folder under Sources or Tests.
        let target: String
        /// From the project's root.
        let path: String
        let lines: [Substring]

        /// Imported modules, with the number of each line.
        var imports: [(line: Int, module: String)] {
            lines.enumerated().compactMap { number, line in
                var words = line.split(separator: " ").map(String.init)
                guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
                    words[..<place].allSatisfy({
                        ["public", "package", "internal", "fileprivate", "private"].contains($0) || $0.hasPrefix("@")
                    })
                else { return nil }
                words.removeFirst(place + 1)
                let kinds: Set = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
                guard let name = words.first(where: { !kinds.contains($0) }) else { return nil }
                return (number + 1, String(name.prefix { $0 != "." }))
            }
        }

        /// Lines with what stands in comments left out, with their numbers.
        var code: [(line: Int, text: Substring)] {
            lines.enumerated().compactMap { number, line in
                let text = line.drop { $0 == " " }
                return text.hasPrefix("//") ? nil : (number + 1, text)
            }
        }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Every file with one of these endings under a folder of the project.
    static func files(under folder: String, endings: Set<String> = ["swift"]) throws -> [File] {
        let base = root.appending(path: folder).standardizedFileURL
        let paths = try FileManager.default.subpathsOfDirectory(atPath: base.path)
        return try paths.filter { endings.contains(URL(filePath: $0).pathExtension) }.sorted().map { path in
            let text = try String(contentsOf: base.appending(path: path), encoding: .utf8)
            return File(
                target: String(path.prefix { $0 != "/" }), path: "\(folder)/\(path)",
                lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        }
    }
}
