// The functions are documented in usher.h, under the names of C.
// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation

public import CUsher
internal import UsherClient
internal import UsherWebCore

// Cookies and the texts of forms. A header field may hold any bytes; bytes that are not UTF-8 are replaced, so that
// they match no token.
private func fieldText(_ text: UnsafePointer<CChar>?) -> String? {
    guard let text = unsafe text else { return nil }
    return unsafe String(cString: text)
}

private func fieldTexts(_ list: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int) -> [String] {
    guard let elements = unsafe try? Argument.elements(list, count) else { return [] }
    return unsafe elements.compactMap { unsafe fieldText($0) }
}

/// Writes as snprintf(3). Returns the size of the whole text without its NUL.
func write(_ text: String, _ room: UnsafeMutablePointer<CChar>?, _ size: Int) -> Int {
    let count = text.utf8.count
    guard let room = unsafe room, size > 0 else { return count }
    var at = 0
    for byte in text.utf8.prefix(size - 1) {
        unsafe room[at] = CChar(bitPattern: byte)
        at += 1
    }
    unsafe room[at] = 0
    return count
}

private func cookieNamed(_ name: UnsafePointer<CChar>?) -> SessionCookie? {
    guard let name = unsafe fieldText(name) else { return SessionCookie() }
    return SessionCookie(named: name)
}

@c @implementation
public func usher_cookie_read(
    _ name: UnsafePointer<CChar>?, _ list: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int,
    _ token: UnsafeMutablePointer<CChar>?
) -> Int32 {
    unsafe token?.pointee = 0
    guard let cookie = unsafe cookieNamed(name) else { return Int32(USHER_COOKIE_MALFORMED) }
    switch unsafe cookie.read(fieldTexts(list, count)) {
    case .none: return Int32(USHER_COOKIE_NONE)
    case .malformed: return Int32(USHER_COOKIE_MALFORMED)
    case .several: return Int32(USHER_COOKIE_SEVERAL)
    case .token(let found):
        found.withText { text in
            guard let token = unsafe token else { return }
            for index in text.indices { unsafe token[index] = CChar(bitPattern: text[index]) }
            unsafe token[text.count] = 0
        }
        return Int32(USHER_COOKIE_TOKEN)
    }
}

@c @implementation
public func usher_cookie_set(
    _ name: UnsafePointer<CChar>?, _ token: UnsafePointer<CChar>?, _ maxAge: Int64,
    _ room: UnsafeMutablePointer<CChar>?,
    _ size: Int
) -> Int {
    guard let cookie = unsafe cookieNamed(name), let token = unsafe Argument.optionalToken(token) else { return 0 }
    let setting = cookie.setting(token, maxAge: maxAge < 0 ? nil : .seconds(maxAge))
    return unsafe write(setting, room, size)
}

@c @implementation
public func usher_cookie_delete(_ name: UnsafePointer<CChar>?, _ room: UnsafeMutablePointer<CChar>?, _ size: Int) -> Int
{
    guard let cookie = unsafe cookieNamed(name) else { return 0 }
    return unsafe write(cookie.deletion, room, size)
}

/// The scope of a form's text, empty for NULL; nil if it is not UTF-8 or has more than 1000 bytes.
private func scopeText(_ text: UnsafePointer<CChar>?) -> String? {
    guard let scope = unsafe try? Argument.optionalText(text) ?? "", scope.utf8.count <= 1000 else { return nil }
    return scope
}

@c @implementation
public func usher_csrf_text(
    _ token: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?, _ text: UnsafeMutablePointer<CChar>?
) -> Int32 {
    unsafe text?.pointee = 0
    guard let token = unsafe Argument.optionalToken(token), let scope = unsafe scopeText(name), unsafe text != nil
    else {
        return 0
    }
    return unsafe write(CSRF.text(for: token, scope: scope), text, Int(USHER_FORM_TEXT_SIZE)) > 0 ? 1 : 0
}

@c @implementation
public func usher_csrf_accepts(
    _ token: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?, _ text: UnsafePointer<CChar>?
) -> Int32 {
    guard let token = unsafe Argument.optionalToken(token), let scope = unsafe scopeText(name),
        let text = unsafe fieldText(text)
    else { return 0 }
    return CSRF.accepts(text, for: token, scope: scope) ? 1 : 0
}

@c @implementation
public func usher_login_csrf_text(
    _ list: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int, _ text: UnsafeMutablePointer<CChar>?,
    _ setting: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int32 {
    guard unsafe text != nil, unsafe setting != nil else { return 0 }
    let browser = LoginCSRF(unsafe fieldTexts(list, count))
    let written = unsafe write(browser.setting ?? "", setting, size)
    guard written < size else { return 0 }
    return unsafe write(browser.text(), text, Int(USHER_FORM_TEXT_SIZE)) > 0 ? 1 : 0
}

@c @implementation
public func usher_login_csrf_accepts(
    _ list: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int, _ text: UnsafePointer<CChar>?
) -> Int32 {
    guard let browser = LoginCSRF(known: unsafe fieldTexts(list, count)), let text = unsafe fieldText(text) else {
        return 0
    }
    return browser.accepts(text) ? 1 : 0
}

@c @implementation
public func usher_login_csrf_delete(_ room: UnsafeMutablePointer<CChar>?, _ size: Int) -> Int {
    unsafe write(LoginCSRF.deletion, room, size)
}

@c @implementation
public func usher_user_agent(_ text: UnsafePointer<CChar>?, _ room: UnsafeMutablePointer<CChar>?, _ size: Int) -> Int {
    guard let text = unsafe fieldText(text) else { return 0 }
    return unsafe write(WebContext.cut(text), room, size)
}

/// The header fields for a page with a form, made once.
private enum PageFields {
    static let memory = ForeignMemory()
    static let count = PageHeaders().fields.count
    nonisolated(unsafe) static let list: UnsafePointer<usher_pair>? = unsafe memory.list(
        memory.pairs(PageHeaders().fields.map { (key: $0.name, value: $0.value) }))
}

@c @implementation
public func usher_page_headers(_ count: UnsafeMutablePointer<Int>?) -> UnsafePointer<usher_pair>? {
    unsafe count?.pointee = PageFields.count
    return unsafe PageFields.list
}
