/// Whether a request that changes something was caused by a page of this tool: what the browser says of it.
///
/// The first of two checks; the other is ``CSRF``. Both must pass, since old browsers say nothing and others leave
/// `Origin` out at times.
public struct FetchOrigin: Sendable {
    /// What the fields say.
    public enum Verdict: Sendable, Hashable {
        /// The method changes nothing: GET, HEAD or OPTIONS.
        case harmless
        /// A page of this origin caused the request.
        case ownPage
        /// The user caused it, by a bookmark or by typing the address.
        case user
        /// A page of a trusted origin caused it.
        case trustedPage
        /// The fields are not there: an old browser, or none. The form's text decides.
        case unknown
        /// A page of another origin caused it, or one whose origin the browser keeps secret.
        case refused

        /// Whether the request may go on to the check of its form's text.
        public var isAccepted: Bool { self != .refused }
    }

    private let own: Set<Origin>
    private let trusted: Set<Origin>

    /// The origins that the tool is reached under, from its configuration and never from `Host`, and those whose pages may
    /// post to it.
    public init(own: some Sequence<Origin>, trusted: some Sequence<Origin> = []) {
        self.own = Set(own)
        self.trusted = Set(trusted)
    }

    /// The verdict on a request of this method, which gives the values of its fields through `field`.
    ///
    /// `Sec-Fetch-Site` decides where it is there; else `Origin` does. `Origin: null` is what browsers send from pages
    /// with `Referrer-Policy: no-referrer`, so own pages must not have it.
    public func verdict(method: String, field: (RequestField) -> String?) -> Verdict {
        if ["GET", "HEAD", "OPTIONS"].contains(where: method.isExactly) { return .harmless }
        let origin = field(.origin)
        guard let site = field(.secFetchSite) else { return origin.map { verdict(origin: $0) } ?? .unknown }
        if site.isExactly("same-origin") { return .ownPage }
        if site.isExactly("none") { return .user }
        return origin.map(isTrusted) == true ? .trustedPage : .refused
    }

    private func verdict(origin: String) -> Verdict {
        if isOwn(origin) { return .ownPage }
        return isTrusted(origin) ? .trustedPage : .refused
    }

    /// Whether the fields prove without a form's text that a page of this tool caused the request: `same-origin`, and an
    /// own `Origin`. Enough for a login form: tabs that a browser restores all at once each get another cookie, and only
    /// the last one stays.
    public func provesOwnPage(_ field: (RequestField) -> String?) -> Bool {
        field(.secFetchSite)?.isExactly("same-origin") == true && field(.origin).map(isOwn) == true
    }

    private func isOwn(_ origin: String) -> Bool { parsed(origin).map(own.contains) ?? false }

    private func isTrusted(_ origin: String) -> Bool { parsed(origin).map(trusted.contains) ?? false }

    /// The sets say which origins count, so that an insecure one is read here.
    private func parsed(_ origin: String) -> Origin? { Origin(origin, insecureLocalhost: true) }
}
