// The functions are documented in usher.h, under the names of C.
// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation

public import CUsher
internal import UsherClient
internal import UsherWire

// Calls about sessions and the daemon, and how any call is sent. Arguments are converted before the function returns;
// no pointer of the caller is kept.
@c @implementation
public func usher_call_hello(_ usher: OpaquePointer?) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        try driver.helloText()
    } fill: {
        $0.set(json: $1)
    }.given()
}

@c @implementation
public func usher_call_ping(_ usher: OpaquePointer?) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        try driver.ping()
    } fill: { _, _ in
    }.given()
}

@c @implementation
public func usher_call_stats(_ usher: OpaquePointer?, _ byService: Int32) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        try driver.statsText(byService: byService != 0)
    } fill: {
        $0.set(json: $1)
    }.given()
}

@c @implementation
public func usher_call_validate(
    _ usher: OpaquePointer?, _ token: UnsafePointer<CChar>?, _ touch: Int32
) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        unsafe try driver.validate(Argument.token(token), touch: touch != 0)
    } fill: {
        if let session = $1 { $0.set(session) }
    }.given()
}

@c @implementation
public func usher_call_touch(
    _ usher: OpaquePointer?, _ tokens: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int
) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        var read: [Token] = []
        let texts = unsafe try Argument.elements(tokens, count)
        for index in texts.indices { read.append(unsafe try Argument.token(texts[index])) }
        guard read.count <= 1000 else { throw UsherError(.tooLarge, detail: "there are more than 1000 tokens") }
        return try driver.touch(read[...])
    } fill: { _, _ in
    }.given()
}

@c @implementation
public func usher_call_rotate(_ usher: OpaquePointer?, _ token: UnsafePointer<CChar>?) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        unsafe try driver.rotate(Argument.token(token))
    } fill: {
        $0.set($1)
    }.given()
}

@c @implementation
public func usher_call_update(
    _ usher: OpaquePointer?, _ token: UnsafePointer<CChar>?, _ changes: UnsafePointer<usher_pair>?, _ count: Int,
    _ ifVersion: Int64
) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        unsafe try driver.update(
            Argument.token(token), Argument.changes(changes, count), ifVersion: ifVersion > 0 ? ifVersion : nil)
    } fill: {
        $0.count = $1
    }.given()
}

@c @implementation
public func usher_call_list(
    _ usher: OpaquePointer?, _ owner: Int32, _ name: UnsafePointer<CChar>?, _ cursor: UnsafePointer<CChar>?
) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        unsafe try driver.page(of: Argument.owner(owner, name), from: Argument.optionalText(cursor))
    } fill: {
        $0.set($1)
    }.given()
}

@c @implementation
public func usher_call_revoke(_ usher: OpaquePointer?, _ token: UnsafePointer<CChar>?) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        unsafe try driver.revoke(Argument.token(token))
    } fill: {
        $0.count = Int64($1)
    }.given()
}

@c @implementation
public func usher_call_revoke_handle(
    _ usher: OpaquePointer?, _ handle: UnsafePointer<CChar>?, _ token: UnsafePointer<CChar>?
) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        let shown = unsafe try Argument.tokenUnlessNull(token)
        return unsafe try driver.revoke(Argument.handle(handle), as: shown)
    } fill: {
        $0.count = Int64($1)
    }.given()
}

@c @implementation
public func usher_call_revoke_all(
    _ usher: OpaquePointer?, _ owner: Int32, _ name: UnsafePointer<CChar>?, _ except: UnsafePointer<CChar>?,
    _ cursor: UnsafePointer<CChar>?
) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        let kept = unsafe try Argument.handleUnlessNull(except)
        return unsafe try driver.revokeAll(
            of: Argument.owner(owner, name), except: kept, from: Argument.optionalText(cursor))
    } fill: {
        $0.count = $1.revoked
        $0.set(next: $1.next)
    }.given()
}

@c @implementation
public func usher_call_create(
    _ usher: OpaquePointer?, _ user: UnsafePointer<CChar>?, _ service: UnsafePointer<CChar>?,
    _ methods: UnsafePointer<UnsafePointer<CChar>?>?, _ methodCount: Int, _ context: UnsafePointer<usher_pair>?,
    _ contextCount: Int
) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        unsafe try driver.create(
            user: Argument.text(user), service: Argument.optionalText(service),
            methods: Argument.texts(methods, methodCount), context: Argument.pairs(context, contextCount))
    } fill: {
        $0.set($1)
    }.given()
}

@c @implementation
public func usher_call_limiter(_ usher: OpaquePointer?, _ user: UnsafePointer<CChar>?) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        unsafe try driver.limitsText(of: Argument.optionalText(user))
    } fill: {
        $0.set(json: $1)
    }.given()
}

@c @implementation
public func usher_call_limiter_clear(_ usher: OpaquePointer?, _ user: UnsafePointer<CChar>?) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        unsafe try driver.clearLimits(of: Argument.optionalText(user))
    } fill: { _, _ in
    }.given()
}

/// A function of C to call back, and its argument.
@safe private struct ForeignDone: @unchecked Sendable {
    let done: usher_done
    let data: UnsafeMutableRawPointer?
}

@c @implementation
public func usher_wait(_ call: OpaquePointer?) -> OpaquePointer? {
    guard let call = unsafe ForeignCall.taken(call) else {
        return unsafe ForeignResult(UsherError(.invalidArgument, detail: "the call is NULL")).given()
    }
    return unsafe call.wait().given()
}

@c @implementation
public func usher_then(_ call: OpaquePointer?, _ done: usher_done?, _ data: UnsafeMutableRawPointer?) -> Int64 {
    guard let call = unsafe ForeignCall.taken(call), let done = unsafe done else { return 0 }
    let back = unsafe ForeignDone(done: done, data: data)
    return call.begin { result in unsafe back.done(result.given(), back.data) } ?? 0
}

@c @implementation
public func usher_call_free(_ call: OpaquePointer?) { _ = unsafe ForeignCall.taken(call) }
