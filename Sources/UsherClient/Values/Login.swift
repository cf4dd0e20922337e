internal import UsherNames
internal import UsherSecrets
internal import UsherWire

/// A login that succeeded.
public struct Login: Sendable {
    /// The secret that proves the session from now on. After a re-authentication the token from before is void.
    public let token: Token
    /// The session.
    public let session: Session
    /// Refused logins of this user since the last one that succeeded; worth showing to the person.
    public let failuresSinceLast: Int
    /// When the user last logged in before; nil when the daemon does not know.
    public let lastLogin: UnixTime?
    /// What PAM still has to say to the person, such as that the password expires soon; mostly nothing. Styles
    /// ``Challenge/Style/info`` and ``Challenge/Style/error`` alone.
    public let messages: [Challenge.Prompt]

    /// A login for a test.
    public init(
        token: Token, session: Session, failuresSinceLast: Int = 0, lastLogin: UnixTime? = nil,
        messages: [Challenge.Prompt] = []
    ) {
        self.token = token
        self.session = session
        self.failuresSinceLast = failuresSinceLast
        self.lastLogin = lastLogin
        self.messages = messages
    }
}

/// A new token for a session that was issued or rotated.
public struct IssuedSession: Sendable {
    /// The secret that proves the session.
    public let token: Token
    /// The session.
    public let session: Session

    /// An issued or rotated session for a test.
    public init(token: Token, session: Session) {
        self.token = token
        self.session = session
    }
}

/// Questions that must be answered before a login goes on, in the order to ask them.
public struct Challenge: Sendable {
    /// What the questions are for.
    public enum Purpose: Sendable, Hashable {
        /// To find out who it is.
        case login
        /// To change a password that has expired.
        case passwordChange
    }

    /// How a prompt is to be shown.
    public enum Style: Sendable, Hashable {
        /// Wants an answer that must not be seen while it is typed.
        case secret
        /// Wants an answer.
        case visible
        /// Only to be shown.
        case info
        /// Only to be shown: something went wrong.
        case error
    }

    /// One message of PAM's conversation.
    public struct Prompt: Sendable, Hashable {
        /// How to show it.
        public let style: Style
        /// What to show; it comes from the host's PAM configuration. It may have several lines, such as a QR code made
        /// of characters: show it in a fixed-width font.
        public let text: String
        /// Whether the end is missing, because the module's text was longer than the daemon passes on.
        public let isCut: Bool

        /// Whether an answer is wanted.
        public var wantsAnswer: Bool { style == .secret || style == .visible }
    }

    /// What the questions are for.
    public let purpose: Purpose
    /// The texts to show, and questions to ask, in order.
    public let prompts: [Prompt]

    /// The login's name on its connection.
    let transaction: TransactionName
    /// The connection that the login lives on.
    let connection: UInt64
    /// When the login as a whole is over.
    let deadline: MonotonicInstant
}

/// The answers to a ``Challenge``: one for each prompt that wants one, in order. Zeroed when they end.
public struct Answers: ~Copyable, Sendable {
    /// The room of all answers: as many answers of ``Secret/capacity`` bytes as a challenge has prompts
    /// (PAM_MAX_NUM_MSG).
    private static let capacity = WireLimit.answers * Secret.capacity

    var list = SecretList(capacity: capacity)

    /// No answers yet.
    public init() {}

    /// Adds the answer to the next prompt that wants one; false, and nothing changes, beyond 32 answers.
    @discardableResult
    public mutating func append(_ secret: consuming Secret) -> Bool {
        guard count < WireLimit.answers else { return false }
        var list = SecretList(capacity: 0)
        swap(&list, &self.list)
        let added = secret.withBytes { list.append($0) }
        swap(&list, &self.list)
        return added
    }

    /// How many there are.
    public var count: Int { list.count }
}

/// Where a login stands: over, or waiting for answers.
public enum LoginStep: Sendable {
    /// The user is logged in.
    case complete(Login)
    /// Questions must be answered; go on with `respond`.
    case challenge(Challenge)
}
