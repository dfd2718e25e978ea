import Connector
import Testing

@testable import SinkConnectors

@Suite struct RedisKeyTests {
    private func name(_ companion: RedisKey.Companion, _ key: String) -> String {
        String(decoding: RedisKey.name(companion, of: Array(key.utf8)), as: UTF8.self)
    }

    /// What a cluster hashes of a key (Redis Cluster specification, "Hash tags").
    private func slotText(_ key: String) -> String {
        guard let open = key.firstIndex(of: "{") else { return key }
        let after = key[key.index(after: open)...]
        guard let close = after.firstIndex(of: "}"), close > after.startIndex else { return key }
        return String(after[..<close])
    }

    @Test(arguments: ["user:1", "{shop}:user:1", "user:{1}:x", "a{b", "{}a{b}", "x{{y}}z", "日本:{é}"])
    func whatIsKeptBesideAKeyLiesInItsSlot(key: String) {
        guard slotText(key) != key || !key.contains("}") else { return }
        #expect(slotText(name(.guards, key)) == slotText(key))
        #expect(slotText(name(.graves, key)) == slotText(key))
    }

    @Test func noTwoKeysShareWhatIsKeptBesideThem() {
        let keys = ["a", "{a}", "{a}}", "{{a}}", "v:{a}", "a}", "{a", "{}", "t:{a}", "", "{a}b", "b{a}"]
        var names: Set<String> = []
        for key in keys {
            names.insert(name(.guards, key))
            names.insert(name(.graves, key))
        }
        #expect(names.count == 2 * keys.count)
        #expect(!names.contains(RedisKey.marker(of: "v", sink: "redis")))
    }

    @Test(arguments: [
        ("user:{id}", "user:*"), ("{{t}}:{a}{b}:x", "{t}:*:x"), ("a*b?[c]{id}", "a\\*b\\?\\[c\\]*"),
        ("q\\{id}", "q\\\\*"), ("st*{id}", "st\\**"),
    ])
    func literalsOfATemplateStandForThemselvesInItsPattern(template: String, pattern: String) throws {
        #expect(KeyPattern(try Template(parsing: template)) == .glob(Array(pattern.utf8)))
    }

    @Test func aTemplateWithoutColumnsIsOneKey() throws {
        #expect(KeyPattern(try Template(parsing: "all*")) == .single(Array("all*".utf8)))
    }
}
