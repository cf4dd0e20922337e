import Testing
import UsherLink

@Suite("Places of a store")
struct StoreEndpointTests {
    @Test(
        "are host and port, or the path of a socket",
        arguments: [
            ("valkey.example:6379", StoreEndpoint.network(host: "valkey.example", port: 6_379)),
            ("127.0.0.1:1", .network(host: "127.0.0.1", port: 1)),
            ("[fe80::1%eth0]:65535", .network(host: "fe80::1%eth0", port: 65_535)),
            ("/run/usher-link/tls.sock", .path("/run/usher-link/tls.sock")),
        ])
    func places(text: String, endpoint: StoreEndpoint) {
        #expect(StoreEndpoint(text) == endpoint)
        #expect(endpoint.description == text)
    }

    @Test(
        "are nothing else",
        arguments: [
            "", "host", "host:", ":1", "host:0", "host:65536", "host:+1", "host:1 ", "ho st:1", "ho\nst:1", "::1:6379",
            "[::1]", "[::1:1", "[host]:1", "run/sock", "/" + String(repeating: "a", count: 107), "host:1:2",
        ])
    func none(text: String) { #expect(StoreEndpoint(text) == nil) }
}
