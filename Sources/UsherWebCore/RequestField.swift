/// Fields of a request by which ``RequestKind`` and ``FetchOrigin`` decide, in the small letters of HTTP/2.
///
/// The values of a field that a request has twice are joined with `, ` (RFC 9110, section 5.3). Browsers alone set the
/// `Sec-Fetch` fields: scripts cannot (W3C Fetch Metadata, section 2).
public enum RequestField: String, Sendable, CaseIterable {
    /// What the client takes.
    case accept
    /// The method that a preflight asks for (WHATWG Fetch, section 3.3.2).
    case accessControlRequestMethod = "access-control-request-method"
    /// Which origin's page caused the request.
    case origin
    /// What a browser needs the answer for: `document`, `image`, `iframe`.
    case secFetchDest = "sec-fetch-dest"
    /// How a browser asks: `navigate`, `cors`, `websocket`.
    case secFetchMode = "sec-fetch-mode"
    /// How the page that caused a request is related to this server: `same-origin`, `cross-site`.
    case secFetchSite = "sec-fetch-site"
    /// The protocol that the client wants to change to.
    case upgrade
    /// Says `XMLHttpRequest` where a script asks through one of many libraries.
    case requestedWith = "x-requested-with"
}
