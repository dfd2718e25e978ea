internal import Connector

/// One node of a pipeline file, with the place it stands at. What a plain scalar means is for the reader of each option
/// to say, by the kind that the option has.
struct YAMLNode {
    indirect enum Content {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
        /// Something that was refused already, with a problem of its own.
        case refused
    }

    var content: Content
    var location: SourceLocation
}

/// A text of the file, before environment variables are put in.
struct YAMLScalar {
    var text: LocatedText
    /// Without quotes and not a block.
    var isPlain: Bool

    /// Nothing, `~` or `null` without quotes.
    var isNull: Bool { isPlain && ["", "~", "null", "Null", "NULL"].contains(text.value) }
}

/// A key and what stands under it.
struct YAMLEntry {
    var key: Located<String>
    var value: YAMLNode
}
