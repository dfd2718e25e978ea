internal import Wire

/// Names a mapping of a pipeline in what it leaves in a target: a truncate of one mapping spares what another wrote.
enum MappingTag {
    /// Eight hexadecimal digits, the same in every run.
    static func bytes(of name: String, in pipeline: String) -> [UInt8] {
        var hash = Hash64()
        hash.combine(Array(pipeline.utf8).span)
        hash.combine(Array(name.utf8).span)
        let value = hash.value
        return (0..<8).map { Hex.digit(UInt8(truncatingIfNeeded: value >> ($0 * 4)) & 15) }
    }

    static func text(of name: String, in pipeline: String) -> String {
        String(decoding: bytes(of: name, in: pipeline), as: UTF8.self)
    }
}
