/// The statements of one mapping. Each takes `$rows`, compares versions under the lock of what it is about to change,
/// and returns the numbers of the rows that it applied, as one list or one to a record.
///
/// A row is a map: `i` its number, `v` its version, `t` its id, `p` its properties, and the parts of keys. The rows of
/// relationships are given by their ids, and `$ids` lists these; such a row has `e` instead, a map for each relationship
/// with the parts of both keys and `p`.
struct GraphStatements: Sendable {
    let upsert: String
    let delete: String
    /// Deletes what has just the version too, as a sweep does.
    let sweep: String

    /// What a node or relationship bears of Millrace.
    static let stub = "millrace_stub"
    static let relationshipID = "millrace_id"
    static let relationshipVersion = "millrace_version"
    private static let versionPrefix = "millrace_version_"

    /// The property with the version of a mapping's nodes: two mappings may write one node.
    static func version(_ tag: String) -> String { versionPrefix + tag }

    init(_ form: GraphForm, tag: String) {
        switch form {
        case .node(let node, let labels):
            upsert = Self.upsert(node, labels, tag)
            delete = Self.delete(node, tag, comparing: "<")
            sweep = Self.delete(node, tag, comparing: "<=")
        case .relationship(let type, let start, let end, _):
            upsert = Self.upsert(Cypher.name(type), start, end)
            delete = Self.delete(Cypher.name(type), comparing: "<")
            sweep = Self.delete(Cypher.name(type), comparing: "<=")
        case .statement(let text):
            upsert = text
            delete = text
            sweep = text
        }
    }

    // MARK: Nodes

    /// The first SET takes the write lock before the versions are compared. What the row has no more is null in its
    /// properties, and so removed; what another mapping wrote stays.
    private static func upsert(_ node: GraphEnd, _ labels: [String], _ tag: String) -> String {
        let version = "n.\(Cypher.name(version(tag)))"
        let further = labels.map { ", n:\(Cypher.name($0))" }.joined()
        return """
            UNWIND $rows AS r
            OPTIONAL MATCH (t:MillraceTombstone {id: r.t})
            WITH r, t WHERE t IS NULL OR t.v < r.v
            MERGE \(node.pattern("n", parameters: "k"))
            SET \(version) = coalesce(\(version), -1)
            WITH r, t, n WHERE \(version) < r.v
            SET n += r.p, \(version) = r.v, n.\(stub) = null\(further)
            DELETE t
            RETURN r.i AS i
            """
    }

    /// A node that other rows' relationships hold, or another mapping's version, stays as a stub.
    private static func delete(_ node: GraphEnd, _ tag: String, comparing: String) -> String {
        let name = version(tag)
        let version = "n.\(Cypher.name(name))"
        return """
            UNWIND $rows AS r
            MERGE (t:MillraceTombstone {id: r.t})
            ON CREATE SET t.v = -1, t.at = $now
            SET t.v = coalesce(t.v, -1)
            WITH r, t
            OPTIONAL MATCH \(node.pattern("n", parameters: "k"))
            WITH r, t, n WHERE t.v < r.v AND coalesce(\(version), -1) \(comparing) r.v
            SET t.v = r.v, t.at = $now
            WITH r, n, any(k IN keys(n) WHERE k STARTS WITH '\(versionPrefix)' AND k <> '\(name)') AS shared
            WITH r, n, n IS NOT NULL AND shared AS shared, n IS NOT NULL AND size([(n)--() | 1]) > 0 AS held
            FOREACH (x IN CASE WHEN shared OR held THEN [1] ELSE [] END | SET n += r.p, \(version) = null)
            FOREACH (x IN CASE WHEN held AND NOT shared THEN [1] ELSE [] END | SET n.\(stub) = true)
            FOREACH (x IN CASE WHEN n IS NOT NULL AND NOT shared AND NOT held THEN [1] ELSE [] END | DELETE n)
            RETURN r.i AS i
            """
    }

    // MARK: Relationships

