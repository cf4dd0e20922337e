#if Web
    public import HTTPTypes
    public import UsherClient
    public import UsherWebCore

    extension SessionCookie {
        /// Reads all `Cookie` fields of a request.
        public func read(_ fields: HTTPFields) -> CookieReading { read(fields[values: .cookie]) }

        /// The field that stores `token`; append it, since an answer may set several cookies.
        public func settingField(_ token: Token, maxAge: Duration? = nil) -> HTTPField {
            HTTPField(name: .setCookie, value: setting(token, maxAge: maxAge))
        }

        /// The field that deletes the cookie.
        public var deletionField: HTTPField { HTTPField(name: .setCookie, value: deletion) }
    }

    extension LoginCSRF {
        /// The key of the browser that sent these fields, or a new one.
        public init(_ fields: HTTPFields) { self.init(fields[values: .cookie]) }

        /// The key of the browser that sent these fields; nil where it shows none.
        public init?(known fields: HTTPFields) { self.init(known: fields[values: .cookie]) }

        /// The field to send with the form; nil where the browser has the cookie.
        public var settingField: HTTPField? { setting.map { HTTPField(name: .setCookie, value: $0) } }

        /// The field that deletes the cookie.
        public static var deletionField: HTTPField { HTTPField(name: .setCookie, value: deletion) }
    }
#endif
