internal import CLinux
internal import UsherNames
internal import UsherSecrets

/// What can be told of an account's entry in shadow(5) without showing it.
enum ShadowLookup {
    /// The credential of `name` (getspnam_r(3)); nil where there is no entry, or none that this process may read.
    static func credential(of name: String, under key: CredentialKey) -> AccountCredential? {
        var size = 1024
        while size <= 1 << 16 {
            switch unsafe look(name, size, key) {
            case .some(let found): return found
            case .none: size *= 4
            }
        }
        return nil
    }

    /// Nil where the buffer is too small. It is zeroed: hashes of passwords were in it.
    @unsafe private static func look(_ name: String, _ size: Int, _ key: CredentialKey) -> AccountCredential?? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
            guard let memory = buffer.baseAddress else { return .some(nil) }
            defer { unsafe usher_wipe(memory, buffer.count) }
            var entry = unsafe spwd()
            var found: UnsafeMutablePointer<spwd>?
            let result = unsafe getspnam_r(name, &entry, memory, buffer.count, &found)
            guard result != ERANGE else { return nil }
            guard result == 0, unsafe found != nil, let hash = unsafe entry.sp_pwdp else { return .some(nil) }
            return unsafe credential(hash, entry.sp_lstchg, key)
        }
    }

    /// Marks of usermod(8) and passwd(1) in front of a hash say that it is locked, and belong to no password.
    @unsafe private static func credential(
        _ text: UnsafePointer<CChar>, _ changed: Int, _ key: CredentialKey
    ) -> AccountCredential {
        let mark = CChar(bitPattern: UInt8(ascii: "!"))
        let isLocked = unsafe text[0] == mark || text[0] == CChar(bitPattern: UInt8(ascii: "*"))
        var at = 0
        while unsafe text[at] == mark { at += 1 }
        var hash = KeyedHash(key: (key.low, key.high))
        while unsafe text[at] != 0 {
            hash.append(UInt8(bitPattern: unsafe text[at]))
            at += 1
        }
        hash.append(0)
        for shift in stride(from: 0, to: 64, by: 8) { hash.append(UInt8(truncatingIfNeeded: changed >> shift)) }
        return AccountCredential(fingerprint: UInt32(truncatingIfNeeded: hash.value()), isLocked: isLocked)
    }
}
