// The functions are documented in usher.h, under the names of C.
// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation

public import CUsher
internal import UsherWebCore

// Functions about one HTTP request: whether a person or a program waits for its answer, the origin of the page that
// sent it, and the address that a login returns to.

/// The fields of a request, which C gives one by one.
@safe private struct ForeignFields {
    let field: usher_field
    let data: UnsafeMutableRawPointer?

    func value(_ name: RequestField) -> String? {
        let text = unsafe name.rawValue.withCString { unsafe field($0, data) }
        guard let text = unsafe text else { return nil }
        return unsafe String(cString: text)
    }
}

private func parsed(_ text: UnsafePointer<CChar>?) -> Origin? {
    guard let text = unsafe try? Argument.text(text) else { return nil }
    return Origin(text, insecureLocalhost: true)
}

@c @implementation
public func usher_origin(
    _ text: UnsafePointer<CChar>?, _ insecureLocalhost: Int32, _ room: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
    guard let text = unsafe try? Argument.text(text),
        let origin = Origin(text, insecureLocalhost: insecureLocalhost != 0)
    else { return 0 }
    return unsafe write(origin.text, room, size)
}

@c @implementation
public func usher_return_to(
    _ own: UnsafePointer<CChar>?, _ reserved: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int,
    _ address: UnsafePointer<CChar>?, _ room: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int32 {
    guard let origin = unsafe parsed(own), let kept = unsafe try? Argument.texts(reserved, count) else {
        return Int32(USHER_RETURN_FOREIGN)
    }
    guard let address = unsafe address else { return Int32(USHER_RETURN_LENGTH) }
    do throws(ReturnTo.Refusal) {
        let returning = ReturnTo(own: origin, reserved: kept)
        let location = unsafe try Argument.withBytes(address, limit: ReturnTo.limit + 1) {
            (bytes) throws(ReturnTo.Refusal) in try returning.location(for: bytes)
        }
        let written = unsafe write(location, room, size)
        return written < size ? Int32(written) : Int32(USHER_RETURN_LENGTH)
    } catch {
        return error.number
    }
}

@c @implementation
public func usher_request_kind(
    _ method: UnsafePointer<CChar>?, _ field: usher_field?, _ data: UnsafeMutableRawPointer?
) -> Int32 {
    guard let method = unsafe try? Argument.text(method), let field = unsafe field else { return 0 }
    let fields = unsafe ForeignFields(field: field, data: data)
    return RequestKind(method: method, field: fields.value).number
}

@c @implementation
public func usher_redirects_to_login(_ kind: Int32, _ method: UnsafePointer<CChar>?) -> Int32 {
    guard Int(kind) == USHER_KIND_PAGE, let method = unsafe try? Argument.text(method) else { return 0 }
    return RequestKind.navigation(top: true).redirectsToLogin(method: method) ? 1 : 0
}

@c @implementation
public func usher_fetch_verdict(
    _ own: UnsafePointer<CChar>?, _ trusted: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int,
    _ method: UnsafePointer<CChar>?, _ field: usher_field?, _ data: UnsafeMutableRawPointer?
) -> Int32 {
    guard let origin = unsafe parsed(own), let texts = unsafe try? Argument.texts(trusted, count),
        let method = unsafe try? Argument.text(method), let field = unsafe field
    else { return Int32(USHER_FETCH_REFUSED) }
    let others = texts.compactMap { Origin($0, insecureLocalhost: true) }
    guard others.count == texts.count else { return Int32(USHER_FETCH_REFUSED) }
    let fields = unsafe ForeignFields(field: field, data: data)
    return FetchOrigin(own: [origin], trusted: others).verdict(method: method, field: fields.value).number
}

@c @implementation
public func usher_proves_own_page(
    _ own: UnsafePointer<CChar>?, _ field: usher_field?, _ data: UnsafeMutableRawPointer?
) -> Int32 {
    guard let origin = unsafe parsed(own), let field = unsafe field else { return 0 }
    let fields = unsafe ForeignFields(field: field, data: data)
    return FetchOrigin(own: [origin]).provesOwnPage(fields.value) ? 1 : 0
}

extension ReturnTo.Refusal {
    /// The number in usher_web.h.
    fileprivate var number: Int32 {
        switch self {
        case .length: Int32(USHER_RETURN_LENGTH)
        case .bytes: Int32(USHER_RETURN_BYTES)
        case .foreign: Int32(USHER_RETURN_FOREIGN)
        case .reserved: Int32(USHER_RETURN_RESERVED)
        }
    }
}

extension RequestKind {
    /// The number in usher_web.h.
    fileprivate var number: Int32 {
        switch self {
        case .navigation(top: true): Int32(USHER_KIND_PAGE)
        case .navigation(top: false): Int32(USHER_KIND_FRAME)
        case .background: Int32(USHER_KIND_BACKGROUND)
        case .webSocket: Int32(USHER_KIND_WEB_SOCKET)
        case .eventStream: Int32(USHER_KIND_EVENT_STREAM)
        case .preflight: Int32(USHER_KIND_PREFLIGHT)
        }
    }
}

extension FetchOrigin.Verdict {
    /// The number in usher_web.h.
    fileprivate var number: Int32 {
        switch self {
        case .harmless: Int32(USHER_FETCH_HARMLESS)
        case .ownPage: Int32(USHER_FETCH_OWN_PAGE)
        case .user: Int32(USHER_FETCH_USER)
        case .trustedPage: Int32(USHER_FETCH_TRUSTED_PAGE)
        case .unknown: Int32(USHER_FETCH_UNKNOWN)
        case .refused: Int32(USHER_FETCH_REFUSED)
        }
    }
}
