/// What a bulk response says of one item; the ranges stand in the response's bytes.
struct BulkItem: Equatable {
    var status: Int
    /// The write's number on its shard; nil where nothing was written.
    var sequence: Int64?
    /// The raw text of the error's type; empty where the error has none.
    var errorType: Range<Int>?
    var errorReason: Range<Int>?
    /// The identity of the index that refused, where the error says so.
    var indexID: Range<Int>?
}
