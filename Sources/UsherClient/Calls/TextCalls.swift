internal import UsherWire

// Answers for other languages as the JSON that the daemon sent, once they have been decoded as a check.
extension ConnectionDriver {
    /// `server.hello`.
    package func helloText() throws(UsherError) -> Call<String> {
        try text(of: hello())
    }

    /// `server.stats`.
    package func statsText(byService: Bool) throws(UsherError) -> Call<String> {
        try text(of: stats(byService: byService))
    }

    /// `limiter.list`.
    package func limitsText(of user: String?) throws(UsherError) -> Call<String> {
        try text(of: limits(of: user))
    }

    private func text<Result: Sendable>(of call: Call<Result>) -> Call<String> {
        Call<String>(driver: self, call: call.call) { result, source throws(Refusal) in
            _ = try call.read(result, source)
            return unsafe result.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }
}
