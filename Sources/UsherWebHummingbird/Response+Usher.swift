#if Web
    import HTTPTypes
    import Hummingbird
    import UsherClient
    import UsherWeb

    extension Response {
        /// A page.
        init(html: HTML, status: HTTPResponse.Status) {
            self.init(
                status: status, headers: [.contentType: "text/html; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: html.markup)))
        }

        /// A redirect that the browser follows with GET.
        static func seeOther(_ location: String) -> Response {
            Response(status: .seeOther, headers: [.location: location, .cacheControl: "no-store"])
        }

        /// 503 while the daemon cannot be asked: nobody is let in, and nobody loses a cookie.
        static func unavailable() -> Response {
            Response(
                status: .serviceUnavailable, headers: [.retryAfter: "2", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "Sessions cannot be checked right now.\n")))
        }
    }
#endif
