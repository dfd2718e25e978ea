internal import Connector

/// Finds where each character of a scalar stands in the file: through quotes, escapes, folded lines and indentation.
///
/// It walks the scalar's value and the file's characters side by side. White space is only kept in step, because
/// nothing ever points at it.
struct ScalarPlaces {
    enum Style {
        case plain
        case singleQuoted
        case doubleQuoted
        case block
    }

    private let file: YAMLText
    private let style: Style
    private var cursor: Int
    private var builder: LocatedTextBuilder

    /// The text with its places; with the scalar's own place alone where the walk loses its way.
    static func locate(
        _ value: String, at location: SourceLocation, style: Style, in file: YAMLText
    ) -> LocatedText {
        guard let start = file.index(line: location.line, column: location.column) else {
            return LocatedText(value, at: location)
        }
        if style == .plain, !value.unicodeScalars.contains(where: YAMLText.isWhitespace) {
            return LocatedText(value, at: location)
        }
        var places = ScalarPlaces(file: file, style: style, cursor: start, builder: LocatedTextBuilder(at: location))
        places.skipOpening()
        for scalar in value.unicodeScalars where !places.step(scalar) { return LocatedText(value, at: location) }
        return places.builder.finished()
    }

    private mutating func skipOpening() {
        switch style {
        case .plain: break
        case .singleQuoted, .doubleQuoted: cursor += 1
        case .block:
            while let next = peek(), !YAMLText.isLineBreak(next) { cursor += 1 }
        }
    }

    /// Passes over one character of the value; false where the file has another.
    private mutating func step(_ scalar: Unicode.Scalar) -> Bool {
        skipContinuations()
        if style == .doubleQuoted, peek() == "\\" {
            note(scalar)
            cursor += escapeLength()
            return true
        }
        guard !YAMLText.isWhitespace(scalar) else {
            note(scalar)
            passWhitespace()
            return true
        }
        while let next = peek(), YAMLText.isWhitespace(next) { cursor += 1 }
        guard peek() == scalar else { return false }
        note(scalar)
        cursor += style == .singleQuoted && scalar == "'" ? 2 : 1
        return true
    }

    private func peek(_ distance: Int = 0) -> Unicode.Scalar? {
        cursor + distance < file.scalars.count ? file.scalars[cursor + distance] : nil
    }

    private mutating func note(_ scalar: Unicode.Scalar) {
        let (line, start) = file.line(containing: cursor)
        builder.append(scalar, line: line, column: cursor - start + 1)
    }

    /// One space of the value is one space of the file, or a whole run of them where the run folds lines.
    private mutating func passWhitespace() {
        var end = cursor
        var folds = false
        while end < file.scalars.count, YAMLText.isWhitespace(file.scalars[end]) {
            folds = folds || YAMLText.isLineBreak(file.scalars[end])
            end += 1
        }
        cursor = folds ? end : min(cursor + 1, end)
    }

    /// Passes over escaped line ends, which leave nothing in the value.
    private mutating func skipContinuations() {
        guard style == .doubleQuoted else { return }
        var end = cursor
        while end < file.scalars.count, file.scalars[end] == " " || file.scalars[end] == "\t" { end += 1 }
        guard end + 1 < file.scalars.count, file.scalars[end] == "\\", YAMLText.isLineBreak(file.scalars[end + 1])
        else { return }
        if end == cursor {
            cursor = end + 1
            while let next = peek(), YAMLText.isWhitespace(next) { cursor += 1 }
        }
    }

    private func escapeLength() -> Int {
        switch peek(1) {
        case "x": 4
        case "u": 6
        case "U": 10
        default: 2
        }
    }
}
