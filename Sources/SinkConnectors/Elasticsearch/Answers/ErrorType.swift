internal import Wire

/// The types of error that Elasticsearch and OpenSearch give, as far as they differ in what follows from them.
enum ErrorType: Sendable {
    case versionConflict
    case indexNotFound
    /// The document does not fit the mapping, or is no document.
    case badDocument
    case strictMapping
    /// Says many things; the reason tells which.
    case illegalArgument
    case overloaded
    case unavailable
    case blocked
    case indexClosed
    case routingMissing
    case security
    case unknown

    /// Sorts the raw text of an error's `type`.
    init(_ name: Span<UInt8>) {
        self = Self.table.first { name.isEqual(to: $0.0) }?.1 ?? .unknown
    }

    private static let table: [(StaticString, ErrorType)] = [
        ("version_conflict_engine_exception", .versionConflict),
        ("index_not_found_exception", .indexNotFound),
        ("mapper_parsing_exception", .badDocument),
        ("document_parsing_exception", .badDocument),
        ("parsing_exception", .badDocument),
        ("parse_exception", .badDocument),
        ("x_content_parse_exception", .badDocument),
        ("json_parse_exception", .badDocument),
        ("not_x_content_exception", .badDocument),
        ("action_request_validation_exception", .badDocument),
        ("strict_dynamic_mapping_exception", .strictMapping),
        ("illegal_argument_exception", .illegalArgument),
        ("es_rejected_execution_exception", .overloaded),
        ("rejected_execution_exception", .overloaded),
        ("circuit_breaking_exception", .overloaded),
        ("unavailable_shards_exception", .unavailable),
        ("no_shard_available_action_exception", .unavailable),
        ("process_cluster_event_timeout_exception", .unavailable),
        ("timeout_exception", .unavailable),
        ("node_closed_exception", .unavailable),
        ("node_not_connected_exception", .unavailable),
        ("primary_missing_action_exception", .unavailable),
        ("shard_not_in_primary_mode_exception", .unavailable),
        ("cluster_block_exception", .blocked),
        ("index_closed_exception", .indexClosed),
        ("routing_missing_exception", .routingMissing),
        ("security_exception", .security),
    ]
}
