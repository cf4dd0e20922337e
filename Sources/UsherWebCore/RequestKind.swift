/// Who waits for the answer to a request: a person in front of a page, or a program that cannot show a login form.
public enum RequestKind: Sendable, Hashable {
    /// A page is loaded: into a tab where `top` is true, else into a frame.
    case navigation(top: Bool)
    /// A script, an image, a style sheet or a program asks; it must see a status, not a login page.
    case background
    /// A script opens a WebSocket (RFC 6455).
    case webSocket
    /// A script opens an EventSource, which follows redirects and gives up on the status 401.
    case eventStream
    /// A browser asks whether a script of another origin may ask (WHATWG Fetch, "CORS-preflight fetch"). It shows no
    /// cookies.
    case preflight

    /// The kind of a request of this method, which gives the values of its fields through `field`.
    ///
    /// Browsers say it in `Sec-Fetch-Mode` and `Sec-Fetch-Dest` (W3C Fetch Metadata). A request without these is a
    /// navigation where it accepts `text/html` and no script says that it asks.
    public init(method: String, field: (RequestField) -> String?) {
        if method.isExactly("OPTIONS"), field(.origin) != nil, field(.accessControlRequestMethod) != nil {
            self = .preflight
        } else if field(.upgrade).lists("websocket") {
            self = .webSocket
        } else if let mode = field(.secFetchMode) {
            self.init(mode: mode, field: field)
        } else if field(.accept).lists("text/event-stream") {
            self = .eventStream
        } else {
            let isPage = field(.accept).lists("text/html") && field(.requestedWith) == nil
            self = isPage ? .navigation(top: true) : .background
        }
    }

    private init(mode: String, field: (RequestField) -> String?) {
        if mode.isExactly("websocket") {
            self = .webSocket
        } else if mode.isExactly("navigate"), let destination = field(.secFetchDest) {
            self.init(navigationTo: destination)
        } else {
            self = field(.accept).lists("text/event-stream") ? .eventStream : .background
        }
    }

    /// A destination with a browsing context of its own is a navigation (WHATWG Fetch, "navigation request"); any other
    /// counts as `background`.
    private init(navigationTo destination: String) {
        if destination.isExactly("document") {
            self = .navigation(top: true)
        } else {
            let frames = ["iframe", "frame", "embed", "object", "fencedframe"]
            self = frames.contains { destination.isExactly($0) } ? .navigation(top: false) : .background
        }
    }

    /// Whether a request of this kind and method that needs a login is answered with a redirect to it: a page that is
    /// loaded into a tab by GET or HEAD. A redirected POST would lose its body, a frame cannot show the login page, and
    /// scripts cannot use it: their answer is 401.
    public func redirectsToLogin(method: String) -> Bool {
        self == .navigation(top: true) && (method.isExactly("GET") || method.isExactly("HEAD"))
    }
}

extension String {
    /// Whether the bytes are those of `text`; `==` also accepts canonically equivalent texts.
    func isExactly(_ text: String) -> Bool { withBytes { $0.holds(text, in: 0..<$0.count) } }
}

extension String? {
    /// Whether the list (RFC 9110, section 5.6.1) has this element, in any case and with any parameters.
    fileprivate func lists(_ element: String) -> Bool {
        self?.withBytes { list in
            var isThere = false
            list.forEachPart(of: 0..<list.count, separatedBy: UInt8(ascii: ",")) { part in
                let end = list.first(UInt8(ascii: ";"), in: part) ?? part.upperBound
                isThere = isThere || list.holds(anyCaseOf: element, in: list.trimmed(part.lowerBound..<end))
            }
            return isThere
        } ?? false
    }
}
