package import UsherSecrets

/// `session.rotate`.
@frozen package struct RotateParams: ~Copyable {
    /// The token to be replaced.
    package let token: SessionToken

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var token: SessionToken?
        while let key = try members.next(bytes) {
            if try members.matches(key, "token", 0, bytes) {
                token = try members.reader.token(bytes)
            }
        }
        guard let token else { throw .invalidParams }
        self.token = token
    }
}

extension FrameBuffer {
    /// `session.rotate`.
    package mutating func writeRotate(id: Int64, token: borrowing SessionToken) -> Ending {
        beginRequest(.rotate, id: id)
        member(token)
        return endRequest()
    }
}
