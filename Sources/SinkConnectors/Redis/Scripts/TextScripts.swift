/// A row as one text or one set, its guard in the side key.
///
/// Keys: the text or set, and the side key, which outlives it.
enum TextScripts {
    /// Arguments: the guard, the text; after them the lifetime and what the side key adds to it.
    static func write(_ lifetime: ScriptLifetime) -> String {
        guarded
            + (lifetime == .forever
                ? "redis.call('SET', KEYS[2], ARGV[1])\n" : SideKey.write(lifetime, guardIndex: "1"))
            + "redis.call('SET', KEYS[1], ARGV[2])\n"
            + SideKey.expire(lifetime)
            + "return 1\n"
    }

    /// A row as a set of its own, written whole.
    ///
    /// Arguments: the guard, the number of members, the members; after them the lifetime and what the side key adds to it.
    static func writeSet(_ lifetime: ScriptLifetime) -> String {
        guarded
            + (lifetime == .forever
                ? "redis.call('SET', KEYS[2], ARGV[1])\n" : SideKey.write(lifetime, guardIndex: "1"))
                + """
                redis.call('DEL', KEYS[1])
                local last = tonumber(ARGV[2]) + 2
                for first = 3, last, 1000 do
                    redis.call('SADD', KEYS[1], unpack(ARGV, first, math.min(first + 999, last)))
                end

                """
            + SideKey.expire(lifetime)
            + "return 1\n"
    }

    /// Arguments: the guard, and how long it is remembered.
    static let delete =
        guarded + """
            redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
            redis.call('DEL', KEYS[1])
            return 1

            """

    /// As ``delete``, but only of what the mapping itself wrote, and also of the guard's own version.
    static func truncate(type: String) -> String {
        """
        if redis.call('TYPE', KEYS[1]).ok ~= '\(type)' then return 0 end
        local found = redis.call('GET', KEYS[2])
        if not found or string.sub(found, 21) ~= '+' .. string.sub(ARGV[1], 22) then return 0 end
        if string.sub(found, 1, 20) > string.sub(ARGV[1], 1, 20) then return 0 end
        redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
        redis.call('DEL', KEYS[1])
        return 1

        """
    }

    private static let guarded = """
        local version = string.sub(ARGV[1], 1, 20)
        local found = redis.call('GET', KEYS[2])
        if found and string.sub(found, 1, 20) >= version then return 0 end

        """
}
