/// Whether a page of this tool caused a request that changes something, by the fields that browsers set.
///
/// The first of two checks; the other is ``CSRF``. Both must pass, since old browsers send none of these fields, and
/// others leave `Origin` out at times.
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

    /// `own` are the origins of the tool, from its configuration and never from `Host`. Pages of the origins `trusted`
    /// may post to the tool.
    public init(own: some Sequence<Origin>, trusted: some Sequence<Origin> = []) {
        self.own = Set(own)
        self.trusted = Set(trusted)
    }

    /// The verdict on a request of this method, which gives the values of its fields through `field`.
    ///
    /// `Sec-Fetch-Site` decides where it is there: any value but `same-origin` and `none` needs a trusted `Origin`.
    /// Without it `Origin` decides. Pages with `Referrer-Policy: no-referrer` send `Origin: null`, so own pages must
    /// not have that policy.
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

    /// Whether the fields prove without a form's text that a page of this tool caused the request: `same-origin`, and
    /// an own `Origin`. That is enough for a login form: each of several tabs that a browser restores at once sets
    /// another cookie, and only the last cookie stays.
    public func provesOwnPage(_ field: (RequestField) -> String?) -> Bool {
        field(.secFetchSite)?.isExactly("same-origin") == true && field(.origin).map(isOwn) == true
    }

    private func isOwn(_ origin: String) -> Bool { parsed(origin).map(own.contains) ?? false }

    private func isTrusted(_ origin: String) -> Bool { parsed(origin).map(trusted.contains) ?? false }

    /// Reads insecure origins too, since the sets decide which origins count.
    private func parsed(_ origin: String) -> Origin? { Origin(origin, insecureLocalhost: true) }
}
