internal import Foundation

/// How long a server keeps points.
struct Retention {
    /// Nanoseconds since 1970: what is older may be gone.
    let start: Int64

    /// How far the server's clock may be behind ours.
    private static let toleranceNanoseconds: Int64 = 60_000_000_000

    /// Reads the answer to `SHOW RETENTION POLICIES`; nil where points are kept for ever.
    ///
    /// - Parameter name: the policy that is written to; nil for the default one.
    init?(_ table: QueryTable, name: String?) {
        guard let nameAt = table.index(of: "name"), let durationAt = table.index(of: "duration"),
            let defaultAt = table.index(of: "default"),
            let row = table.rows.first(where: { row in
                name.map { row[nameAt].text == $0 } ?? (row[defaultAt].boolean == true)
            }),
            let seconds = row[durationAt].text.flatMap(Self.seconds), seconds > 0
        else { return nil }
        let now = Int64(Date().timeIntervalSince1970)
        start = (now - min(seconds, now)) * 1_000_000_000 + Self.toleranceNanoseconds
    }

    /// The seconds of a text such as `168h0m0s`; nil for what is none.
    static func seconds(_ text: String) -> Int64? {
        var total: Int64 = 0
        var number: Int64 = 0
        for character in text {
            if let digit = character.wholeNumberValue {
                number = number &* 10 &+ Int64(digit)
                continue
            }
            let units: [Character: Int64] = ["w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1]
            guard let unit = units[character] else { return nil }
            total = total &+ number &* unit
            number = 0
        }
        return number == 0 ? total : nil
    }
}
