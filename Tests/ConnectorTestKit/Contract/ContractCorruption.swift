/// What somebody may do to one row in a target.
public enum ContractCorruption: String, CaseIterable, Sendable {
    /// The row is gone.
    case drop
    /// Something of another type is in its place.
    case otherType
    /// Its name is another.
    case changedColumn
    /// Its name is not there any more.
    case lostColumn
    /// It has a field that no mapping writes.
    case extraField
    /// Its number is a text of the same digits, or another text of the same number.
    case otherText
    /// Its version is gone.
    case lostGuard
    /// Its version is that of another mapping.
    case foreignGuard
    /// Its version says that it was deleted.
    case deletedGuard
    /// It lives for ever where it should not, or not where it should.
    case otherLifetime

    /// What a comparison has to find.
    public enum Effect: String, Sendable {
        case equal, missing, different, unverifiable
    }
}
