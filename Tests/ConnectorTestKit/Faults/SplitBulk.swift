internal import Foundation

/// A bulk request of which every other item is held back.
struct SplitBulk: Sendable {
    /// What the server gets.
    private(set) var passed: [UInt8] = []
    /// The action of each item, and whether the server gets it.
    private var actions: [(name: String, isPassed: Bool)] = []

    init(_ body: [UInt8]) {
        let lines = body.split(separator: UInt8(ascii: "\n"))
        var index = 0
        while index < lines.count {
            let action = (try? JSONSerialization.jsonObject(with: Data(lines[index]))) as? [String: Any]
            let name = action?.keys.first ?? "index"
            let length = name == "delete" ? 1 : 2
            let isPassed = actions.count % 2 == 0
            if isPassed {
                for line in lines[index..<min(index + length, lines.count)] { passed += line + [UInt8(ascii: "\n")] }
            }
            actions.append((name, isPassed))
            index += length
        }
    }

    /// The server's answer, with a failure in the place of every item that it did not get.
    func merge(_ answer: UpstreamAnswer, status: Int, type: String) -> UpstreamAnswer {
        guard answer.status == 200,
            let root = (try? JSONSerialization.jsonObject(with: Data(answer.body))) as? [String: Any],
            let given = root["items"] as? [Any], given.count == actions.filter(\.isPassed).count
        else { return answer }
        var left = given[...]
        let failure: [String: Any] = ["status": status, "error": ["type": type, "reason": "held back by the proxy"]]
        let items: [Any] = actions.map { action in
            action.isPassed ? left.removeFirst() : [action.name: failure]
        }
        var merged = answer
        merged.headers["Content-Length"] = nil
        merged.headers["content-length"] = nil
        merged.body = (try? JSONSerialization.data(withJSONObject: ["items": items])).map(Array.init) ?? []
        return merged
    }
}
