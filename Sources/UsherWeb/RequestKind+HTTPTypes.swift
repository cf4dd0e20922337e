#if Web
    public import HTTPTypes
    public import UsherWebCore

    extension RequestField {
        /// The value of the field in `fields`; the values of a field that is there twice are joined with `, `.
        func value(in fields: HTTPFields) -> String? { HTTPField.Name(rawValue).flatMap { fields[$0] } }
    }

    extension RequestKind {
        /// The kind of a request.
        public init(_ request: HTTPRequest) {
            self.init(method: request.method.rawValue) { $0.value(in: request.headerFields) }
        }

        /// Whether a request of this kind that needs a login is answered with a redirect to it.
        public func redirectsToLogin(_ request: HTTPRequest) -> Bool {
            redirectsToLogin(method: request.method.rawValue)
        }
    }

    extension FetchOrigin {
        /// The verdict on a request.
        public func verdict(on request: HTTPRequest) -> Verdict {
            verdict(method: request.method.rawValue) { $0.value(in: request.headerFields) }
        }

        /// Whether the fields of a request prove that a page of this tool caused it.
        public func provesOwnPage(_ request: HTTPRequest) -> Bool {
            provesOwnPage { $0.value(in: request.headerFields) }
        }
    }
#endif
