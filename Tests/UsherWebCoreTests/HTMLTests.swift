import Testing
import UsherWebCore

@Suite("HTML")
struct HTMLTests {
    private func bytes(_ html: HTML) -> [UInt8] { Array(html.markup.utf8) }

    @Test("has texts escaped and markup as it is")
    func escaping() {
        let (text, piece): (String, HTML) = ("<a href=\"x\">'&'</a>", "<b>")
        #expect(
            bytes("<p title=\"\(text)\">\(piece)\(3)\([piece, "</b>"])")
                == Array(
                    "<p title=\"&lt;a href=&#34;x&#34;&gt;&#39;&amp;&#39;&lt;/a&gt;\"><b>3<b></b>".utf8))
    }

    @Test("escapes what a combining mark hides", arguments: ["\"", "'", "<", ">", "&"])
    func combining(_ mark: String) {
        for hidden in [mark + "\u{301}", mark + "\u{338}", "\u{200D}" + mark + "\u{FE0F}"] {
            #expect(hidden.utf8.contains(mark.utf8.first ?? 0))
            #expect(!bytes("\(hidden)").contains(mark.utf8.first ?? 0) || mark == "&")
            #expect(bytes("\(hidden)").contains(UInt8(ascii: ";")))
        }
    }

    @Test("leaves every other byte as it is")
    func others() {
        let text =
            String(decoding: (UInt8(0)...0x7F).filter { !#"&<>"'"#.utf8.contains($0) }, as: UTF8.self) + "é\u{1F511}"
        #expect(bytes("\(text)") == Array(text.utf8))
    }
}
