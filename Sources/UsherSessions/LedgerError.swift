/// Why the ledger refused an operation. Nothing has changed when it is thrown.
package struct LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// Every slot is taken.
        case full
        /// The user holds as many sessions in the realm as they may, and none may be ended for a new one.
        case userQuota = "user_quota"
        /// A user name that is empty or longer than `Limit.userName` bytes.
        case userName = "user_name"
        /// What is in use of the memory has reached its limit.
        case memoryFull = "memory_full"
        /// The area of user names has no room.
        case usersFull = "users_full"
        /// A context longer than `Limit.context` bytes.
        case contextTooLarge = "context_too_large"
        /// The area of contexts has no room.
        case contextsFull = "contexts_full"
        /// Data longer than `Limit.data` bytes.
        case dataTooLarge = "data_too_large"
        /// The area of data has no room.
        case dataFull = "data_full"
        /// A service, realm or list of methods that is empty or longer than `Limit.label` bytes.
        case labelSize = "label_size"
        /// No room for another service, realm or list of methods.
        case labelsFull = "labels_full"
        /// The data has another version than the caller expects.
        case conflict
        /// There is no such session, or it is over, or it belongs to another realm.
        case noSuchSession = "no_such_session"
        /// Another session has the same token digest. It does not happen with random tokens.
        case duplicateToken = "duplicate_token"
    }

    /// The kind of refusal.
    package let code: Code

    /// An error of that kind.
    package init(_ code: Code) { self.code = code }

    package var description: String { code.rawValue }
}

/// Why memory did not become a ledger. Nothing of it is in use then.
package struct LedgerMemoryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The ledger memory does not begin with the ledger's magic.
        case notALedger = "not_a_ledger"
        /// Ledger or board has another layout than this process uses.
        case otherLayout = "other_layout"
        /// Its geometry is out of range or does not fit the memory.
        case wrongSize = "wrong_size"
        /// The board memory holds no board of a known layout.
        case notABoard = "not_a_board"
        /// Ledger and board do not name each other, or differ in slots.
        case foreignBoard = "foreign_board"
        /// The kernel has no address space for what the process keeps privately, such as the index (mmap(2)).
        case noAddressSpace = "no_address_space"
    }

    /// The kind of refusal.
    package let code: Code

    /// An error of that kind.
    package init(_ code: Code) { self.code = code }

    package var description: String { code.rawValue }
}
