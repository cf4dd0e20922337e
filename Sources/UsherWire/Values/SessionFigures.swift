package import UsherNames
internal import UsherSecrets

/// A session's figures; its texts are lent beside it, so that nothing is copied for an answer.
package struct SessionFigures: Equatable, Sendable {
    /// Its public name.
    package var handle: SessionHandle
    /// The account behind the name, nil where there is none.
    package var uid: UInt32?
    /// Unix seconds.
    package var created: Int64
    package var authenticated: Int64
    package var lastSeen: Int64
    package var idleExpires: Int64
    package var expires: Int64
    /// Of its data, from 1.
    package var version: Int64

    package init(
        handle: SessionHandle, uid: UInt32?, created: Int64, authenticated: Int64, lastSeen: Int64,
        idleExpires: Int64, expires: Int64, version: Int64
    ) {
        self.handle = handle
        self.uid = uid
        self.created = created
        self.authenticated = authenticated
        self.lastSeen = lastSeen
        self.idleExpires = idleExpires
        self.expires = expires
        self.version = version
    }
}
