internal import Connector

/// What a confirmed write of an index survives.
enum DurabilityCheck {
    static func findings(_ index: ExistingIndex, at place: SourceLocation) -> [Diagnostic] {
        var findings: [Diagnostic] = []
        if index.settings[["translog", "durability"]]?.text?.lowercased() == "async" {
            findings.append(
                Diagnostic(
                    .warning, at: place,
                    "\(index.name): a confirmed write is lost when a node dies within seconds after it",
                    hint: "set index.translog.durability to request"))
        }
        if index.settings["number_of_replicas"]?.text == "0" {
            findings.append(
                Diagnostic(.note, at: place, "\(index.name): without a replica, a confirmed write lives on one disk"))
        }
        if index.owner == nil, index.gcDeletes == nil {
            findings.append(
                Diagnostic(
                    .warning, at: place,
                    "\(index.name): the version of a deleted document is forgotten after a minute; an older write that "
                        + "arrives later brings it back", hint: "set index.gc_deletes to 1h"))
        }
        return findings
    }
}
