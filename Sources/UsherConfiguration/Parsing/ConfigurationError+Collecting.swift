// The faults of one configuration. A fault does not end the reading: the key at fault is left out, and the rest is read
// again, so that an administrator sees all faults at once.
extension [ConfigurationError] {
    /// What `body` reads; nil if there is nothing, or if `body` throws a fault, which is noted.
    package mutating func noted<Value>(_ body: () throws(ConfigurationError) -> Value?) -> Value? {
        do throws(ConfigurationError) { return try body() } catch {
            append(error)
            return nil
        }
    }

    /// What `read` makes of a section; nil if the section has a fault. Every fault is noted: `read` starts again
    /// without the key at fault, and a missing key does not end it.
    package mutating func collect<Value>(
        _ section: ConfigurationSection,
        _ read: (inout ConfigurationSection) throws(ConfigurationError) -> Value
    ) -> Value? {
        var rest = section
        let before = count
        while true {
            var attempt = rest
            do throws(ConfigurationError) {
                let value = try read(&attempt)
                note(attempt.missing, of: rest, since: before)
                return count == before ? value : nil
            } catch {
                note(attempt.missing + [error], of: rest, since: before)
                guard rest.leaveOut(error) else { return nil }
            }
        }
    }

    /// Notes the faults of a section that are not noted yet and do not follow from a key that was left out.
    private mutating func note(_ fresh: [ConfigurationError], of section: ConfigurationSection, since before: Int) {
        for fault in fresh where !section.hasLeftOut(fault) && !self[before...].contains(fault) {
            append(fault)
        }
    }

    /// Ends the reading of a file; each key that nobody has asked for is noted.
    package mutating func finish(_ top: ConfigurationSection) {
        var top = top
        while let fault = Self.fault(of: top) {
            append(fault)
            guard top.leaveOut(fault) else { return }
        }
    }

    private static func fault(of section: ConfigurationSection) -> ConfigurationError? {
        do throws(ConfigurationError) { try section.finish() } catch { return error }
        return nil
    }
}
