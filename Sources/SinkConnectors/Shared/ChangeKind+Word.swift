internal import Change

extension ChangeKind {
    /// What targets are told that the change was.
    var word: StaticString {
        switch self {
        case .insert: "insert"
        case .update: "update"
        case .delete: "delete"
        case .read: "read"
        case .truncate: "truncate"
        case .message: "message"
        }
    }
}
