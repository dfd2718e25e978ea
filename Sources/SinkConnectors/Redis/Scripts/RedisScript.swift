/// The scripts that guard every write by its version: each runs as a whole or not at all.
///
/// A *guard* is the text that stands for a version in Redis: twenty decimal digits, `+` for something that is there or
/// `-` for something that was deleted, and eight hexadecimal digits that name the mapping. Versions are compared as
/// text, because Lua's numbers are doubles; and in decimal, because Lua compares text by the server's locale, which in
/// some languages orders letters in other ways, but digits in none.
///
/// Every script returns 1 where it wrote, 0 where the target has something as new (it then touched nothing, a lifetime
/// included), and 2 where a collection has to be built first.
enum RedisScript: Int, CaseIterable {
    case hashWrite, hashWriteFor, hashWriteUntil, hashDelete, hashTruncate
    case textWrite, textWriteFor, textWriteUntil, textDelete, textTruncate
    case arraySetWrite, arraySetWriteFor, arraySetWriteUntil, arraySetTruncate
    case setWrite, setWriteFor, setDelete, setDeleteFor, setTruncate, setTruncateFor, setBuild
    case sortedSetWrite, sortedSetWriteFor, sortedSetDelete, sortedSetDeleteFor, sortedSetTruncate
    case sortedSetTruncateFor, sortedSetBuild
    case markerWrite

    /// How many of the arguments are keys.
    var keyCount: Int {
        switch self {
        case .hashWrite, .hashWriteFor, .hashWriteUntil, .hashDelete, .hashTruncate, .textWrite, .textWriteFor,
            .textWriteUntil, .textDelete, .textTruncate, .arraySetWrite, .arraySetWriteFor, .arraySetWriteUntil,
            .arraySetTruncate:
            2
        case .setWrite, .setWriteFor, .setDelete, .setDeleteFor, .setTruncate, .setTruncateFor, .setBuild,
            .sortedSetWrite, .sortedSetWriteFor, .sortedSetDelete, .sortedSetDeleteFor, .sortedSetTruncate,
            .sortedSetTruncateFor, .sortedSetBuild:
            3
        case .markerWrite: 1
        }
    }

    /// Whether the script may run while the memory is full: it frees more than it takes.
    var runsWithoutMemory: Bool {
        switch self {
        case .hashDelete, .hashTruncate, .textDelete, .textTruncate, .arraySetTruncate, .setDelete, .setDeleteFor,
            .setTruncate, .setTruncateFor, .sortedSetDelete, .sortedSetDeleteFor, .sortedSetTruncate,
            .sortedSetTruncateFor, .markerWrite:
            true
        case .hashWrite, .hashWriteFor, .hashWriteUntil, .textWrite, .textWriteFor, .textWriteUntil, .arraySetWrite,
            .arraySetWriteFor, .arraySetWriteUntil, .setWrite,
            .setWriteFor, .setBuild, .sortedSetWrite, .sortedSetWriteFor, .sortedSetBuild:
            false
        }
    }

    /// The script's text.
    ///
    /// - Parameter declaresFlags: whether the server knows flags (version 7). With them a full memory is found before
    ///   the script begins, and not after it has written a part.
    func text(declaresFlags: Bool) -> String {
        let flags = declaresFlags ? "#!lua" + (runsWithoutMemory ? " flags=allow-oom" : "") + "\n" : ""
        return flags + body
    }

    private var body: String {
        switch self {
        case .hashWrite: HashScripts.write(.forever)
        case .hashWriteFor: HashScripts.write(.fixed)
        case .hashWriteUntil: HashScripts.write(.until)
        case .hashDelete: HashScripts.delete
        case .hashTruncate: HashScripts.truncate
        case .textWrite: TextScripts.write(.forever)
        case .textWriteFor: TextScripts.write(.fixed)
        case .textWriteUntil: TextScripts.write(.until)
        case .textDelete: TextScripts.delete
        case .textTruncate: TextScripts.truncate(type: "string")
        case .arraySetWrite: TextScripts.writeSet(.forever)
        case .arraySetWriteFor: TextScripts.writeSet(.fixed)
        case .arraySetWriteUntil: TextScripts.writeSet(.until)
        case .arraySetTruncate: TextScripts.truncate(type: "set")
        case .setWrite: CollectionScripts(.set).write(expires: false)
        case .setWriteFor: CollectionScripts(.set).write(expires: true)
        case .setDelete: CollectionScripts(.set).delete(expires: false)
        case .setDeleteFor: CollectionScripts(.set).delete(expires: true)
        case .setTruncate: CollectionScripts(.set).truncate(expires: false)
        case .setTruncateFor: CollectionScripts(.set).truncate(expires: true)
        case .setBuild: CollectionScripts(.set).build
        case .sortedSetWrite: CollectionScripts(.sortedSet).write(expires: false)
        case .sortedSetWriteFor: CollectionScripts(.sortedSet).write(expires: true)
        case .sortedSetDelete: CollectionScripts(.sortedSet).delete(expires: false)
        case .sortedSetDeleteFor: CollectionScripts(.sortedSet).delete(expires: true)
        case .sortedSetTruncate: CollectionScripts(.sortedSet).truncate(expires: false)
        case .sortedSetTruncateFor: CollectionScripts(.sortedSet).truncate(expires: true)
        case .sortedSetBuild: CollectionScripts(.sortedSet).build
        case .markerWrite: MarkerScript.write
        }
    }
}

/// How long what a script writes lives.
enum ScriptLifetime {
    case forever
    /// A number of milliseconds from now.
    case fixed
    /// Up to a time, which differs from row to row.
    case until
}
