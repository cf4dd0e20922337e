package import UsherNames
package import UsherPOSIX

/// Looks names of accounts up for a configuration that is read.
package protocol AccountResolver: AnyObject {
    /// Looks `names` up and calls `then` once. One lookup at a time.
    func start(_ names: [AccountName], then: @escaping (Accounts) -> Void)
    /// The same, with the caller waiting.
    func wait(for names: [AccountName]) throws(SystemError) -> Accounts
    /// Ends the look-up that is under way; its `then` is not called.
    func cancel()
}
