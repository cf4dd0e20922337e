package import UsherNames
package import UsherPOSIX

/// Who looks names of accounts up for a configuration that is read.
package protocol AccountResolver: AnyObject {
    /// Looks `names` up and calls `then` once. One lookup at a time.
    func start(_ names: [AccountName], then: @escaping (Accounts) -> Void)
    /// The same, with the caller waiting.
    func wait(for names: [AccountName]) throws(SystemError) -> Accounts
    /// Ends what is going on; nobody is told.
    func cancel()
}
