#if Web
    import HTTPTypes
    import Hummingbird
    import NIOCore
    import UsherClient
    import UsherWeb

    // Answers to requests that are not let through: a redirect, a page or a status, as the kind of request can use it.
    extension WebTool {
        /// What a request lacks.
        enum Demand {
            /// A session.
            case login
            /// A session whose user has proved who they are a short while ago.
            case confirmation
        }

        /// A redirect where a page is loaded by GET; else 401, with a page or in JSON.
        func demand(_ demand: Demand, of request: Request) -> Response {
            let place = address(demand == .login ? loginPath : confirmPath, returningTo: request)
            let kind = RequestKind(request.head)
            var response: Response
            if kind.redirectsToLogin(request.head) {
                response = Response(status: .found, headers: [.location: place])
            } else if case .navigation = kind {
                let title = demand == .login ? "Please log in" : "Please confirm who you are"
                response = page(
                    title, status: .unauthorized,
                    "<p><a href=\"\(place)\" target=\"_blank\" rel=\"noopener\">\(title)</a> in a new tab, then reload this page.</p>"
                )
            } else {
                let error = demand == .login ? "login_required" : "insufficient_user_authentication"
                response = json(.unauthorized, "{\"error\":\"\(error)\",\"login\":\"\(place)\"}\n")
            }
            if response.status == .unauthorized { response.headers[.wwwAuthenticate] = "Cookie realm=\"usher\"" }
            response.headers[.cacheControl] = "no-store"
            response.headers[.vary] = "Cookie, Sec-Fetch-Mode, Sec-Fetch-Dest, Accept"
            return response
        }

        /// The session's user proved who they are in other ways than demanded.
        func refusedMethods(_ methods: Set<String>, _ request: Request) -> Response {
            let list = methods.sorted().joined(separator: ", ")
            return refuse(
                request, "Another login is needed", "This takes a login by: \(list).",
                "insufficient_user_authentication")
        }

        /// A form that no page of the session has made.
        func refusedForm(_ request: Request) -> Response {
            refuse(
                request, "Please send that again",
                "The page was too old, or another site has sent this. Go back, reload the page, and send it again.",
                "request_not_own")
        }

        private func refuse(_ request: Request, _ title: String, _ text: String, _ error: String) -> Response {
            if case .navigation = RequestKind(request.head) { return page(title, status: .forbidden, "<p>\(text)</p>") }
            return json(.forbidden, "{\"error\":\"\(error)\"}\n")
        }

        /// JSON of texts that need no escaping.
        private func json(_ status: HTTPResponse.Status, _ text: String) -> Response {
            Response(
                status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }

        /// The address of one of the tool's own pages, which leads back to what was asked for.
        private func address(_ path: String, returningTo request: Request) -> String {
            let target = try? returnTo.location(for: request.head.path ?? "/")
            return origin.text + path + (target.map { "?to=" + $0.queryEncoded } ?? "")
        }

        /// Whether a request changes nothing, or a page of the tool made it for this session.
        ///
        /// Without a session ``FetchOrigin`` alone decides, since another site gains nothing. The tool's own pages
        /// check by themselves.
        func accepts(_ request: inout Request, _ session: WebSession?) async throws -> Bool {
            let verdict = fetchOrigin.verdict(on: request.head)
            guard verdict != .harmless else { return true }
            guard verdict.isAccepted else { return false }
            guard let token = session?.token else { return true }
            if let header = HTTPField.Name(CSRF.headerName), let text = request.headers[header] {
                return CSRF.accepts(text, for: token)
            }
            guard FormBody.isForm(contentType: request.headers[.contentType]) else { return false }
            guard let body = try? await request.collectBody(upTo: FormBody.usualLimit) else { return false }
            let form = try? FormBody(Array(body.readableBytesView).span)
            return form?.text(CSRF.fieldName).map { CSRF.accepts($0, for: token) } ?? false
        }
    }
#endif
