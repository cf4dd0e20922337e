// The functions are documented in usher.h, under the names of C.
// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation

public import CUsher
internal import UsherClient

/// A `usher_result`: the outcome of a call. Its maker fills it; after that it never changes.
@safe final class ForeignResult: ForeignHandle, @unchecked Sendable {
    fileprivate let memory = ForeignMemory()
    fileprivate(set) var error: UnsafePointer<usher_error>?
    fileprivate(set) var token: UnsafePointer<CChar>?
    fileprivate(set) var json: UnsafePointer<CChar>?
    fileprivate(set) var next: UnsafePointer<CChar>?
    fileprivate var isPartial = false
    fileprivate(set) var login: UnsafePointer<usher_login_info>?
    fileprivate(set) var session: OpaquePointer?
    fileprivate(set) var sessions: [OpaquePointer] = unsafe []
    var count: Int64 = 0
    var challenge: ForeignChallenge?

    /// An empty result.
    init() {}

    deinit {
        unsafe usher_session_free(session)
        unsafe sessions.forEach { unsafe usher_session_free($0) }
    }

    /// A call that failed.
    convenience init(_ failure: UsherError) {
        self.init()
        let messages = unsafe memory.prompts(failure.messages)
        func milliseconds(_ time: Duration) -> Int64 {
            time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000
        }
        let error = unsafe usher_error(
            number: Int32(truncatingIfNeeded: failure.code.number), name: memory.text(failure.code.name),
            text: memory.text(failure.description), detail: memory.text(failure.text(userName: nil)),
            retry_after_ms: failure.retryAfter.map(milliseconds) ?? -1, messages: memory.list(messages),
            message_count: messages.count, pending: failure.pending == nil ? 0 : 1,
            pending_until_ms: failure.pending?.until.map(milliseconds) ?? -1)
        unsafe self.error = unsafe memory.value(error)
    }

    /// Takes over a session.
    func set(_ session: Session) { unsafe self.session = session.given() }

    /// Takes over a token's text.
    func set(_ token: Token) {
        unsafe self.token = token.withText { unsafe memory.text($0) }
    }

    /// Takes over JSON.
    func set(json: String) { unsafe self.json = memory.text(json) }

    /// Takes over a page of sessions.
    func set(_ page: SessionPage) {
        unsafe sessions = unsafe page.sessions.map { unsafe $0.given() }
        set(next: page.next)
        isPartial = page.isPartial
    }

    /// Takes over a cursor.
    func set(next: String?) { unsafe self.next = memory.textUnlessNil(next) }

    /// Takes over a session with its new token.
    func set(_ issued: IssuedSession) {
        set(issued.session)
        set(issued.token)
    }

    /// Takes over a step of a login.
    func set(_ step: LoginStep) {
        switch step {
        case .challenge(let challenge): self.challenge = ForeignChallenge(challenge)
        case .complete(let login):
            set(login.session)
            set(login.token)
            let messages = unsafe memory.prompts(login.messages)
            let info = unsafe usher_login_info(
                failures_since_last: Int64(login.failuresSinceLast), last_login: login.lastLogin?.seconds ?? -1,
                messages: memory.list(messages), message_count: messages.count)
            unsafe self.login = unsafe memory.value(info)
        }
    }
}

/// A `usher_challenge`.
@safe final class ForeignChallenge: ForeignHandle, Sendable {
    let challenge: Challenge
    private let memory = ForeignMemory()
    nonisolated(unsafe) let info: UnsafePointer<usher_challenge_info>?

    /// The questions of `challenge`.
    init(_ challenge: Challenge) {
        self.challenge = challenge
        let prompts = unsafe memory.prompts(challenge.prompts)
        let purpose = challenge.purpose == .login ? USHER_PURPOSE_LOGIN : USHER_PURPOSE_PASSWORD_CHANGE
        let info = unsafe usher_challenge_info(
            purpose: Int32(purpose), prompts: memory.list(prompts), prompt_count: prompts.count)
        unsafe self.info = unsafe memory.value(info)
    }
}

@c @implementation
public func usher_result_free(_ result: OpaquePointer?) { _ = unsafe ForeignResult.taken(result) }

@c @implementation
public func usher_result_error(_ result: OpaquePointer?) -> UnsafePointer<usher_error>? {
    unsafe ForeignResult.borrowed(result)?.error
}

@c @implementation
public func usher_result_session(_ result: OpaquePointer?) -> OpaquePointer? {
    unsafe ForeignResult.borrowed(result)?.session
}

@c @implementation
public func usher_result_token(_ result: OpaquePointer?) -> UnsafePointer<CChar>? {
    unsafe ForeignResult.borrowed(result)?.token
}

@c @implementation
public func usher_result_count(_ result: OpaquePointer?) -> Int64 { unsafe ForeignResult.borrowed(result)?.count ?? 0 }

@c @implementation
public func usher_result_json(_ result: OpaquePointer?) -> UnsafePointer<CChar>? {
    unsafe ForeignResult.borrowed(result)?.json
}

@c @implementation
public func usher_result_session_at(_ result: OpaquePointer?, _ index: Int) -> OpaquePointer? {
    guard let result = unsafe ForeignResult.borrowed(result), unsafe result.sessions.indices.contains(index) else {
        return nil
    }
    return unsafe result.sessions[index]
}

@c @implementation
public func usher_result_next(_ result: OpaquePointer?) -> UnsafePointer<CChar>? {
    unsafe ForeignResult.borrowed(result)?.next
}

@c @implementation
public func usher_result_is_partial(_ result: OpaquePointer?) -> CInt {
    unsafe ForeignResult.borrowed(result)?.isPartial ?? false ? 1 : 0
}

@c @implementation
public func usher_result_login(_ result: OpaquePointer?) -> UnsafePointer<usher_login_info>? {
    unsafe ForeignResult.borrowed(result)?.login
}

@c @implementation
public func usher_result_challenge(_ result: OpaquePointer?) -> OpaquePointer? {
    unsafe ForeignResult.borrowed(result)?.challenge?.given()
}

@c @implementation
public func usher_challenge_info_of(_ challenge: OpaquePointer?) -> UnsafePointer<usher_challenge_info>? {
    unsafe ForeignChallenge.borrowed(challenge)?.info
}

@c @implementation
public func usher_challenge_free(_ challenge: OpaquePointer?) { _ = unsafe ForeignChallenge.taken(challenge) }
