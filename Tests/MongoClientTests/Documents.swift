import MongoClient
import Testing

/// A document from JSON in the extended form.
func bson(_ json: String) throws -> [UInt8] {
    try #require(MongoConnection.document(fromJSON: json), "no Extended JSON: \(json)")
}

/// An event as a MongoDB 6.0 sent it; `fields` are added.
func eventJSON(_ kind: String, _ fields: String = "") -> String {
    """
    {"_id": {"_data": "8265A1F2B3000000052B022C0100296E5A1004C0FFEE463C5F6964003C31000004"}, "operationType": "\(kind)",
     "clusterTime": {"$timestamp": {"t": 1705112243, "i": 5}}, "wallTime": {"$date": {"$numberLong": "1705112243120"}},
     "ns": {"db": "shop", "coll": "products"}, "documentKey": {"_id": "1"}\(fields.isEmpty ? "" : ", " + fields)}
    """
}

func changeEvent(_ bytes: [UInt8]) throws -> ChangeEvent {
    try ChangeEvent(bytes.span)
}

func add(_ bytes: [UInt8], to split: inout SplitEvent) throws -> [UInt8]? {
    guard let part = try ChangeEvent(bytes.span).fragment else { return nil }
    return try split.add(bytes.span, part)
}
