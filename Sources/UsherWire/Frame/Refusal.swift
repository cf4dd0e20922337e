/// Why a request gets an error instead of a result. Readers and handlers throw it, before anything has changed.
///
/// A refusal has the size of two words, because every reader hands it through. The details that few refusals have are
/// behind the second word. A refusal contains nothing from the frame.
package struct Refusal: Error, Equatable, Sendable {
    private indirect enum Detail: Equatable, Sendable {
        case retryAfter(Duration)
        case pending(PendingChange, retryAfter: Duration)
        case missing(MissingRight)
        case quota(Quota)
    }

    /// The code of the answer.
    package let code: ErrorCode
    private let detail: Detail?

    /// A refusal that says no more than its code.
    @inline(__always)
    package init(_ code: ErrorCode) {
        self.code = code
        detail = nil
    }

    /// A refusal that says when to try again.
    package init(_ code: ErrorCode, retryAfter: Duration) {
        self.code = code
        detail = .retryAfter(retryAfter)
    }

    /// `unavailable`, with the change that has begun and goes on.
    package init(_ pending: PendingChange, retryAfter: Duration) {
        code = .unavailable
        detail = .pending(pending, retryAfter: retryAfter)
    }

    /// `forbidden`, with what the peer lacks.
    package init(_ missing: MissingRight) {
        code = .forbidden
        detail = .missing(missing)
    }

    /// `quota_exceeded`, with what is used up.
    package init(_ quota: Quota) {
        code = .quotaExceeded
        detail = .quota(quota)
    }

    /// When to try again; nil where it does not say so.
    package var retryAfter: Duration? {
        switch detail {
        case .retryAfter(let time), .pending(_, let time): time
        default: nil
        }
    }

    /// The change that has begun and goes on; nil where it does not say so.
    package var pending: PendingChange? { if case .pending(let change, _) = detail { change } else { nil } }

    /// What the peer lacks; nil where it does not say so.
    package var missing: MissingRight? { if case .missing(let right) = detail { right } else { nil } }

    /// What is used up; nil where it does not say so.
    package var quota: Quota? { if case .quota(let quota) = detail { quota } else { nil } }
}

/// What readers throw.
extension Refusal {
    /// The body is not JSON that `JSONReader` accepts (RFC 8259, valid UTF-8, depth). The connection is closed after
    /// the answer.
    @inline(__always)
    package static var parse: Refusal { Refusal(.parse) }
    /// The body is JSON, but no request of JSON-RPC 2.0 that `PROTOCOL.md` allows.
    package static var invalidRequest: Refusal { Refusal(.invalidRequest) }
    /// A member that we use is missing, of the wrong type, twice there, or out of range.
    @inline(__always)
    package static var invalidParams: Refusal { Refusal(.invalidParams) }
    /// A value is of the right kind, but over a size that `PROTOCOL.md` states.
    package static var tooLarge: Refusal { Refusal(.tooLarge) }
}
