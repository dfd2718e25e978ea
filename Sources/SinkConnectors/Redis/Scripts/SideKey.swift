/// The key beside a row's own that remembers its guard for longer than the row lives.
enum SideKey {
    /// The lines that leave the guard where the row expires. They come first of all writes: they are refused where the
    /// memory is full.
    ///
    /// The last two arguments are the lifetime and the time to remember. Fixed: both in milliseconds, the second from
    /// now on. Until: milliseconds since 1970, or empty for ever; and milliseconds after that.
    static func write(_ lifetime: ScriptLifetime, guardIndex: String) -> String {
        switch lifetime {
        case .forever: ""
        case .fixed: "redis.call('SET', KEYS[2], ARGV[\(guardIndex)], 'PX', ARGV[#ARGV])\n"
        case .until:
            """
            local at = ARGV[#ARGV - 1]
            if at == '' then
                redis.call('SET', KEYS[2], ARGV[\(guardIndex)])
            else
                local now = redis.call('TIME')
                local left = tonumber(at) - tonumber(now[1]) * 1000 - math.floor(tonumber(now[2]) / 1000)
                local life = math.max(left, 0) + tonumber(ARGV[#ARGV])
                redis.call('SET', KEYS[2], ARGV[\(guardIndex)], 'PX', string.format('%.0f', life))
            end

            """
        }
    }

    /// The lines that give the row its lifetime, after it was written.
    static func expire(_ lifetime: ScriptLifetime) -> String {
        switch lifetime {
        case .forever: ""
        case .fixed: "redis.call('PEXPIRE', KEYS[1], ARGV[#ARGV - 1])\n"
        case .until: "if at ~= '' then redis.call('PEXPIREAT', KEYS[1], at) end\n"
        }
    }
}
