internal import Wire

// Arrays, composites and ranges as JSON.
extension DataType {
    /// Appends an item of a literal, resolving its escapes first.
    private func encodeJSON(
        _ item: LiteralItem, of text: Span<UInt8>, _ form: JSONForm, _ output: inout [UInt8]
    ) throws(WireError) {
        if item.isEscaped {
            let resolved = text.unescaped(item)
            try encodeJSON(resolved.span, form, &output)
        } else {
            try encodeJSON(text.extracting(item.range), form, &output)
        }
    }

    static func appendArray(
        _ text: Span<UInt8>, of element: DataType, _ form: JSONForm, _ output: inout [UInt8]
    ) throws(WireError) {
        var literal = try ArrayLiteral(text)
        let lowerBounds = literal.lowerBounds
        if !lowerBounds.isEmpty { appendBounds(lowerBounds, &output) }
        var needsComma = false
        while let token = try literal.next() {
            if token == .close {
                output.append(UInt8(ascii: "]"))
                needsComma = true
                continue
            }
            if needsComma { output.append(UInt8(ascii: ",")) }
            needsComma = true
            switch token {
            case .open:
                output.append(UInt8(ascii: "["))
                needsComma = false
            case .null: output.append(literal: "null")
            case .element(let item): try element.encodeJSON(item, of: text, form, &output)
            case .close: break
            }
        }
        if !lowerBounds.isEmpty { output.append(UInt8(ascii: "}")) }
    }

    private static func appendBounds(_ lowerBounds: [Int], _ output: inout [UInt8]) {
        output.append(literal: #"{"lowerBounds":["#)
        for (index, bound) in lowerBounds.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output.append(decimal: bound)
        }
        output.append(literal: #"],"values":"#)
    }

    static func appendComposite(
        _ text: Span<UInt8>, _ fields: [Field], _ form: JSONForm, _ output: inout [UInt8]
    ) throws(WireError) {
        var literal = try CompositeLiteral(text)
        output.append(UInt8(ascii: "{"))
        var count = 0
        while let field = try literal.next() {
            guard count < fields.count else {
                // What a composite without fields looks like.
                if fields.isEmpty, count == 0, field == .null, text.count == 2 { break }
                throw .malformed("composite with more fields than its type")
            }
            if count > 0 { output.append(UInt8(ascii: ",")) }
            output.append(jsonString: fields[count].name)
            output.append(UInt8(ascii: ":"))
            switch field {
            case .null: output.append(literal: "null")
            case .value(let item): try fields[count].type.encodeJSON(item, of: text, form, &output)
            }
            count += 1
        }
        guard count == fields.count else { throw .malformed("composite with fewer fields than its type") }
        output.append(UInt8(ascii: "}"))
    }

    static func appendRange(
        _ range: RangeLiteral, in text: Span<UInt8>, of bound: DataType, _ form: JSONForm, _ output: inout [UInt8]
    ) throws(WireError) {
        guard !range.isEmpty else { return output.append(literal: #"{"empty":true}"#) }
        output.append(literal: #"{"lower":"#)
        try appendBound(range.lower, in: text, of: bound, form, &output)
        output.append(literal: #","upper":"#)
        try appendBound(range.upper, in: text, of: bound, form, &output)
        output.append(literal: #","bounds":""#)
        output.append(UInt8(ascii: range.includesLower ? "[" : "("))
        output.append(UInt8(ascii: range.includesUpper ? "]" : ")"))
        output.append(literal: #""}"#)
    }

    private static func appendBound(
        _ item: LiteralItem?, in text: Span<UInt8>, of bound: DataType, _ form: JSONForm, _ output: inout [UInt8]
    ) throws(WireError) {
        if let item {
            try bound.encodeJSON(item, of: text, form, &output)
        } else {
            output.append(literal: "null")
        }
    }

    static func appendMultirange(
        _ text: Span<UInt8>, of bound: DataType, _ form: JSONForm, _ output: inout [UInt8]
    ) throws(WireError) {
        var literal = try MultirangeLiteral(text)
        output.append(UInt8(ascii: "["))
        var isFirst = true
        while let range = try literal.next() {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            try appendRange(range, in: text, of: bound, form, &output)
        }
        output.append(UInt8(ascii: "]"))
    }
}
