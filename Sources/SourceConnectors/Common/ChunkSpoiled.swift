/// The stream brought a change that an open chunk cannot be reconciled with: the chunk is read again.
struct ChunkSpoiled: Error, CustomStringConvertible {
    var description: String { "the table's key changed its shape while the chunk was read" }
}
