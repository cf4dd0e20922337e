internal import CLinux
internal import UsherNames
internal import UsherSecrets

/// Facts about an account's entry in shadow(5) that do not reveal it.
struct ShadowEntry: Equatable {
    /// The fingerprint of the password, and whether it is locked.
    let credential: AccountCredential
    /// A keyed hash of the password and the dates.
    let hash: UInt64

    /// The facts about `entry`; nil if it has no password field.
    @unsafe init?(_ entry: spwd, under key: CredentialKey) {
        guard let text = unsafe entry.sp_pwdp else { return nil }
        credential = unsafe Self.credential(text, entry.sp_lstchg, key)
        var hash = KeyedHash(key: (key.low, key.high))
        unsafe hash.append(text)
        for day in unsafe [
            entry.sp_lstchg, entry.sp_min, entry.sp_max, entry.sp_warn, entry.sp_inact, entry.sp_expire,
        ] { hash.append(day) }
        self.hash = hash.value()
    }

    /// usermod(8) and passwd(1) put `!` in front of a hash to lock it: the marks are not part of the password.
    @unsafe private static func credential(
        _ text: UnsafePointer<CChar>, _ changed: Int, _ key: CredentialKey
    ) -> AccountCredential {
        let mark = CChar(bitPattern: UInt8(ascii: "!"))
        let isLocked = unsafe text[0] == mark || text[0] == CChar(bitPattern: UInt8(ascii: "*"))
        var at = 0
        while unsafe text[at] == mark { at += 1 }
        var hash = KeyedHash(key: (key.low, key.high))
        unsafe hash.append(text + at)
        hash.append(changed)
        return AccountCredential(fingerprint: UInt32(truncatingIfNeeded: hash.value()), isLocked: isLocked)
    }
}

/// A keyed hash of an account's entry in passwd(5), without the comment (gecos), which users change themselves and no
/// account module goes by.
struct PasswdHash: Equatable {
    private let value: UInt64

    /// The hash of an entry that was read from passwd(5); nil if one of its fields is missing.
    @unsafe init?(_ entry: passwd, under key: CredentialKey) {
        guard let name = unsafe entry.pw_name, let password = unsafe entry.pw_passwd,
            let directory = unsafe entry.pw_dir, let shell = unsafe entry.pw_shell
        else { return nil }
        var hash = KeyedHash(key: (key.low, key.high))
        unsafe hash.append(name)
        unsafe hash.append(password)
        unsafe hash.append(directory)
        unsafe hash.append(shell)
        hash.append(Int(unsafe entry.pw_uid))
        hash.append(Int(unsafe entry.pw_gid))
        value = hash.value()
    }

    /// The hash of an account from the account database; nil if the entry was too long to be kept.
    init?(_ account: usher_account, under key: CredentialKey) {
        guard account.size > 0 else { return nil }
        var hash = KeyedHash(key: (key.low, key.high))
        unsafe withUnsafeBytes(of: account.name) { unsafe hash.append(contentsOf: $0.prefix { $0 != 0 }) }
        hash.append(0 as UInt8)
        let size = account.size
        unsafe withUnsafeBytes(of: account.texts) { unsafe hash.append(contentsOf: $0.prefix(size)) }
        hash.append(Int(account.uid))
        hash.append(Int(account.gid))
        value = hash.value()
    }

    /// The digest of the account; `shadow` is its entry in shadow(5), if it has one.
    func digest(with shadow: ShadowEntry?, under key: CredentialKey) -> AccountDigest {
        var hash = KeyedHash(key: (key.low, key.high))
        hash.append(Int(bitPattern: UInt(truncatingIfNeeded: value)))
        if let shadow { hash.append(Int(bitPattern: UInt(truncatingIfNeeded: shadow.hash))) }
        return AccountDigest(hash: hash.value())
    }
}

extension KeyedHash {
    /// Adds a C string with the NUL at its end.
    @unsafe fileprivate mutating func append(_ text: UnsafePointer<CChar>) {
        var at = 0
        while unsafe text[at] != 0 {
            append(UInt8(bitPattern: unsafe text[at]))
            at += 1
        }
        append(0 as UInt8)
    }

    /// Adds the eight bytes of a number, the lowest first.
    fileprivate mutating func append(_ number: Int) {
        for shift in stride(from: 0, to: 64, by: 8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}
