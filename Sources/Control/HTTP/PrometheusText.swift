/// Builds a page of metrics in the Prometheus text format, version 0.0.4.
struct PrometheusText {
    enum Kind: String {
        case gauge
        case counter
    }

    private(set) var text = ""

    /// Adds a metric with all its samples; one without samples is left out.
    mutating func add(
        _ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: [(String, String)], value: Double?)]
    ) {
        let known = samples.compactMap { sample in sample.value.map { (labels: sample.labels, value: $0) } }
        guard !known.isEmpty else { return }
        text += "# HELP \(name) \(Self.escapedHelp(help))\n# TYPE \(name) \(kind.rawValue)\n"
        for (labels, value) in known {
            let list = labels.map { "\($0)=\"\(Self.escapedLabel($1))\"" }.joined(separator: ",")
            text += "\(name)\(list.isEmpty ? "" : "{\(list)}") \(Self.number(value))\n"
        }
    }

    /// Whole numbers without a point or an exponent, as far as a double counts exactly.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 9_007_199_254_740_992 { return String(Int64(value)) }
        return String(value)
    }

    /// Backslash, quote and line feed are escaped in a label's value.
    static func escapedLabel(_ text: String) -> String {
        escaped(text, also: "\"")
    }

    /// Backslash and line feed are escaped in a help text.
    static func escapedHelp(_ text: String) -> String {
        escaped(text, also: nil)
    }

    private static func escaped(_ text: String, also extra: Unicode.Scalar?) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case extra:
                result.append("\\")
                result.append(scalar)
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
