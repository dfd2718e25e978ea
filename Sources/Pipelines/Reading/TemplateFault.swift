internal import Connector

/// What is wrong with the form of a template, and where; whether its columns exist is for the sink to say.
struct TemplateFault {
    var message: String
    var location: SourceLocation

    /// Nil for a template in good order.
    init?(in text: LocatedText) {
        do {
            _ = try Template(parsing: text.value)
            return nil
        } catch {
            let bytes = text.value.utf8.prefix(error.offset ?? 0)
            location = text.location(at: String(Substring(bytes)).unicodeScalars.count)
            message = error.reason
        }
    }
}
