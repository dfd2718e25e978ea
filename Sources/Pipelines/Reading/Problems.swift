internal import Connector

/// Collects everything that is wrong with a file, so that all of it is said at once.
struct Problems {
    private(set) var errors: [Diagnostic] = []
    private(set) var warnings: [Diagnostic] = []

    mutating func error(at location: SourceLocation, _ message: String, hint: String? = nil) {
        guard errors.count < Self.countMax else { return }
        errors.append(Diagnostic(.error, at: location, message, hint: hint))
    }

    mutating func append(_ diagnostic: Diagnostic) {
        errors.append(diagnostic)
    }

    mutating func warning(at location: SourceLocation, _ message: String, hint: String? = nil) {
        warnings.append(Diagnostic(.warning, at: location, message, hint: hint))
    }

    /// The errors in the order of the file.
    func thrown() -> ConfigurationErrors {
        ConfigurationErrors(
            errors.enumerated().sorted { left, right in
                let (first, second) = (left.element.location, right.element.location)
                return (first?.line ?? 0, first?.column ?? 0, left.offset)
                    < (second?.line ?? 0, second?.column ?? 0, right.offset)
            }.map(\.element))
    }

    /// Nobody reads more; a hostile file could have a million.
    private static let countMax = 200
}
