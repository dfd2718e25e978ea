/// Queries on the system catalogs, the same on PostgreSQL 14 and every later version.
enum CatalogQueries {
    /// `$1`: the table's OID. One row for each column of the primary key, in key order, with the identity index; one
    /// row with a null key column for a table without a primary key.
    static let relationFacts = """
        SELECT a.attname, i.relname
        FROM pg_catalog.pg_class c
        LEFT JOIN pg_catalog.pg_index p ON p.indrelid = c.oid AND p.indisprimary
        LEFT JOIN LATERAL unnest(p.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k (attnum, place)
            ON k.place <= p.indnkeyatts
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
        LEFT JOIN pg_catalog.pg_index r ON r.indrelid = c.oid AND r.indisreplident AND c.relreplident = 'i'
        LEFT JOIN pg_catalog.pg_class i ON i.oid = r.indexrelid
        WHERE c.oid = $1::pg_catalog.oid
        ORDER BY k.place
        """

    /// `$1`: an array of type OIDs. For each type and every type it is made of: one row, or one for each label of an
    /// enumeration or field of a composite type, in order. An array whose elements are not separated by commas counts as
    /// a type of its own.
    static let types = """
        WITH RECURSIVE wanted (oid) AS (
            SELECT pg_catalog.unnest($1::pg_catalog.oid[])
            UNION
            SELECT part.oid
            FROM wanted w
            JOIN pg_catalog.pg_type t ON t.oid = w.oid
            CROSS JOIN LATERAL (
                SELECT t.typbasetype
                UNION ALL SELECT t.typelem
                UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)
                UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
                    WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
            ) AS part (oid)
            WHERE part.oid <> 0
        )
        SELECT t.oid, pg_catalog.format_type(t.oid, NULL), t.typtype, t.typcategory, t.typbasetype, t.typtypmod,
            CASE WHEN e.oid IS NULL THEN 0 ELSE t.typelem::pg_catalog.int8 END,
            COALESCE((SELECT r.rngsubtype::pg_catalog.int8 FROM pg_catalog.pg_range r
                WHERE t.oid IN (r.rngtypid, r.rngmultitypid)), 0),
            member.name, member.type, member.modifier
        FROM wanted w
        JOIN pg_catalog.pg_type t ON t.oid = w.oid
        LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid AND e.typdelim = ','
        LEFT JOIN LATERAL (
            SELECT l.enumlabel, NULL::pg_catalog.oid, NULL::pg_catalog.int4, l.enumsortorder::pg_catalog.float8
            FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid
            UNION ALL
            SELECT a.attname, a.atttypid, a.atttypmod, a.attnum
            FROM pg_catalog.pg_attribute a
            WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        ) AS member (name, type, modifier, place) ON true
        ORDER BY t.oid, member.place
        """
}
