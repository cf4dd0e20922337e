internal import CLinux
internal import UsherNames

/// Asks for an account's entry in shadow(5).
enum ShadowLookup {
    /// The facts about the entry of `name` (getspnam_r(3)); nil if there is none, or none that this process may read.
    static func entry(of name: String, under key: CredentialKey) -> ShadowEntry? {
        var size = 1024
        while size <= 1 << 16 {
            switch unsafe look(name, size, key) {
            case .some(let found): return found
            case .none: size *= 4
            }
        }
        return nil
    }

    /// Nil if the buffer is too small. The buffer is zeroed afterwards: hashes of passwords were in it.
    @unsafe private static func look(_ name: String, _ size: Int, _ key: CredentialKey) -> ShadowEntry?? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
            guard let memory = buffer.baseAddress else { return .some(nil) }
            defer { unsafe usher_wipe(memory, buffer.count) }
            var entry = unsafe spwd()
            var found: UnsafeMutablePointer<spwd>?
            let result = unsafe getspnam_r(name, &entry, memory, buffer.count, &found)
            guard result != ERANGE else { return nil }
            guard result == 0, unsafe found != nil else { return .some(nil) }
            return .some(unsafe ShadowEntry(entry, under: key))
        }
    }
}
