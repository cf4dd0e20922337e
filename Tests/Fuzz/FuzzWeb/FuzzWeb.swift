// libFuzzer target for what a browser may send to a web tool: return-to addresses, cookies, form bodies and origins.
//
//     Tests/Fuzz/run
//
// Beside crashes it looks for addresses that lead elsewhere, for values that are read another way the second time, and
// for forms that say something else once they are written anew.

import UsherClient
import UsherWebCore

/// What libFuzzer calls with each input; the first byte chooses what the others are read as.
@c(LLVMFuzzerTestOneInput)
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let input = Array(bytes.dropFirst())
    switch choice & 3 {
    case 0: readReturnTo(input)
    case 1: readCookie(input)
    case 2: readForm(input)
    default: readOrigin(input)
    }
    return 0
}

private let own = Origin("https://wiki.corp.example")
private let other = Origin("https://[::1]:8443")

/// An accepted address begins with an own origin and a slash, has visible ASCII alone, and is accepted as it is.
private func readReturnTo(_ input: [UInt8]) {
    guard let own, let other else { preconditionFailure("these are origins") }
    let returnTo = ReturnTo(own: own, origins: [other])
    guard let location = try? returnTo.location(for: input.span) else { return }
    let starts = [own, other].map { Array(($0.text + "/").utf8) }
    precondition(starts.contains { location.utf8.starts(with: $0) })
    precondition(location.utf8.allSatisfy { 0x21...0x7E ~= $0 })
    guard location.utf8.count <= ReturnTo.limit else { return }
    precondition((try? returnTo.location(for: location)) == location)
}

/// A token is read only where its own text stands behind the name, and two of them are never one.
private func readCookie(_ input: [UInt8]) {
    let cookie = SessionCookie()
    let reading = cookie.read(input.span)
    guard case .token(let token) = reading else { return }
    let pair = cookie.name + "=" + token.text
    precondition(String(decoding: input, as: UTF8.self).utf8.count >= pair.utf8.count)
    precondition(cookie.read([pair]) == reading)
    precondition(cookie.read(["\(pair);\(pair)"]) == .several)
}

/// A form that was read is the same once all of its bytes are written as hexadecimal digits.
private func readForm(_ input: [UInt8]) {
    guard let form = try? FormBody(input.span, limit: 65_536) else { return }
    for name in ["", "a", "user", "password", "csrf"] where form.has(name) {
        guard let text = form.text(name) else { preconditionFailure("it is there") }
        precondition(!text.utf8.contains(0))
        let encoded = Array((encode(name) + "=" + encode(text)).utf8)
        guard let again = try? FormBody(encoded.span, limit: 1 << 20) else { preconditionFailure("not twice") }
        precondition(again.text(name).map { Array($0.utf8) } == Array(text.utf8))
        let size = try? form.secret(name)?.count
        precondition(size == nil ? text.utf8.count > Secret.capacity : size == text.utf8.count)
    }
}

private func encode(_ text: String) -> String {
    text.utf8.map { byte in "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
}

/// An origin that was read is canonical.
private func readOrigin(_ input: [UInt8]) {
    for insecure in [false, true] {
        guard let origin = Origin(utf8: input.span, insecureLocalhost: insecure) else { continue }
        precondition(Origin(origin.text, insecureLocalhost: insecure) == origin)
        precondition(insecure || origin.text.utf8.starts(with: "https://".utf8))
    }
}
