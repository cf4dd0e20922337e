extension Session {
    /// Demands that the user has proved within `maxAge` who they are; else throws
    /// ``UsherError/Code/reauthenticationRequired``.
    ///
    /// For what should not be done with a session that was left open: changing an address, paying, granting a right.
    /// Ask for the password again, and go on with the new token; the old one is void from then on, the session keeps
    /// its handle.
    ///
    /// ```swift
    /// guard var session = try await client.validate(token) else { return logIn() }
    /// do {
    ///     try session.require(maxAge: .seconds(300))
    /// } catch {
    ///     let login = try await client.reauthenticate(token, password: askForPassword(session.user))
    ///     (token, session) = (login.token, login.session)  // send the new token, as a cookie for example
    /// }
    /// ```
    ///
    /// Times are those of the host's clock. An authentication that lies in the future, because the clock was set back,
    /// does not count as a recent one.
    public func require(maxAge: Duration) throws(UsherError) {
        try require(maxAge: maxAge, at: .now)
    }

    /// Times are whole seconds, and both are rounded: an authentication one second in the future counts as one of now.
    package func require(maxAge: Duration, at now: UnixTime) throws(UsherError) {
        let (age, overflowed) = now.seconds.subtractingReportingOverflow(authenticated.seconds)
        guard !overflowed, age >= -1, Duration.seconds(age) <= maxAge else {
            throw UsherError(.reauthenticationRequired)
        }
    }
}
