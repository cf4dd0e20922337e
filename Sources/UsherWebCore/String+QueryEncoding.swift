extension String {
    /// The text as the value of a query: all but unreserved characters (RFC 3986, section 2.3) are encoded.
    package var queryEncoded: String {
        var text = ""
        for byte in utf8 {
            let digits = String(byte, radix: 16, uppercase: true)
            text +=
                byte.isAlphanumeric || "-._~".utf8.contains(byte)
                ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + digits
        }
        return text
    }
}