    /// Each row with the relationships that it has, wherever these stand, and the highest of their versions: all of them are
    /// found at once by the index on their ids, and a row that has none comes after. Nothing found is one empty list, so
    /// that the match need not be optional, which some planners answer without the index.
    private static func rows(withTheir type: String) -> String {
        """
        MATCH (oa)-[old:\(type)]->(ob) WHERE old.\(relationshipID) IN $ids
        WITH old.\(relationshipID) AS id, coalesce(max(old.\(relationshipVersion)), -1) AS v, collect({old: old, a: oa, b: ob}) AS olds
        WITH collect({id: id, v: v, olds: olds}) AS found
        WITH found, [x IN found | x.id] AS known
        UNWIND found + [id IN $ids WHERE NOT id IN known | {id: id, v: -1, olds: []}] AS x
        WITH $rows[x.id] AS r, x.v AS v, x.olds AS olds
        """
    }

    /// An end that is missing is made as a stub. A relationship between the same nodes stays; any other of the row, and a
    /// second one, goes, and with it a stub that nothing holds any more.
    private static func upsert(_ type: String, _ start: GraphEnd, _ end: GraphEnd) -> String {
        """
        \(rows(withTheir: type))
        WHERE v < r.v
        OPTIONAL MATCH (t:MillraceTombstone {id: r.t})
        WITH r, t, olds WHERE t IS NULL OR t.v < r.v
        UNWIND r.e AS e
        MERGE \(start.pattern("a", parameters: "a", of: "e")) ON CREATE SET a.\(stub) = true
        MERGE \(end.pattern("b", parameters: "b", of: "e")) ON CREATE SET b.\(stub) = true
        WITH r, t, olds, e, a, b, [x IN olds WHERE x.a = a AND x.b = b | x.old] AS same
        FOREACH (x IN same[..1] | SET x = e.p)
        FOREACH (x IN CASE WHEN size(same) = 0 THEN [1] ELSE [] END | CREATE (a)-[new:\(type)]->(b) SET new = e.p)
        WITH r.i AS i, head(collect(t)) AS t, head(collect(olds)) AS olds, collect(head(same)) AS kept
        FOREACH (old IN [x IN olds WHERE NOT x.old IN kept | x.old] | DELETE old)
        DELETE t
        WITH i, olds
        \(collectStubs)
        """
    }

    private static func delete(_ type: String, comparing: String) -> String {
        """
        \(rows(withTheir: type))
        WHERE v \(comparing) r.v
        MERGE (t:MillraceTombstone {id: r.t})
        ON CREATE SET t.v = -1, t.at = $now
        SET t.v = coalesce(t.v, -1)
        WITH r, t, olds WHERE t.v < r.v
        SET t.v = r.v, t.at = $now
        FOREACH (old IN [x IN olds | x.old] | DELETE old)
        WITH r.i AS i, olds
        \(collectStubs)
        """
    }

    /// Says of a node `n` that it is a stub which nothing holds, and of which nothing is known but its key.
    static func isLooseStub(_ node: GraphEnd) -> String {
        "n.\(stub) = true AND size([(n)--() | 1]) = 0 AND size(keys(n)) = \(node.key.count + 1)"
    }

    /// After every relationship of the batch is gone: a stub is there only while something holds it.
    private static let collectStubs = """
        UNWIND CASE WHEN size(olds) = 0 THEN [null] ELSE olds END AS x
        WITH collect(DISTINCT i) AS done, collect(DISTINCT x.a) + collect(DISTINCT x.b) AS left
        FOREACH (m IN [n IN left WHERE n.\(stub) = true AND size([(n)--() | 1]) = 0] | DELETE m)
        RETURN done
        """

    /// The versions of what was deleted.
    static let graves = "MATCH (t:MillraceTombstone) WHERE t.id IN $ids RETURN t.id, t.v"

    // MARK: Statements of the user

    /// Notes which rows are given for the first time; rows that are not are left out.
    static let ledger = """
        UNWIND $rows AS r
        MERGE (t:MillraceTombstone {id: r.t})
        ON CREATE SET t.v = -1, t.at = $now
        SET t.v = coalesce(t.v, -1)
        WITH r, t WHERE t.v < r.v
        SET t.v = r.v, t.at = $now
        RETURN r.i AS i
        """
}
