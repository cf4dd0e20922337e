internal import UsherEngine

extension Limits {
    /// Reads what a `[limits]` table says; the rest stays.
    mutating func read(_ section: inout ConfigurationSection) throws(ConfigurationError) {
        if let number = try section.integer("capacity", in: 1...1 << 24) { capacity = number }
        if let bytes = try section.size("memory", in: 1 << 20...1 << 40) { memory = bytes }
        if let number = try section.integer("sessions_per_user", in: 1...1_000_000) { sessionsPerUser = number }
        if let name = try section.string("sessions_per_user_policy") {
            guard let policy = SessionsPolicy(rawValue: name) else {
                throw section.error(.badValue, "sessions_per_user_policy", "must be \"evict\" or \"refuse\"")
            }
            sessionsPerUserPolicy = policy
        }
        if let number = try section.integer("connections", in: 1...1 << 20) { connections = number }
        if let number = try section.integer("connections_per_uid", in: 1...1 << 20) { connectionsPerUID = number }
        if let number = try section.integer("connections_without_role", in: 0...1 << 20) {
            connectionsWithoutRole = number
        }
        if let number = try section.integer("connections_for_root", in: 0...1 << 20) { connectionsForRoot = number }
        if let number = try section.integer("in_flight", in: 1...4096) { inFlight = number }
        let frames = Duration.milliseconds(100)...Duration.seconds(300)
        if let duration = try section.duration("frame_timeout", in: frames) { frameTimeout = duration }
        if let number = try section.integer("logins", in: 1...1024) { logins = number }
        if let number = try section.integer("logins_per_source", in: 1...1024) { loginsPerSource = number }
        if let number = try section.integer("subscribers", in: 0...4096) { subscribers = number }
        if let number = try section.integer("names_per_source", in: 1...1_000_000) { namesPerSource = number }
        if let number = try section.integer("limiter_names", in: 8...1 << 19) { limiterNames = number }
        try check(section)
        try section.finish()
    }

    private func check(_ section: ConfigurationSection) throws(ConfigurationError) {
        guard connectionsForRoot < connections else {
            throw section.error(
                .badValue, "connections_for_root", "must be less than connections, which is \(connections)")
        }
        guard placesWithoutRole < connections - connectionsForRoot else {
            throw section.error(
                .badValue, "connections_without_role",
                "must be less than what connections and connections_for_root leave, which is "
                    + "\(connections - connectionsForRoot)")
        }
        guard limiterNames.isMultiple(of: 8) else {
            throw section.error(.badValue, "limiter_names", "must be a multiple of 8, is \(limiterNames)")
        }
    }
}
