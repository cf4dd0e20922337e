// The functions are documented in usher.h, under the names of C.
// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation

public import CUsher
internal import UsherClient

/// A session's members as C reads them; made once, and kept with the session.
@safe final class SessionMembers: Sendable {
    private let memory = ForeignMemory()
    nonisolated(unsafe) let info: UnsafePointer<usher_session_info>?

    init(_ session: Session) {
        let memory = memory
        let methods = unsafe session.methods.map { unsafe Optional(memory.text($0)) }
        let context = unsafe memory.pairs(session.context.sorted { $0.key < $1.key })
        let data = unsafe memory.pairs(session.data)
        let info = unsafe usher_session_info(
            handle: memory.text(session.handle.text), realm: memory.text(session.realm),
            service: memory.text(session.service), user: memory.text(session.user),
            uid: session.uid.map(Int64.init) ?? -1, created: session.created.seconds,
            authenticated: session.authenticated.seconds, last_seen: session.lastSeen.seconds,
            idle_expires: session.idleExpires.seconds, expires: session.expires.seconds, version: session.version,
            methods: memory.list(methods), method_count: methods.count, context: memory.list(context),
            context_count: context.count, data: memory.list(data), data_count: data.count)
        unsafe self.info = unsafe memory.value(info)
    }
}

extension Session {
    /// A reference for C.
    consuming func given() -> OpaquePointer { unsafe OpaquePointer(retained()) }

    /// The session of a reference, which stays C's.
    static func borrowed(_ pointer: OpaquePointer?) -> Session? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe Session(retained: UnsafeRawPointer(pointer))
    }
}

@c @implementation
public func usher_remembered(_ usher: OpaquePointer?, _ token: UnsafePointer<CChar>?, _ touch: Int32) -> OpaquePointer?
{
    guard let usher = unsafe usher, let token = unsafe token else { return nil }
    return unsafe Unmanaged<ForeignClient>.fromOpaque(UnsafeRawPointer(usher))._withUnsafeGuaranteedRef { client in
        unsafe Argument.withBytes(token, limit: Token.textSize + 1) { text in
            unsafe client.client.remembered(text: text, touch: touch != 0)?.given()
        }
    }
}

@c @implementation
public func usher_validate(
    _ usher: OpaquePointer?, _ token: UnsafePointer<CChar>?, _ touch: Int32,
    _ failure: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe failure?.pointee = nil
    if let session = unsafe usher_remembered(usher, token, touch) { return unsafe session }
    do throws(UsherError) {
        guard let client = unsafe ForeignClient.borrowed(usher), !client.isHosted, unsafe token != nil else {
            throw UsherError(.invalidArgument)
        }
        guard let token = unsafe Argument.optionalToken(token) else { return nil }
        return unsafe try client.client.calls.validate(token, touch: touch != 0).wait()?.given()
    } catch {
        unsafe failure?.pointee = ForeignResult(error).given()
        return nil
    }
}

@c @implementation
public func usher_session_retain(_ session: OpaquePointer?) -> OpaquePointer? {
    unsafe Session.borrowed(session)?.given()
}

@c @implementation
public func usher_session_free(_ session: OpaquePointer?) {
    if let session = unsafe session { unsafe Session.release(UnsafeRawPointer(session)) }
}

@c @implementation
public func usher_session_info_of(_ session: OpaquePointer?) -> UnsafePointer<usher_session_info>? {
    guard let session = unsafe Session.borrowed(session) else { return nil }
    let rendering = session.rendering { SessionRendering(SessionMembers($0)) }
    return unsafe unsafeDowncast(rendering.value, to: SessionMembers.self).info
}

@c @implementation
public func usher_session_is_recent(_ session: OpaquePointer?, _ maxAge: Int64) -> Int32 {
    guard let session = unsafe Session.borrowed(session) else { return 0 }
    return (try? session.require(maxAge: .seconds(maxAge))) == nil ? 0 : 1
}
