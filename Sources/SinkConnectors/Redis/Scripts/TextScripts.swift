/// A row as one text, its guard in the side key.
///
/// Keys: the text, and the side key, which outlives it.
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

    /// Arguments: the guard, and how long it is remembered.
    static let delete =
        guarded + """
            redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
            redis.call('DEL', KEYS[1])
            return 1

            """

    /// As ``delete``, but only of what the mapping itself wrote.
    static let truncate = """
        if redis.call('TYPE', KEYS[1]).ok ~= 'string' then return 0 end
        local found = redis.call('GET', KEYS[2])
        if not found or string.sub(found, 21) ~= '+' .. string.sub(ARGV[1], 22) then return 0 end
        if string.sub(found, 1, 20) >= string.sub(ARGV[1], 1, 20) then return 0 end
        redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
        redis.call('DEL', KEYS[1])
        return 1

        """

    private static let guarded = """
        local version = string.sub(ARGV[1], 1, 20)
        local found = redis.call('GET', KEYS[2])
        if found and string.sub(found, 1, 20) >= version then return 0 end

        """
}
