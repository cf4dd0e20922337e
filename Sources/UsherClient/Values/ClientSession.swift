internal import Synchronization
internal import UsherNames
internal import UsherWire

/// A session as the daemon described it in one answer. Later answers may describe it otherwise; this value stays.
///
/// Copying it costs one reference count, whatever it holds.
public struct Session: Sendable {
    /// What the copies share.
    private final class Storage: Sendable {
        let record: SessionRecord
        /// What another language has made of the record; nil until it is first asked for.
        let rendering = AtomicLazyReference<SessionRendering>()
        init(_ record: SessionRecord) { self.record = record }
    }

    private let storage: Storage
    private var record: SessionRecord { storage.record }

    init(_ record: SessionRecord) { storage = Storage(record) }

    private init(_ storage: Storage) { self.storage = storage }

    /// The public name, which may be shown and logged.
    public var handle: SessionHandle { SessionHandle(record.figures.handle) }
    /// The realm in which its token is valid.
    public var realm: String { record.realm }
    /// The service that the user logged in through.
    public var service: String { record.service }
    /// The user's canonical name.
    public var user: String { record.user }
    /// The account's number; nil when no account stands behind the name.
    public var uid: UInt32? { record.figures.uid }
    /// When the session began.
    public var created: UnixTime { UnixTime(seconds: record.figures.created) }
    /// When the user last proved who they are.
    public var authenticated: UnixTime { UnixTime(seconds: record.figures.authenticated) }
    /// When the session was last used.
    public var lastSeen: UnixTime { UnixTime(seconds: record.figures.lastSeen) }
    /// When the session ends unless it is used before.
    public var idleExpires: UnixTime { UnixTime(seconds: record.figures.idleExpires) }
    /// When the session ends in any case.
    public var expires: UnixTime { UnixTime(seconds: record.figures.expires) }
    /// How the user was authenticated, as RFC 8176 names it: `pwd`, `otp`, …
    public var methods: [String] { record.methods }
    /// What the tool that logged the user in said about it, for example `remote_ip`.
    public var context: [String: String] { record.context }
    /// What tools keep with the session. Any tool of the realm may rewrite it, so it must not grant anything. Lists
    /// leave it out: it is empty there.
    public var data: SessionData { SessionData(record.data ?? [:]) }
    /// Whether the daemon has told of `data`; lists leave it out.
    package var hasData: Bool { record.data != nil }
    /// Counts the changes of `data`, from 1.
    public var version: Int64 { record.figures.version }
}

/// What another language has made of a session once, such as its texts as strings of C.
package final class SessionRendering: Sendable {
    /// The value. All renderings of a process have values of one type.
    package let value: any AnyObject & Sendable

    /// A rendering that is `value`.
    package init(_ value: any AnyObject & Sendable) { self.value = value }
}

// For languages that hold a session by a pointer. Allocates nothing.
extension Session {
    /// The session as a pointer, which counts as one copy of it until ``release(_:)``.
    package consuming func retained() -> UnsafeMutableRawPointer {
        unsafe Unmanaged.passRetained(storage).toOpaque()
    }

    /// The session behind a pointer of ``retained()``, which stays valid.
    package init(retained pointer: UnsafeRawPointer) {
        self.init(unsafe Unmanaged<Storage>.fromOpaque(pointer).takeUnretainedValue())
    }

    /// Gives up a pointer of ``retained()``.
    package static func release(_ pointer: UnsafeRawPointer) {
        unsafe Unmanaged<Storage>.fromOpaque(pointer).release()
    }

    /// The rendering of this session, made by `make` when there is none. Threads that call this at once get the same
    /// rendering.
    package func rendering(_ make: (Session) -> SessionRendering) -> SessionRendering {
        storage.rendering.load() ?? storage.rendering.storeIfNil(make(self))
    }
}
