package import UsherNames
internal import UsherSecrets

/// `auth.cancel`.
package struct AuthCancelParams: Sendable {
    /// The login in progress.
    package let transaction: TransactionName

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var transaction: TransactionName?
        while let key = try members.next(bytes) {
            if try members.matches(key, "transaction", 0, bytes) {
                transaction = try members.reader.transaction(bytes)
            }
        }
        guard let transaction else { throw .invalidParams }
        self.transaction = transaction
    }
}

extension FrameBuffer {
    /// `auth.cancel`.
    package mutating func writeAuthCancel(id: Int64, transaction: TransactionName) -> Ending {
        beginRequest(.authCancel, id: id)
        key("transaction")
        value(transaction)
        return endRequest()
    }
}
