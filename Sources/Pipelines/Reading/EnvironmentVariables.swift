internal import Connector
internal import Foundation

/// Puts environment variables into the texts of a file.
///
/// `${NAME}` is the variable's value, or the content of the file that `NAME_FILE` names; `${NAME:-default}` falls back
/// to a default where both are missing or empty; `$${` stands for `${`. What is put in is not looked at again, and is
/// never shown.
struct EnvironmentVariables {
    static let fileBytesMax = 64 << 10

    let values: [String: String]

    /// The text with its variables put in; nil, and a problem for each, where one is missing or malformed.
    func expand(_ text: LocatedText, problems: inout Problems) -> LocatedText? {
        let scalars = Array(text.value.unicodeScalars)
        guard scalars.contains("$") else { return text }
        var builder = LocatedTextBuilder(at: text.location)
        var isWhole = true
        var index = 0
        while index < scalars.count {
            if scalars[index...].starts(with: "$${".unicodeScalars) {
                append("$", at: text.location(at: index + 1), to: &builder)
                append("{", at: text.location(at: index + 2), to: &builder)
                index += 3
            } else if scalars[index...].starts(with: "${".unicodeScalars) {
                let place = text.location(at: index)
                guard let end = scalars[index...].firstIndex(of: "}") else {
                    problems.error(at: place, "${ is not closed", hint: "write $${ for the two characters")
                    return nil
                }
                let inside = scalars[(index + 2)..<end]
                if let value = value(of: inside, at: place, problems: &problems) {
                    builder.append(fromEnvironment: value, at: place)
                } else {
                    isWhole = false
                }
                index = end + 1
            } else {
                append(scalars[index], at: text.location(at: index), to: &builder)
                index += 1
            }
        }
        return isWhole ? builder.finished() : nil
    }

    private func append(_ scalar: Unicode.Scalar, at place: SourceLocation, to builder: inout LocatedTextBuilder) {
        builder.append(scalar, line: place.line, column: place.column)
    }

    /// The value that the text between the braces stands for.
    private func value(
        of inside: ArraySlice<Unicode.Scalar>, at place: SourceLocation, problems: inout Problems
    ) -> String? {
        let nameEnd = inside.firstIndex { !Self.isNamePart($0) } ?? inside.endIndex
        let name = Self.string(inside[inside.startIndex..<nameEnd])
        let rest = inside[nameEnd...]
        guard !name.isEmpty, !("0"..."9").contains(name.unicodeScalars.first ?? "0"),
            rest.isEmpty || rest.starts(with: ":-".unicodeScalars)
        else {
            problems.error(
                at: place, "the braces after $ do not name an environment variable",
                hint: "write ${NAME} or ${NAME:-default}, and $${ for the two characters")
            return nil
        }
        if let value = values[name], !value.isEmpty { return value }
        if let path = values["\(name)_FILE"], !path.isEmpty {
            return contents(of: path, name: name, at: place, problems: &problems)
        }
        if !rest.isEmpty { return Self.string(rest.dropFirst(2)) }
        let nearest = NearestName.of(name, among: values.keys.sorted()).map { "did you mean \($0)? " } ?? ""
        problems.error(
            at: place, "the environment variable \(name) is \(values[name] == nil ? "not set" : "empty")",
            hint: "\(nearest)set \(name), or \(name)_FILE to the path of a file with the value")
        return nil
    }

    private func contents(
        of path: String, name: String, at place: SourceLocation, problems: inout Problems
    ) -> String? {
        guard let handle = FileHandle(forReadingAtPath: path),
            let data = try? handle.read(upToCount: Self.fileBytesMax + 1)
        else {
            problems.error(at: place, "the file that \(name)_FILE names cannot be read")
            return nil
        }
        guard data.count <= Self.fileBytesMax, var text = String(validating: data, as: UTF8.self) else {
            problems.error(
                at: place, "the file that \(name)_FILE names is not a UTF-8 text of at most \(Self.fileBytesMax) bytes")
            return nil
        }
        if text.last?.isNewline == true { text.removeLast() }
        guard !text.isEmpty else {
            problems.error(at: place, "the file that \(name)_FILE names is empty")
            return nil
        }
        return text
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
