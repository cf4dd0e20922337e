/// The part of a session that only the hosts may read: the plain text of a record's sealed part.
///
/// Format 1, big-endian: format u8, created u32, authenticated u32, uid u32 or ffffffff, origin u32, proof u8; then
/// realm, service, user, methods, context and data, each u16 length and bytes.
package struct SealedSession: Equatable, Sendable {
    /// Unix seconds of the login, and of the user's last proof.
    package var created, authenticated: UInt32
    /// The account on the host of the login; nil where there was none.
    package var uid: UInt32?
    /// Names the host of the login, whose account `uid` is.
    package var origin: UInt32
    /// Who vouched for the user, as the ledger numbers it.
    package var proof: UInt8
    /// The realm in which its token is valid, the service that made it, and whose session it is.
    package var realm, service, user: [UInt8]
    /// How the user proved who they are, where from, and the tool's data, each as the ledger writes it.
    package var methods, context, data: [UInt8]

    /// A session of these parts.
    package init(
        created: UInt32, authenticated: UInt32, uid: UInt32?, origin: UInt32, proof: UInt8, realm: [UInt8],
        service: [UInt8], user: [UInt8], methods: [UInt8], context: [UInt8], data: [UInt8]
    ) {
        (self.created, self.authenticated) = (created, authenticated)
        (self.uid, self.origin, self.proof) = (uid, origin, proof)
        (self.realm, self.service, self.user) = (realm, service, user)
        (self.methods, self.context, self.data) = (methods, context, data)
    }

    /// The only format so far.
    static let format: UInt8 = 1
    private static let noUID = UInt32.max

    /// Its bytes; nil where a part has more than 65,535.
    var encoded: [UInt8]? {
        var bytes = [Self.format]
        for number in [created, authenticated, uid ?? Self.noUID, origin] { bytes.append(bigEndian: number) }
        bytes.append(proof)
        for part in [realm, service, user, methods, context, data] {
            guard let count = UInt16(exactly: part.count) else { return nil }
            bytes.append(bigEndian: count)
            bytes += part
        }
        return bytes
    }

    /// The session in `bytes`; nil where they are not one of format 1.
    init?(_ bytes: [UInt8]) {
        var reader = BigEndianReader(bytes)
        guard reader.read(UInt8.self) == Self.format, let created = reader.read(UInt32.self),
            let authenticated = reader.read(UInt32.self), let uid = reader.read(UInt32.self),
            let origin = reader.read(UInt32.self), let proof = reader.read(UInt8.self)
        else { return nil }
        var parts: [[UInt8]] = []
        for _ in 0..<6 {
            guard let part = reader.readText() else { return nil }
            parts.append(part)
        }
        guard reader.isAtEnd else { return nil }
        self.init(
            created: created, authenticated: authenticated, uid: uid == Self.noUID ? nil : uid, origin: origin,
            proof: proof, realm: parts[0], service: parts[1], user: parts[2], methods: parts[3], context: parts[4],
            data: parts[5])
    }
}
