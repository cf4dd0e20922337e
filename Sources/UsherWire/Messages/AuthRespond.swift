package import UsherNames
package import UsherSecrets

/// `auth.respond`. It holds secrets: let it end as soon as they were handed on.
@frozen package struct AuthRespondParams: ~Copyable {
    /// The login in progress.
    package let transaction: TransactionName
    /// One per secret or visible prompt, in order; at most 32.
    package let answers: SecretList

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var transaction: TransactionName?
        var answers: SecretList?
        while let key = try members.next(bytes) {
            if try members.matches(key, "transaction", 0, bytes) {
                transaction = try members.reader.transaction(bytes)
            } else if try members.matches(key, "answers", 1, bytes) {
                answers = try members.reader.secrets(bytes)
            }
        }
        guard let transaction, let answers else { throw .invalidParams }
        self.transaction = transaction
        self.answers = answers
    }
}

extension FrameBuffer {
    /// `auth.respond`.
    package mutating func writeAuthRespond(
        id: Int64, transaction: TransactionName, answers: borrowing SecretList
    ) -> Ending {
        beginRequest(.authRespond, id: id)
        key("transaction")
        value(transaction)
        key("answers")
        beginArray()
        for index in 0..<answers.count { answers.withBytes(at: index) { value($0) } }
        endArray()
        return endRequest()
    }
}
